//! The lists of a README: reasons, failed and partial documents, conflicts, warnings. Each says how many it leaves out.

use super::caps::README_ROWS;
use super::markdown::{code, number, plain, table};
use super::readme::Page;
use super::tables;
use crate::model::catalogue::{entry, sentence_with};
use crate::model::config::Language;
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::report::WarningItem;
use crate::model::text::capital;
use crate::rules::reporting::remedy;

impl Page<'_> {
    pub(super) fn breakdown(&self) -> String {
        if self.report.breakdown.rows.is_empty() {
            return String::new();
        }
        tables::breakdown(self.report, self.language)
            + &self.more(self.report.breakdown.rows.len(), self.report.breakdown.total, &More::Json("breakdown"))
    }

    pub(super) fn reasons(&self) -> String {
        let batch = &self.report.batch;
        let item = |failure: &crate::model::view::FailureView| {
            let examples: Vec<String> = failure.examples.iter().map(|image| code(image.as_str())).collect();
            let examples = if examples.is_empty() { String::new() } else { self.in_brackets(&examples) };
            format!(
                "- **{}** × {}{}{}{examples}\n  → {}\n",
                failure.code,
                number(failure.documents),
                self.colon(),
                entry(failure.code).message(self.language),
                remedy(failure.code, &batch.name, self.language)
            )
        };
        batch.failures.iter().map(item).collect()
    }

    pub(super) fn in_brackets(&self, names: &[String]) -> String {
        match self.language {
            Language::English => format!(" ({})", names.join(", ")),
            Language::Chinese => format!("（{}）", names.join("、")),
        }
    }

    pub(super) fn partial(&self) -> String {
        let list = &self.report.partial_documents;
        if list.rows.is_empty() {
            return String::new();
        }
        let keys = |keys: &[String]| keys.iter().map(|key| code(key)).collect::<Vec<_>>().join("<br>");
        let rows = list
            .rows
            .iter()
            .take(README_ROWS)
            .map(|row| vec![code(row.image_number.as_str()), keys(&row.at_target), keys(&row.missing)]);
        let headings = [
            self.say(("Image number", "影像编号")),
            self.say(("At the target", "已到达目标端")),
            self.say(("Missing", "缺少")),
        ];
        table(&headings, &[], rows) + &self.more(list.rows.len(), list.total, &More::Json("partialDocuments"))
    }

    pub(super) fn failed(&self) -> String {
        let list = &self.report.failed;
        if list.rows.is_empty() {
            return String::new();
        }
        let rows = list.rows.iter().take(README_ROWS).map(|item| {
            vec![
                code(item.document.image_number.as_str()),
                item.failure.code.to_string(),
                capital(&self.reason(&item.failure)),
            ]
        });
        let headings =
            [self.say(("Image number", "影像编号")), self.say(("Code", "代码")), self.say(("Reason", "原因"))];
        table(&headings, &[], rows) + &self.more(list.rows.len(), list.total, &More::Documents(" --status failed"))
    }

    fn reason(&self, failure: &Failure) -> String {
        sentence_with(failure, Outcome::Fail, self.language, code, plain)
    }

    pub(super) fn conflicts(&self) -> String {
        let is_one = |code: &Code| [Code::DuplicateDocument, Code::TargetCollision, Code::Conflict].contains(code);
        let items: Vec<_> = self.report.failed.rows.iter().filter(|item| is_one(&item.failure.code)).collect();
        let reasons = self.report.batch.failures.iter().filter(|reason| is_one(&reason.code));
        let total = reasons.map(|reason| reason.documents).sum();
        let mut text: String = items
            .iter()
            .take(README_ROWS)
            .map(|item| {
                let image = code(item.document.image_number.as_str());
                format!("- {image}{}{}\n", self.colon(), self.reason(&item.failure))
            })
            .collect();
        let kept = self.report.batch.documents.target_kept;
        if kept > 0 {
            text.push_str(&format!(
                "- {}{}{}\n",
                self.say((
                    "Documents for which a different object was kept at the target",
                    "保留目标端不同对象的单据数"
                )),
                self.colon(),
                number(kept)
            ));
        }
        text + &self.more(items.len(), total, &More::Documents(" --status failed"))
    }

    pub(super) fn warnings(&self) -> String {
        let list = &self.report.warning_items;
        if list.rows.is_empty() {
            return String::new();
        }
        let (unknown, warned): (Vec<_>, Vec<_>) = list.rows.iter().partition(|item| item.outcome == Outcome::Unknown);
        let mut text: String = warned.iter().take(README_ROWS).map(|item| self.warning(item)).collect();
        if !unknown.is_empty() {
            let heading = self.say(("Could not be determined, which is no failure", "无法确定（不视为失败）"));
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{heading}{}\n\n", self.colon().trim_end()));
            text.extend(unknown.iter().take(README_ROWS).map(|item| self.warning(item)));
        }
        text + &self.more(list.rows.len(), list.total, &More::Json("warningItems"))
    }

    fn warning(&self, item: &WarningItem) -> String {
        let document = item
            .image_number
            .as_ref()
            .map_or_else(|| self.say(("No document", "无所属单据")).to_owned(), |image| code(image.as_str()));
        let failure = Failure {
            code: item.code,
            item: item.item.clone(),
            expected: item.expected.clone(),
            actual: item.actual.clone(),
        };
        let told = sentence_with(&failure, item.outcome, self.language, code, plain);
        format!("- {document}{colon}{}{colon}{told}\n", item.code, colon = self.colon())
    }

    pub(super) fn unlistable(&self) -> String {
        let names = &self.report.unlistable;
        let text: String = names.iter().take(README_ROWS).map(|name| format!("- {}\n", code(name))).collect();
        text + &self.more(names.len(), names.len() as u64, &More::Json("unlistable"))
    }

    /// How many of a list the README shows, and where the others are, where it does not show all.
    fn more(&self, there: usize, total: u64, place: &More) -> String {
        let shown = there.min(README_ROWS) as u64;
        if shown >= total {
            return String::new();
        }
        let (of, end) = (self.say((" of ", " / ")), self.say((".", "。")));
        let rest = match place {
            More::Documents(options) => {
                let all = self.say(("All of them: ", "查看全部："));
                format!("{all}`batchferry documents {}{options} -o csv`", self.report.batch.name)
            }
            More::Json(field) => self
                .say(("`{field}` in report.json has {n} of them", "report.json 的 `{field}` 中有 {n} 条"))
                .replace("{field}", field)
                .replace("{n}", &number(there as u64)),
        };
        format!("\n{}{of}{}{end}{}{rest}{end}\n", number(shown), number(total), self.say((" ", "")))
    }
}

/// Where to find what a README leaves out.
enum More {
    /// `documents` with these options.
    Documents(&'static str),
    /// This field of `report.json`.
    Json(&'static str),
}

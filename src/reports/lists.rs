//! The lists of a README: reasons, failed and partial documents, conflicts, warnings. Each says how many it leaves out.

use super::caps::{NAMES, README_ROWS};
use super::markdown::{code, number, plain, table};
use super::readme::Page;
use super::tables::{self, IN_THE_WAY};
use crate::model::batch::UNLISTABLE_KEPT;
use crate::model::catalogue::{entry, sentence_with};
use crate::model::config::Language;
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::report::WarningItem;
use crate::model::text::capital;
use crate::rules::reporting::{remedy, remedy_of_plan};

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
                "- **{}**{}{}{}{examples}\n  → {}\n",
                failure.code,
                // A reason of the batch as such is no document's.
                if failure.documents == 0 { String::new() } else { format!(" × {}", number(failure.documents)) },
                self.colon(),
                entry(failure.code).message(self.language),
                self.remedy(failure.code)
            )
        };
        batch.failures.iter().map(item).collect()
    }

    fn remedy(&self, code: Code) -> String {
        let batch = &self.report.batch;
        let text = remedy(code, &batch.name, self.language);
        if self.is_plan { remedy_of_plan(&text, &batch.name, &batch.spec.path) } else { text }
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
        let rows = list.rows.iter().take(README_ROWS).map(|row| {
            let keys = |keys: &[String]| self.keys(keys, &row.image_number);
            vec![code(row.image_number.as_str()), keys(&row.at_target), keys(&row.missing)]
        });
        let headings = [
            self.say(("Image number", "影像编号")),
            self.say(("At the target", "已到达目标端")),
            self.say(("Missing", "缺少")),
        ];
        table(&headings, &[], rows) + &self.more(list.rows.len(), list.total, &More::Json("partialDocuments"))
    }

    /// The first keys of a document, each in a line of its own.
    fn keys(&self, keys: &[String], image: &ImageNumber) -> String {
        let mut shown: Vec<String> = keys.iter().take(NAMES).map(|key| code(key)).collect();
        if keys.len() > NAMES {
            let command = code(&format!("batchferry files {} {}", self.report.batch.name, image));
            let more = number((keys.len() - NAMES) as u64);
            shown.push(
                self.say(("and {n} more: {command}", "另有 {n} 个：{command}"))
                    .replace("{n}", &more)
                    .replace("{command}", &command),
            );
        }
        shown.join("<br>")
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
        let is_one = |code: &Code| IN_THE_WAY.contains(code);
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
        let kept = self.report.batch.files.target_kept;
        if kept > 0 {
            text.push_str(&format!(
                "- {}{}{}\n",
                self.say(("Files for which a different object was kept at the target", "保留目标端不同对象的文件数")),
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
        let unknown: Vec<_> = unknown.into_iter().take(README_ROWS.saturating_sub(warned.len())).collect();
        if !unknown.is_empty() {
            let heading = self.say(("Could not be determined, which is no failure", "无法确定（不视为失败）"));
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}{heading}{}\n\n", self.colon().trim_end()));
            text.extend(unknown.iter().map(|item| self.warning(item)));
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
        let first = self.say((
            "\nThese are the first {n}; the next listing names others, once these are mended.\n",
            "\n以上为前 {n} 条；处理后，下次列举会给出其余部分。\n",
        ));
        let is_cut = names.len() >= UNLISTABLE_KEPT || self.report.left_out.contains_key("unlistable");
        if is_cut { text + &first.replace("{n}", &number(names.len() as u64)) } else { text }
    }

    /// How many of a list the README shows, and where the others are, where it does not show all.
    pub(super) fn more(&self, there: usize, total: u64, place: &More) -> String {
        let shown = there.min(README_ROWS) as u64;
        if shown >= total {
            return String::new();
        }
        let end = self.say((". ", "。"));
        let mut told = vec![format!("{}{}{}", number(shown), self.say((" of ", " / ")), number(total))];
        match place {
            _ if self.is_plan => {
                let first = self.say(("The first {n}: ", "前 {n} 条："));
                let first = first.replace("{n}", &number(there as u64));
                told.push(format!(
                    "{first}{}",
                    code(&format!("batchferry plan {} -o json", self.report.batch.spec.path))
                ));
            }
            More::Documents(options) => {
                let all = self.say(("All of them: ", "查看全部："));
                told.push(format!("{all}`batchferry documents {}{options} -o csv`", self.report.batch.name));
            }
            More::Json(field) => {
                if there as u64 > shown {
                    let there = number(there as u64);
                    told.push(
                        self.say(("`{field}` in report.json has {n} of them", "report.json 的 `{field}` 中有 {n} 条"))
                            .replace("{field}", field)
                            .replace("{n}", &there),
                    );
                }
                if let Some(left_out) = self.report.left_out.get(*field) {
                    told.push(format!("{}{}", self.say(("The others: ", "其余：")), code(&left_out.rest)));
                }
            }
        }
        format!("\n{}{}\n", told.join(end), end.trim_end())
    }
}

/// Where to find what a README leaves out.
pub(super) enum More {
    /// `documents` with these options.
    Documents(&'static str),
    /// This field of `report.json`.
    Json(&'static str),
}

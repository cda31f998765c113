//! The README of a report: what a forge shows beside the spec.

use super::caps::README_ROWS;
use super::markdown::{code, number, plain, table};
use super::tables;
use super::words::{Word, condition, end_reason, run_cause, run_status, say, sync_status};
use crate::model::batch::{Condition, ConditionKind};
use crate::model::catalogue::{entry, sentence_with};
use crate::model::config::Language;
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::report::{Report, WarningItem};
use crate::model::text::capital;
use crate::model::view::PlaceView;
use crate::rules::reporting::{next_steps, remedy, verdict};

/// Renders the README in one language.
pub(super) fn readme(report: &Report, language: Language) -> String {
    let page = Page { report, language };
    let batch = &report.batch;
    let mut text = format!(
        "# {}{}{}\n\n**{}**\n{}",
        batch.batch_number,
        page.colon(),
        batch.name,
        verdict(report, language),
        page.conditions()
    );
    let sections: [(Word, String); 12] = [
        (("Scope", "范围"), page.scope()),
        (("Reconciliation", "核对"), page.reconciliation()),
        (("By organization and type", "按组织与单据类型"), page.breakdown()),
        (("Reasons", "失败原因"), page.reasons()),
        (("Partial documents", "部分到达目标端的单据"), page.partial()),
        (("Failed documents", "失败单据"), page.failed()),
        (("Duplicates and conflicts", "重复与冲突"), page.conflicts()),
        (("Warnings", "警告"), page.warnings()),
        (("Keys and prefixes that could not be listed", "无法列举的键与前缀"), page.unlistable()),
        (("Runs", "运行记录"), page.runs()),
        (("Next action", "下一步"), page.next()),
        (("Digests", "摘要"), page.digests()),
    ];
    for (heading, body) in sections.into_iter().filter(|(_, body)| !body.is_empty()) {
        text.push_str(&format!("\n## {}\n\n{body}", say(language, heading)));
    }
    text
}

struct Page<'a> {
    report: &'a Report,
    language: Language,
}

impl Page<'_> {
    fn say(&self, word: Word) -> &'static str {
        say(self.language, word)
    }

    fn colon(&self) -> &'static str {
        self.say((": ", "："))
    }

    /// What a person should know before any figure.
    fn conditions(&self) -> String {
        let batch = &self.report.batch;
        let mut lines: Vec<String> = batch.conditions.iter().map(|condition| self.condition(condition)).collect();
        if batch.suspended && batch.conditions.iter().all(|condition| condition.kind != ConditionKind::Suspended) {
            let why = self.say((
                ": by `suspend: true` in the spec, or by a command",
                "：批次说明中 `suspend: true`，或由命令暂停",
            ));
            lines.push(format!("- **{}**{why}\n", condition(ConditionKind::Suspended, self.language)));
        }
        if lines.is_empty() { String::new() } else { format!("\n{}", lines.concat()) }
    }

    fn condition(&self, holds: &Condition) -> String {
        let kind = condition(holds.kind, self.language);
        let (reason, since, message) =
            (holds.reason, holds.since.strftime("%Y-%m-%dT%H:%M:%SZ"), plain(&holds.message));
        match self.language {
            Language::English => format!("- **{kind}** since {since} ({reason}): {message}\n"),
            Language::Chinese => {
                let meaning = entry(reason).message(self.language);
                format!("- **{kind}**，自 {since} 起（{reason}）：{meaning}。原始信息：{message}\n")
            }
        }
    }

    fn next(&self) -> String {
        match next_steps(self.report, self.language).as_slice() {
            [step] => format!("{step}\n"),
            steps => steps.iter().enumerate().map(|(at, step)| format!("{}. {step}\n", at + 1)).collect(),
        }
    }

    fn scope(&self) -> String {
        let batch = &self.report.batch;
        let (range, spec, filters) = (&batch.collected, &batch.spec, &self.report.filters);
        let all = |globs: &[String]| match globs {
            [] => self.say(("all", "全部")).to_owned(),
            globs => globs.iter().map(|glob| code(glob)).collect::<Vec<_>>().join(self.say((", ", "、"))),
        };
        let rows: [(Word, String); 10] = [
            (
                ("Status", "状态"),
                format!(
                    "{} · {}",
                    run_status(batch.run_status, self.language),
                    sync_status(batch.sync_status, self.language)
                ),
            ),
            (
                ("Collected", "采集日期"),
                format!("{} – {}{}", range.from, range.to, self.in_brackets(std::slice::from_ref(&range.time_zone))),
            ),
            (("In UTC", "对应 UTC"), format!("{} ≤ t < {}", range.from_utc, range.to_utc)),
            (("Organizations", "组织"), all(&filters.organizations)),
            (("Document types", "单据类型"), all(&filters.document_types)),
            (("From", "数据源"), place(&batch.source)),
            (("To", "目标"), place(&batch.target)),
            (
                ("Spec", "批次说明"),
                self.say(("{path}, generation {n}", "{path}，第 {n} 版"))
                    .replace("{path}", &code(&spec.path))
                    .replace("{n}", &spec.generation.to_string()),
            ),
            (("Commit", "提交"), spec.commit.as_deref().map_or_else(|| "–".to_owned(), code)),
            (("Operator", "操作人"), code(&spec.operator)),
        ];
        table(&["", ""], &[], rows.map(|(name, value)| vec![self.say(name).to_owned(), value]))
    }

    fn reconciliation(&self) -> String {
        format!("{}\n{}", tables::totals(self.report, self.language), tables::listed(self.report, self.language))
    }

    fn breakdown(&self) -> String {
        if self.report.breakdown.rows.is_empty() {
            return String::new();
        }
        tables::breakdown(self.report, self.language)
            + &self.more(self.report.breakdown.rows.len(), self.report.breakdown.total, &More::Json("breakdown"))
    }

    fn reasons(&self) -> String {
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

    fn in_brackets(&self, names: &[String]) -> String {
        match self.language {
            Language::English => format!(" ({})", names.join(", ")),
            Language::Chinese => format!("（{}）", names.join("、")),
        }
    }

    fn partial(&self) -> String {
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

    fn failed(&self) -> String {
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

    fn conflicts(&self) -> String {
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

    fn warnings(&self) -> String {
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

    fn unlistable(&self) -> String {
        let names = &self.report.unlistable;
        let text: String = names.iter().take(README_ROWS).map(|name| format!("- {}\n", code(name))).collect();
        text + &self.more(names.len(), names.len() as u64, &More::Json("unlistable"))
    }

    fn runs(&self) -> String {
        let rows = self.report.batch.runs.iter().map(|run| {
            let reason = run.reason.map_or("–", |reason| end_reason(reason, self.language)).to_owned();
            vec![
                run.number.to_string(),
                run_cause(run.cause, self.language).to_owned(),
                run.started.clone(),
                run.ended.clone().unwrap_or_else(|| "–".to_owned()),
                reason,
                code(&run.operator),
            ]
        });
        let headings: [Word; 6] = [
            ("Run", "运行"),
            ("Why it began", "发起原因"),
            ("Started (UTC)", "开始 (UTC)"),
            ("Ended (UTC)", "结束 (UTC)"),
            ("Why it ended", "结束原因"),
            ("Operator", "操作人"),
        ];
        table(&headings.map(|word| self.say(word)), &[0], rows)
    }

    fn digests(&self) -> String {
        let batch = &self.report.batch;
        let events = self
            .say(("Audit log, event {n} (the last)", "审计日志第 {n} 条（末条）"))
            .replace("{n}", &number(batch.audit.events));
        let rows = [
            (self.say(("Spec", "批次说明")).to_owned(), code(&batch.spec.digest.to_string())),
            (
                self.say(("Population: every object in scope", "冻结范围：范围内全部对象")).to_owned(),
                batch.population.map_or_else(|| "–".to_owned(), |digest| code(&digest.to_string())),
            ),
            (events, code(&batch.audit.head.to_string())),
        ];
        table(&["", "SHA-256"], &[], rows.map(|(name, value)| vec![name, value]))
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

fn place(place: &PlaceView) -> String {
    code(&format!("{}/{}", place.store, place.prefix))
}

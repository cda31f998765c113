//! The README of a report: what a forge shows beside the spec.

use super::caps::README_ROWS;
use super::markdown::{code, number, plain, table};
use super::tables;
use super::words::{Word, run_status, say, sync_status};
use crate::model::catalogue::{entry, sentence_with};
use crate::model::config::Language;
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::report::{Capped, Report, WarningItem};
use crate::model::view::PlaceView;
use crate::rules::reporting::{next_action, remedy, verdict};

/// Renders the README in one language.
pub(super) fn readme(report: &Report, language: Language) -> String {
    let page = Page { report, language };
    let batch = &report.batch;
    let mut text = format!("# {}: {}\n\n**{}**\n", batch.batch_number, batch.name, verdict(report, language));
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
        (("Next action", "下一步"), format!("{}\n", next_action(report, language))),
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

    fn scope(&self) -> String {
        let batch = &self.report.batch;
        let (range, spec, filters) = (&batch.collected, &batch.spec, &self.report.filters);
        let all = |globs: &[String]| match globs {
            [] => self.say(("all", "全部")).to_owned(),
            globs => globs.iter().map(|glob| code(glob)).collect::<Vec<_>>().join(", "),
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
            (("Collected", "采集日期"), format!("{} – {} ({})", range.from, range.to, range.time_zone)),
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
        tables::breakdown(self.report, self.language) + &self.more(&self.report.breakdown, "")
    }

    fn reasons(&self) -> String {
        let batch = &self.report.batch;
        let item = |failure: &crate::model::view::FailureView| {
            let examples: Vec<String> = failure.examples.iter().map(|image| code(image.as_str())).collect();
            let examples = if examples.is_empty() { String::new() } else { format!(" ({})", examples.join(", ")) };
            format!(
                "- **{}** × {}: {}{examples}\n  → {}\n",
                failure.code,
                number(failure.documents),
                entry(failure.code).message(self.language),
                remedy(failure.code, &batch.name, self.language)
            )
        };
        batch.failures.iter().map(item).collect()
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
        table(&headings, &[], rows) + &self.more(list, " --status failed")
    }

    fn failed(&self) -> String {
        let list = &self.report.failed;
        if list.rows.is_empty() {
            return String::new();
        }
        let rows = list.rows.iter().take(README_ROWS).map(|item| {
            vec![code(item.document.image_number.as_str()), item.failure.code.to_string(), self.reason(&item.failure)]
        });
        let headings =
            [self.say(("Image number", "影像编号")), self.say(("Code", "代码")), self.say(("Reason", "原因"))];
        table(&headings, &[], rows) + &self.more(list, " --status failed")
    }

    fn reason(&self, failure: &Failure) -> String {
        sentence_with(failure, Outcome::Fail, self.language, code, plain)
    }

    fn conflicts(&self) -> String {
        let codes = [Code::DuplicateDocument, Code::TargetCollision, Code::Conflict];
        let items = self.report.failed.rows.iter().filter(|item| codes.contains(&item.failure.code)).take(README_ROWS);
        let mut text: String = items
            .map(|item| {
                let image = code(item.document.image_number.as_str());
                format!("- {image}{}{}\n", self.colon(), self.reason(&item.failure))
            })
            .collect();
        let kept = self.report.batch.documents.target_kept;
        if kept > 0 {
            text.push_str(&format!(
                "- {}: {}\n",
                self.say(("Documents whose different target was kept", "保留目标端不同对象的单据数")),
                number(kept)
            ));
        }
        text
    }

    fn warnings(&self) -> String {
        let list = &self.report.warning_items;
        if list.rows.is_empty() {
            return String::new();
        }
        let (unknown, warned): (Vec<_>, Vec<_>) = list.rows.iter().partition(|item| item.outcome == Outcome::Unknown);
        let mut text: String = warned.iter().take(README_ROWS).map(|item| self.warning(item)).collect();
        if !unknown.is_empty() {
            let heading = self.say(("Not known, and therefore not a failure", "文件未说明（不视为失败）"));
            text.push_str(&format!("\n{heading}:\n\n"));
            text.extend(unknown.iter().take(README_ROWS).map(|item| self.warning(item)));
        }
        text + &self.more(list, "")
    }

    fn warning(&self, item: &WarningItem) -> String {
        let document = item
            .image_number
            .as_ref()
            .map_or_else(|| self.say(("no document", "无所属单据")).to_owned(), |image| code(image.as_str()));
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
        self.report.unlistable.iter().take(README_ROWS).map(|name| format!("- {}\n", code(name))).collect()
    }

    fn runs(&self) -> String {
        let rows = self.report.batch.runs.iter().map(|run| {
            let reason = run.reason.map_or_else(|| "–".to_owned(), |reason| format!("{reason:?}"));
            vec![
                run.number.to_string(),
                run.started.clone(),
                run.ended.clone().unwrap_or_else(|| "–".to_owned()),
                reason,
                code(&run.operator),
            ]
        });
        let headings: [Word; 5] = [
            ("Run", "运行"),
            ("Started (UTC)", "开始 (UTC)"),
            ("Ended (UTC)", "结束 (UTC)"),
            ("Why it ended", "结束原因"),
            ("Operator", "操作人"),
        ];
        table(&headings.map(|word| self.say(word)), &[0], rows)
    }

    fn digests(&self) -> String {
        let batch = &self.report.batch;
        let rows = [
            (("Spec", "批次说明"), batch.spec.digest.to_string()),
            (("Population", "冻结范围"), batch.population.map_or_else(|| "–".to_owned(), |digest| digest.to_string())),
            (
                ("Audit log, last event", "审计日志末条"),
                format!("{} ({})", batch.audit.head, number(batch.audit.events)),
            ),
        ];
        table(&["SHA-256", ""], &[], rows.map(|(name, value)| vec![self.say(name).to_owned(), format!("`{value}`")]))
    }

    /// How many of a list are shown, and how to get them all, where some are not.
    fn more<T>(&self, list: &Capped<T>, options: &str) -> String {
        let shown = list.rows.len().min(README_ROWS) as u64;
        if shown >= list.total {
            return String::new();
        }
        let all = self.say(("All of them", "查看全部"));
        format!(
            "\n{} / {}. {all}: `batchferry documents {}{options} -o csv`\n",
            number(shown),
            number(list.total),
            self.report.batch.name
        )
    }
}

fn place(place: &PlaceView) -> String {
    code(&format!("{}/{}", place.store, place.prefix))
}

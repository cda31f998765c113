//! A document with its files, to be opened.

use std::borrow::Borrow;

use askama::Template;

use super::article::Article;
use super::text::code;
use crate::model::catalogue::entry;
use crate::model::document::{DocumentRecord, FileRecord, FileState};
use crate::model::failure::{Code, Finding, Outcome};
use crate::model::report::Detail;
use crate::model::status::ItemStatus;
use crate::model::text::capital;
use crate::reports::words;

/// What a template shows of a document.
#[derive(Template)]
#[template(path = "detail.html", config = "src/reports/html/askama.toml")]
struct DetailView<'a> {
    article: &'a Article<'a>,
    document: &'a DocumentRecord,
    files: &'a [FileRecord],
}

impl Article<'_> {
    /// A document with its files, as HTML.
    pub(super) fn detail(&self, detail: &Detail) -> String {
        let view = DetailView { article: self, document: &detail.document, files: &detail.files };
        // Plain values into memory: no template of ours has an error of its own to give.
        view.render().expect("a document of plain values")
    }
}

impl DetailView<'_> {
    fn code(&self) -> Option<Code> {
        let failed = self.document.state.failure().map(|failure| failure.code);
        failed.or(self.document.state.is_kept().then_some(Code::TargetKept))
    }

    fn is_warned(&self) -> bool {
        self.document.findings.iter().any(|finding| finding.outcome == Outcome::Warn)
    }

    /// Class, sign and word of a status.
    fn status(&self, status: impl Borrow<ItemStatus>) -> (&'static str, &'static str, &'static str) {
        let (class, sign) = match status.borrow() {
            ItemStatus::Migrated => ("good", "✓"),
            ItemStatus::AlreadyAtTarget => ("good", "="),
            ItemStatus::Failed => ("bad", "✗"),
            ItemStatus::Pending => ("idle", "○"),
        };
        (class, sign, self.article.item_status(status))
    }

    /// Organization, type and day, those that are known.
    fn fields(&self) -> String {
        let fields = &self.document.fields;
        let day = fields.collected.map(|collected| collected.day.to_string());
        let known = [&fields.organization, &fields.document_type, &day].into_iter().flatten();
        known.map(String::as_str).collect::<Vec<_>>().join(" · ")
    }

    /// Why it failed, and what else is to be said, as HTML.
    fn notes(&self) -> Vec<String> {
        let reason = self.document.state.failure().map(|failure| self.article.reason(failure, Outcome::Fail));
        let gone = self.document.gone_from_source && self.document.state.status().is_synced();
        let gone = gone.then(|| {
            self.article.say("Gone from the source since it was synced.", "同步后已从数据源消失。").to_owned()
        });
        let finding = |finding: &Finding| {
            let text = self.article.reason(&finding.failure, finding.outcome);
            let word = match finding.outcome {
                Outcome::Unknown => self.article.say("Not determined: ", "无法确定："),
                _ => self.article.say("Warning: ", "警告："),
            };
            format!("{word}{text}")
        };
        reason.into_iter().chain(gone).chain(self.document.findings.iter().map(finding)).collect()
    }

    fn role(&self, file: &FileRecord) -> String {
        let record = &file.record;
        record.role_label.clone().unwrap_or_else(|| {
            let word = match record.role.as_str() {
                "cover" => self.article.say("cover", "封面"),
                "invoice" => self.article.say("invoice", "发票"),
                _ => self.article.say("attachment", "附件"),
            };
            word.to_owned()
        })
    }

    /// Where a file is, and how that was proven; or why not. As HTML.
    fn outcome(&self, file: &FileRecord) -> String {
        match &file.state {
            FileState::Pending => String::new(),
            FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
                format!("{} · {}", code(&receipt.target_key), words::proof(receipt.proof, self.article.language))
            }
            FileState::TargetKept(kept) => format!("{} · {}", code(&kept.target_key), Code::TargetKept),
            // The document's own reason stands above, and what was held back has none of its own.
            FileState::Failed(failure) if failure.code == Code::HeldBack => {
                format!("{} · {}", failure.code, capital(entry(failure.code).message(self.article.language)))
            }
            FileState::Failed(failure) if Some(failure) == self.document.state.failure() => failure.code.to_string(),
            FileState::Failed(failure) => format!("{} · {}", failure.code, self.article.reason(failure, Outcome::Fail)),
        }
    }

    /// How many checks passed, and which ones did not, and why. `None`: nothing has been decided.
    fn checks(&self, file: &FileRecord) -> Option<String> {
        if file.checks.is_empty() && file.state == FileState::Pending {
            return None;
        }
        let language = self.article.language;
        let checks = |outcome: Outcome| file.checks.told().filter(move |told| told.1 == outcome).map(|told| told.0);
        let mut parts = vec![format!("{} {}", words::outcome(Outcome::Pass, language), checks(Outcome::Pass).count())];
        for outcome in [Outcome::Fail, Outcome::Warn, Outcome::Unknown, Outcome::NotApplicable, Outcome::NotRun] {
            let named: Vec<&str> = checks(outcome).map(|check| words::check(check, language)).collect();
            if !named.is_empty() {
                let names = named.join(self.article.say(", ", "、"));
                parts.push(format!("{}{}{names}", words::outcome(outcome, language), self.article.say(": ", "：")));
            }
        }
        Some(format!("{}{}", self.article.say("Checks: ", "检测："), parts.join(" · ")))
    }

    /// The files that are not shown, and the command for them, as HTML.
    fn more_files(&self) -> String {
        let command = format!("batchferry files {} {}", self.article.report.batch.name, self.document.image_number);
        self.article.more(self.files.len(), self.document.files.total, &command)
    }
}

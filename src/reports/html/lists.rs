//! The lists: reasons, partial documents, conflicts, warnings.

use super::article::Article;
use super::text::{code, plain, sentence};
use crate::model::batch::UNLISTABLE_KEPT;
use crate::model::catalogue::{entry, sentence_with};
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::report::{FailedItem, WarningItem};
use crate::model::text::capital;
use crate::model::view::FailureView;
use crate::reports::markdown;
use crate::reports::tables::IN_THE_WAY;
use crate::rules::reporting::remedy;

/// What is told of a document or an object, as HTML.
pub(super) struct Told {
    pub(super) document: String,
    pub(super) code: Code,
    pub(super) text: String,
}

/// A partial document, its keys as HTML.
pub(super) struct Partial {
    pub(super) image: String,
    pub(super) at_target: Vec<String>,
    pub(super) missing: Vec<String>,
}

impl Article<'_> {
    pub(super) fn message(&self, failure: &FailureView) -> String {
        capital(entry(failure.code).message(self.language))
    }

    pub(super) fn remedy(&self, failure: &FailureView) -> String {
        sentence(&remedy(failure.code, &self.report.batch.name, self.language))
    }

    /// A failure or a finding in words, as HTML.
    pub(super) fn reason(&self, failure: &Failure, outcome: Outcome) -> String {
        capital(&sentence_with(failure, outcome, self.language, code, plain))
    }

    pub(super) fn partial(&self) -> Vec<Partial> {
        let rows = self.report.partial_documents.rows.iter().take(self.caps.rows);
        let partial = |row: &crate::model::report::PartialDocument| Partial {
            image: code(row.image_number.as_str()),
            at_target: self.keys(&row.at_target, &row.image_number),
            missing: self.keys(&row.missing, &row.image_number),
        };
        rows.map(partial).collect()
    }

    fn keys(&self, keys: &[String], image: &ImageNumber) -> Vec<String> {
        let mut shown: Vec<String> = keys.iter().take(self.caps.names).map(|key| code(key)).collect();
        let more = keys.len() - shown.len();
        if more > 0 {
            let command = code(&format!("batchferry files {} {image}", self.report.batch.name));
            let told = self.say("and {n} more: ", "另有 {n} 个：").replace("{n}", &markdown::number(more as u64));
            shown.push(told + &command);
        }
        shown
    }

    /// Failed documents that another document or object is in the way of, and how many there are.
    pub(super) fn conflicts(&self) -> (Vec<Told>, u64) {
        let is_one = |code: &Code| IN_THE_WAY.contains(code);
        let reasons = self.report.batch.failures.iter().filter(|reason| is_one(&reason.code));
        let items = self.report.failed.rows.iter().filter(|item| is_one(&item.failure.code)).take(self.caps.rows);
        let told = |item: &FailedItem| Told {
            document: code(item.document.image_number.as_str()),
            code: item.failure.code,
            text: self.reason(&item.failure, Outcome::Fail),
        };
        (items.map(told).collect(), reasons.map(|reason| reason.documents).sum())
    }

    pub(super) fn has_conflicts(&self) -> bool {
        self.conflicts().1 > 0 || self.report.batch.files.target_kept > 0
    }

    pub(super) fn has_warnings(&self) -> bool {
        self.report.warning_items.total > 0 || !self.report.batch.warnings.is_empty()
    }

    /// Warnings (`true`), or what could not be determined.
    pub(super) fn warned(&self, is_warning: bool) -> Vec<Told> {
        let (unknown, warned): (Vec<_>, Vec<_>) =
            self.report.warning_items.rows.iter().partition(|item| item.outcome == Outcome::Unknown);
        let room = self.caps.rows.saturating_sub(if is_warning { 0 } else { warned.len() });
        let items = if is_warning { warned } else { unknown };
        items.into_iter().take(room).map(|item| self.warning(item)).collect()
    }

    fn warning(&self, item: &WarningItem) -> Told {
        let nobody = || self.say("No document", "无所属单据").to_owned();
        let failure = Failure {
            code: item.code,
            item: item.item.clone(),
            expected: item.expected.clone(),
            actual: item.actual.clone(),
        };
        Told {
            document: item.image_number.as_ref().map_or_else(nobody, |image| code(image.as_str())),
            code: item.code,
            text: self.reason(&failure, item.outcome),
        }
    }

    pub(super) fn unlistable(&self) -> Vec<String> {
        self.report.unlistable.iter().take(self.caps.rows).map(|name| code(name)).collect()
    }

    /// The warnings that are not shown, as HTML.
    pub(super) fn more_warnings(&self, shown: usize) -> String {
        let command = format!("batchferry documents {} --code CODE -o csv", self.report.batch.name);
        self.more(shown, self.report.warning_items.total, &command)
    }

    /// What is said where not all names are known, as HTML.
    pub(super) fn more_unlistable(&self) -> String {
        let shown = self.report.unlistable.len().min(self.caps.rows);
        let is_cut = self.report.unlistable.len() >= UNLISTABLE_KEPT || shown < self.report.unlistable.len();
        let told = self.say(
            "These are the first {n}; the next listing names others, once these are mended.",
            "以上为前 {n} 条；处理后，下次列举会给出其余部分。",
        );
        let told = told.replace("{n}", &markdown::number(shown as u64));
        if is_cut { format!("<p class=\"more\">{told}</p>") } else { String::new() }
    }
}

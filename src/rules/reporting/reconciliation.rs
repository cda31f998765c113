//! The identities that every report must satisfy, as lines that people can check.

use crate::model::counts::Unreconciled;
use crate::model::report::Report;
use crate::model::status::RunStatus;
use crate::model::view::TallyView;

/// One identity: a whole and the parts that must add up to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What is counted: `documents`, `files`, `bytes` or `listed`.
    pub what: &'static str,
    /// The whole.
    pub whole: u64,
    /// The sum of its parts.
    pub parts: u64,
}

impl Line {
    /// Whether the parts add up.
    pub fn holds(&self) -> bool {
        self.whole == self.parts
    }
}

/// Every identity of a report. What was listed is compared once the listing is whole.
pub fn reconciliation(report: &Report) -> Vec<Line> {
    let batch = &report.batch;
    let sum = |tally: &TallyView| tally.migrated + tally.already_at_target + tally.failed + tally.pending;
    let line = |what, tally: &TallyView| Line { what, whole: tally.in_scope, parts: sum(tally) };
    let mut lines = vec![
        line("documents", &batch.documents),
        line("files", &batch.files),
        line("bytes", &batch.bytes),
        Line { what: "synced", whole: batch.documents.in_scope, parts: batch.synced + batch.unsynced },
        Line {
            what: "failures",
            whole: batch.documents.failed,
            parts: batch.failures.iter().map(|failure| failure.documents).sum(),
        },
    ];
    if batch.run_status != RunStatus::Running && batch.population.is_some() {
        let listed = &batch.listed;
        let parts = batch.files.in_scope + listed.out_of_scope + listed.unrecognised;
        // What is synced stays in scope, also where it is gone from the source.
        lines.push(Line { what: "listed", whole: listed.objects + report.gone, parts });
    }
    lines
}

/// Refuses a report of which a total does not add up.
///
/// # Errors
/// The first identity that does not hold.
pub fn assert_reconciled(report: &Report) -> Result<(), Unreconciled> {
    match reconciliation(report).into_iter().find(|line| !line.holds()) {
        None => Ok(()),
        Some(Line { what, whole, parts }) => {
            Err(Unreconciled { what: what.to_owned(), expected: whole, actual: parts })
        }
    }
}

//! A batch's page.

use super::line::BatchRow;
use super::stamp::Stamp;
use crate::model::report::Report;
use crate::model::timeline::Timeline;

/// One batch, as its page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchDetail {
    /// Its line in the list.
    pub row: BatchRow,
    /// Figures, reasons and runs; lists of documents are left empty.
    pub report: Report,
    /// Decisions over time.
    pub timeline: Timeline,
    /// The spec in force, as JSON.
    pub spec: String,
    /// Files of the report folder that are there, with their sizes.
    pub files: Vec<(String, u64)>,
    /// It has ended, and its spec begins another run of it sooner or later.
    pub runs_again: bool,
    /// When this was so.
    pub stamp: Stamp,
}

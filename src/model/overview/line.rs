//! What a list shows of one batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::model::batch::{BatchId, Condition};
use crate::model::counts::Tally;
use crate::model::ids::{BatchName, BatchNumber};
use crate::model::status::{RunStatus, SyncStatus};

/// What a list shows of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchLine {
    /// The ledger's short name: rises in order of creation.
    pub id: BatchId,
    /// The number that people quote.
    pub number: BatchNumber,
    /// The spec's name.
    pub name: BatchName,
    /// Labels of the spec.
    pub labels: BTreeMap<String, String>,
    /// Organizations that the spec names; empty: all.
    pub organizations: Vec<String>,
    /// When it was accepted.
    pub created: Timestamp,
    /// First and last day of the range.
    pub collected: (Date, Date),
    /// Whether a run is under way.
    pub run_status: RunStatus,
    /// How far the documents have come.
    pub sync_status: SyncStatus,
    /// What people should know.
    pub conditions: Vec<Condition>,
    /// Documents by status.
    pub documents: Tally,
    /// The run under way, or the last one: its number and when it began.
    pub run: Option<(u32, Timestamp)>,
}

/// When a batch may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowView {
    /// It may now.
    pub open: bool,
    /// When that changes; `None`: never.
    pub changes: Option<Timestamp>,
}

/// A batch with how fast it goes.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchRow {
    /// The batch.
    pub line: Arc<BatchLine>,
    /// Documents decided in a minute, while a run is under way and long enough to tell.
    pub per_minute: Option<u64>,
    /// Whether its windows are open, and when that changes; `None`: it has none, or has ended.
    pub window: Option<WindowView>,
}

//! What the loop tells the world outside: values, so that whoever listens can be slow or absent.

use crate::model::control::RescanView;
use crate::model::view::BatchView;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Notice {
    /// A run began.
    Started(Box<BatchView>),
    /// A run ended.
    Ended(Box<BatchView>),
    /// The jobs directory was looked through.
    Looked {
        /// What is there.
        found: RescanView,
        /// Why nothing was changed, if so.
        healthy: Result<(), String>,
        /// How long it took.
        took: std::time::Duration,
        /// Overflows of the system's queue of changes so far.
        overflows: u64,
        /// Why changes are only noticed at the next rescan, if so.
        blind: Option<String>,
    },
    /// Batches by where they stand.
    Standings(Standings),
    /// A report could not be written.
    ReportFailed,
}

/// Batches by where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standings {
    /// Waiting for a run.
    pub queued: u64,
    /// With a run under way.
    pub running: u64,
    /// Ended.
    pub ended: u64,
    /// Of all: stalled.
    pub stalled: u64,
}

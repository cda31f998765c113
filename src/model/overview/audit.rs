//! The page of a batch's audit log.

use std::sync::Arc;

use super::line::BatchLine;
use crate::model::audit::AuditRow;
use crate::model::ids::Digest;

/// A page of audit events.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditPage {
    /// The batch.
    pub line: Arc<BatchLine>,
    /// The events.
    pub rows: Vec<AuditRow>,
    /// What to ask for next; `None`: these were the last.
    pub next: Option<u64>,
    /// Events in the chain.
    pub events: u64,
    /// Digest of the last one.
    pub head: Digest,
}

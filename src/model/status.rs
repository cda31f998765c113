//! The two statuses of a batch and the one of a document or file, and how each follows from facts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::Tally;

/// Whether a batch is being worked on. What came of it is its [`SyncStatus`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum RunStatus {
    /// Accepted, or interrupted, and waiting for a run.
    Queued,
    /// A run is under way.
    Running,
    /// The last run ended by itself, by a limit or by a command.
    Ended,
}

/// How far the documents of a batch have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum SyncStatus {
    /// Nothing is synced yet and the batch has not ended.
    Pending,
    /// Some documents are synced.
    Partial,
    /// All documents are synced, or there were none and that is allowed.
    Complete,
    /// Ended with nothing synced.
    Failed,
}

/// Where one document or file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum ItemStatus {
    /// Not decided yet.
    Pending,
    /// Copied and proven.
    Migrated,
    /// Was there before, and proven identical (or kept, where the spec says so).
    AlreadyAtTarget,
    /// Decided against, with a code.
    Failed,
}

impl ItemStatus {
    /// Every status, in the order in which people expect to read them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Migrated, Self::AlreadyAtTarget, Self::Failed];

    /// The status as users write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Migrated => "Migrated",
            Self::AlreadyAtTarget => "AlreadyAtTarget",
            Self::Failed => "Failed",
        }
    }

    /// Whether the item is at the target and proven.
    pub fn is_synced(self) -> bool {
        matches!(self, Self::Migrated | Self::AlreadyAtTarget)
    }
}

impl RunStatus {
    /// Whether a batch may go from this status to `next`.
    pub fn may_become(self, next: Self) -> bool {
        // Every pair of different statuses but Queued -> Ended has a cause: only a run can end a batch, except
        // for a cancelled one that never ran, which passes through Running in the same write.
        !matches!((self, next), (Self::Queued, Self::Ended))
    }
}

/// What decides the sync status besides the documents' tally.
#[derive(Debug, Clone, Copy, Default)]
pub struct SyncFacts {
    /// The batch has ended.
    pub ended: bool,
    /// The spec says that an empty selection is a success.
    pub allow_empty: bool,
    /// Something in scope could not be listed or addressed.
    pub unlistable: bool,
}

impl SyncStatus {
    /// The first rule that fits, in the order of the contract.
    pub fn of(documents: &Tally, facts: SyncFacts) -> Self {
        let synced = documents.synced();
        match (facts.ended, documents.in_scope()) {
            (false, _) if synced == 0 => Self::Pending,
            (false, _) => Self::Partial,
            (true, 0) if facts.unlistable => Self::Failed,
            (true, 0) if facts.allow_empty => Self::Complete,
            (true, 0) => Self::Failed,
            (true, all) if synced == all && !facts.unlistable => Self::Complete,
            (true, _) if synced > 0 => Self::Partial,
            (true, _) => Self::Failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(migrated: u64, already: u64, failed: u64, pending: u64) -> Tally {
        Tally { migrated, already_at_target: already, target_kept: 0, failed, pending }
    }

    fn ended() -> SyncFacts {
        SyncFacts { ended: true, ..SyncFacts::default() }
    }

    #[test]
    fn a_batch_that_has_not_ended_is_pending_or_partial() {
        assert_eq!(SyncStatus::of(&tally(0, 0, 3, 2), SyncFacts::default()), SyncStatus::Pending);
        assert_eq!(SyncStatus::of(&tally(0, 1, 0, 0), SyncFacts::default()), SyncStatus::Partial);
    }

    #[test]
    fn an_empty_selection_is_a_failure_unless_allowed() {
        assert_eq!(SyncStatus::of(&tally(0, 0, 0, 0), ended()), SyncStatus::Failed);
        let allowed = SyncFacts { allow_empty: true, ..ended() };
        assert_eq!(SyncStatus::of(&tally(0, 0, 0, 0), allowed), SyncStatus::Complete);
        let unlistable = SyncFacts { unlistable: true, ..allowed };
        assert_eq!(SyncStatus::of(&tally(0, 0, 0, 0), unlistable), SyncStatus::Failed);
    }

    #[test]
    fn complete_needs_every_document_and_every_prefix() {
        assert_eq!(SyncStatus::of(&tally(2, 1, 0, 0), ended()), SyncStatus::Complete);
        assert_eq!(SyncStatus::of(&tally(2, 1, 0, 0), SyncFacts { unlistable: true, ..ended() }), SyncStatus::Partial);
        assert_eq!(SyncStatus::of(&tally(2, 0, 1, 0), ended()), SyncStatus::Partial);
        assert_eq!(SyncStatus::of(&tally(2, 0, 0, 1), ended()), SyncStatus::Partial);
        assert_eq!(SyncStatus::of(&tally(0, 0, 1, 1), ended()), SyncStatus::Failed);
    }
}

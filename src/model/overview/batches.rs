//! The list of batches.

use super::line::BatchRow;
use super::stamp::Stamp;
use crate::model::batch::ConditionKind;
use crate::model::status::{RunStatus, SyncStatus};

/// Which batches, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchQuery {
    /// Only those whose run stands here.
    pub run: Option<RunStatus>,
    /// Only those whose documents stand here.
    pub sync: Option<SyncStatus>,
    /// Only those with a condition of this kind.
    pub condition: Option<ConditionKind>,
    /// Only those whose spec names an organization that holds this text, in any case.
    pub organization: Option<String>,
    /// Only those with this label: `team`, or `team=finance`.
    pub label: Option<String>,
    /// Only those whose name or number holds this text, in any case.
    pub text: Option<String>,
    /// The order.
    pub order: BatchOrder,
    /// The `next` of the page before.
    pub after: Option<String>,
    /// Most rows.
    pub limit: u32,
}

/// Orders of batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BatchOrder {
    /// By what.
    pub by: BatchKey,
    /// Smallest or first first.
    pub ascending: bool,
}

/// What batches are ordered by; those that are equal, by when they were created.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BatchKey {
    /// When they were created.
    #[default]
    Created,
    /// Their names.
    Name,
    /// How many documents they have.
    Documents,
    /// How many of them are not synced.
    Unsynced,
    /// How many of them failed.
    Failed,
}

impl BatchKey {
    /// Every key.
    pub const ALL: [Self; 5] = [Self::Created, Self::Name, Self::Documents, Self::Unsynced, Self::Failed];

    /// Its word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Name => "name",
            Self::Documents => "documents",
            Self::Unsynced => "unsynced",
            Self::Failed => "failed",
        }
    }
}

/// A page of batches.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchPage {
    /// The rows.
    pub rows: Vec<BatchRow>,
    /// What to ask for next; `None`: these were the last.
    pub next: Option<String>,
    /// How many fit.
    pub fitting: u64,
    /// All batches, by where their runs stand and what they suffer from.
    pub standing: Standing,
    /// When this was so.
    pub stamp: Stamp,
    /// Batches that cannot be shown, and why.
    pub unshown: Vec<String>,
    /// Specs that are not accepted.
    pub invalid: u64,
}

/// Batches by where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// All that are not retired.
    pub all: u64,
    /// With a run under way.
    pub running: u64,
    /// Waiting for a run.
    pub queued: u64,
    /// Ended.
    pub ended: u64,
    /// Stalled, in whichever state.
    pub stalled: u64,
}

/// Batches that have changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// Those that have, and those with a run under way.
    pub rows: Vec<BatchRow>,
    /// All batches, by where they stand.
    pub standing: Standing,
    /// When this was so.
    pub stamp: Stamp,
    /// What was shown before was shown by another process: all of it may be old.
    pub is_anew: bool,
}

//! A batch as the ledger keeps it.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::Listed;
use super::event::Operator;
use super::failure::Code;
use super::ids::{BatchName, BatchNumber, Digest};
use super::spec::ResyncScope;
use super::status::RunStatus;

/// The ledger's short name for a batch: 1, 2, … in order of acceptance.
pub type BatchId = u32;

/// What a run has reached; each stage is durable before the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The prefixes to list are being found; nothing of this listing counts yet.
    Discovering,
    /// Objects go to the ledger, page by page.
    Listing,
    /// Listed files become documents.
    Grouping,
    /// Documents are judged and moved.
    Moving,
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EndReason {
    /// Every document was decided.
    Finished,
    /// `transfer.deadline` passed.
    DeadlineExceeded,
    /// `transfer.maxFailures` was reached.
    TooManyFailures,
    /// A command cancelled it.
    Cancelled,
    /// The process was asked to stop, or died; the next run goes on from here.
    Interrupted,
    /// A store did not come back within `transfer.storeWait`; the next run goes on from here.
    StoreWait,
    /// Suspended, or outside its windows; the next run goes on from here.
    Suspended,
    /// The index or inventory could not be read.
    CatalogUnreadable,
}

impl EndReason {
    /// Whether the run has not ended for good: the next one goes on where it stopped.
    pub fn goes_on(self) -> bool {
        matches!(self, Self::Interrupted | Self::StoreWait | Self::Suspended)
    }

    /// What it is called where people look; `None`: nothing is to be said.
    pub fn code(self) -> Option<Code> {
        match self {
            Self::Finished | Self::Interrupted | Self::Suspended => None,
            Self::DeadlineExceeded => Some(Code::DeadlineExceeded),
            Self::TooManyFailures => Some(Code::TooManyFailures),
            Self::Cancelled => Some(Code::Cancelled),
            Self::CatalogUnreadable => Some(Code::CatalogUnreadable),
            Self::StoreWait => Some(Code::StoreUnavailable),
        }
    }
}

/// Why a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum RunCause {
    /// The batch's first.
    First,
    /// A resync.
    Resync(ResyncScope),
    /// `spec.repeat`: the whole scope is listed again.
    Repeat,
}

/// One pass over a batch. An interrupted run is continued, not followed by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// 1, 2, …
    pub number: u32,
    /// Why it began.
    pub cause: RunCause,
    /// The generation of the spec that it began with and keeps.
    pub generation: u32,
    /// When it began.
    pub started: Timestamp,
    /// When and why it ended; `None` while it runs or waits to be continued.
    pub ended: Option<(Timestamp, EndReason)>,
    /// Who asked for it.
    pub operator: Operator,
}

impl RunRecord {
    /// Whether it lists nothing but documents that had failed.
    fn is_of_failed(&self) -> bool {
        self.cause == RunCause::Resync(ResyncScope::Failed)
    }
}

/// Something about a batch that a person should know and its statuses do not say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// `Suspended`, `Stalled`, `Retired`, `Warning` or `Waiting`.
    #[serde(rename = "type")]
    pub kind: ConditionKind,
    /// Why, as a code.
    pub reason: Code,
    /// The same in words, with the next step.
    pub message: String,
    /// Since when.
    #[schemars(with = "String")]
    pub since: Timestamp,
}

/// The kinds of conditions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConditionKind {
    /// Asked to pause.
    Suspended,
    /// Cannot go on until something is mended.
    Stalled,
    /// Deleted by a command; records are kept.
    Retired,
    /// Goes on, but something deserves a look.
    Warning,
    /// Goes on by itself, later.
    Waiting,
}

/// The spec that a generation of a batch was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecRecord {
    /// Path of the file, as found below the jobs directory.
    pub path: String,
    /// Digest of the parsed spec.
    pub digest: Digest,
    /// Rises when the digest changes.
    pub generation: u32,
    /// The whole [`super::spec::BatchFile`] as JSON: readable by every later version.
    pub json: String,
    /// Who committed it.
    pub operator: Operator,
}

/// The last runs that a batch keeps, besides its first one: a batch that is repeated every minute for years has a record
/// like any other. The audit log has them all.
pub const RUNS_KEPT: usize = 100;

/// Unlistable prefixes and keys that a batch keeps by name.
pub const UNLISTABLE_KEPT: usize = 100;

/// A batch as the ledger keeps it. Counters and documents stand beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchRecord {
    /// The ledger's short name.
    pub id: BatchId,
    /// The number that people quote.
    pub number: BatchNumber,
    /// The spec's name.
    pub name: BatchName,
    /// When it was accepted.
    pub accepted: Timestamp,
    /// The spec in force.
    pub spec: SpecRecord,
    /// The spec that an unfinished run began with and keeps, as JSON, if a newer one has come since.
    pub run_spec: Option<String>,
    /// Whether a run is under way.
    pub run_status: RunStatus,
    /// What the current or next run has reached.
    pub stage: Stage,
    /// Runs, oldest first: the first one, the last one that listed the whole scope, and the last [`RUNS_KEPT`].
    pub runs: Vec<RunRecord>,
    /// What people should know.
    pub conditions: Vec<Condition>,
    /// The last `spec.resync.request` acted on, or found in the first spec.
    pub handled_resync: Option<String>,
    /// The current listing: 1, 2, …; files seen by it carry its number.
    pub listing: u32,
    /// What the current listing found.
    pub listed: Listed,
    /// Digest over every object in scope, once frozen.
    pub population: Option<Digest>,
    /// Prefixes that could not be listed and keys that cannot be addressed; the first [`UNLISTABLE_KEPT`] of them.
    pub unlistable: Vec<String>,
    /// Suspended by a command.
    pub suspended: bool,
    /// A resync asked for by a command and not begun. Kept beside the record.
    #[serde(skip)]
    pub asked: Option<AskedResync>,
    /// Who cancelled the run under way, until it has ended. Kept beside the record.
    #[serde(skip)]
    pub cancelled: Option<Operator>,
    /// The last grouping, if it was of the whole scope and the next one may go by it. Kept beside the record.
    #[serde(skip)]
    pub grouped: Option<Grouping>,
}

/// Documents were made of every file that a listing found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grouping {
    /// The listing.
    pub listing: u32,
    /// SHA-256 over all else that documents were made by: the spec, its stores, the program's version.
    pub rules: Digest,
    /// Files that the listing found in scope.
    pub files: u64,
    /// Documents.
    pub documents: u64,
    /// The digest over every object in scope.
    pub population: Digest,
}

/// A resync asked for by a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedResync {
    /// Which documents.
    pub scope: ResyncScope,
    /// Who asked.
    pub operator: Operator,
}

impl BatchRecord {
    /// The current run, or the last one.
    pub fn run(&self) -> Option<&RunRecord> {
        self.runs.last()
    }

    /// The current run's number; 0 before the first.
    pub fn run_number(&self) -> u32 {
        self.run().map_or(0, |run| run.number)
    }

    /// Adds a run, and forgets those between the first and the last that need not be kept.
    pub fn add_run(&mut self, run: RunRecord) {
        self.runs.push(run);
        let whole = self.runs.iter().rposition(|run| !run.is_of_failed()).unwrap_or_default();
        let since = self.runs.len().saturating_sub(RUNS_KEPT);
        let mut place = 0..;
        self.runs.retain(|_| place.next().is_some_and(|place| place == 0 || place == whole || place >= since));
    }

    /// Runs that were forgotten.
    pub fn runs_left_out(&self) -> u64 {
        u64::from(self.run_number()).saturating_sub(self.runs.len() as u64)
    }

    /// Why the batch must not run, if it must not: suspended or retired.
    pub fn suspension(&self) -> Option<Code> {
        let holds = |kind| self.condition(kind).map(|condition| condition.reason);
        holds(ConditionKind::Retired).or_else(|| holds(ConditionKind::Suspended))
    }

    /// Whether a condition with this reason holds.
    pub fn has(&self, reason: Code) -> bool {
        self.conditions.iter().any(|condition| condition.reason == reason)
    }

    /// Whether what was listed is what is moved: not while the scope is listed anew, nor after such a listing was cancelled.
    pub fn is_frozen(&self) -> bool {
        self.stage == Stage::Moving && self.population.is_some()
    }

    /// The last listing of the whole scope: a resync of what failed lists only that anew.
    pub fn whole_listing(&self) -> u32 {
        // Each run is a listing.
        let whole = self.runs.iter().rfind(|run| !run.is_of_failed()).map_or(0, |run| run.number);
        self.listing.saturating_sub(self.run_number() - whole)
    }

    /// The condition of one kind, if it holds.
    pub fn condition(&self, kind: ConditionKind) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }
}

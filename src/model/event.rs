//! Audit events: one for every change of state, chained by digest.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::failure::Code;
use super::ids::{BatchNumber, Digest, ImageNumber};
use super::status::{ItemStatus, RunStatus};

/// Who caused something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// A user name, a commit's author, or `unknown (uncommitted)`.
    pub name: String,
    /// The commit whose bytes equal the spec's, if any.
    #[serde(default)]
    pub commit: Option<String>,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// A spec became a batch.
    Accepted,
    /// A run began.
    RunStarted,
    /// The population was frozen: its digest and the documents in it.
    Frozen {
        /// Digest over every listed object in scope.
        population: Digest,
        /// Documents in scope.
        documents: u64,
    },
    /// A document changed its status.
    Document {
        /// Which.
        image_number: ImageNumber,
        /// Before.
        old: ItemStatus,
        /// Now.
        new: ItemStatus,
        /// Why, if it failed or was kept.
        code: Option<Code>,
        /// Digest of the document's record with its files and receipts.
        record: Digest,
    },
    /// The batch cannot go on until something is mended.
    Stalled {
        /// Why.
        code: Code,
    },
    /// It goes on.
    Resumed,
    /// A run ended, or was interrupted and can be continued.
    RunEnded {
        /// What the run status became.
        status: RunStatus,
        /// Why, if not because all was done.
        code: Option<Code>,
    },
    /// Another pass was asked for.
    ResyncRequested {
        /// The whole scope, not only failed and pending documents.
        all: bool,
    },
    /// Another generation of the spec is in force.
    SpecChanged {
        /// Which.
        generation: u32,
    },
    /// The batch is to pause.
    Suspended {
        /// Why.
        code: Code,
    },
    /// A reason to pause is gone.
    Released {
        /// Which.
        code: Code,
    },
    /// The batch was retired by a command.
    Retired,
}

/// One link of a batch's audit chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEvent {
    /// 1, 2, … within the batch.
    pub sequence: u64,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Which batch.
    pub batch: BatchNumber,
    /// Which run; 0: none.
    pub run: u32,
    /// Which attempt at the document; 0: none.
    pub attempt: u32,
    /// Who.
    pub operator: Operator,
    /// Digest of the spec in force.
    pub spec: Digest,
    /// What changed.
    pub change: Change,
    /// Digest of the event before this one; zeros for the first.
    pub previous: Digest,
}

impl AuditEvent {
    /// The digest that the next event names: SHA-256 of this event as compact JSON in field order.
    pub fn digest(&self) -> Digest {
        // Serialising plain data with string keys into memory cannot fail.
        Digest::of(&serde_json::to_vec(self).expect("an event is plain data"))
    }
}

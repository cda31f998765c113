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
    /// The target was read again and compared with the receipts.
    Verified {
        /// What was looked at and what was found.
        result: VerifyCounts,
        /// How many documents were drawn, and by which seed; `None`: all.
        sample: Option<Sample>,
    },
    /// An index or inventory was read to its end.
    CatalogRead {
        /// Which: its store and key, or its path beside the spec.
        name: String,
        /// Of its bytes as they were read.
        sha256: Digest,
        /// Rows.
        rows: u64,
    },
}

/// What a verification looked at and what it found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyCounts {
    /// Documents whose files were read.
    pub documents: u64,
    /// Files and manifests that were asked for.
    pub files: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Not there.
    pub missing: u64,
    /// There, and not what the receipt says.
    pub changed: u64,
    /// Objects that no document of any batch explains.
    pub extra: u64,
    /// Neither read nor known to be missing: the store refused them or did not answer.
    pub unread: u64,
}

/// Documents drawn from a batch: those with the smallest SHA-256 of the seed followed by the image number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// How many at most.
    pub size: u32,
    /// Any text; the same one draws the same documents.
    pub seed: String,
}

impl VerifyCounts {
    /// Whether everything was looked at and is as the receipts say.
    pub fn is_sound(&self) -> bool {
        self.missing + self.changed + self.extra + self.unread == 0
    }

    /// Whether something is not as the receipts say.
    pub fn differs(&self) -> bool {
        self.missing + self.changed + self.extra > 0
    }
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

impl Change {
    /// Its word in exports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::RunStarted => "runStarted",
            Self::Frozen { .. } => "frozen",
            Self::Document { .. } => "document",
            Self::Stalled { .. } => "stalled",
            Self::Resumed => "resumed",
            Self::RunEnded { .. } => "runEnded",
            Self::ResyncRequested { .. } => "resyncRequested",
            Self::SpecChanged { .. } => "specChanged",
            Self::Suspended { .. } => "suspended",
            Self::Released { .. } => "released",
            Self::Retired => "retired",
            Self::Verified { .. } => "verified",
            Self::CatalogRead { .. } => "catalogRead",
        }
    }

    /// The code in it, if there is one.
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Document { code, .. } | Self::RunEnded { code, .. } => *code,
            Self::Stalled { code } | Self::Suspended { code } | Self::Released { code } => Some(*code),
            _ => None,
        }
    }
}

impl AuditEvent {
    /// The digest that the next event names: SHA-256 of this event as compact JSON in field order.
    pub fn digest(&self) -> Digest {
        // Serialising plain data with string keys into memory cannot fail.
        Digest::of(&serde_json::to_vec(self).expect("an event is plain data"))
    }
}

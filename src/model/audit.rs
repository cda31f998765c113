//! What is told of audit chains: events as they are exported, chains, and what a check of one finds.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event::AuditEvent;
use super::ids::{BatchName, BatchNumber, Digest, ImageNumber};

/// Which events are asked for; nothing given: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// None before this instant.
    pub from: Option<Timestamp>,
    /// None at or after this instant.
    pub until: Option<Timestamp>,
    /// Only those of this document.
    pub image: Option<ImageNumber>,
}

/// The kinds of events that PREMIS names and archives share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum EventType {
    /// Something is taken into custody: here, a spec becomes a batch.
    #[serde(rename = "accession")]
    Accession,
    /// Content is added to an archive: here, runs, and what decides when they go on.
    #[serde(rename = "ingestion")]
    Ingestion,
    /// A digest is computed.
    #[serde(rename = "message digest calculation")]
    MessageDigestCalculation,
    /// Content is compared with what it was.
    #[serde(rename = "fixity check")]
    FixityCheck,
    /// A copy is made, the same bit by bit.
    #[serde(rename = "replication")]
    Replication,
    /// Content is compared with a standard or a rule.
    #[serde(rename = "validation")]
    Validation,
    /// Content is searched for malicious software.
    #[serde(rename = "virus check")]
    VirusCheck,
}

/// How an event ended, in PREMIS's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum EventOutcome {
    /// As it should.
    Success,
    /// It went on, and deserves a look.
    Warning,
    /// It did not.
    Failure,
}

impl EventType {
    /// PREMIS's words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accession => "accession",
            Self::Ingestion => "ingestion",
            Self::MessageDigestCalculation => "message digest calculation",
            Self::FixityCheck => "fixity check",
            Self::Replication => "replication",
            Self::Validation => "validation",
            Self::VirusCheck => "virus check",
        }
    }
}

impl EventOutcome {
    /// PREMIS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for EventOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One event as `audit export` gives it: a line of JSON.
///
/// `digest` is the SHA-256 of `event` as compact JSON in the order of its fields, and equals `event.previous` of the next
/// event of the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// Always 1.
    pub format_version: u32,
    /// The batch's name.
    pub name: BatchName,
    /// What PREMIS calls such an event.
    pub event_type: EventType,
    /// How it ended.
    pub outcome: EventOutcome,
    /// The event's own digest.
    pub digest: Digest,
    /// The event, as it is chained.
    pub event: AuditEvent,
}

/// The head of a chain at a moment, kept outside the ledger: in a report or an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Anchor {
    /// The number of the event.
    pub event: u64,
    /// Its digest.
    pub digest: Digest,
}

/// Something that is wrong with a chain, or with a record that it vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditFault {
    /// The event that it is about.
    pub event: Option<u64>,
    /// The document that it is about.
    pub image_number: Option<ImageNumber>,
    /// What is wrong.
    pub message: String,
}

/// What a check of one chain found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditVerdict {
    /// The batch's number.
    pub batch_number: BatchNumber,
    /// The batch's name.
    pub name: BatchName,
    /// Nothing is wrong.
    pub sound: bool,
    /// Events that were read.
    pub events: u64,
    /// Digest of the last one.
    pub head: Digest,
    /// Documents whose records were compared with their events.
    pub documents: u64,
    /// The head that the chain was compared with.
    pub against: Option<Anchor>,
    /// The first bad event, then documents whose records are not as their events say; the first of them.
    pub faults: Vec<AuditFault>,
    /// All of them.
    pub faults_total: u64,
    /// What this check can show and what it cannot.
    pub note: String,
}

/// One audit chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChainView {
    /// The batch's number.
    pub batch_number: BatchNumber,
    /// The batch's name.
    pub name: BatchName,
    /// How many events.
    pub events: u64,
    /// Digest of the last one; zeros if there is none.
    pub head: Digest,
}

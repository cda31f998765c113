//! What can be asked of whoever holds the ledger, as values: the same over the socket of a daemon and in one process.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::audit::{Anchor, AuditRow, AuditVerdict, ChainView, EventFilter};
use super::bag::{BagFile, RecordRow, SpecText};
use super::draft::{SpecCheck, WrittenSpec};
use super::event::Sample;
use super::failure::Code;
use super::ids::ImageNumber;
use super::overview::{Overview, Overviewed};
use super::report::{Capped, FailedItem, Report};
use super::spec::ResyncScope;
use super::status::ItemStatus;
use super::units::Span;
use super::verify::VerifyView;
use super::view::{BatchView, DocumentView, FileView};

/// Most rows of one page.
pub const MAX_ROWS: u32 = 1_000;

/// One question or command. A batch is named by its name, its number or the path of its spec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A page of batches, in the order in which they were accepted.
    Batches {
        /// The `next` of the page before.
        after: Option<String>,
        /// Most rows.
        limit: u32,
    },
    /// One batch.
    Batch {
        /// Which.
        batch: String,
    },
    /// A page of a batch's documents, by image number.
    Documents {
        /// Which batch.
        batch: String,
        /// Only documents that stand here.
        status: Option<ItemStatus>,
        /// Only documents with this code.
        code: Option<Code>,
        /// The last image number of the page before.
        after: Option<ImageNumber>,
        /// Most rows.
        limit: u32,
    },
    /// The files of one document.
    Files {
        /// Which batch.
        batch: String,
        /// Which document.
        image: ImageNumber,
    },
    /// The files of a batch's report, as they would be written.
    Report {
        /// Which.
        batch: String,
    },
    /// Write a batch's report where the config says.
    WriteReport {
        /// Which.
        batch: String,
    },
    /// A page of audit chains, those of retired batches too, in the order in which the batches were accepted.
    Chains {
        /// The `next` of the page before.
        after: Option<String>,
        /// Most rows.
        limit: u32,
    },
    /// A page of a batch's audit events, in order. A page may be empty and not the last.
    Events {
        /// Which batch.
        batch: String,
        /// Which events.
        filter: EventFilter,
        /// The `next` of the page before.
        after: Option<String>,
        /// Most rows.
        limit: u32,
    },
    /// Whether a batch's audit log is whole, and its records are as the log says.
    CheckAudit {
        /// Which batch.
        batch: String,
        /// The head of the log at a moment, kept outside the ledger.
        against: Option<Anchor>,
    },
    /// The spec of a batch, as it was accepted.
    Spec {
        /// Which batch.
        batch: String,
    },
    /// A page of a batch's documents with their files as the ledger has them, in order of image number.
    Records {
        /// Which batch.
        batch: String,
        /// The last image number of the page before.
        after: Option<ImageNumber>,
        /// Only this document.
        image: Option<ImageNumber>,
        /// Most documents; fewer come where they have many files.
        limit: u32,
    },
    /// Read a batch's target again and compare it with the receipts.
    Verify {
        /// Which batch.
        batch: String,
        /// Only a sample of its documents.
        sample: Option<Sample>,
    },
    /// A bag of what is at a batch's target, as one file. Only asked by who passes the file on.
    Bag {
        /// Which batch.
        batch: String,
        /// Only this document.
        image: Option<ImageNumber>,
    },
    /// What a run of a spec would do.
    Plan {
        /// The path of the spec's file below the jobs directory: what it is called in messages, and what policies go by.
        file: String,
        /// Its text.
        text: String,
        /// Longest time; then the plan is of what was looked at until then. `None`: as long as it takes.
        within: Option<Span>,
    },
    /// Everything that is wrong with a spec, without a look into any store.
    CheckSpec {
        /// The path of the spec's file below the jobs directory.
        file: String,
        /// Its text.
        text: String,
    },
    /// Write a new spec into the jobs directory, where the config allows that.
    WriteSpec {
        /// The path of the spec's file below the jobs directory. Nothing may be there.
        file: String,
        /// Its text.
        text: String,
    },
    /// Take documents again.
    Resync {
        /// Which batch.
        batch: String,
        /// Which documents.
        scope: ResyncScope,
    },
    /// Pause a batch at the next document boundary.
    Suspend {
        /// Which.
        batch: String,
    },
    /// Take a `suspend` back.
    Resume {
        /// Which.
        batch: String,
    },
    /// End a batch's run; the rest stays pending.
    Cancel {
        /// Which.
        batch: String,
    },
    /// Hide a batch whose spec is gone; its records stay.
    Delete {
        /// Which.
        batch: String,
    },
    /// Look through the jobs directory now.
    Rescan,
    /// What a page shows. Only asked within the daemon.
    Overview(Overview),
}

/// An answer; each request has one kind of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// To `Batches`.
    Batches(Page<BatchView>),
    /// To `Batch`, and to every command about one batch: how it stands now.
    Batch(Box<BatchView>),
    /// To `Documents`.
    Documents(Page<DocumentView>),
    /// To `Files`.
    Files(Vec<FileView>),
    /// To `Report`.
    Report(Vec<ReportFile>),
    /// To `WriteReport`: the folder.
    Written(String),
    /// To `Chains`.
    Chains(Page<ChainView>),
    /// To `Events`.
    Events(Page<AuditRow>),
    /// To `CheckAudit`.
    AuditChecked(Box<AuditVerdict>),
    /// To `Spec`.
    Spec(SpecText),
    /// To `Records`.
    Records(Page<RecordRow>),
    /// To `Verify`.
    Verified(Box<VerifyView>),
    /// To `Bag`.
    Bag(BagFile),
    /// To `Plan`.
    Plan(Box<PlanView>),
    /// To `CheckSpec`.
    Checked(SpecCheck),
    /// To `WriteSpec`.
    SpecWritten(WrittenSpec),
    /// To `Rescan`.
    Rescanned(RescanView),
    /// To `Overview`.
    Overview(Box<Overviewed>),
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "PageOf{T}")]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// What to ask for next; `None`: these were the last.
    pub next: Option<String>,
    /// Why some of them cannot be shown; they hide none of the others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unshown: Vec<String>,
}

impl<T> Page<T> {
    /// Rows, and what to ask for next.
    pub fn new(rows: Vec<T>, next: Option<String>) -> Self {
        Self { rows, next, unshown: Vec::new() }
    }
}

/// One file of a report folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReportFile {
    /// Its name in the folder.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What a run of a spec would do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// The batch as it would be.
    pub report: Report,
    /// Documents that would fail: the first of them, with how many there are.
    pub failed: Capped<FailedItem>,
    /// Everything was listed and judged.
    pub finished: bool,
    /// Asked to stop before it was done.
    pub interrupted: bool,
}

/// What a look through the jobs directory found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RescanView {
    /// Specs that are accepted.
    pub valid: u64,
    /// Specs that are not.
    pub invalid: u64,
    /// YAML files that are not ours.
    pub ignored: u64,
}

/// Why there is no answer, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{message}")]
pub struct Refusal {
    /// What kind of no it is.
    pub kind: RefusalKind,
    /// In words, with the next step.
    pub message: String,
}

/// Kinds of no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum RefusalKind {
    /// No such batch or document.
    NotFound,
    /// Not in this state; not by the rules.
    Refused,
    /// The request makes no sense.
    Invalid,
    /// More than is answered at once; the message says how to get it otherwise.
    TooLarge,
    /// Others ask for the same just now.
    Busy,
    /// The ledger, a store or the daemon cannot answer now.
    Unavailable,
}

impl Refusal {
    /// A refusal in words.
    pub fn new(kind: RefusalKind, message: impl std::fmt::Display) -> Self {
        Self { kind, message: message.to_string() }
    }
}

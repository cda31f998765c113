//! What the pages ask the daemon, and what it answers: whole records, which a page puts into words of its reader's language.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

use super::audit::AuditRow;
use super::bag::RecordRow;
use super::batch::{BatchId, Condition, ConditionKind};
use super::counts::Tally;
use super::diagnostic::InvalidSpec;
use super::document::DocumentRecord;
use super::facts::FileFacts;
use super::failure::Code;
use super::ids::{BatchName, BatchNumber, Digest, ImageNumber, StoreName};
use super::report::Report;
use super::status::{ItemStatus, RunStatus, SyncStatus};
use super::timeline::Timeline;

/// A page's question. A batch goes by its number or its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overview {
    /// A page of batches.
    Batches(BatchQuery),
    /// One batch.
    Batch {
        /// Which.
        batch: String,
    },
    /// A page of a batch's documents.
    Documents {
        /// Which batch.
        batch: String,
        /// Which documents.
        query: DocumentQuery,
    },
    /// A document with its files.
    Document {
        /// Which batch.
        batch: String,
        /// Which document.
        image: ImageNumber,
    },
    /// One file of a document, read from its source.
    File {
        /// Which batch.
        batch: String,
        /// Which document.
        image: ImageNumber,
        /// Which of its files, in the order of their keys, from 0.
        file: usize,
    },
    /// A page of a batch's audit events.
    Audit {
        /// Which batch.
        batch: String,
        /// After this event; 0: from the first.
        after: u64,
        /// Most events.
        limit: u32,
    },
    /// Specs that are not accepted.
    Invalid,
    /// A file of a batch's report folder.
    ReportFile {
        /// Which batch.
        batch: String,
        /// The file's name.
        name: String,
    },
    /// Batches that have changed.
    Changes {
        /// Since then; `None`: tell only the present.
        since: Option<Stamp>,
    },
}

/// An answer; each question has one kind of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Overviewed {
    /// To `Batches`.
    Batches(BatchPage),
    /// To `Batch`.
    Batch(Box<BatchDetail>),
    /// To `Documents`.
    Documents(Box<DocumentPage>),
    /// To `Document`.
    Document(Box<DocumentDetail>),
    /// To `File`.
    File(Box<FileLook>),
    /// To `Audit`.
    Audit(Box<AuditPage>),
    /// To `Invalid`.
    Invalid(Vec<InvalidSpec>),
    /// To `ReportFile`: its bytes.
    ReportFile(Vec<u8>),
    /// To `Changes`.
    Changes(Changes),
}

/// A moment in the life of one process: what was shown then can be told from what has changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Tells one process from another.
    pub process: u64,
    /// Rises with every change.
    pub change: u64,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.process, self.change)
    }
}

impl FromStr for Stamp {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (process, change) = text.split_once('-').ok_or(())?;
        let process = u64::from_str_radix(process, 16).map_err(drop)?;
        Ok(Self { process, change: change.parse().map_err(drop)? })
    }
}

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

/// One batch, as its page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchDetail {
    /// Its line in the list.
    pub row: BatchRow,
    /// Figures, reasons and runs; lists of documents are left empty.
    pub report: Report,
    /// Decisions over time.
    pub timeline: Timeline,
    /// The spec in force, as JSON.
    pub spec: String,
    /// Files of the report folder that are there, with their sizes.
    pub files: Vec<(String, u64)>,
    /// When this was so.
    pub stamp: Stamp,
}

/// Which documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentQuery {
    /// Only those that stand here.
    pub status: Option<ItemStatus>,
    /// Only those with this code.
    pub code: Option<Code>,
    /// Only those whose organization holds this text, in any case.
    pub organization: Option<String>,
    /// Only those whose document type holds this text, in any case.
    pub document_type: Option<String>,
    /// None collected before this day.
    pub from: Option<Date>,
    /// None collected after this day.
    pub to: Option<Date>,
    /// How the image number begins.
    pub beginning: Option<String>,
    /// The `next` of the page before.
    pub after: Option<ImageNumber>,
    /// Most rows.
    pub limit: u32,
}

/// A page of documents.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentPage {
    /// The batch.
    pub line: Arc<BatchLine>,
    /// The rows.
    pub rows: Vec<DocumentRecord>,
    /// What to ask for next; `None`: these were the last.
    pub next: Option<ImageNumber>,
    /// Fewer rows than asked for, because so many documents were looked at.
    pub is_cut: bool,
    /// Codes that the batch's documents have.
    pub codes: Vec<Code>,
}

/// A document with its files.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentDetail {
    /// The batch.
    pub line: Arc<BatchLine>,
    /// The document.
    pub record: RecordRow,
    /// The stores that files come from and go to.
    pub stores: (StoreName, StoreName),
}

/// A file as it is at its source now, if it is the one that was listed.
#[derive(Debug, Clone, PartialEq)]
pub struct FileLook {
    /// The batch.
    pub line: Arc<BatchLine>,
    /// The document and this one of its files.
    pub record: RecordRow,
    /// The store that it was read from.
    pub store: StoreName,
    /// What its bytes say.
    pub facts: FileFacts,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Most bytes of a file that is looked at: scans have less, and a browser has to hold it.
pub const MOST_LOOKED_AT: u64 = 16 << 20;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_reads_back_and_nothing_else_is_one() {
        let stamp = Stamp { process: u64::MAX, change: 7 };
        assert_eq!(stamp.to_string().parse(), Ok(stamp));
        for bad in ["", "-", "1", "1-", "-1", "x-1", "1-x", "1-1-1", "ffffffffffffffff1-1"] {
            assert_eq!(bad.parse::<Stamp>(), Err(()), "{bad}");
        }
    }
}

//! What can be asked of the writer.

use jiff::Timestamp;

use super::claim::{Claim, RefusedClaim};
use crate::model::batch::{BatchId, SpecRecord};
use crate::model::counts::Listed;
use crate::model::document::{DocumentRecord, FileRecord, SourceObject};
use crate::model::event::{self, Operator};
use crate::model::ids::{BatchName, ImageNumber};
use crate::model::listing::{Mark, Shard};
use crate::model::work::DocumentOutcome;

/// When a commit returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Once readers see it. A kill within the next half second may lose it, and everything after it.
    Later,
    /// Once it, and everything before it, is on disk.
    Flushed,
}

/// A spec that becomes a batch.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// The spec's name.
    pub name: BatchName,
    /// The spec.
    pub spec: SpecRecord,
    /// Who asked for it.
    pub operator: Operator,
    /// The `resync.request` in the spec, which counts as handled.
    pub handled_resync: Option<String>,
}

/// An audit event before it has its place in the chain.
#[derive(Debug, Clone)]
pub struct EventDraft {
    /// When.
    pub at: Timestamp,
    /// Which run; 0: none.
    pub run: u32,
    /// Who.
    pub operator: Operator,
    /// What changed.
    pub change: event::Change,
}

/// A document as grouping makes it.
#[derive(Debug, Clone)]
pub struct GroupedDocument {
    /// The document. `files` and `bytes` are filled in from its counted files.
    pub record: DocumentRecord,
    /// Files that are new to the document, or whose state or findings changed; written as they are, and counted.
    pub files: Vec<FileRecord>,
    /// Keys of files that are no longer part of it; their records go.
    pub removed: Vec<String>,
    /// The target addresses that it asks for.
    pub claims: Vec<Claim>,
}

/// One thing to record. Each is applied whole or not at all, unless it says otherwise.
#[derive(Debug, Clone)]
pub enum Change {
    /// One page of a listing. Of a file that is known, only `object`, `record` and `seen` are replaced.
    ///
    /// Applied in parts; the mark and the totals come last, so a page that was cut off is listed and recorded again.
    Page {
        /// The batch.
        batch: BatchId,
        /// What is listed.
        shard: Shard,
        /// How far it has been listed with this page.
        mark: Mark,
        /// Files of documents.
        files: Vec<FileRecord>,
        /// Objects that match no template.
        unrecognised: Vec<SourceObject>,
        /// What this page adds to the totals.
        listed: Listed,
        /// Prefixes and keys that cannot be listed or addressed; the first hundred are kept.
        unlistable: Vec<String>,
        /// No other page of the listing has keys between the first and the last of these files: should the next listing bring
        /// them all again as they are, none of them is recorded anew.
        contiguous: bool,
    },
    /// What is left of a shard is listed in ranges of its keys.
    Divide {
        /// The batch.
        batch: BatchId,
        /// Counts as done.
        shard: Shard,
        /// Get marks, of which nothing is listed yet.
        ranges: Vec<Shard>,
        /// Requests that it took to find them.
        requests: u64,
    },
    /// Files that a catalog tells of beside those listed. Applied in parts; repeated, it changes nothing more.
    Rows {
        /// The batch.
        batch: BatchId,
        /// The files; of one that is known, only `object`, `record` and `seen` are replaced.
        files: Vec<FileRecord>,
    },
    /// A new listing begins: marks, unrecognised objects and totals are forgotten. Applied in parts.
    ClearListing {
        /// The batch.
        batch: BatchId,
    },
    /// Documents made of listed files. Applied document by document; repeated, it changes nothing more.
    ///
    /// A document whose status changes (or that is new and not pending) gets an event.
    Group {
        /// The batch.
        batch: BatchId,
        /// The run.
        run: u32,
        /// When.
        at: Timestamp,
        /// Who asked for the run.
        operator: Operator,
        /// The listing that the documents are made of.
        listing: u32,
        /// The documents.
        documents: Vec<GroupedDocument>,
        /// Files in the directory of no document: they become unrecognised objects.
        strays: Vec<FileRecord>,
    },
    /// A document's transfer begins: to be flushed before its first PUT.
    Start {
        /// The batch.
        batch: BatchId,
        /// The document.
        image_number: ImageNumber,
        /// 1, 2, …
        attempt: u32,
        /// The run.
        run: u32,
        /// When.
        at: Timestamp,
    },
    /// What came of a document, with its files, counters, index and event. Its start is forgotten, unless it is
    /// still pending: then objects at the target may be ours.
    Finish {
        /// The batch.
        batch: BatchId,
        /// What came of it.
        outcome: Box<DocumentOutcome>,
        /// The run.
        run: u32,
        /// The generation of the spec that the run keeps.
        generation: u32,
        /// When.
        at: Timestamp,
        /// Who asked for the run.
        operator: Operator,
    },
}

/// What a commit has to tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// Claims of a [`Change::Group`] that another document holds; they were left as they are.
    pub refused: Vec<RefusedClaim>,
}

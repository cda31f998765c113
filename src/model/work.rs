//! One unit of work and what came of it. Self-contained: a worker needs nothing else, and outcomes come back as values.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::document::{CatalogRecord, DocumentState, Fields, FileState, SourceObject};
use super::facts::InvoiceId;
use super::failure::{Failure, Finding};
use super::ids::{Digest, ImageNumber};
use super::outcomes::Outcomes;
use super::receipt::Receipt;

/// A file to judge and move.
#[derive(Debug, Clone)]
pub struct FileWork {
    /// What was listed.
    pub object: SourceObject,
    /// What the catalog says.
    pub record: CatalogRecord,
    /// The whole key in the target store, or why there is none.
    pub target_key: Result<String, Failure>,
    /// What is wrong with it before a byte is read.
    pub known: Option<Failure>,
    /// An earlier receipt of ours for that key.
    pub earlier: Option<EarlierReceipt>,
    /// What has come of each check so far.
    pub checks: Outcomes,
    /// What came of them when it was last decided.
    pub earlier_checks: Outcomes,
    /// What was warned of then.
    pub earlier_warnings: Vec<Finding>,
    /// The invoice that it is, as far as its content was read and says so.
    pub invoice: Option<InvoiceId>,
    /// The version of the object that was read, where the store gives one.
    pub version: Option<String>,
}

/// A receipt from before this attempt.
#[derive(Debug, Clone)]
pub struct EarlierReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// How it came about.
    pub origin: Origin,
}

/// How an earlier receipt came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This batch copied the file.
    Copied,
    /// This batch found it at the target.
    Found,
    /// Another batch copied or found it.
    OtherBatch,
}

/// A document to judge and move.
#[derive(Debug, Clone)]
pub struct DocumentWork {
    /// Which.
    pub image_number: ImageNumber,
    /// Its business fields.
    pub fields: Fields,
    /// Its files, by key.
    pub files: Vec<FileWork>,
    /// The whole key of its manifest, or why there is none; absent if the spec wants none.
    pub manifest_key: Option<Result<String, Failure>>,
    /// Failures known before a byte is read: from listing, fields and claims.
    pub known: Vec<Failure>,
    /// Warnings known before a byte is read.
    pub findings: Vec<Finding>,
    /// 1, 2, …
    pub attempt: u32,
    /// An earlier attempt was recorded as started and has no outcome: identical objects at the target are ours.
    pub unrecorded_start: bool,
    /// What it has that no other should have, as far as that was looked at.
    pub uniques: Option<BTreeSet<Unique>>,
}

impl FileWork {
    /// The receipt of this batch's own earlier copy.
    pub fn copied(&self) -> Option<&Receipt> {
        self.earlier.as_ref().filter(|earlier| earlier.origin == Origin::Copied).map(|earlier| &earlier.receipt)
    }

    /// Whether an object of this content at the target is this batch's own copy. `started`: an attempt without an outcome
    /// may have written it; but what an earlier attempt found there was there before.
    pub fn is_ours(&self, started: bool, sha256: Digest) -> bool {
        match &self.earlier {
            Some(EarlierReceipt { origin: Origin::Copied, .. }) => true,
            Some(EarlierReceipt { origin: Origin::Found, receipt }) => started && receipt.sha256 != sha256,
            Some(EarlierReceipt { origin: Origin::OtherBatch, .. }) | None => started,
        }
    }

    /// What this batch last knew to be at the target: its own copy, or what it found.
    pub fn left_there(&self) -> Option<&Receipt> {
        self.earlier.as_ref().filter(|earlier| earlier.origin != Origin::OtherBatch).map(|earlier| &earlier.receipt)
    }

    /// The state that stands for the earlier receipt.
    pub fn earlier_state(&self) -> Option<FileState> {
        let EarlierReceipt { receipt, origin } = self.earlier.as_ref()?;
        match origin {
            Origin::Copied => Some(FileState::Migrated(receipt.clone())),
            Origin::Found => Some(FileState::AlreadyAtTarget(receipt.clone())),
            Origin::OtherBatch => None,
        }
    }

    /// What is known of it before a byte is read.
    ///
    /// # Errors
    /// Its failure.
    pub fn verdict(&self) -> Result<(), Failure> {
        match (&self.known, &self.target_key) {
            (Some(failure), _) | (None, Err(failure)) => Err(failure.clone()),
            (None, Ok(_)) => Ok(()),
        }
    }
}

impl DocumentWork {
    /// Something is known that keeps the document from moving, before a byte is read.
    pub fn is_refused(&self) -> bool {
        !self.known.is_empty() || self.files.iter().any(|file| file.verdict().is_err())
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.object.size).sum()
    }
}

/// What no other document should have too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unique {
    /// The content of a file, by its SHA-256.
    Content(Digest),
    /// An invoice, by [`InvoiceId::digest`].
    Invoice(Digest),
}

/// What came of one file.
#[derive(Debug, Clone)]
pub struct FileOutcome {
    /// The source key.
    pub key: String,
    /// Where it stands now.
    pub state: FileState,
    /// What checks found without failing it.
    pub findings: Vec<Finding>,
    /// What came of each check.
    pub checks: Outcomes,
}

/// What came of one document.
#[derive(Debug, Clone)]
pub struct DocumentOutcome {
    /// Which.
    pub image_number: ImageNumber,
    /// Where it stands now.
    pub state: DocumentState,
    /// Warnings of the document itself and of its files.
    pub findings: Vec<Finding>,
    /// Its files.
    pub files: Vec<FileOutcome>,
    /// Which attempt this was.
    pub attempt: u32,
    /// What it has that no other should have, besides the content that its files have at the target; `None`: nothing new is
    /// known of that.
    pub uniques: Option<BTreeSet<Unique>>,
}

//! One unit of work and what came of it. Self-contained: a worker needs nothing else, and outcomes come back as values.

use super::document::{CatalogRecord, DocumentState, Fields, FileState, SourceObject};
use super::failure::{Failure, Finding};
use super::ids::ImageNumber;
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
    /// An earlier receipt of ours for that key.
    pub earlier: Option<Receipt>,
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
}

impl DocumentWork {
    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.object.size).sum()
    }
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
}

//! What pages ask, and what answers.

use super::audit::AuditPage;
use super::batch::BatchDetail;
use super::batches::{BatchPage, BatchQuery, Changes};
use super::document::{DocumentDetail, FileLook};
use super::documents::{DocumentPage, DocumentQuery};
use super::stamp::Stamp;
use crate::model::diagnostic::InvalidSpec;
use crate::model::draft::Choices;
use crate::model::ids::ImageNumber;

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
    /// What there is to choose from for a new batch.
    Choices,
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
    /// To `Choices`.
    Choices(Choices),
    /// To `ReportFile`: its bytes.
    ReportFile(Vec<u8>),
    /// To `Changes`.
    Changes(Changes),
}

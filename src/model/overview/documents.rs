//! The page of a batch's documents.

use std::sync::Arc;

use jiff::civil::Date;

use super::line::BatchLine;
use crate::model::document::DocumentRecord;
use crate::model::failure::Code;
use crate::model::ids::ImageNumber;
use crate::model::status::ItemStatus;

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

//! The page of one document, and of one of its files.

use std::sync::Arc;

use super::line::BatchLine;
use crate::model::bag::RecordRow;
use crate::model::facts::FileFacts;
use crate::model::ids::StoreName;

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

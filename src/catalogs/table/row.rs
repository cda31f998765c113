//! What a table gives for each of its rows.

use crate::model::document::Fields;
use crate::model::ids::ImageNumber;

/// Longest cell that is read, in bytes.
pub(in crate::catalogs) const MAX_CELL: usize = 64 << 10;

/// Longest row that is read, in bytes.
pub(in crate::catalogs) const MAX_ROW: usize = 1 << 20;

/// The fields of one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRow {
    /// 1, 2, … in the order of the table; a header and blank lines are not counted. 0: of a sidecar.
    pub number: u64,
    /// The object's key below the source's prefix, where the mapping has it.
    pub key: Option<String>,
    /// The directory of the document below the source's prefix, ending in `/`, where the mapping has it.
    pub directory: Option<String>,
    /// The document, where the mapping has it.
    pub image_number: Option<ImageNumber>,
    /// Its business fields.
    pub fields: Fields,
    /// Fields that are there and cannot be read: name, and text with the row.
    pub unreadable: Vec<(String, String)>,
    /// The word for the role, as written.
    pub role_word: Option<String>,
    /// The digits of the sequence, as written.
    pub sequence: Option<String>,
}

/// A row, as far as it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableItem {
    /// One that was read.
    Row(TableRow),
    /// One that statistics put outside the range of days: only where it belongs is known.
    Outside {
        /// As [`TableRow::number`].
        number: u64,
        /// As [`TableRow::key`].
        key: Option<String>,
        /// As [`TableRow::directory`].
        directory: Option<String>,
        /// As [`TableRow::image_number`].
        image_number: Option<ImageNumber>,
    },
}

/// Why rows are missing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// This row alone cannot be read; the next one can.
    #[error("row {number}: {message}")]
    Row {
        /// As [`TableRow::number`].
        number: u64,
        /// What is wrong, and what to do.
        message: String,
    },
    /// The table cannot be read, or not beyond the rows that came before.
    #[error("{0}")]
    Table(String),
}

impl TableError {
    pub(in crate::catalogs) fn row(number: u64, message: impl Into<String>) -> Self {
        Self::Row { number, message: message.into() }
    }

    pub(in crate::catalogs) fn table(message: impl Into<String>) -> Self {
        Self::Table(message.into())
    }
}

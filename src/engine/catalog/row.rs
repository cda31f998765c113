//! What a table keeps of a row.

use serde::{Deserialize, Serialize};

use crate::catalogs::table::TableRow;
use crate::model::document::{FieldOrigin, Fields};
use crate::model::ids::ImageNumber;
use crate::rules::selection::{Scope, Selector};

/// What a row makes of the objects that belong to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Row {
    /// Files of a document in scope.
    In(Box<InScope>),
    /// Left out by the filter of this name.
    Out(String),
}

/// A row in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InScope {
    /// Where it stands.
    pub origin: FieldOrigin,
    /// The document.
    pub image_number: ImageNumber,
    /// Its business fields.
    pub fields: Fields,
    /// Fields that are there and cannot be read: name and text.
    pub unreadable: Vec<(String, String)>,
    /// The word for the role, as written.
    pub role_word: Option<String>,
    /// The place among those of its role, as written.
    pub sequence: Option<String>,
}

impl Row {
    /// A row as the filters see it; `None`: it tells no image number. `below`: the key, where it tells one.
    pub fn of(row: TableRow, origin: FieldOrigin, selector: &Selector) -> Option<Self> {
        let image_number = row.image_number?;
        let scope = match &row.key {
            Some(key) => selector.scope(key, &image_number, &row.fields),
            None => selector.document(&image_number, &row.fields),
        };
        Some(match scope {
            Scope::Out(filter) => Self::Out(filter.to_owned()),
            Scope::In => Self::In(Box::new(InScope {
                origin,
                image_number,
                fields: row.fields,
                unreadable: row.unreadable,
                role_word: row.role_word,
                sequence: row.sequence,
            })),
        })
    }

    /// Its bytes in a table.
    pub fn encode(&self) -> Vec<u8> {
        // Plain data with sized sequences, written to memory: postcard has no way to fail.
        postcard::to_stdvec(self).expect("plain data can be written to memory")
    }

    /// From its bytes in a table.
    ///
    /// # Errors
    /// The table is damaged.
    pub fn decode(bytes: &[u8]) -> std::io::Result<Self> {
        postcard::from_bytes(bytes).map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))
    }
}

//! What a catalog tells of one file, whichever catalog it is.

use crate::model::document::{CatalogRecord, FieldOrigin, Fields};
use crate::model::ids::ImageNumber;
use crate::rules::keys;
use crate::rules::roles::RoleRules;

/// What a catalog tells of one file.
#[derive(Debug, Clone)]
pub struct Told {
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
    /// Where all this was found.
    pub origin: FieldOrigin,
    /// `false`: lies in the document's directory and nothing tells what it is.
    pub recognised: bool,
}

impl Told {
    /// The record of the file at a key, given below the source's prefix.
    pub fn record(self, roles: &RoleRules, below: &str) -> CatalogRecord {
        let (role, role_label) = roles.role(keys::file_name(below), self.role_word.as_deref());
        CatalogRecord {
            image_number: self.image_number,
            fields: self.fields,
            unreadable: self.unreadable,
            role,
            role_label,
            sequence: self.sequence,
            recognised: self.recognised,
            origin: self.origin,
            absent: false,
        }
    }
}

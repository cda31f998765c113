//! What is known of a selection before anything is listed.

use std::fmt;

use jiff::civil::Date;

use crate::catalogs::name::FieldName;

/// What is known of a selection before anything is listed.
#[derive(Clone)]
pub struct Selection<'a> {
    /// First day, inclusive, in the range's zone.
    pub from: Date,
    /// Last day, inclusive.
    pub to: Date,
    /// The organizations, where all are literal.
    pub organizations: Option<Vec<String>>,
    /// What every organization starts with, where they are not all literal; empty: nothing known.
    pub organization_head: String,
    /// The document types, where all are literal.
    pub document_types: Option<Vec<String>>,
    /// What every document type starts with, where they are not all literal; empty: nothing known.
    pub document_type_head: String,
    /// The image numbers, where they are limited.
    pub image_numbers: Option<Vec<String>>,
    /// Whether a value (second) of the field (first) may be in scope.
    pub accepts: &'a (dyn Fn(&str, &str) -> bool + Sync),
}

impl Selection<'_> {
    /// The only values that a field may have, where they are known.
    pub(super) fn literals(&self, name: &FieldName) -> Option<&[String]> {
        match name {
            FieldName::Organization => self.organizations.as_deref(),
            FieldName::DocumentType => self.document_types.as_deref(),
            FieldName::ImageNumber => self.image_numbers.as_deref(),
            _ => None,
        }
    }

    /// What every value of a field starts with.
    pub(super) fn head(&self, name: &FieldName) -> &str {
        match name {
            FieldName::Organization => &self.organization_head,
            FieldName::DocumentType => &self.document_type_head,
            _ => "",
        }
    }
}

impl fmt::Debug for Selection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selection").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

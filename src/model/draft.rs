//! A spec in the making: what flags or a form hold, as it was typed. Whether it is sound, the reader of specs decides.

use super::spec::OnConflict;

/// What somebody typed who wants a batch (新增).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// Name of the batch.
    pub name: String,
    /// First day of collection.
    pub from: String,
    /// Last day of collection.
    pub to: String,
    /// Zone of these days.
    pub time_zone: String,
    /// Where documents are.
    pub source: DraftPlace,
    /// How keys tell business fields.
    pub keys: String,
    /// Where they go.
    pub target: DraftPlace,
    /// Another object is at the target.
    pub on_conflict: OnConflict,
    /// Globs on the organization; empty: all.
    pub organizations: Vec<String>,
    /// Globs on the document type; empty: all.
    pub document_types: Vec<String>,
}

/// A store and a prefix in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DraftPlace {
    /// A store's name in the config.
    pub store: String,
    /// Empty: all of the store.
    pub prefix: String,
}

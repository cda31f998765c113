//! A spec in the making: what flags or a form hold, as it was typed. Whether it is sound, the reader of specs decides.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::diagnostic::Diagnostic;
use super::ids::{BatchName, Digest, StoreName};
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

/// What there is to choose from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Choices {
    /// The stores of the config, in order of name.
    pub stores: Vec<StoreChoice>,
    /// Specs may be written into the jobs directory (`allowSpecWrites`).
    pub writes: bool,
}

/// A store to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreChoice {
    /// Its name.
    pub name: StoreName,
    /// It can be a target.
    pub is_writable: bool,
}

/// What is to say of the text of a spec, without a look into any store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpecCheck {
    /// It would be accepted.
    pub valid: bool,
    /// The batch's name; `null`: it is not valid.
    pub name: Option<BatchName>,
    /// Digest of what it says; `null`: it is not valid.
    pub digest: Option<Digest>,
    /// Everything that is wrong with it, in order of place.
    pub diagnostics: Vec<Diagnostic>,
}

/// A spec that was written into the jobs directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WrittenSpec {
    /// The path of its file below the jobs directory.
    pub file: String,
    /// The batch's name.
    pub name: BatchName,
    /// Digest of what it says.
    pub digest: Digest,
}

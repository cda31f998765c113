//! A report: everything that a report folder shows, as one value. A pure function of the ledger.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::{DocumentRecord, FileRecord};
use super::ids::ImageNumber;
use super::timeline::Timeline;
use super::view::{BatchView, BreakdownRow, DocumentView, FileView};

/// The folder beside a spec is named like it, with this at the end.
pub const FOLDER_SUFFIX: &str = ".report";

/// Up to a cap, and how many there are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Capped<T> {
    /// The first of them.
    pub rows: Vec<T>,
    /// How many there are.
    pub total: u64,
}

impl<T> Default for Capped<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), total: 0 }
    }
}

/// A document that is partly at the target: failed midway, its copied files stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartialDocument {
    /// Which.
    pub image_number: ImageNumber,
    /// Target keys that were written, and those of objects that may be ours and are not proven.
    pub at_target: Vec<String>,
    /// Source keys that are missing at the target.
    pub missing: Vec<String>,
}

/// A failed file, or a failed document without a failed file, with exact keys: a line of `failures.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailedItem {
    /// The document.
    pub document: DocumentView,
    /// Why it failed, with exact texts.
    pub failure: super::failure::Failure,
    /// Its files that failed.
    pub files: Vec<FileView>,
}

/// A document with its files, as `report.html` shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Detail {
    /// The document.
    pub document: DocumentRecord,
    /// The first of its files; `document.files.total` says how many there are.
    pub files: Vec<FileRecord>,
}

/// A warning: an item that moved, or that belongs to no document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WarningItem {
    /// The document; `None`: an object of no document.
    pub image_number: Option<ImageNumber>,
    /// The code.
    pub code: super::failure::Code,
    /// `Warn`, or `Unknown`: the file does not say.
    pub outcome: super::failure::Outcome,
    /// The key or field.
    pub item: String,
    /// What was expected.
    pub expected: Option<String>,
    /// What was found.
    pub actual: Option<String>,
}

/// Everything that a report folder shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The batch, as `show` gives it.
    #[serde(flatten)]
    pub batch: BatchView,
    /// Documents by organization and type; empty while the batch runs.
    pub breakdown: Capped<BreakdownRow>,
    /// Partial documents.
    pub partial_documents: Capped<PartialDocument>,
    /// Warnings one by one.
    pub warning_items: Capped<WarningItem>,
    /// Rows of `documents.csv`.
    #[serde(skip)]
    pub documents: Capped<DocumentView>,
    /// Rows of `failures.csv` and `failures.jsonl`.
    #[serde(skip)]
    pub failed: Capped<FailedItem>,
    /// Documents with their files for `report.html`: those that failed first, then those that deserve a look.
    #[serde(skip)]
    pub details: Capped<Detail>,
    /// When it was done, for `report.html`; empty while the batch runs.
    #[serde(skip)]
    pub timeline: Timeline,
    /// `filters`, as the spec has them.
    pub filters: super::view::FiltersView,
    /// How arrival was proven (`transfer.verify`).
    pub verify: super::spec::Verify,
    /// Prefixes and keys that could not be listed or addressed.
    pub unlistable: Vec<String>,
    /// Lists of `report.json` that do not show all, by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, LeftOut>,
}

/// A list that does not show all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// How many are shown.
    pub shown: u64,
    /// How many there are.
    pub total: u64,
    /// The command for the rest, or where else it is.
    pub rest: String,
}

//! A spec as the jobs directory holds it: the shape that YAML is read into and the JSON Schema is made from.
//!
//! What a type alone cannot say (the template parses, the range is not reversed, the store exists) is checked in
//! `specs`, where the place in the file is known.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalog::{Catalog, Inventory};
use super::checks::Checks;
use super::ids::{BatchName, StoreName};
use super::units::{Rate, Span};
use super::window::Window;

/// The only `apiVersion` understood.
pub const API_VERSION: &str = "batchferry/v1";
/// The only `kind` understood.
pub const KIND: &str = "MigrationBatch";

/// One YAML file: a batch to move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchFile {
    /// Always `batchferry/v1`.
    pub api_version: ApiVersion,
    /// Always `MigrationBatch`.
    pub kind: Kind,
    /// Name and labels.
    pub metadata: Metadata,
    /// What to move, from where to where, and how.
    pub spec: BatchSpec,
}

/// The version of the spec's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ApiVersion {
    /// The first version.
    #[serde(rename = "batchferry/v1")]
    V1,
}

/// The kind of object that a file describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Kind {
    /// A batch of documents to migrate.
    MigrationBatch,
}

/// What identifies a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Metadata {
    /// The batch's name: unique, and its identity whatever the file is called.
    pub name: BatchName,
    /// Free labels to find batches by.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// What to move and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchSpec {
    /// Which days of collection are in scope (采集范围).
    pub collected: CollectedRange,
    /// Where the documents are.
    pub source: Source,
    /// Where they go.
    pub target: Target,
    /// Which of the listed documents and files are in scope; absent: all.
    #[serde(default)]
    pub filters: Filters,
    /// What is checked before a document moves.
    #[serde(default)]
    pub checks: Checks,
    /// How the transfer behaves.
    #[serde(default)]
    pub transfer: Transfer,
    /// Batches of a higher priority start first.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = -2_147_483_648, max = 2_147_483_647))]
    pub priority: i32,
    /// Batches that must be complete before this one starts, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<BatchName>,
    /// List the whole scope again and again, and move what is late or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Pause the batch at the next document boundary.
    #[serde(default)]
    pub suspend: bool,
    /// Ask once for another pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resync: Option<Resync>,
    /// An empty selection is a success.
    #[serde(default)]
    pub allow_empty: bool,
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// When to list the whole scope again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Repeat {
    /// From the end of one run to the beginning of the next.
    pub every: Span,
    /// Last day, inclusive, in the batch's zone.
    #[schemars(with = "String", extend("format" = "date"))]
    pub until: Date,
}

/// A range of collection dates, both ends inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CollectedRange {
    /// First day, inclusive.
    #[schemars(with = "String", extend("format" = "date"))]
    pub from: Date,
    /// Last day, inclusive: the whole day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub to: Date,
    /// The IANA zone whose days these are, such as Asia/Shanghai.
    pub time_zone: String,
}

/// Where documents come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// A store named in the config.
    pub store: StoreName,
    /// Only keys that start with this are looked at.
    #[serde(default)]
    pub prefix: String,
    /// How business fields are found for each object.
    pub catalog: Catalog,
    /// An S3 Inventory in place of a listing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inventory: Option<Inventory>,
}

/// Where documents go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Target {
    /// A store named in the config.
    pub store: StoreName,
    /// Put before every key that is written.
    #[serde(default)]
    pub prefix: String,
    /// Template of the key below the prefix; default: the source key below its own prefix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Template of the manifest's key; written last. Absent: no manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// User metadata of every file that is written: a name, and a template of the document's fields, such as
    /// `image-number: "{imageNumber}"`. It comes before what the source has under that name; manifests have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// Storage class (S3, Google) or access tier (Azure) of every file that is written; absent: the store's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Tags of the objects at the source, from S3 to S3.
    #[serde(default, skip_serializing_if = "Tags::are_left")]
    pub tags: Tags,
    /// What to do where another object is at the key.
    #[serde(default)]
    pub on_conflict: OnConflict,
}

/// What becomes of the tags of objects at the source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Tags {
    /// They stay behind.
    #[default]
    Leave,
    /// They travel along. One request more for each object that has some; whoever reads the source must be allowed to read them.
    Carry,
}

impl Tags {
    fn are_left(&self) -> bool {
        *self == Self::Leave
    }
}

/// What to do where a different object is at a target key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OnConflict {
    /// The document fails; nothing of it is copied.
    #[default]
    Fail,
    /// Replace the object.
    Overwrite,
    /// Leave it and count the document as already there, with the code `TargetKept`.
    KeepTarget,
}

/// Which of the listed objects are in scope.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Filters {
    /// Globs on the organization; empty: all.
    pub organizations: Vec<String>,
    /// Globs on the document type; empty: all.
    pub document_types: Vec<String>,
    /// Exact image numbers; empty: all.
    pub image_numbers: Vec<String>,
    /// Globs on the key below the prefix.
    pub files: FileGlobs,
}

/// Which files of a document are taken; excluded ones are listed as excluded by rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FileGlobs {
    /// Take only these; empty: all.
    pub include: Vec<String>,
    /// Leave these out.
    pub exclude: Vec<String>,
}

/// How the transfer behaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Transfer {
    /// Files in flight at once, within the operator's limit; absent: found while the batch moves, within that limit.
    #[schemars(range(min = 1, max = 4096))]
    pub concurrency: Option<u32>,
    /// Bytes a second; absent: only the operator's limit.
    pub bandwidth: Option<Rate>,
    /// When documents may move, in the batch's zone, such as `Mon-Fri 20:00-06:00`; empty: always.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
    /// Tries of one request before its document fails.
    #[schemars(range(min = 1, max = 100))]
    pub attempts: u32,
    /// Longest wait for one request to make progress.
    pub timeout: Span,
    /// How arrival is proven.
    pub verify: Verify,
    /// Longest run; the rest stays pending.
    pub deadline: Option<Span>,
    /// Failed documents after which the run ends; the rest stays pending.
    #[schemars(range(min = 1))]
    pub max_failures: Option<u64>,
    /// How long `run` waits for a store that does not answer.
    pub store_wait: Span,
}

impl Default for Transfer {
    fn default() -> Self {
        Self {
            concurrency: None,
            bandwidth: None,
            windows: Vec::new(),
            attempts: 5,
            timeout: Span(Duration::from_secs(5 * 60)),
            verify: Verify::default(),
            deadline: None,
            max_failures: None,
            store_wait: Span(Duration::from_secs(10 * 60)),
        }
    }
}

/// How arrival is proven.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Verify {
    /// By size alone; the report says that contents were not compared.
    Size,
    /// The target verifies the SHA-256 on upload where that is relied on; else the object is read back.
    #[default]
    Checksum,
    /// Every object is read back and compared.
    ReadBack,
}

/// A request for another pass; acted on once for each new `request`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resync {
    /// Any text; a new one is a new request. The one in a batch's first spec counts as handled.
    pub request: String,
    /// Which documents are taken again.
    #[serde(default)]
    pub scope: ResyncScope,
}

/// Which documents a resync takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ResyncScope {
    /// Failed and pending ones, their files read anew.
    #[default]
    Failed,
    /// The whole scope is listed again.
    All,
}

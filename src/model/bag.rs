//! What a download is made of: records as they are handed out, rows of the manifests in its evidence, and the file that it can
//! end in.

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::document::{DocumentRecord, FileRecord};
use super::ids::{Digest, ImageNumber};
use super::receipt::Proof;
use super::status::ItemStatus;

/// A document with its files, as the ledger has them: what one version of the program says to itself. What is in them may be
/// otherwise in any other version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordRow {
    /// The document.
    #[schemars(with = "Map<String, Value>")]
    pub document: DocumentRecord,
    /// Its files, by key.
    #[schemars(with = "Vec<Map<String, Value>>")]
    pub files: Vec<FileRecord>,
}

/// The spec of a batch, as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpecText {
    /// The batch's number.
    pub batch_number: String,
    /// The whole file as JSON.
    pub json: String,
}

/// A file as the source listed it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceRow<'a> {
    /// The document.
    pub image_number: &'a ImageNumber,
    /// cover, invoice, attachment, or the archive's own word.
    pub role: &'a str,
    /// The whole key in the source store.
    pub key: &'a str,
    /// Bytes.
    pub size: u64,
    /// The entity tag, where the store gives one.
    pub etag: Option<&'a str>,
    /// When the store last wrote it (UTC, RFC 3339).
    pub modified: String,
    /// Digest of the bytes that batchferry read; none if it never read them.
    pub sha256: Option<Digest>,
    /// Where the file stands.
    pub status: ItemStatus,
    /// Where it is in the bag, if it was read from the source.
    pub bag_path: Option<String>,
}

/// A file at the target.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TargetRow<'a> {
    /// The document.
    pub image_number: &'a ImageNumber,
    /// The whole key in the source store.
    pub source_key: &'a str,
    /// The whole key in the target store.
    pub key: &'a str,
    /// Bytes.
    pub size: u64,
    /// The target's entity tag.
    pub etag: Option<&'a str>,
    /// The target's version.
    pub version: Option<&'a str>,
    /// Digest of the bytes.
    pub sha256: Digest,
    /// Who computed the digest.
    pub digest_by: &'static str,
    /// How arrival was proven; absent: a different object that was kept on purpose.
    pub proof: Option<Proof>,
    /// When (UTC, RFC 3339).
    pub at: Option<String>,
    /// Where it is in the bag, if it was read from the target.
    pub bag_path: Option<String>,
}

/// A bag that was made as one file for one answer. The file stays as long as a clone of this lives.
#[derive(Debug, Clone)]
pub struct BagFile {
    /// What it may be called where it is taken to.
    pub name: String,
    /// Bytes.
    pub size: u64,
    path: PathBuf,
    /// Lets the file go with its last clone.
    _keeper: Arc<dyn Debug + Send + Sync>,
}

impl BagFile {
    /// The file at `path`, which is there until `keeper` is dropped.
    pub fn new(name: String, size: u64, path: PathBuf, keeper: impl Debug + Send + Sync + 'static) -> Self {
        Self { name, size, path, _keeper: Arc::new(keeper) }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl PartialEq for BagFile {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.size, &self.path) == (&other.name, other.size, &other.path)
    }
}

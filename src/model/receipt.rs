//! Proof that one file arrived.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::document::SourceObject;
use super::ids::Digest;

/// What a read is pinned to: the object as it was listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Bytes.
    pub size: u64,
    /// The entity tag, where the store gives one.
    pub etag: Option<String>,
    /// When the store last wrote it; compared where there is no entity tag.
    pub modified: Timestamp,
    /// The version that was read of it, where the store gives one. Listings tell none: it is known from the first read on, and
    /// compared with every later one. Kept beside the record.
    #[serde(skip)]
    pub version: Option<String>,
}

/// How arrival was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Proof {
    /// The store verified the SHA-256 on upload.
    StoreChecksum,
    /// The object was read back and its SHA-256 compared.
    ReadBack,
    /// Only the size was compared.
    SizeOnly,
    /// Source and target were both read and their SHA-256 compared.
    BothRead,
    /// An earlier receipt of ours still fits both sides.
    EarlierReceipt,
    /// The store copied the object by itself, and the SHA-256 that it gave of the copy is that of what was read at the source.
    StoreCopy,
    /// The store copied the object by itself, and nobody read it: the SHA-256 that it keeps of the source is the one that it gave
    /// of the copy.
    StoreDigests,
}

/// Proof that one file arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The whole key in the target store.
    pub target_key: String,
    /// Bytes.
    pub size: u64,
    /// Digest of the bytes as read from the source; or the source store's own, where it copied them by itself unread.
    pub sha256: Digest,
    /// The target's entity tag.
    pub etag: Option<String>,
    /// The target's version, where it gives one.
    pub version: Option<String>,
    /// How arrival was proven.
    pub proof: Proof,
    /// What the source was when it was read.
    pub source: Pin,
    /// When.
    pub at: Timestamp,
    /// By which run of the batch.
    pub run: u32,
    /// Under which generation of the spec.
    pub generation: u32,
}

impl Pin {
    /// Whether the object at the source is still the one that was read then.
    pub fn is_of(&self, object: &SourceObject) -> bool {
        let same_version = match (&self.etag, &object.etag) {
            (Some(then), Some(now)) => then == now,
            _ => self.modified == object.modified,
        };
        same_version && self.size == object.size
    }
}

/// A different object that was kept at the target on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptTarget {
    /// The whole key in the target store.
    pub target_key: String,
    /// Digest of the source's bytes.
    pub source_sha256: Digest,
    /// Digest of the kept object's bytes.
    pub target_sha256: Digest,
    /// Bytes of the kept object.
    pub target_size: u64,
    /// What the source was when it was read.
    pub source: Pin,
}

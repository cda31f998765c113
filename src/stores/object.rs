//! What stores take and give.

use bytes::Bytes;
use jiff::Timestamp;

use super::carried::Carried;
use crate::model::document::SourceObject;

/// What a store may be relied on to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// It refuses to overwrite where it is asked to, atomically.
    pub conditional_put: bool,
    /// It verifies a SHA-256 on upload.
    pub checksum: bool,
}

/// A page of a listing.
#[derive(Debug, Default)]
pub struct Page {
    /// Objects that can be read by their key.
    pub objects: Vec<SourceObject>,
    /// Objects that cannot, and why.
    pub unaddressable: Vec<(SourceObject, String)>,
    /// Whole prefixes ending in `/`, where the listing was by directory.
    pub directories: Vec<String>,
    /// Token of the next page; `None`: this was the last.
    pub next: Option<String>,
    /// Requests that it took.
    pub requests: u64,
}

/// Content, with what travels along.
#[derive(Debug)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Bytes,
    /// Content type and user metadata.
    pub carried: Carried,
}

/// An object at a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetObject {
    /// Bytes.
    pub size: u64,
    /// The entity tag, where the store gives one.
    pub etag: Option<String>,
    /// The version, where the store keeps them.
    pub version: Option<String>,
    /// When the store last wrote it.
    pub modified: Timestamp,
}

/// When to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutIf {
    /// Only if nothing is at the key, where the store can tell.
    Absent,
    /// Whatever is there.
    Any,
}

/// What a write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutResult {
    /// Written.
    Written(Written),
    /// Refused: something is there.
    Exists,
}

/// What the store says of what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The entity tag, where the store gives one.
    pub etag: Option<String>,
    /// The version, where the store keeps them.
    pub version: Option<String>,
    /// It verified the SHA-256 that was sent along.
    pub verified_by_store: bool,
}

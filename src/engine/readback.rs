//! The digest of what is at the target, read in ranges so that no object is too large.

use sha2::{Digest as _, Sha256};

use super::context::RunContext;
use super::retry::Unanswered;
use crate::model::failure::Code;
use crate::model::ids::Digest;
use crate::model::receipt::Pin;
use crate::stores::{Store, StoreError, TargetObject};

/// Bytes of one ranged read: large enough that its round trip does not matter.
pub const PART_BYTES: u64 = 5 * 1024 * 1024;

/// Bytes of the smallest ranged read: below, requests cost more than buffers.
const LEAST_BYTES: u64 = 64 * 1024;

/// Bytes read at once to compare an object of any size with a file of `size` bytes: a document reserves its buffers by
/// the sizes of its own files.
pub fn piece(size: u64) -> u64 {
    size.clamp(LEAST_BYTES, PART_BYTES)
}

/// What a second look at an object finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The SHA-256 of its content.
    Digest(Digest),
    /// It went away in between.
    Gone,
}

/// Reads an object of the target, so many bytes at once, and digests it.
///
/// # Errors
/// Why the store has no answer.
pub async fn digest(
    context: &RunContext,
    key: &str,
    object: &TargetObject,
    piece: u64,
) -> Result<Comparison, Unanswered> {
    let target = &context.setup.target.store;
    let pin = pin_of(object);
    let mut hasher = Sha256::new();
    for start in parts(pin.size, piece) {
        let range = start..(start + piece).min(pin.size);
        match context.retrier().ask(target, || target.get_range(key, &pin, range.clone())).await {
            Ok(part) => hasher.update(&part.bytes),
            Err(Unanswered::Failed(error)) if error.code == Code::SourceMissing => return Ok(Comparison::Gone),
            Err(error) => return Err(error),
        }
    }
    Ok(Comparison::Digest(Digest(hasher.finalize().into())))
}

/// Reads back what was just written, once and without another try.
///
/// # Errors
/// What the store answers; nothing there is a mismatch that deserves another try.
pub async fn digest_once(target: &Store, key: &str, size: u64) -> Result<Digest, StoreError> {
    let gone = || super::place::mismatch(target, key, format!("wrote {size} bytes, found nothing"));
    let object = target.head(key).await?.ok_or_else(gone)?;
    if object.size != size {
        return Err(super::place::mismatch(target, key, format!("wrote {size} bytes, found {} bytes", object.size)));
    }
    let pin = pin_of(&object);
    let mut hasher = Sha256::new();
    for start in parts(size, PART_BYTES) {
        let part = target.get_range(key, &pin, start..(start + PART_BYTES).min(size)).await?;
        hasher.update(&part.bytes);
    }
    Ok(Digest(hasher.finalize().into()))
}

/// Where reads of an object begin.
pub fn parts(size: u64, piece: u64) -> impl Iterator<Item = u64> {
    (0..size).step_by(usize::try_from(piece).unwrap_or(usize::MAX))
}

/// What pins a read to an object as it is now.
pub fn pin_of(object: &TargetObject) -> Pin {
    Pin { size: object.size, etag: object.etag.clone(), modified: object.modified, version: None }
}

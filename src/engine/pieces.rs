//! An object read piece by piece, within the bounds of memory and bandwidth.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::readback::{parts, pin_of};
use super::retry::{Retrier, Unanswered};
use crate::model::failure::Code;
use crate::model::ids::Digest;
use crate::model::receipt::Pin;
use crate::stores::Store;

/// Bytes read at once: enough that a round trip does not matter, and little beside the memory that all share.
const PIECE: u64 = 1 << 20;

/// How often an object that changes while it is read is read from its beginning.
const READS: u32 = 3;

/// An object as it was left at the target.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a> {
    /// The whole key.
    pub key: &'a str,
    /// Bytes.
    pub size: u64,
    /// Its entity tag then, if that is known.
    pub etag: Option<&'a str>,
}

/// What a reader is given.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'a> {
    /// What came before does not count.
    Beginning,
    /// The next bytes.
    Bytes(&'a [u8]),
}

/// What is there now.
#[derive(Debug)]
pub enum Found {
    /// As many bytes as were left, with this SHA-256.
    Is(Digest),
    /// Nothing.
    Gone,
    /// Other bytes, as its size tells; they were not read.
    OfSize(u64),
    /// It changed whenever it was read.
    Changing,
}

/// Reads what was left at the target, whatever became of it. Nothing but the bytes is asked for as long as the entity tag
/// is what it was.
///
/// # Errors
/// Why the store has no answer.
pub async fn left(
    retrier: &Retrier<'_>,
    store: &Store,
    left: Left<'_>,
    mut take: impl FnMut(Piece<'_>),
) -> Result<Found, Unanswered> {
    let Left { key, size, etag } = left;
    // Of nothing there is no byte to ask for. The time is compared only where the store has no entity tags.
    let known = etag.filter(|_| size > 0).map(|etag| Pin {
        size,
        etag: Some(etag.to_owned()),
        modified: Timestamp::UNIX_EPOCH,
        version: None,
    });
    let looks = std::iter::once(known).flatten().map(Some).chain((0..READS).map(|_| None));
    for pin in looks {
        let pin = match pin {
            Some(pin) => pin,
            None => match retrier.ask(store, || store.head(key)).await? {
                None => return Ok(Found::Gone),
                Some(object) if object.size != size => return Ok(Found::OfSize(object.size)),
                Some(object) => pin_of(&object),
            },
        };
        take(Piece::Beginning);
        match pieces(retrier, store, key, &pin, |bytes| take(Piece::Bytes(bytes))).await {
            Err(Unanswered::Failed(error)) if matches!(error.code, Code::SourceMissing | Code::ChangedDuringRun) => {}
            read => return read.map(Found::Is),
        }
    }
    Ok(Found::Changing)
}

/// Gives an object's pieces to `take`, in order, and their SHA-256 in the end.
///
/// # Errors
/// Why the store has no answer, or that the object is not the one that was pinned.
pub async fn pieces(
    retrier: &Retrier<'_>,
    store: &Store,
    key: &str,
    pin: &Pin,
    mut take: impl FnMut(&[u8]),
) -> Result<Digest, Unanswered> {
    let mut hasher = Sha256::new();
    for start in parts(pin.size, PIECE) {
        let range = start..(start + PIECE).min(pin.size);
        let bytes = range.end - range.start;
        let _memory = retrier.limiter.reserve(bytes).await;
        retrier.limiter.bandwidth(bytes).await;
        let part = retrier.ask(store, || store.get_range(key, pin, range.clone())).await?;
        hasher.update(&part.bytes);
        take(&part.bytes);
    }
    Ok(Digest(hasher.finalize().into()))
}

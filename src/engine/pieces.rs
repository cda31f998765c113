//! An object read piece by piece, within the bounds of memory and bandwidth.

use sha2::{Digest as _, Sha256};

use super::readback::parts;
use super::retry::{Retrier, Unanswered};
use crate::model::ids::Digest;
use crate::model::receipt::Pin;
use crate::stores::Store;

/// Bytes read at once: enough that a round trip does not matter, and little beside the memory that all share.
const PIECE: u64 = 1 << 20;

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

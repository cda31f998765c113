//! A file that is too large for one copy: the target's server copies it in parts, and it is read here for its digest alone.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::context::{Meters, RunContext};
use super::digests::both;
use super::fetch::pin;
use super::make::not_copied;
use super::readback::PART_BYTES;
use super::retry::Unanswered;
use super::stream::MAX_PARTS;
use crate::model::ids::Digest;
use crate::model::work::FileWork;
use crate::stores::{CopyFrom, PartResult, Upload};

/// Has every part copied into `upload`, and gives the digest of the whole.
///
/// # Errors
/// Why there is no answer; also where the server turns out to copy no parts.
pub async fn send(context: &RunContext, file: &FileWork, upload: &Upload) -> Result<Digest, Unanswered> {
    let size = file.object.size;
    let part = context.copier.part().max(size.div_ceil(MAX_PARTS));
    let mut whole = Sha256::new();
    for index in 0..size.div_ceil(part) {
        let range = index * part..((index + 1) * part).min(size);
        // Both at once: what is read is not what is copied, and only the digests meet.
        let copied = copy(context, file, upload, (index, range.clone()));
        let (copied, (hasher, digest)) = futures::try_join!(copied, read(context, file, whole, range))?;
        upload.compare(copied, &digest);
        whole = hasher;
    }
    Ok(Digest(whole.finalize().into()))
}

/// The SHA-256 that the server gives of a part.
async fn copy(
    context: &RunContext,
    file: &FileWork,
    upload: &Upload,
    (index, range): (u64, Range<u64>),
) -> Result<Option<Digest>, Unanswered> {
    let (source, target) = (&context.setup.source.store, &context.setup.target.store);
    let pin = pin(file);
    let from = CopyFrom { store: source, key: &file.object.key, pin: &pin };
    // There are no more than ten thousand.
    let index = usize::try_from(index).unwrap_or(usize::MAX);
    match context.retrier().ask(target, || upload.copy_part(index, from, range.clone())).await? {
        PartResult::Made(sha256) => Ok(sha256),
        PartResult::Unable(said) => {
            context.copier.give_up(target, &said);
            Err(not_copied(target, file.target_key.as_deref().unwrap_or_default()).into())
        }
    }
}

/// Adds a range to the digest of the whole, and gives its own.
async fn read(
    context: &RunContext,
    file: &FileWork,
    whole: Sha256,
    range: Range<u64>,
) -> Result<(Sha256, Digest), Unanswered> {
    let (source, pin) = (&context.setup.source.store, pin(file));
    let mut hashers = (whole, Sha256::new());
    let mut start = range.start;
    while start < range.end {
        let piece = start..(start + PART_BYTES).min(range.end);
        start = piece.end;
        context.limiter.bandwidth(piece.end - piece.start).await;
        let read = context.retrier().ask(source, || source.get_range(&file.object.key, &pin, piece.clone())).await?;
        Meters::add(&context.meters.bytes_read, read.bytes.len() as u64);
        let work = tokio::task::spawn_blocking(move || {
            both(&mut hashers.0, &mut hashers.1, &read.bytes);
            hashers
        });
        // Hashing cannot panic.
        hashers = work.await.expect("hashing does not panic");
    }
    Ok((hashers.0, Digest(hashers.1.finalize().into())))
}

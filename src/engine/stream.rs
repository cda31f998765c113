//! One large file, streamed from source to target in ranges and parts.

use std::sync::Arc;

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::context::{Meters, RunContext};
use super::document::state;
use super::fetch::pin;
use super::place::Placed;
use super::readback::{self, Comparison, PART_BYTES};
use super::retry::Unanswered;
use crate::model::document::FileState;
use crate::model::failure::{Code, Disposition, Failure};
use crate::model::ids::Digest;
use crate::model::receipt::Proof;
use crate::model::spec::Verify;
use crate::model::work::FileWork;
use crate::stores::{Fetched, TargetObject, Upload, Written};

/// S3 takes at most this many parts; larger objects get larger parts.
const MAX_PARTS: u64 = 10_000;

/// What is at a target key now.
///
/// # Errors
/// Why the store has no answer.
pub async fn there(context: &RunContext, key: &str) -> Result<Option<TargetObject>, Unanswered> {
    let target = &context.setup.target.store;
    context.retrier().ask(target, || target.head(key)).await
}

/// Copies a file in parts, each tried again by itself; where that does not help, the whole file anew.
///
/// # Errors
/// Why it has no outcome.
pub async fn copy_until_done(context: &Arc<RunContext>, file: &FileWork) -> Result<FileState, Unanswered> {
    let retrier = context.retrier();
    for attempt in 1..retrier.attempts {
        match copy(context, file).await {
            Err(Unanswered::Failed(error)) if error.disposition == Disposition::Retry => {
                retrier.pause(attempt, &error).await?;
            }
            answer => return answer,
        }
    }
    copy(context, file).await
}

async fn copy(context: &Arc<RunContext>, file: &FileWork) -> Result<FileState, Unanswered> {
    let (target, key) = (&context.setup.target.store, file.target_key.as_deref().unwrap_or_default());
    let first = part(context, file, 0).await?;
    let mut upload = context.retrier().ask(target, || target.upload(key, &first.carried)).await?;
    let sent = send(context, file, &mut upload, first.bytes).await;
    let written = match sent {
        Ok(sha256) => context.retrier().ask(target, || upload.finish()).await.map(|written| (sha256, written)),
        Err(error) => Err(error),
    };
    let (sha256, written) = match written {
        Ok(written) => written,
        Err(error) => {
            if let Err(left) = upload.abort().await {
                tracing::warn!(key, error = %left, "an unfinished upload was left behind");
            }
            return Err(error);
        }
    };
    let size = file.object.size;
    let proof = match prove(context, key, &written, sha256, size).await? {
        Ok(proof) => proof,
        Err(failure) => return Ok(FileState::Failed(failure)),
    };
    let placed = Placed::Written { etag: written.etag, version: written.version, proof };
    Ok(state(context, file, true, (sha256, size), placed))
}

/// Reads the next part while the one before it is being sent.
async fn send(
    context: &Arc<RunContext>,
    file: &FileWork,
    upload: &mut Upload,
    first: Bytes,
) -> Result<Digest, Unanswered> {
    let target = &context.setup.target.store;
    let mut hasher = Sha256::new();
    let mut current = first;
    let mut next = 1;
    loop {
        hasher = hash(hasher, current.clone()).await;
        let sending = upload.part(current);
        let send = async { context.retrier().ask(target, || sending.send()).await };
        if next * part_bytes(file) >= file.object.size {
            send.await?;
            return Ok(Digest(hasher.finalize().into()));
        }
        let (sent, read) = futures::join!(send, part(context, file, next));
        sent?;
        current = read?.bytes;
        next += 1;
    }
}

async fn hash(hasher: Sha256, bytes: Bytes) -> Sha256 {
    let work = tokio::task::spawn_blocking(move || {
        let mut hasher = hasher;
        hasher.update(&bytes);
        hasher
    });
    // Hashing cannot panic.
    work.await.expect("hashing does not panic")
}

/// SHA-256 of a file as the source has it.
///
/// # Errors
/// Why the store has no answer.
pub async fn digest_source(context: &Arc<RunContext>, file: &FileWork) -> Result<Digest, Unanswered> {
    let mut hasher = Sha256::new();
    for index in 0..file.object.size.div_ceil(part_bytes(file)) {
        hasher = hash(hasher, part(context, file, index).await?.bytes).await;
    }
    Ok(Digest(hasher.finalize().into()))
}

async fn part(context: &Arc<RunContext>, file: &FileWork, index: u64) -> Result<Fetched, Unanswered> {
    let (source, pin) = (&context.setup.source.store, pin(file));
    let start = index * part_bytes(file);
    let range = start..(start + part_bytes(file)).min(pin.size);
    context.limiter.bandwidth(range.end - range.start).await;
    let part = context.retrier().ask(source, || source.get_range(&file.object.key, &pin, range.clone())).await?;
    Meters::add(&context.meters.bytes_read, part.bytes.len() as u64);
    Ok(part)
}

/// Bytes of one part of a file.
pub fn part_bytes(file: &FileWork) -> u64 {
    PART_BYTES.max(file.object.size.div_ceil(MAX_PARTS))
}

async fn prove(
    context: &RunContext,
    key: &str,
    written: &Written,
    sha256: Digest,
    size: u64,
) -> Result<Result<Proof, Failure>, Unanswered> {
    let mismatch = |actual: String| {
        Failure::new(Code::ChecksumMismatch, key).with(format!("{size} bytes, SHA-256 {sha256}"), actual)
    };
    let verify = context.setup.file.spec.transfer.verify;
    if verify == Verify::Checksum && written.verified_by_store {
        return Ok(Ok(Proof::StoreChecksum));
    }
    let Some(object) = there(context, key).await? else { return Ok(Err(mismatch("nothing".to_owned()))) };
    if object.size != size {
        return Ok(Err(mismatch(format!("{} bytes", object.size))));
    }
    if verify == Verify::Size {
        return Ok(Ok(Proof::SizeOnly));
    }
    Ok(match readback::digest(context, key, &object).await? {
        Comparison::Digest(found) if found == sha256 => Ok(Proof::ReadBack),
        Comparison::Digest(found) => Err(mismatch(format!("SHA-256 {found}"))),
        Comparison::Gone => Err(mismatch("nothing".to_owned())),
    })
}

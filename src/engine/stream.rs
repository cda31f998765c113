//! One large file, streamed from source to target in ranges and parts.

use std::sync::Arc;

use bytes::Bytes;

use super::context::{Meters, RunContext};
use super::copy_parts;
use super::digests::Digests;
use super::document::state;
use super::fetch::pin;
use super::make::By;
use super::place::{self, Placed, Wanted, compare};
use super::readback::{self, Comparison, PART_BYTES};
use super::retry::Unanswered;
use super::travelling;
use crate::model::document::FileState;
use crate::model::failure::{Code, Disposition};
use crate::model::ids::Digest;
use crate::model::receipt::Proof;
use crate::model::spec::Verify;
use crate::model::work::FileWork;
use crate::stores::{Carried, Fetched, PutIf, PutResult, StoreError, TargetObject, Upload, Written};

/// S3 takes at most this many parts; larger objects get larger parts.
pub const MAX_PARTS: u64 = 10_000;

/// What is at a target key now.
///
/// # Errors
/// Why the store has no answer.
pub async fn there(context: &RunContext, key: &str) -> Result<Option<TargetObject>, Unanswered> {
    let target = &context.setup.target.store;
    context.retrier().ask(target, || target.head(key)).await
}

/// Copies a file in parts, each tried again by itself. The whole file is sent anew only where its upload is lost or what
/// arrived is not what was sent. `expected` is what was found at the target and may be replaced, `first` the first part if it
/// was read already.
///
/// # Errors
/// Why it has no outcome.
pub async fn copy_until_done(
    context: &Arc<RunContext>,
    file: &FileWork,
    mut expected: Option<TargetObject>,
    mut first: Option<Fetched>,
) -> Result<FileState, Unanswered> {
    let retrier = context.retrier();
    for attempt in 1..retrier.attempts {
        match copy(context, file, &mut expected, first.take()).await {
            Err(Unanswered::Failed(error)) if calls_for_another(&error) => retrier.pause(attempt, &error).await?,
            answer => return answer,
        }
    }
    copy(context, file, &mut expected, first.take()).await
}

fn calls_for_another(error: &StoreError) -> bool {
    error.disposition == Disposition::Restart || error.code == Code::ChecksumMismatch
}

/// Where the parts of an upload come from.
enum Feed {
    /// From here; this is the first one.
    Sent(Bytes),
    /// From the source, by the target's own server.
    Copied,
}

/// Where the server copies in parts, it does; where it turns out not to, the parts are sent.
async fn copy(
    context: &Arc<RunContext>,
    file: &FileWork,
    expected: &mut Option<TargetObject>,
    first: Option<Fetched>,
) -> Result<FileState, Unanswered> {
    let source = &context.setup.source.store;
    if context.copier.takes(source, file) {
        let pin = pin(file);
        let described = context.retrier().ask(source, || source.describe(&file.object.key, &pin)).await?;
        match upload(context, file, expected, (described.carried, Feed::Copied)).await {
            Err(Unanswered::Failed(_)) if !context.copier.is_on() => {}
            answer => return answer,
        }
    }
    let first = first_part(context, file, first).await?;
    upload(context, file, expected, (first.carried, Feed::Sent(first.bytes))).await
}

async fn upload(
    context: &Arc<RunContext>,
    file: &FileWork,
    expected: &mut Option<TargetObject>,
    (mut carried, feed): (Carried, Feed),
) -> Result<FileState, Unanswered> {
    let (target, key) = (&context.setup.target.store, file.target_key.as_deref().unwrap_or_default());
    travelling::complete(context, &mut carried, file).await?;
    let mut upload = context.retrier().ask(target, || target.upload(key, &carried)).await?;
    let placed = tokio::select! {
        placed = publish(context, file, &mut upload, feed, expected) => placed,
        _ = context.abandoned.wait() => Err(Unanswered::Stopped),
    };
    if !matches!(placed, Ok((_, Placed::Written { .. })))
        && let Err(left) = upload.abort().await
    {
        tracing::warn!(key, error = %left, "an unfinished upload was left behind");
    }
    let (sha256, placed) = placed?;
    Ok(state(context, file, true, (sha256, file.object.size), placed))
}

/// Sends every part and makes the object of them, unless another one has come to its key since it was looked at: few
/// stores can be told to make this write depend on that.
async fn publish(
    context: &Arc<RunContext>,
    file: &FileWork,
    upload: &mut Upload,
    feed: Feed,
    expected: &mut Option<TargetObject>,
) -> Result<(Digest, Placed), Unanswered> {
    let (target, key) = (&context.setup.target.store, file.target_key.as_deref().unwrap_or_default());
    let (by, sha256) = match feed {
        Feed::Sent(first) => (By::Us, send(context, file, upload, first).await?),
        Feed::Copied => (By::Store, copy_parts::send(context, file, upload).await?),
    };
    if let Some(there) = newcomer(context, key, expected.as_ref()).await? {
        return settle(context, file, sha256, there).await;
    }
    let only_if = if expected.is_none() { PutIf::Absent } else { PutIf::Any };
    let written = match context.retrier().ask(target, || upload.finish(only_if)).await {
        Ok(PutResult::Written(written)) => written,
        // It came in between; or an earlier try has finished it, whose answer was lost.
        Ok(PutResult::Exists) => {
            return match newcomer(context, key, None).await? {
                Some(there) => settle(context, file, sha256, there).await,
                None => Ok((sha256, place::conflict(key))),
            };
        }
        // It may have been finished by an earlier try, whose answer was lost.
        Err(Unanswered::Failed(error)) if error.disposition == Disposition::Restart => {
            return match newcomer(context, key, expected.as_ref()).await? {
                Some(there) => settle(context, file, sha256, there).await,
                None => Err(error.into()),
            };
        }
        Err(other) => return Err(other),
    };
    match prove(context, key, (&written, by), sha256, file.object.size).await {
        Ok(proof) => Ok((sha256, Placed::Written { etag: written.etag, version: written.version, proof })),
        Err(error) => {
            // What arrived broken is ours, and may be replaced as long as nobody else has written there since.
            *expected = there(context, key).await?.filter(|there| there.etag == written.etag);
            Err(error)
        }
    }
}

/// What has come to the key while the parts were sent: it may be our own, whose answer was lost.
async fn settle(
    context: &RunContext,
    file: &FileWork,
    sha256: Digest,
    there: TargetObject,
) -> Result<(Digest, Placed), Unanswered> {
    let key = file.target_key.as_deref().unwrap_or_default();
    let placed = compare(context, &Wanted::of(file, key, sha256), there).await?.settled();
    Ok((sha256, placed.unwrap_or_else(|| place::conflict(key))))
}

/// What is at the key and was not when it was looked at. Without entity tags only size and time tell.
async fn newcomer(
    context: &RunContext,
    key: &str,
    expected: Option<&TargetObject>,
) -> Result<Option<TargetObject>, Unanswered> {
    let there = there(context, key).await?;
    Ok(there.filter(|there| expected != Some(there)))
}

/// Reads the next part while the one before it is being digested and sent.
async fn send(
    context: &Arc<RunContext>,
    file: &FileWork,
    upload: &mut Upload,
    first: Bytes,
) -> Result<Digest, Unanswered> {
    let mut digests = Digests::default();
    let mut current = first;
    let mut next = 1;
    loop {
        let sent = send_part(context, upload, digests, current);
        if next * part_bytes(file) >= file.object.size {
            return Ok(sent.await?.whole());
        }
        let (sent, read) = futures::join!(sent, part(context, file, next));
        digests = sent?;
        current = read?.bytes;
        next += 1;
    }
}

/// Sends the next part, and gives the digest of everything so far.
async fn send_part(
    context: &RunContext,
    upload: &mut Upload,
    digests: Digests,
    bytes: Bytes,
) -> Result<Digests, Unanswered> {
    let (digests, own) = digests.take(bytes.clone(), upload.wants_digests()).await;
    let part = upload.part(bytes, own);
    context.retrier().ask(&context.setup.target.store, || part.send()).await?;
    Ok(digests)
}

/// SHA-256 of a file as the source has it; `first` is its first part, if that was read already.
///
/// # Errors
/// Why the store has no answer.
pub async fn digest_source(
    context: &Arc<RunContext>,
    file: &FileWork,
    first: Option<&Fetched>,
) -> Result<Digest, Unanswered> {
    let first = first_part(context, file, first.cloned()).await?;
    let (mut digests, _) = Digests::default().take(first.bytes, false).await;
    for index in 1..file.object.size.div_ceil(part_bytes(file)) {
        (digests, _) = digests.take(part(context, file, index).await?.bytes, false).await;
    }
    Ok(digests.whole())
}

async fn first_part(context: &RunContext, file: &FileWork, read: Option<Fetched>) -> Result<Fetched, Unanswered> {
    match read {
        Some(first) => Ok(first),
        None => part(context, file, 0).await,
    }
}

/// One part of a file, from 0; the whole of a file that is no longer than one.
///
/// # Errors
/// Why the store has no answer.
pub async fn part(context: &RunContext, file: &FileWork, index: u64) -> Result<Fetched, Unanswered> {
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
    (written, by): (&Written, By),
    sha256: Digest,
    size: u64,
) -> Result<Proof, Unanswered> {
    let target = &context.setup.target.store;
    let mismatch = |found: String| {
        Unanswered::Failed(place::mismatch(target, key, format!("wrote {size} bytes, SHA-256 {sha256}; found {found}")))
    };
    let verify = context.setup.file.spec.transfer.verify;
    if verify == Verify::Checksum && written.verified_by_store {
        return Ok(by.proof(false));
    }
    let Some(object) = there(context, key).await? else { return Err(mismatch("nothing".to_owned())) };
    if object.size != size {
        return Err(mismatch(format!("{} bytes", object.size)));
    }
    if verify == Verify::Size {
        return Ok(Proof::SizeOnly);
    }
    match readback::digest(context, key, &object, PART_BYTES).await? {
        Comparison::Digest(found) if found == sha256 => Ok(Proof::ReadBack),
        Comparison::Digest(found) => Err(mismatch(format!("SHA-256 {found}"))),
        Comparison::Gone => Err(mismatch("nothing".to_owned())),
    }
}

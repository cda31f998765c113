//! Putting one object at the target: only where nothing else is, and never without proof that it arrived.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use super::context::RunContext;
use super::readback::{self, Comparison};
use super::retry::Unanswered;
use crate::model::failure::{Code, Disposition, Failure};
use crate::model::ids::Digest;
use crate::model::receipt::Proof;
use crate::model::spec::{OnConflict, Verify};
use crate::stores::{Carried, PutIf, PutResult, Store, StoreError, TargetObject, Written};

/// An object to put at the target.
pub struct Placement<'a> {
    /// The whole key.
    pub key: &'a str,
    /// The content.
    pub bytes: Bytes,
    /// Its SHA-256.
    pub sha256: Digest,
    /// What travels along.
    pub carried: &'a Carried,
    /// An earlier attempt may have written it: an identical object is ours.
    pub ours: bool,
}

/// What is at a target key before anything is written there.
#[derive(Debug)]
pub enum Look {
    /// Nothing, or not looked: the store itself refuses to overwrite.
    Free,
    /// The same content.
    Identical(TargetObject),
    /// Another object, to be replaced.
    Replace,
    /// Another object, to be kept.
    Keep {
        /// Its digest.
        sha256: Digest,
        /// Its bytes.
        size: u64,
    },
    /// Another object, and the document fails for it.
    Conflict(Failure),
}

impl Look {
    /// What became of the placement, if nothing is to be written.
    pub fn settled(self) -> Option<Placed> {
        match self {
            Self::Identical(object) => Some(Placed::Identical(object)),
            Self::Keep { sha256, size } => Some(Placed::Kept { sha256, size }),
            Self::Conflict(failure) => Some(Placed::Conflict(failure)),
            Self::Free | Self::Replace => None,
        }
    }
}

/// What became of a placement.
#[derive(Debug)]
pub enum Placed {
    /// Written by us, and proven.
    Written {
        /// What the store calls it.
        etag: Option<String>,
        /// Its version there.
        version: Option<String>,
        /// How arrival was proven.
        proof: Proof,
    },
    /// Was there, and identical.
    Identical(TargetObject),
    /// Another object was kept.
    Kept {
        /// Its digest.
        sha256: Digest,
        /// Its bytes.
        size: u64,
    },
    /// Another object is there.
    Conflict(Failure),
}

/// Looks at a target key where the store would not refuse to overwrite, or where we may have written before.
///
/// # Errors
/// Why the store has no answer.
pub async fn look(context: &RunContext, placement: &Placement<'_>) -> Result<Look, Unanswered> {
    let target = &context.setup.target.store;
    if target.abilities().conditional_put && !placement.ours && context.plan.is_none() {
        return Ok(Look::Free);
    }
    let there = context.retrier().ask(target, || target.head(placement.key)).await?;
    match there {
        None => Ok(Look::Free),
        Some(object) => compare(context, placement.key, object, placement.bytes.len() as u64, placement.sha256).await,
    }
}

/// Compares what is at a key with what should be, and applies `target.onConflict`.
///
/// # Errors
/// Why the store has no answer.
pub async fn compare(
    context: &RunContext,
    key: &str,
    there: TargetObject,
    size: u64,
    sha256: Digest,
) -> Result<Look, Unanswered> {
    let on_conflict = context.setup.file.spec.target.on_conflict;
    if there.size != size && on_conflict != OnConflict::KeepTarget {
        return Ok(differs(on_conflict, key, (size, None), (there.size, None)));
    }
    Ok(match readback::digest(context, key, &there).await? {
        Comparison::Gone => Look::Free,
        Comparison::Digest(found) if found == sha256 && there.size == size => Look::Identical(there),
        Comparison::Digest(found) if on_conflict == OnConflict::KeepTarget => {
            Look::Keep { sha256: found, size: there.size }
        }
        Comparison::Digest(found) => differs(on_conflict, key, (size, Some(sha256)), (there.size, Some(found))),
    })
}

fn differs(on_conflict: OnConflict, key: &str, wanted: (u64, Option<Digest>), found: (u64, Option<Digest>)) -> Look {
    let words = |(size, digest): (u64, Option<Digest>)| match digest {
        Some(digest) => format!("{size} bytes, SHA-256 {digest}"),
        None => format!("{size} bytes"),
    };
    match on_conflict {
        OnConflict::Overwrite => Look::Replace,
        OnConflict::Fail | OnConflict::KeepTarget => {
            Look::Conflict(Failure::new(Code::Conflict, key).with(words(wanted), words(found)))
        }
    }
}

/// Puts the object where `look` allows it, and proves that it arrived.
///
/// # Errors
/// Why the store has no answer.
pub async fn place(context: &RunContext, placement: &Placement<'_>, look: Look) -> Result<Placed, Unanswered> {
    let replace = matches!(look, Look::Replace);
    if let Some(placed) = look.settled() {
        return Ok(placed);
    }
    let sent = AtomicBool::new(placement.ours);
    if let Some(placed) = put(context, placement, replace, &sent).await? {
        return Ok(placed);
    }
    match compare_again(context, placement).await? {
        // Ours: the answer to an earlier try was lost on the way.
        Look::Identical(object) if sent.load(Ordering::Relaxed) => {
            Ok(Placed::Written { etag: object.etag, version: object.version, proof: Proof::ReadBack })
        }
        look => match look.settled() {
            Some(placed) => Ok(placed),
            // It went away in between, or the spec says to overwrite it.
            None => Ok(put(context, placement, true, &sent).await?.unwrap_or_else(|| conflict(placement.key))),
        },
    }
}

fn conflict(key: &str) -> Placed {
    Placed::Conflict(Failure::new(Code::Conflict, key).with("no other writer", "another object each time"))
}

async fn compare_again(context: &RunContext, placement: &Placement<'_>) -> Result<Look, Unanswered> {
    let target = &context.setup.target.store;
    match context.retrier().ask(target, || target.head(placement.key)).await? {
        None => Ok(Look::Free),
        Some(object) => compare(context, placement.key, object, placement.bytes.len() as u64, placement.sha256).await,
    }
}

/// `None`: something else is there and the store refused.
async fn put(
    context: &RunContext,
    placement: &Placement<'_>,
    replace: bool,
    sent: &AtomicBool,
) -> Result<Option<Placed>, Unanswered> {
    let target = &context.setup.target.store;
    let broken = AtomicBool::new(false);
    context
        .retrier()
        .ask(target, || async {
            // What arrived broken was written by us a moment ago, so that replacing it loses nothing.
            let only_if = if replace || broken.load(Ordering::Relaxed) { PutIf::Any } else { PutIf::Absent };
            let tried_before = sent.swap(true, Ordering::Relaxed);
            match target
                .put(placement.key, placement.bytes.clone(), &placement.sha256, only_if, placement.carried)
                .await?
            {
                PutResult::Exists => {
                    sent.store(tried_before, Ordering::Relaxed);
                    Ok(None)
                }
                PutResult::Written(written) => {
                    let proven = prove(context, target, placement, written).await;
                    broken.store(proven.is_err(), Ordering::Relaxed);
                    proven.map(Some)
                }
            }
        })
        .await
}

async fn prove(
    context: &RunContext,
    target: &Store,
    placement: &Placement<'_>,
    written: Written,
) -> Result<Placed, StoreError> {
    let proof = match context.setup.file.spec.transfer.verify {
        Verify::Size => {
            let size = target.head(placement.key).await?.map(|object| object.size);
            expect_size(target, placement, size)?;
            Proof::SizeOnly
        }
        Verify::Checksum if written.verified_by_store => Proof::StoreChecksum,
        Verify::Checksum | Verify::ReadBack => {
            let found = readback::digest_once(target, placement.key, placement.bytes.len() as u64).await?;
            expect_digest(target, placement, found)?;
            Proof::ReadBack
        }
    };
    Ok(Placed::Written { etag: written.etag, version: written.version, proof })
}

fn expect_size(target: &Store, placement: &Placement<'_>, found: Option<u64>) -> Result<(), StoreError> {
    let wanted = placement.bytes.len() as u64;
    if found == Some(wanted) {
        return Ok(());
    }
    let found = found.map_or("nothing".to_owned(), |size| format!("{size} bytes"));
    Err(mismatch(target, placement.key, format!("wrote {wanted} bytes, found {found}")))
}

fn expect_digest(target: &Store, placement: &Placement<'_>, found: Digest) -> Result<(), StoreError> {
    if found == placement.sha256 {
        return Ok(());
    }
    Err(mismatch(target, placement.key, format!("wrote SHA-256 {}, read back {found}", placement.sha256)))
}

/// What was read back is not what was sent; worth another try.
pub fn mismatch(target: &Store, key: &str, detail: String) -> StoreError {
    StoreError {
        code: Code::ChecksumMismatch,
        disposition: Disposition::Retry,
        store: target.name().clone(),
        key: Some(key.to_owned()),
        detail,
        retry_after: None,
    }
}

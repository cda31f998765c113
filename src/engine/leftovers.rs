//! What attempts without an outcome may have left at the target: what is ours is never denied, and what cannot be
//! proven is never passed over.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::conclude::{self, Sound};
use super::context::RunContext;
use super::fetch::own_failure;
use super::readback::{self, Comparison, PART_BYTES};
use super::receipts::{self, is_as_left};
use super::retry::Unanswered;
use super::stream;
use crate::model::document::FileState;
use crate::model::failure::{Code, Disposition, Failure, Finding};
use crate::model::ids::Digest;
use crate::model::receipt::{Proof, Receipt};
use crate::model::work::{DocumentOutcome, DocumentWork, EarlierReceipt, FileWork, Origin};
use crate::stores::TargetObject;

/// A document of which nothing is copied now, and why.
pub struct Refusal {
    /// The document.
    pub work: DocumentWork,
    /// Each file's own part in it.
    pub verdicts: Vec<Sound>,
    /// What checks found without failing it, by file.
    pub findings: Vec<Vec<Finding>>,
    /// Buffers that it has: others may wait for its outcome, so it must not wait for theirs.
    pub memory: Option<OwnedSemaphorePermit>,
}

/// What lies at a target key.
enum Left {
    /// Nothing that is not known by a receipt.
    Nothing,
    /// The content of the file, which an earlier attempt of ours left there.
    Ours(Box<Receipt>),
    /// Something that it may have left there.
    Unproven,
}

/// The outcome of a refused document. What an earlier attempt of it has copied is found and gets its receipt now. The
/// caller may hold no buffers but the refusal's.
///
/// # Errors
/// Why the document stays pending.
pub async fn refuse(context: &Arc<RunContext>, refusal: Refusal) -> Result<DocumentOutcome, Unanswered> {
    let Refusal { mut work, verdicts, mut findings, memory } = refusal;
    if work.unrecorded_start {
        let _memory = match memory {
            Some(memory) => memory,
            None => context.limiter.reserve(piece_bytes(&work)).await,
        };
        for (file, findings) in work.files.iter_mut().zip(&mut findings) {
            let Ok(key) = file.target_key.clone() else { continue };
            match own_failure(left_at(context, file, &key).await, &key)? {
                Ok(Left::Nothing) => {}
                Ok(Left::Ours(receipt)) => {
                    file.earlier = Some(EarlierReceipt { receipt: *receipt, origin: Origin::Copied });
                }
                Ok(Left::Unproven) | Err(_) => findings.push(Finding::unproven(&key)),
            }
        }
    }
    Ok(conclude::refuse(work, verdicts, findings))
}

/// Bytes of buffers for finding out what was left.
pub fn piece_bytes(work: &DocumentWork) -> u64 {
    work.files.iter().map(stream::part_bytes).max().unwrap_or(PART_BYTES)
}

/// Removes what a kill in the middle of a write left beside the document's target keys. That it is still there is no
/// reason to fail the document.
///
/// # Errors
/// Why the document stays pending.
pub async fn sweep(context: &RunContext, work: &DocumentWork) -> Result<(), Unanswered> {
    let target = &context.setup.target.store;
    let files = work.files.iter().filter_map(|file| file.target_key.as_deref().ok());
    let manifest = work.manifest_key.as_ref().and_then(|key| key.as_deref().ok());
    for key in files.chain(manifest) {
        let swept = context.retrier().ask(target, || target.discard_unfinished(key)).await;
        if let Err(failure) = own_failure(swept, key)? {
            tracing::warn!(key, ?failure, "what an unfinished write left could not be removed");
        }
    }
    Ok(())
}

async fn left_at(context: &Arc<RunContext>, file: &FileWork, key: &str) -> Result<Left, Unanswered> {
    let there = stream::there(context, key).await?;
    let Some(there) = there.filter(|there| !is_known(file, there)) else { return Ok(Left::Nothing) };
    if there.size != file.object.size {
        return Ok(Left::Unproven);
    }
    let Ok((file, sha256)) = own_failure(read(context, file).await, key)? else {
        return Ok(Left::Unproven);
    };
    Ok(match readback::digest(context, key, &there, PART_BYTES).await? {
        Comparison::Gone => Left::Nothing,
        Comparison::Digest(found) if found == sha256 => {
            let (content, object) = ((sha256, there.size), (there.etag, there.version));
            Left::Ours(Box::new(receipts::receipt(context, &file, content, object, Proof::BothRead)))
        }
        Comparison::Digest(_) => Left::Unproven,
    })
}

/// The file with the version that was read of it, and its digest.
async fn read(context: &Arc<RunContext>, file: &FileWork) -> Result<(FileWork, Digest), Unanswered> {
    let first = stream::part(context, file, 0).await?;
    let file = FileWork { version: first.version.clone(), ..file.clone() };
    let sha256 = stream::digest_source(context, &file, Some(&first)).await?;
    Ok((file, sha256))
}

fn is_known(file: &FileWork, there: &TargetObject) -> bool {
    file.left_there().is_some_and(|receipt| is_as_left(receipt, there))
}

/// The answer to the writing of one file, or its own failure; where that does not tell whether something was written,
/// what is at the target is named among its findings.
///
/// # Errors
/// Why the document stays pending.
pub async fn named<T>(
    context: &RunContext,
    answer: Result<T, Unanswered>,
    file: &FileWork,
    findings: &mut Vec<Finding>,
) -> Result<Result<T, Failure>, Unanswered> {
    let key = file.target_key.as_deref().unwrap_or_default();
    findings.extend(unproven(context, &answer, key, Some(file)).await?);
    own_failure(answer, &file.object.key)
}

/// The object at `key`, if the answer to a write does not tell whether it is ours.
///
/// # Errors
/// Why the document stays pending.
pub async fn unproven<T>(
    context: &RunContext,
    answer: &Result<T, Unanswered>,
    key: &str,
    file: Option<&FileWork>,
) -> Result<Option<Finding>, Unanswered> {
    let Err(Unanswered::Failed(error)) = answer else { return Ok(None) };
    // A request that was rejected has changed nothing, unless an earlier one had and was not proven.
    let changed_nothing = error.disposition == Disposition::Reject && error.code != Code::ChecksumMismatch;
    if error.store != *context.setup.target.store.name() || changed_nothing {
        return Ok(None);
    }
    let is_known = |there: &TargetObject| file.is_some_and(|file| is_known(file, there));
    let there = own_failure(stream::there(context, key).await, key)?;
    let nothing_new = there.is_ok_and(|there| there.as_ref().is_none_or(is_known));
    Ok((!nothing_new).then(|| Finding::unproven(key)))
}

/// The state of a file that was to be written. One that failed now and was left at the target before keeps its receipt,
/// unless that is in doubt; the document fails in its place.
pub fn keep_receipt(file: &FileWork, state: FileState, findings: &[Finding], own: &mut Option<Failure>) -> FileState {
    let in_doubt = findings.iter().any(|finding| finding.unproven_key().is_some());
    match (state, file.earlier_state().filter(|_| !in_doubt)) {
        (FileState::Failed(failure), Some(earlier)) => {
            own.get_or_insert(failure);
            earlier
        }
        (state, _) => state,
    }
}

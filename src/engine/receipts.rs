//! Receipts: making one, and finding out whether an earlier one still fits both sides.

use futures::future::try_join_all;

use super::context::RunContext;
use super::document::Unfinished;
use super::fetch::{own_failure, pin};
use super::retry::Unanswered;
use crate::model::document::FileState;
use crate::model::ids::Digest;
use crate::model::receipt::{KeptTarget, Proof, Receipt};
use crate::model::work::{DocumentWork, EarlierReceipt, FileWork};
use crate::stores::TargetObject;

/// The proof that `file` is at the target.
pub fn receipt(
    context: &RunContext,
    file: &FileWork,
    (sha256, size): (Digest, u64),
    (etag, version): (Option<String>, Option<String>),
    proof: Proof,
) -> Receipt {
    Receipt {
        target_key: file.target_key.clone().unwrap_or_default(),
        size,
        sha256,
        etag,
        version,
        proof,
        source: pin(file),
        at: context.now(),
        run: context.run,
        generation: context.generation,
    }
}

/// The record of a different object that was kept.
pub fn kept(file: &FileWork, source_sha256: Digest, target_sha256: Digest, target_size: u64) -> KeptTarget {
    let target_key = file.target_key.clone().unwrap_or_default();
    KeptTarget { target_key, source_sha256, target_sha256, target_size, source: pin(file) }
}

/// The states of all files, if every one of them has a receipt of this batch that still fits both sides: they were
/// checked then. What another batch moved is judged by this one's checks first.
///
/// # Errors
/// Why the document stays pending.
pub async fn still_fit(context: &RunContext, work: &DocumentWork) -> Result<Option<Vec<FileState>>, Unfinished> {
    let unchanged = |file: &FileWork| file.left_there().is_some_and(|receipt| receipt.source.is_of(&file.object));
    if !work.files.iter().all(unchanged) {
        return Ok(None);
    }
    let states = try_join_all(work.files.iter().map(|file| target_unchanged(context, file))).await?;
    Ok(states.into_iter().collect())
}

async fn target_unchanged(context: &RunContext, file: &FileWork) -> Result<Option<FileState>, Unanswered> {
    let Some(EarlierReceipt { receipt: earlier, .. }) = &file.earlier else { return Ok(None) };
    let target = &context.setup.target.store;
    let there = context.retrier().ask(target, || target.head(&earlier.target_key)).await;
    // A key that nobody may look at proves nothing; whoever writes there will be told why not.
    let there = own_failure(there, &earlier.target_key)?.ok().flatten();
    Ok(there.filter(|there| is_as_left(earlier, there)).and_then(|_| file.earlier_state()))
}

/// Whether what is at the target is what the receipt says was left there. Without an entity tag nobody can tell.
pub fn is_as_left(receipt: &Receipt, there: &TargetObject) -> bool {
    there.size == receipt.size && there.etag.is_some() && there.etag == receipt.etag
}

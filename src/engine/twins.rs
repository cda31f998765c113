//! Documents that have something in common: those of the ledger, and those that are on their way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::conclude::Sound;
use super::context::RunContext;
use super::document::Unfinished;
use super::invoices;
use crate::ledger::{LedgerError, Owner, Reader};
use crate::model::checks::{DuplicateScope, Severity};
use crate::model::document::FileState;
use crate::model::failure::{Code, Failure, Finding, Outcome};
use crate::model::ids::{Digest, ImageNumber};
use crate::model::outcomes::Check;
use crate::model::status::ItemStatus;
use crate::model::work::{DocumentWork, FileWork, Unique};

/// Documents with one thing in common that are looked at: the same image number in other batches is the same document.
const LOOKED_AT: usize = 16;

/// What documents have whose outcome is not recorded yet.
#[derive(Debug, Default)]
pub struct Twins {
    under_way: Mutex<HashMap<Unique, ImageNumber>>,
}

impl Twins {
    /// The other document that came first with this; if none did, this one has.
    fn meet(&self, unique: Unique, image: &ImageNumber) -> Option<ImageNumber> {
        // A panic elsewhere leaves a whole map.
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let first = under_way.entry(unique).or_insert_with(|| image.clone());
        (first != image).then(|| first.clone())
    }

    /// The outcome of a document is recorded: from now on the ledger tells.
    pub fn forget(&self, image: &ImageNumber) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, first| first != image);
    }
}

/// What a document has in common with others, all of whose files are in memory: the verdict on each file, and findings.
///
/// # Errors
/// The ledger's, or that one of those before it stays pending.
pub async fn look_whole(
    context: &RunContext,
    work: &mut DocumentWork,
    contents: &[Option<Digest>],
    findings: &mut [Vec<Finding>],
) -> Result<Vec<Sound>, Unfinished> {
    // Nobody needs to wait for what this one waits for.
    context.turns.announce(&work.image_number, contents);
    let invoices = invoices::look(context, work, findings).await?;
    let twins = look(context, work, contents, findings).await?;
    Ok(twins.into_iter().zip(invoices).map(|(twin, invoice)| twin.and(invoice)).collect())
}

/// What the content of a document's files, where it is known, says: the verdict on each file, and findings.
async fn look(
    context: &RunContext,
    work: &mut DocumentWork,
    contents: &[Option<Digest>],
    findings: &mut [Vec<Finding>],
) -> Result<Vec<Sound>, Unfinished> {
    context.turns.announce(&work.image_number, contents);
    let checks = super::fetch::checks(context, work);
    let Some(asked) = &checks.duplicate_content else { return Ok(vec![Ok(()); work.files.len()]) };
    context.turns.content(&work.image_number).await?;
    if context.plan.is_some() {
        // Nothing arrives at the target that would tell.
        work.uniques.get_or_insert_default().extend(contents.iter().flatten().copied().map(Unique::Content));
    }
    let mut verdicts = Vec::with_capacity(work.files.len());
    for ((file, content), findings) in work.files.iter_mut().zip(contents).zip(findings) {
        let Some(content) = content.map(Unique::Content) else {
            verdicts.push(Ok(()));
            continue;
        };
        let twin = other(context, asked.scope, &work.image_number, content).map_err(Unfinished::Ledger)?;
        let failure = twin.map(|twin| failure(file, &twin));
        verdicts.push(judged(file, Check::DuplicateContent, asked.severity, failure, findings));
    }
    Ok(verdicts)
}

/// Findings for a document that was copied before its content was known.
///
/// # Errors
/// The ledger's, or that one of those before it stays pending.
pub async fn warn(
    context: &RunContext,
    work: &mut DocumentWork,
    states: &[FileState],
    findings: &mut [Vec<Finding>],
) -> Result<(), Unfinished> {
    let contents: Vec<_> = states.iter().map(content).collect();
    let late = look(context, work, &contents, findings).await?;
    for ((verdict, findings), file) in late.into_iter().zip(findings).zip(&mut work.files) {
        let Err(failure) = verdict else { continue };
        file.checks.set(Check::DuplicateContent, Outcome::Warn);
        findings.push(Finding { outcome: Outcome::Warn, failure });
    }
    Ok(())
}

/// Sets what came of a check of a file. A failure that only warns becomes a finding.
pub fn judged(
    file: &mut FileWork,
    check: Check,
    severity: Severity,
    failure: Option<Failure>,
    findings: &mut Vec<Finding>,
) -> Sound {
    let outcome = match (&failure, severity) {
        (None, _) => Outcome::Pass,
        (Some(_), Severity::Warn) => Outcome::Warn,
        (Some(_), Severity::Fail) => Outcome::Fail,
    };
    file.checks.set(check, outcome);
    match (failure, severity) {
        (None, _) => Ok(()),
        (Some(failure), Severity::Fail) => Err(failure),
        (Some(failure), Severity::Warn) => {
            findings.push(Finding { outcome, failure });
            Ok(())
        }
    }
}

fn content(state: &FileState) -> Option<Digest> {
    match state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => Some(receipt.sha256),
        FileState::Pending | FileState::TargetKept(_) | FileState::Failed(_) => None,
    }
}

fn failure(file: &FileWork, twin: &str) -> Failure {
    let failure = Failure::new(Code::DuplicateContent, &file.object.key);
    failure.with("content that no other document has", format!("the same as in {twin}"))
}

/// The other document that has this, in words.
///
/// # Errors
/// The ledger's.
pub fn other(
    context: &RunContext,
    scope: DuplicateScope,
    image: &ImageNumber,
    unique: Unique,
) -> Result<Option<String>, LedgerError> {
    if let Some(other) = context.twins.meet(unique, image) {
        return Ok(Some(other.to_string()));
    }
    let (within, real) = match scope {
        DuplicateScope::Batch => (Some(context.batch), None),
        DuplicateScope::All => (None, context.plan.as_ref().and_then(|plan| plan.claims.as_ref())),
    };
    for reader in real.into_iter().chain([&context.reader]) {
        let here = std::ptr::eq(reader, &context.reader);
        for owner in reader.owners(&unique, within, LOOKED_AT)? {
            if owner.image_number != *image && has_moved(reader, &owner, here && context.plan.is_some())? {
                return told(reader, &owner, here && owner.batch == context.batch).map(Some);
            }
        }
    }
    Ok(None)
}

/// A document that failed midway has files at the target, and is not there. `planned`: of a plan, one that would move is
/// pending.
fn has_moved(reader: &Reader, owner: &Owner, planned: bool) -> Result<bool, LedgerError> {
    let document = reader.document(owner.batch, &owner.image_number)?;
    let status = document.map(|document| document.state.status());
    Ok(status.is_some_and(|status| status.is_synced() || planned && status == ItemStatus::Pending))
}

fn told(reader: &Reader, owner: &Owner, same_batch: bool) -> Result<String, LedgerError> {
    let batch = if same_batch { None } else { reader.batch(owner.batch)? };
    Ok(match batch {
        Some(batch) => format!("{} ({})", owner.image_number, batch.number),
        None => owner.image_number.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_document_with_a_content_is_told_to_the_others_until_it_is_recorded() {
        let (twins, content) = (Twins::default(), Unique::Content(Digest::of(b"page")));
        let [first, second] = ["1", "2"].map(ImageNumber::new);
        assert_eq!(twins.meet(content, &first), None);
        assert_eq!(twins.meet(content, &first), None, "twice in one document");
        assert_eq!(twins.meet(content, &second), Some(first.clone()));
        twins.forget(&first);
        assert_eq!(twins.meet(content, &second), None);
    }
}

//! Documents with the same content: those of the ledger, and those that are on their way.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::context::RunContext;
use super::document::Unfinished;
use crate::ledger::{ContentOwner, LedgerError, Reader};
use crate::model::checks::{DuplicateContent, DuplicateScope, Severity};
use crate::model::document::FileState;
use crate::model::failure::{Code, Failure, Finding, Outcome};
use crate::model::ids::{Digest, ImageNumber};
use crate::model::outcomes::Check;
use crate::model::work::{DocumentWork, FileWork};

/// Documents of one content that are looked at: the same image number in other batches is the same document.
const LOOKED_AT: usize = 16;

/// Content of documents whose outcome is not recorded yet.
#[derive(Debug, Default)]
pub struct Twins {
    under_way: Mutex<HashMap<Digest, ImageNumber>>,
}

impl Twins {
    /// The other document that came first with this content; if none did, this one has.
    fn meet(&self, sha256: Digest, image: &ImageNumber) -> Option<ImageNumber> {
        // A panic elsewhere leaves a whole map.
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let first = under_way.entry(sha256).or_insert_with(|| image.clone());
        (first != image).then(|| first.clone())
    }

    /// The outcome of a document is recorded: from now on the ledger tells.
    pub fn forget(&self, image: &ImageNumber) {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, first| first != image);
    }
}

/// What the content of a document's files, where it is known, says: a failure for each file that may not move, and findings.
///
/// # Errors
/// The ledger's.
pub async fn look(
    context: &RunContext,
    work: &mut DocumentWork,
    contents: &[Option<Digest>],
    findings: &mut [Vec<Finding>],
) -> Result<Vec<Option<Failure>>, Unfinished> {
    context.turns.announce(&work.image_number, contents);
    let checks = super::fetch::checks(context, work);
    let Some(asked) = &checks.duplicate_content else { return Ok(vec![None; work.files.len()]) };
    context.turns.content(&work.image_number).await?;
    let mut failures = Vec::with_capacity(work.files.len());
    for ((file, content), findings) in work.files.iter_mut().zip(contents).zip(findings) {
        let twin = match content {
            Some(sha256) => twin(context, asked, &work.image_number, *sha256).map_err(Unfinished::Ledger)?,
            None => None,
        };
        let failure = twin.map(|twin| failure(file, &twin));
        if content.is_some() {
            file.checks.set(Check::DuplicateContent, outcome(asked.severity, failure.is_some()));
        }
        failures.push(match asked.severity {
            Severity::Fail => failure,
            Severity::Warn => {
                findings.extend(failure.map(|failure| Finding { outcome: Outcome::Warn, failure }));
                None
            }
        });
    }
    Ok(failures)
}

/// Findings for a document that was copied before its content was known.
///
/// # Errors
/// The ledger's.
pub async fn warn(
    context: &RunContext,
    work: &mut DocumentWork,
    states: &[FileState],
    findings: &mut [Vec<Finding>],
) -> Result<(), Unfinished> {
    let contents: Vec<_> = states.iter().map(content).collect();
    let late = look(context, work, &contents, findings).await?;
    for ((failure, findings), file) in late.into_iter().zip(findings).zip(&mut work.files) {
        let Some(failure) = failure else { continue };
        file.checks.set(Check::DuplicateContent, Outcome::Warn);
        findings.push(Finding { outcome: Outcome::Warn, failure });
    }
    Ok(())
}

fn content(state: &FileState) -> Option<Digest> {
    match state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => Some(receipt.sha256),
        FileState::Pending | FileState::TargetKept(_) | FileState::Failed(_) => None,
    }
}

fn outcome(severity: Severity, is_twin: bool) -> Outcome {
    match (is_twin, severity) {
        (false, _) => Outcome::Pass,
        (true, Severity::Warn) => Outcome::Warn,
        (true, Severity::Fail) => Outcome::Fail,
    }
}

fn failure(file: &FileWork, twin: &str) -> Failure {
    let failure = Failure::new(Code::DuplicateContent, &file.object.key);
    failure.with("content that no other document has", format!("the same as in {twin}"))
}

/// The other document with this content, in words.
fn twin(
    context: &RunContext,
    asked: &DuplicateContent,
    image: &ImageNumber,
    sha256: Digest,
) -> Result<Option<String>, LedgerError> {
    if let Some(other) = context.twins.meet(sha256, image) {
        return Ok(Some(other.to_string()));
    }
    let real = context.plan.as_ref().and_then(|plan| plan.claims.as_ref());
    for reader in real.into_iter().chain([&context.reader]) {
        let here = std::ptr::eq(reader, &context.reader);
        for owner in reader.owners_of_content(&sha256, LOOKED_AT)? {
            let same_batch = here && owner.batch == context.batch;
            let is_other = owner.image_number != *image && (same_batch || asked.scope == DuplicateScope::All);
            if is_other && is_synced(reader, &owner)? {
                return told(reader, &owner, same_batch).map(Some);
            }
        }
    }
    Ok(None)
}

/// A document that failed midway has files at the target, and is not there.
fn is_synced(reader: &Reader, owner: &ContentOwner) -> Result<bool, LedgerError> {
    let document = reader.document(owner.batch, &owner.image_number)?;
    Ok(document.is_some_and(|document| document.state.status().is_synced()))
}

fn told(reader: &Reader, owner: &ContentOwner, same_batch: bool) -> Result<String, LedgerError> {
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
        let (twins, content) = (Twins::default(), Digest::of(b"page"));
        let [first, second] = ["1", "2"].map(ImageNumber::new);
        assert_eq!(twins.meet(content, &first), None);
        assert_eq!(twins.meet(content, &first), None, "twice in one document");
        assert_eq!(twins.meet(content, &second), Some(first.clone()));
        twins.forget(&first);
        assert_eq!(twins.meet(content, &second), None);
    }
}

//! From the states of files to the outcome of their document.

use crate::model::document::{DocumentState, FileState};
use crate::model::failure::{Code, Failure, Finding};
use crate::model::work::{DocumentOutcome, DocumentWork, FileOutcome};

/// A file's part in a verdict: its own failure, or sound so far.
pub type Sound = Result<(), Failure>;

/// The outcome of a document of which nothing is copied now: every file that is sound by itself is held back, but
/// one that an earlier attempt copied stays migrated.
pub fn refuse(work: DocumentWork, verdicts: Vec<Sound>, findings: Vec<Vec<Finding>>) -> DocumentOutcome {
    let states = work.files.iter().zip(verdicts).map(|(file, verdict)| match (verdict, &file.earlier) {
        (Err(failure), _) => FileState::Failed(failure),
        (Ok(()), Some(earlier)) if earlier.same_batch => FileState::Migrated(earlier.receipt.clone()),
        (Ok(()), _) => FileState::Failed(Failure::new(Code::HeldBack, &file.object.key)),
    });
    let states = states.collect();
    conclude(work, states, findings, None)
}

/// The outcome of a document from the states of its files, and from a failure of its own (of its manifest).
pub fn conclude(
    work: DocumentWork,
    states: Vec<FileState>,
    findings: Vec<Vec<Finding>>,
    own: Option<Failure>,
) -> DocumentOutcome {
    let own = work.known.first().cloned().or(own);
    let state = own.map_or_else(|| DocumentState::of_files(&states), DocumentState::Failed);
    let files = work.files.into_iter().zip(states).zip(findings);
    let files: Vec<FileOutcome> = files
        .map(|((file, state), findings)| FileOutcome { key: file.object.key, state, findings })
        .collect();
    let mut all = work.findings;
    all.extend(files.iter().flat_map(|file| file.findings.iter().cloned()));
    DocumentOutcome { image_number: work.image_number, state, findings: all, files, attempt: work.attempt }
}

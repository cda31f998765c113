//! From the states of files to the outcome of their document.

use crate::model::document::{DocumentState, FileState};
use crate::model::failure::{Code, Failure, Finding};
use crate::model::work::{DocumentOutcome, DocumentWork, FileOutcome, FileWork};

/// A file's part in a verdict: its own failure, or sound so far.
pub type Sound = Result<(), Failure>;

/// The outcome of a document of which nothing is copied now: every file that is sound by itself is held back, but
/// one that an earlier attempt copied stays migrated.
///
/// A file that fails now and was left at the target before keeps its receipt, which says what may be overwritten there;
/// the document fails in its place.
pub fn refuse(work: DocumentWork, verdicts: Vec<Sound>, findings: Vec<Vec<Finding>>) -> DocumentOutcome {
    let left_there = |file: &FileWork| file.left_there().is_some();
    let failed = work.files.iter().zip(&verdicts).filter(|(file, _)| left_there(file));
    let own = failed.filter_map(|(_, verdict)| verdict.as_ref().err()).next().cloned();
    let states = work.files.iter().zip(verdicts).map(|(file, verdict)| match (verdict, file.earlier_state()) {
        (Err(_), Some(earlier)) => earlier,
        (Err(failure), None) => FileState::Failed(failure),
        (Ok(()), Some(copied @ FileState::Migrated(_))) => copied,
        (Ok(()), _) => FileState::Failed(Failure::new(Code::HeldBack, &file.object.key)),
    });
    let states = states.collect();
    conclude(work, states, findings, own)
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
    let files: Vec<FileOutcome> = files.map(|((file, state), findings)| outcome(file, state, findings)).collect();
    let mut all = work.findings;
    all.extend(files.iter().flat_map(|file| file.findings.iter().cloned()));
    let DocumentWork { image_number, attempt, uniques, .. } = work;
    DocumentOutcome { image_number, state, findings: all, files, attempt, uniques }
}

fn outcome(file: FileWork, state: FileState, findings: Vec<Finding>) -> FileOutcome {
    FileOutcome { key: file.object.key, state, findings, checks: file.checks }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::document::{CatalogRecord, FieldOrigin, Fields, Role, SourceObject};
    use crate::model::ids::{Digest, ImageNumber};
    use crate::model::outcomes::Outcomes;
    use crate::model::receipt::{KeptTarget, Pin, Proof, Receipt};
    use crate::model::status::ItemStatus;
    use crate::model::work::{EarlierReceipt, Origin};

    fn receipt() -> Receipt {
        let source = Pin { size: 1, etag: None, modified: Timestamp::UNIX_EPOCH, version: None };
        Receipt {
            target_key: "t".to_owned(),
            size: 1,
            sha256: Digest::ZERO,
            etag: None,
            version: None,
            proof: Proof::ReadBack,
            source,
            at: Timestamp::UNIX_EPOCH,
            run: 1,
            generation: 1,
        }
    }

    fn work(files: usize) -> DocumentWork {
        let record = CatalogRecord {
            image_number: ImageNumber::new("IMG-1"),
            fields: Fields::default(),
            unreadable: Vec::new(),
            role: Role::Cover,
            role_label: None,
            sequence: None,
            recognised: true,
            origin: FieldOrigin::default(),
            absent: false,
        };
        let file = |n: usize| FileWork {
            object: SourceObject { key: format!("k{n}"), size: 1, etag: None, modified: Timestamp::UNIX_EPOCH },
            record: record.clone(),
            target_key: Ok(format!("t{n}")),
            known: None,
            earlier: None,
            checks: Outcomes::default(),
            earlier_checks: Outcomes::default(),
            earlier_warnings: Vec::new(),
            invoice: None,
            version: None,
        };
        DocumentWork {
            image_number: ImageNumber::new("IMG-1"),
            fields: Fields::default(),
            files: (0..files).map(file).collect(),
            manifest_key: None,
            known: Vec::new(),
            findings: Vec::new(),
            attempt: 1,
            unrecorded_start: false,
            uniques: None,
        }
    }

    fn kept() -> FileState {
        FileState::TargetKept(KeptTarget {
            target_key: "t".to_owned(),
            source_sha256: Digest::ZERO,
            target_sha256: Digest::ZERO,
            target_size: 1,
            source: Pin { size: 1, etag: None, modified: Timestamp::UNIX_EPOCH, version: None },
        })
    }

    fn state(states: Vec<FileState>) -> DocumentState {
        let findings = vec![Vec::new(); states.len()];
        conclude(work(states.len()), states, findings, None).state
    }

    #[test]
    fn a_document_is_migrated_if_one_file_was_copied_and_there_before_if_none_was() {
        let (migrated, there) = (FileState::Migrated(receipt()), FileState::AlreadyAtTarget(receipt()));
        assert_eq!(state(vec![migrated.clone(), there.clone()]), DocumentState::Migrated);
        assert_eq!(state(vec![there.clone(), there.clone()]), DocumentState::AlreadyAtTarget { kept: false });
        assert_eq!(state(vec![there, kept()]), DocumentState::AlreadyAtTarget { kept: true });
        assert_eq!(state(vec![migrated, kept()]), DocumentState::Migrated);
    }

    #[test]
    fn one_failed_file_fails_the_document_with_its_code() {
        let failed = FileState::Failed(Failure::new(Code::Conflict, "k1"));
        let state = state(vec![FileState::Migrated(receipt()), failed]);
        assert_eq!(state.failure().map(|failure| failure.code), Some(Code::Conflict));
    }

    #[test]
    fn refused_files_are_held_back_and_those_copied_before_stay_migrated() {
        let mut work = work(3);
        work.files[2].earlier = Some(EarlierReceipt { receipt: receipt(), origin: Origin::Copied });
        let broken = Failure::new(Code::Truncated, "k0");
        let outcome = refuse(work, vec![Err(broken), Ok(()), Ok(())], vec![Vec::new(); 3]);
        let statuses: Vec<_> = outcome.files.iter().map(|file| file.state.status()).collect();
        assert_eq!(statuses, [ItemStatus::Failed, ItemStatus::Failed, ItemStatus::Migrated]);
        assert!(matches!(&outcome.files[1].state, FileState::Failed(failure) if failure.code == Code::HeldBack));
        assert_eq!(outcome.state.failure().map(|failure| failure.code), Some(Code::Truncated));
    }

    #[test]
    fn a_failure_of_the_document_itself_comes_before_those_of_its_files() {
        let mut work = work(1);
        work.known.push(Failure::new(Code::MissingRole, "IMG-1"));
        let outcome = refuse(work, vec![Ok(())], vec![Vec::new()]);
        assert_eq!(outcome.state.failure().map(|failure| failure.code), Some(Code::MissingRole));
    }
}

//! What a new listing makes of a document: pure, the same for its first listing, a repeated one and a resync.

use crate::ledger::{GroupedDocument, LedgerError, Reader};
use crate::model::batch::BatchId;
use crate::model::document::{DocumentRecord, DocumentState, FileCounts, FileRecord, FileState};
use crate::model::failure::{Code, Failure};
use crate::model::outcomes::Outcomes;
use crate::model::spec::OnConflict;
use crate::rules::inspection;

/// A document as it was known before a listing.
#[derive(Debug, Clone)]
pub struct Before {
    /// Its record.
    pub record: DocumentRecord,
    /// It was synced once, and is not any more.
    pub was_synced: bool,
}

impl Before {
    /// What the ledger knows of a document.
    ///
    /// # Errors
    /// The ledger's.
    pub fn of(reader: &Reader, batch: BatchId, record: DocumentRecord) -> Result<Self, LedgerError> {
        let was_synced = !record.state.status().is_synced() && reader.was_synced(batch, &record.image_number)?;
        Ok(Self { record, was_synced })
    }

    /// A document that changed since it was synced stays one that was: its target is as protected as before.
    fn is_protected(&self) -> bool {
        let changed = |failure: &Failure| failure.code == Code::ChangedAfterMigration;
        self.was_synced || self.record.state.status().is_synced() || self.record.state.failure().is_some_and(changed)
    }
}

/// The document after a listing that saw the `current` files and no longer the `gone` ones.
pub fn merge(
    before: Option<Before>,
    current: Vec<FileRecord>,
    gone: &[FileRecord],
    on_conflict: OnConflict,
) -> GroupedDocument {
    match before {
        Some(before) if before.is_protected() => synced(before.record, &current, gone, on_conflict),
        Some(before) if current.is_empty() => vanished(before.record),
        before => undecided(before.as_ref().map(|before| &before.record), current, gone),
    }
}

/// Migrated, and still as it was: nothing changes. Otherwise the target is left alone, unless the spec overwrites.
fn synced(
    before: DocumentRecord,
    current: &[FileRecord],
    gone: &[FileRecord],
    on_conflict: OnConflict,
) -> GroupedDocument {
    if current.is_empty() {
        return unchanged(DocumentRecord { gone_from_source: true, ..before });
    }
    let (lost, never_synced): (Vec<_>, Vec<_>) = gone.iter().partition(|file| file.state.status().is_synced());
    let difference = lost
        .first()
        .map(|file| (*file, "is gone from the source"))
        .or_else(|| current.iter().find_map(|file| changed(file).map(|what| (file, what))));
    let record = DocumentRecord { gone_from_source: false, ..before };
    let removed = never_synced.iter().map(|file| file.object.key.clone()).collect();
    match difference {
        None if record.state.status().is_synced() => GroupedDocument { removed, ..unchanged(record) },
        // Put back as it was: whether the target still is as it was left is yet to be seen.
        None => {
            let record = DocumentRecord { state: DocumentState::Pending, ..record };
            GroupedDocument { files: current.to_vec(), removed, ..unchanged(record) }
        }
        Some(_) if on_conflict == OnConflict::Overwrite => undecided(Some(&record), current.to_vec(), gone),
        Some((file, what)) => {
            let failure =
                Failure::new(Code::ChangedAfterMigration, &file.object.key).with("the source as it was migrated", what);
            let record = DocumentRecord { state: DocumentState::Failed(failure), ..record };
            GroupedDocument { files: current.iter().map(held_back).collect(), removed, ..unchanged(record) }
        }
    }
}

/// A file that joined a migrated document is in scope, and not copied.
fn held_back(file: &FileRecord) -> FileRecord {
    let state = match &file.state {
        FileState::Pending => FileState::Failed(Failure::new(Code::HeldBack, &file.object.key)),
        known => known.clone(),
    };
    FileRecord { state, ..file.clone() }
}

fn changed(file: &FileRecord) -> Option<&'static str> {
    match &file.state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
            (!receipt.source.is_of(&file.object)).then_some("its content was written anew")
        }
        FileState::TargetKept(kept) => (!kept.source.is_of(&file.object)).then_some("its content was written anew"),
        // Copied once, and lost at the target since.
        FileState::Failed(failure) if failure.code != Code::HeldBack => None,
        FileState::Pending | FileState::Failed(_) => Some("it is new at the source"),
    }
}

/// A document of which some files may not have been listed: what is synced and as it was stays so, and nothing else is moved.
pub fn half_listed(before: Option<Before>, current: Vec<FileRecord>, prefix: &str) -> GroupedDocument {
    match before {
        Some(before) if before.is_protected() => {
            // What was not seen may be there; what was seen and is another one than before is so in any case.
            let seen: Vec<FileRecord> = current.into_iter().filter(|file| !file.record.absent).collect();
            let merged = synced(before.record.clone(), &seen, &[], OnConflict::Fail);
            let is_news = !seen.is_empty() && merged.record.state != DocumentState::Pending;
            if is_news { merged } else { unchanged(before.record) }
        }
        Some(before) if current.is_empty() => unchanged(before.record),
        before => {
            let failure =
                Failure::new(Code::UnlistableKeys, prefix).with("every file of the document", "a part of them");
            let grouped = undecided(before.as_ref().map(|before| &before.record), current, &[]);
            let record = DocumentRecord { state: DocumentState::Failed(failure), ..grouped.record };
            GroupedDocument { record, files: grouped.files.iter().map(held_back).collect(), ..grouped }
        }
    }
}

/// Was never synced, and nothing of it is there any more.
fn vanished(before: DocumentRecord) -> GroupedDocument {
    let failure = Failure::new(Code::SourceMissing, before.image_number.as_str()).with("files at the source", "none");
    unchanged(DocumentRecord { state: DocumentState::Failed(failure), gone_from_source: true, ..before })
}

/// To be judged and moved; what was copied before stays known.
fn undecided(before: Option<&DocumentRecord>, current: Vec<FileRecord>, gone: &[FileRecord]) -> GroupedDocument {
    let files: Vec<FileRecord> = current.into_iter().map(pending).collect();
    let record = DocumentRecord {
        image_number: files[0].record.image_number.clone(),
        fields: inspection::draft_fields(&files),
        state: DocumentState::Pending,
        findings: Vec::new(),
        // The ledger counts the files as it writes them.
        files: FileCounts::default(),
        bytes: 0,
        attempts: before.map_or(0, |before| before.attempts),
        run: before.map_or(0, |before| before.run),
        generation: before.map_or(0, |before| before.generation),
        gone_from_source: false,
    };
    let removed = gone.iter().map(|file| file.object.key.clone()).collect();
    GroupedDocument { record, files, removed, claims: Vec::new() }
}

fn pending(file: FileRecord) -> FileRecord {
    match file.state {
        FileState::Failed(_) => {
            FileRecord { state: FileState::Pending, findings: Vec::new(), checks: Outcomes::default(), ..file }
        }
        _ => file,
    }
}

/// A document whose files stay as they are known.
pub fn unchanged(record: DocumentRecord) -> GroupedDocument {
    GroupedDocument { record, files: Vec::new(), removed: Vec::new(), claims: Vec::new() }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::document::{CatalogRecord, FieldOrigin, Fields, Role, SourceObject};
    use crate::model::ids::{Digest, ImageNumber};
    use crate::model::receipt::{Pin, Proof, Receipt};
    use crate::model::status::ItemStatus;

    fn file(key: &str, etag: &str, state: FileState) -> FileRecord {
        FileRecord {
            object: SourceObject {
                key: key.to_owned(),
                size: 10,
                etag: Some(etag.to_owned()),
                modified: Timestamp::UNIX_EPOCH,
            },
            record: CatalogRecord {
                image_number: ImageNumber::new("IMG-1"),
                fields: Fields::default(),
                unreadable: Vec::new(),
                role: Role::Cover,
                role_label: None,
                sequence: None,
                recognised: true,
                origin: FieldOrigin::default(),
                absent: false,
            },
            state,
            findings: Vec::new(),
            unaddressable: None,
            seen: 2,
            checks: Outcomes::default(),
        }
    }

    fn migrated(etag: &str) -> FileState {
        FileState::Migrated(Receipt {
            target_key: "t".to_owned(),
            size: 10,
            sha256: Digest::ZERO,
            etag: None,
            version: None,
            proof: Proof::ReadBack,
            source: Pin { size: 10, etag: Some(etag.to_owned()), modified: Timestamp::UNIX_EPOCH, version: None },
            at: Timestamp::UNIX_EPOCH,
            run: 1,
            generation: 1,
        })
    }

    fn before(state: DocumentState, files: &[FileRecord]) -> Option<Before> {
        let record = undecided(None, files.to_vec(), &[]).record;
        known(DocumentRecord { state, attempts: 3, ..record })
    }

    fn known(record: DocumentRecord) -> Option<Before> {
        Some(Before { record, was_synced: false })
    }

    fn code(merged: &GroupedDocument) -> Option<Code> {
        merged.record.state.failure().map(|failure| failure.code)
    }

    #[test]
    fn a_migrated_document_whose_source_is_unchanged_stays_as_it_is() {
        let files = vec![file("a", "1", migrated("1"))];
        let merged = merge(before(DocumentState::Migrated, &files), files, &[], OnConflict::Overwrite);
        assert_eq!(merged.record.state, DocumentState::Migrated);
    }

    #[test]
    fn a_migrated_document_fails_if_a_file_changed_was_added_or_went_away() {
        let known = vec![file("a", "1", migrated("1")), file("b", "1", migrated("1"))];
        let whole = before(DocumentState::Migrated, &known);
        let cases = [
            (vec![file("a", "2", migrated("1")), known[1].clone()], Vec::new()),
            (vec![known[0].clone(), known[1].clone(), file("c", "1", FileState::Pending)], Vec::new()),
            (vec![known[0].clone()], vec![known[1].clone()]),
        ];
        for (current, gone) in cases {
            let merged = merge(whole.clone(), current.clone(), &gone, OnConflict::Fail);
            assert_eq!(code(&merged), Some(Code::ChangedAfterMigration));
            let merged = merge(whole.clone(), current, &gone, OnConflict::Overwrite);
            assert_eq!(merged.record.state, DocumentState::Pending, "overwriting was asked for");
        }
    }

    #[test]
    fn a_changed_document_stays_failed_until_its_source_is_as_it_was() {
        let whole = vec![file("a", "1", migrated("1"))];
        let with_new = vec![whole[0].clone(), file("b", "1", FileState::Pending)];
        let failed = merge(before(DocumentState::Migrated, &whole), with_new.clone(), &[], OnConflict::Fail);
        assert_eq!((code(&failed), failed.files.len()), (Some(Code::ChangedAfterMigration), 2));
        let held = &failed.files[1];
        assert!(matches!(&held.state, FileState::Failed(failure) if failure.code == Code::HeldBack));
        let again = merge(known(failed.record.clone()), failed.files.clone(), &[], OnConflict::Fail);
        assert_eq!(code(&again), Some(Code::ChangedAfterMigration));
        let back = merge(known(again.record), whole, std::slice::from_ref(held), OnConflict::Fail);
        assert_eq!((back.record.state, back.removed), (DocumentState::Pending, vec!["b".to_owned()]));
    }

    #[test]
    fn whatever_else_befell_it_a_document_that_was_synced_once_is_protected() {
        let whole = vec![file("a", "1", migrated("1"))];
        let with_new = vec![whole[0].clone(), file("b", "1", FileState::Pending)];
        let refused = DocumentState::Failed(Failure::new(Code::AccessDenied, "a"));
        for state in [refused, DocumentState::Pending] {
            let once = before(state, &whole).map(|before| Before { was_synced: true, ..before });
            let merged = merge(once.clone(), with_new.clone(), &[], OnConflict::Fail);
            assert_eq!(code(&merged), Some(Code::ChangedAfterMigration));
            let merged = merge(once, whole.clone(), &[], OnConflict::Fail);
            assert_eq!(merged.record.state, DocumentState::Pending, "as it was: seen to again");
        }
    }

    #[test]
    fn a_migrated_document_that_left_the_source_is_marked_and_keeps_its_status() {
        let files = vec![file("a", "1", migrated("1"))];
        let merged = merge(before(DocumentState::Migrated, &files), Vec::new(), &files, OnConflict::Fail);
        assert_eq!((merged.record.state.status(), merged.record.gone_from_source), (ItemStatus::Migrated, true));
    }

    #[test]
    fn of_a_synced_document_that_was_listed_in_part_only_what_was_seen_counts() {
        let known = vec![file("a", "1", migrated("1")), file("b", "1", migrated("1"))];
        let whole = before(DocumentState::Migrated, &known);
        let half = |current: &[FileRecord]| half_listed(whole.clone(), current.to_vec(), "scans/");
        assert_eq!(half(&known[..1]).record, whole.as_ref().unwrap().record, "the other one may be there");
        let with_new = [known[0].clone(), file("c", "1", FileState::Pending)];
        let changed = [known[0].clone(), file("b", "2", migrated("1"))];
        for (current, files) in [(with_new, 2), (changed, 2)] {
            let merged = half(&current);
            assert_eq!((code(&merged), merged.files.len()), (Some(Code::ChangedAfterMigration), files));
        }
        let failed = DocumentState::Failed(Failure::new(Code::AccessDenied, "a"));
        let once = before(failed, &known).map(|before| Before { was_synced: true, ..before });
        let merged = half_listed(once.clone(), known[..1].to_vec(), "scans/");
        assert_eq!(merged.record, once.unwrap().record, "nothing is decided before all of it is seen");
    }

    #[test]
    fn a_failed_document_is_pending_again_with_what_was_copied_before() {
        let broken = FileState::Failed(Failure::new(Code::Truncated, "b"));
        let files = vec![file("a", "1", migrated("1")), file("b", "1", broken)];
        let failed = DocumentState::Failed(Failure::new(Code::Truncated, "b"));
        let gone = vec![file("c", "1", FileState::Pending)];
        let merged = merge(before(failed, &files), files, &gone, OnConflict::Fail);
        assert_eq!(merged.record.state, DocumentState::Pending);
        let states: Vec<_> = merged.files.iter().map(|file| file.state.status()).collect();
        assert_eq!(states, [ItemStatus::Migrated, ItemStatus::Pending]);
        assert_eq!((merged.record.attempts, merged.removed), (3, vec!["c".to_owned()]));
    }

    #[test]
    fn a_failed_document_whose_files_are_gone_says_so() {
        let files = vec![file("a", "1", FileState::Pending)];
        let merged = merge(before(DocumentState::Pending, &files), Vec::new(), &files, OnConflict::Fail);
        assert_eq!(code(&merged), Some(Code::SourceMissing));
    }

    #[test]
    fn grouping_twice_gives_the_same() {
        let files = vec![file("a", "1", FileState::Pending)];
        let once = merge(None, files.clone(), &[], OnConflict::Fail);
        let twice = merge(known(once.record.clone()), files, &[], OnConflict::Fail);
        assert_eq!(once.record, twice.record);
    }
}

//! What a new listing makes of a document: pure, the same for its first listing, a repeated one and a resync.

use crate::ledger::GroupedDocument;
use crate::model::counts::Tally;
use crate::model::document::{DocumentRecord, DocumentState, FileRecord, FileState};
use crate::model::failure::{Code, Failure};
use crate::model::receipt::Receipt;
use crate::model::spec::OnConflict;
use crate::rules::inspection;

/// The document after a listing that saw the `current` files and no longer the `gone` ones.
pub fn merge(
    before: Option<DocumentRecord>,
    current: Vec<FileRecord>,
    gone: Vec<FileRecord>,
    on_conflict: OnConflict,
) -> GroupedDocument {
    match before {
        Some(before) if before.state.status().is_synced() => synced(before, &current, &gone, on_conflict),
        Some(before) if current.is_empty() => vanished(before),
        before => undecided(before, current, &gone),
    }
}

/// Migrated, and still as it was: nothing changes. Otherwise the target is left alone, unless the spec overwrites.
fn synced(before: DocumentRecord, current: &[FileRecord], gone: &[FileRecord], on_conflict: OnConflict) -> GroupedDocument {
    if current.is_empty() {
        return unchanged(DocumentRecord { gone_from_source: true, ..before });
    }
    let difference = gone
        .first()
        .map(|file| (file, "is gone from the source"))
        .or_else(|| current.iter().find_map(|file| changed(file).map(|what| (file, what))));
    let record = DocumentRecord { gone_from_source: false, ..before };
    match difference {
        None => unchanged(record),
        Some(_) if on_conflict == OnConflict::Overwrite => undecided(Some(record), current.to_vec(), gone),
        Some((file, what)) => {
            let failure = Failure::new(Code::ChangedAfterMigration, &file.object.key).with("the source as it was migrated", what);
            unchanged(DocumentRecord { state: DocumentState::Failed(failure), ..record })
        }
    }
}

fn changed(file: &FileRecord) -> Option<&'static str> {
    match &file.state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
            (!same_source(receipt, file)).then_some("its content was written anew")
        }
        FileState::TargetKept(_) => None,
        FileState::Pending | FileState::Failed(_) => Some("it is new at the source"),
    }
}

fn same_source(receipt: &Receipt, file: &FileRecord) -> bool {
    let same_tag = match (&receipt.source.etag, &file.object.etag) {
        (Some(then), Some(now)) => then == now,
        _ => receipt.source.modified == file.object.modified,
    };
    same_tag && receipt.source.size == file.object.size
}

/// Was never synced, and nothing of it is there any more.
fn vanished(before: DocumentRecord) -> GroupedDocument {
    let failure = Failure::new(Code::SourceMissing, before.image_number.as_str()).with("files at the source", "none");
    unchanged(DocumentRecord { state: DocumentState::Failed(failure), gone_from_source: true, ..before })
}

/// To be judged and moved; what was copied before stays known.
fn undecided(before: Option<DocumentRecord>, current: Vec<FileRecord>, gone: &[FileRecord]) -> GroupedDocument {
    let changed: Vec<FileRecord> =
        current.iter().filter(|file| matches!(file.state, FileState::Failed(_))).cloned().map(pending).collect();
    let current: Vec<FileRecord> = current.into_iter().map(pending).collect();
    let tally = |weight: fn(&FileRecord) -> u64| Tally::sum(current.iter().map(|file| (&file.state, weight(file))));
    let record = DocumentRecord {
        image_number: current[0].record.image_number.clone(),
        fields: inspection::draft_fields(&current),
        state: DocumentState::Pending,
        findings: Vec::new(),
        files: tally(|_| 1),
        bytes: tally(|file| file.object.size),
        attempts: before.as_ref().map_or(0, |before| before.attempts),
        run: before.as_ref().map_or(0, |before| before.run),
        generation: before.as_ref().map_or(0, |before| before.generation),
        gone_from_source: false,
    };
    let removed = gone.iter().map(|file| file.object.key.clone()).collect();
    GroupedDocument { record, files: changed, removed, claims: Vec::new() }
}

fn pending(file: FileRecord) -> FileRecord {
    match file.state {
        FileState::Failed(_) => FileRecord { state: FileState::Pending, findings: Vec::new(), ..file },
        _ => file,
    }
}

fn unchanged(record: DocumentRecord) -> GroupedDocument {
    GroupedDocument { record, files: Vec::new(), removed: Vec::new(), claims: Vec::new() }
}

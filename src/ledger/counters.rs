//! What an item adds to the counters of its batch: the same rule when they are kept and when they are counted anew.

use std::collections::BTreeSet;

use super::error::LedgerError;
use super::rows::FileRow;
use crate::model::counts::Counts;
use crate::model::document::{DocumentRecord, FileCounts, FileRecord};
use crate::model::failure::{Code, Outcome};
use crate::model::status::ItemStatus;

/// The code that a document's status comes with.
pub(super) fn code(document: &DocumentRecord) -> Option<Code> {
    match document.state.failure() {
        Some(failure) => Some(failure.code),
        None => document.state.is_kept().then_some(Code::TargetKept),
    }
}

/// Counts a document.
pub(super) fn add_document(counts: &mut Counts, document: &DocumentRecord) {
    counts.documents.add(document.state.status(), document.state.is_kept(), 1);
    if let Some(failure) = document.state.failure() {
        *counts.failures.entry(failure.code).or_default() += 1;
    }
    for code in warnings(document) {
        *counts.warnings.entry(code).or_default() += 1;
    }
}

/// Takes back what [`add_document`] added.
pub(super) fn remove_document(counts: &mut Counts, document: &DocumentRecord) -> Result<(), LedgerError> {
    let mut sound = counts.documents.remove(document.state.status(), document.state.is_kept(), 1).is_some();
    if let Some(failure) = document.state.failure() {
        sound &= decrement(&mut counts.failures, failure.code);
    }
    for code in warnings(document) {
        sound &= decrement(&mut counts.warnings, code);
    }
    if sound { Ok(()) } else { Err(too_few(document.image_number.as_str())) }
}

/// Counts a file, if it belongs to a document.
pub(super) fn add_file(counts: &mut Counts, row: &FileRow) {
    if row.counted {
        let (status, kept) = (row.file.state.status(), row.file.state.is_kept());
        counts.files.add(status, kept, 1);
        counts.bytes.add(status, kept, row.file.bytes());
    }
}

/// Takes back what [`add_file`] added.
pub(super) fn remove_file(counts: &mut Counts, row: &FileRow) -> Result<(), LedgerError> {
    if !row.counted {
        return Ok(());
    }
    let (status, kept) = (row.file.state.status(), row.file.state.is_kept());
    let files = counts.files.remove(status, kept, 1);
    let bytes = counts.bytes.remove(status, kept, row.file.bytes());
    files.and(bytes).ok_or_else(|| too_few(&row.file.object.key))
}

/// Fills in what a document's record says of its files.
pub(super) fn summarise<'a>(document: &mut DocumentRecord, rows: impl Iterator<Item = &'a FileRow>) {
    (document.files, document.bytes) = (FileCounts::default(), 0);
    for row in rows.filter(|row| row.counted) {
        let status = row.file.state.status();
        document.files.total += 1;
        document.files.synced += u64::from(status.is_synced());
        document.files.failed += u64::from(status == ItemStatus::Failed);
        document.bytes += row.file.bytes();
    }
}

/// Whether a document's bytes are those of its files. Formats up to 7 had those that were listed last, also where they were others than
/// those that are at the target; what was decided then stays as its event tells.
pub(super) fn bytes_fit<'a>(document: &DocumentRecord, files: impl Iterator<Item = &'a FileRecord> + Clone) -> bool {
    let listed = files.clone().map(|file| file.object.size).sum();
    [files.map(FileRecord::bytes).sum(), listed].contains(&document.bytes)
}

/// The codes that a document is warned of.
pub(super) fn warnings(document: &DocumentRecord) -> BTreeSet<Code> {
    let warned = document.findings.iter().filter(|finding| finding.outcome == Outcome::Warn);
    warned.map(|finding| finding.failure.code).collect()
}

/// Takes one from the counter of `code`, and the counter with its last one, so that equal sets have equal counters.
fn decrement(counters: &mut std::collections::BTreeMap<Code, u64>, code: Code) -> bool {
    let Some(counter) = counters.get_mut(&code).filter(|counter| **counter > 0) else { return false };
    *counter -= 1;
    if *counter == 0 {
        counters.remove(&code);
    }
    true
}

fn too_few(item: &str) -> LedgerError {
    LedgerError::damaged(format!("the counters, at {item:?}"), "expected it to be counted, and it is not")
}

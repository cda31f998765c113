//! A page of a listing is recorded; a listing is forgotten.

use crate::ledger::counters;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::pages::{self, ListedPage, PageRecord};
use crate::ledger::rows::{self, FileRow};
use crate::ledger::stage::Stage;
use crate::model::batch::{BatchId, UNLISTABLE_KEPT};
use crate::model::counts::Listed;
use crate::model::document::{CatalogRecord, FileRecord, SourceObject};
use crate::model::listing::{Mark, Shard};

/// One page.
pub(super) struct Page {
    pub(super) shard: Shard,
    pub(super) mark: Mark,
    pub(super) files: Vec<FileRecord>,
    pub(super) unrecognised: Vec<SourceObject>,
    pub(super) listed: Listed,
    pub(super) unlistable: Vec<String>,
    pub(super) contiguous: bool,
}

/// Stages a page, in parts: everything before the last part can be repeated without being counted twice.
pub(super) fn page(stage: &mut Stage, batch: BatchId, page: Page) -> Result<(), LedgerError> {
    let seen = files(stage, batch, page.files, page.contiguous)?;
    for object in page.unrecognised {
        stage.put(keys::of_text(Table::Unrecognised, batch, &object.key), &object);
        stage.part()?;
    }
    let mut found = rows::found(stage, batch)?;
    found.listed.add(&page.listed);
    for name in page.unlistable {
        if found.unlistable.len() < UNLISTABLE_KEPT && !found.unlistable.contains(&name) {
            found.unlistable.push(name);
        }
    }
    match seen {
        Files::AsTheyWere(page, known) => page.seen_again(stage, batch, known),
        Files::Recorded(Some(page)) => page.keep(stage, batch),
        Files::Recorded(None) => {}
    }
    stage.put(keys::of_batch(Table::Listed, batch), &found);
    stage.put(keys::mark(batch, &page.shard), &page.mark);
    Ok(())
}

/// Stages that what is left of a shard is listed in ranges from now on.
pub(super) fn divide(
    stage: &mut Stage,
    batch: BatchId,
    shard: &Shard,
    ranges: &[Shard],
    requests: u64,
) -> Result<(), LedgerError> {
    let mut found = rows::found(stage, batch)?;
    found.listed.requests += requests;
    stage.put(keys::of_batch(Table::Listed, batch), &found);
    stage.put(keys::mark(batch, shard), &Mark::Done);
    for range in ranges {
        stage.put(keys::mark(batch, range), &Mark::Resume(None));
    }
    Ok(())
}

/// What became of the files of a page.
enum Files {
    /// They are known as they are, page and all.
    AsTheyWere(ListedPage, PageRecord),
    /// Each is staged or written; the page is to be kept if it can be.
    Recorded(Option<ListedPage>),
}

/// Stages the files of a page, in parts, unless all of them are known as they are.
fn files(stage: &mut Stage, batch: BatchId, files: Vec<FileRecord>, contiguous: bool) -> Result<Files, LedgerError> {
    let Some(page) = contiguous.then(|| ListedPage::of(&files)).flatten() else {
        stage.write()?;
        for file in &files {
            pages::close(stage, batch, &file.object.key)?;
        }
        return rows(stage, batch, files).map(|()| Files::Recorded(None));
    };
    if let Some(known) = page.known(stage, batch)? {
        return Ok(Files::AsTheyWere(page, known));
    }
    let page = page.begin(stage, batch)?;
    rows(stage, batch, files).map(|()| Files::Recorded(page))
}

/// Stages files, in parts.
pub(super) fn rows(stage: &mut Stage, batch: BatchId, files: Vec<FileRecord>) -> Result<(), LedgerError> {
    stage.known_batch(batch)?;
    for file in files {
        upsert(stage, batch, file)?;
        stage.part()?;
    }
    Ok(())
}

/// Stages files of no document as unrecognised objects, one by one; repeated, none is counted twice.
pub(super) fn strays(stage: &mut Stage, batch: BatchId, strays: Vec<FileRecord>) -> Result<(), LedgerError> {
    for file in strays {
        let key = keys::file(batch, &file.record.image_number, &file.object.key);
        if rows::read::<FileRow>(stage, &key)?.is_some_and(|row| !row.counted) {
            pages::close(stage, batch, &file.object.key)?;
            stage.remove(key);
            stage.put(keys::of_text(Table::Unrecognised, batch, &file.object.key), &file.object);
            let mut found = rows::found(stage, batch)?;
            found.listed.unrecognised += 1;
            stage.put(keys::of_batch(Table::Listed, batch), &found);
            stage.part()?;
        }
    }
    Ok(())
}

/// Stages the removal of everything that the last listing left beside the files, in parts.
pub(super) fn clear(stage: &mut Stage, batch: BatchId) -> Result<(), LedgerError> {
    stage.write()?;
    for table in [Table::Marks, Table::Unrecognised] {
        let prefix = keys::of_batch(table, batch);
        for key in stage.stored_keys(&prefix) {
            stage.remove(key?);
            stage.part()?;
        }
    }
    let listing = stage.known_batch(batch)?.listing;
    pages::clear(stage, batch, listing)?;
    stage.remove(keys::of_batch(Table::Listed, batch));
    Ok(())
}

/// Stages what the store and the catalog say of a file now; what became of it stays.
fn upsert(stage: &mut Stage, batch: BatchId, file: FileRecord) -> Result<(), LedgerError> {
    let key = keys::file(batch, &file.record.image_number, &file.object.key);
    let Some(old) = rows::read::<FileRow>(stage, &key)? else {
        stage.put(key, &FileRow { counted: false, file });
        return Ok(());
    };
    let (state, findings) = (old.file.state.clone(), old.file.findings.clone());
    let record = decided(stage, batch, &old, &file)?.unwrap_or(file.record);
    let file = FileRecord { state, findings, record, checks: old.file.checks, ..file };
    let new = FileRow { counted: old.counted, file };
    if new.counted && new.file.bytes() != old.file.bytes() {
        let mut counts = rows::counts(stage, batch)?;
        counters::remove_file(&mut counts, &old)?;
        counters::add_file(&mut counts, &new);
        stage.put(keys::of_batch(Table::Counts, batch), &counts);
    }
    stage.put(key, &new);
    Ok(())
}

/// What a file of a synced document was copied as, where the catalog says otherwise now and the file is the same: that is what its
/// events, its manifest and its target key tell of, and nothing of it is decided anew.
fn decided(
    stage: &Stage,
    batch: BatchId,
    old: &FileRow,
    new: &FileRecord,
) -> Result<Option<CatalogRecord>, LedgerError> {
    let is_same = old.file.state.source().is_some_and(|source| source.is_of(&new.object));
    if !old.counted || !is_same || old.file.record == new.record {
        return Ok(None);
    }
    let document = rows::document(stage, batch, &new.record.image_number)?;
    let (origin, absent) = (new.record.origin.clone(), new.record.absent);
    let record = || CatalogRecord { origin, absent, ..old.file.record.clone() };
    Ok(document.filter(|document| document.state.status().is_synced()).map(|_| record()))
}

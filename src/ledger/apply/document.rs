//! A document is written together with everything that must never differ from it.

use std::collections::BTreeMap;

use crate::ledger::change::EventDraft;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{self, FileRow};
use crate::ledger::stage::Stage;
use crate::ledger::{audit, counters, uniques};
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::counts::Counts;
use crate::model::document::{DocumentRecord, FileRecord};
use crate::model::event;
use crate::model::ids::{Digest, ImageNumber};
use crate::model::status::ItemStatus;
use crate::model::work::Unique;

use super::group::Cause;

/// A document with its files as they stand, read once; what is staged of it is seen here as well.
pub(super) struct Whole {
    batch: BatchId,
    image: ImageNumber,
    /// `None`: its files were listed, and are of no document yet.
    pub(super) record: Option<DocumentRecord>,
    /// By source key.
    files: BTreeMap<String, FileRow>,
    /// What the events of the document call its record before any change: `None` until something changes, `Some(None)` where it
    /// was not decided, so that no event vouches for it.
    told: Option<Option<Digest>>,
}

impl Whole {
    /// Reads a document.
    pub(super) fn read(stage: &Stage, batch: BatchId, image: &ImageNumber) -> Result<Self, LedgerError> {
        let record = rows::document(stage, batch, image)?;
        let files = rows::files(stage, batch, image)?;
        let files = files.into_iter().map(|row| (row.file.object.key.clone(), row)).collect();
        Ok(Self { batch, image: image.clone(), record, files, told: None })
    }

    /// Notes what the events tell, which costs a digest of everything. To be called before anything changes.
    fn will_change(&mut self) {
        if self.told.is_none() {
            let decided = self.record.as_ref().filter(|document| document.state.status() != ItemStatus::Pending);
            self.told = Some(decided.map(|document| digest(document, &self.files)));
        }
    }

    /// One of the files.
    pub(super) fn file(&self, key: &str) -> Option<&FileRow> {
        self.files.get(key)
    }

    /// Stages a file: from now on it is counted.
    pub(super) fn put_file(
        &mut self,
        stage: &mut Stage,
        counts: &mut Counts,
        file: FileRecord,
    ) -> Result<(), LedgerError> {
        self.will_change();
        let mut row = FileRow { counted: true, file };
        super::shorten::file(&mut row.file.state, &mut row.file.findings);
        let (key, new) = (row.file.object.key.clone(), uniques::content(&row.file.state));
        if let Some(old) = self.files.get(&key) {
            counters::remove_file(counts, old)?;
        }
        counters::add_file(counts, &row);
        stage.put(keys::file(self.batch, &self.image, &key), &row);
        let old = self.files.insert(key, row);
        self.index(stage, old.as_ref(), new);
        Ok(())
    }

    /// Stages the removal of a file, if it is there.
    pub(super) fn remove_file(&mut self, stage: &mut Stage, counts: &mut Counts, key: &str) -> Result<(), LedgerError> {
        self.will_change();
        let Some(old) = self.files.remove(key) else { return Ok(()) };
        counters::remove_file(counts, &old)?;
        stage.remove(keys::file(self.batch, &self.image, key));
        self.index(stage, Some(&old), None);
        Ok(())
    }

    /// Stages what changes in the index by content where a file does that was `old`.
    fn index(&self, stage: &mut Stage, old: Option<&FileRow>, new: Option<Unique>) {
        let old = old.and_then(|row| uniques::content(&row.file.state));
        let mut now = self.files.values().map(|row| uniques::content(&row.file.state));
        if let Some(gone) = old.filter(|_| old != new)
            && !now.any(|content| content == Some(gone))
        {
            stage.remove(keys::unique_of(&gone, self.batch, &self.image));
        }
        if let Some(new) = new.filter(|_| old != new) {
            stage.put(keys::unique_of(&new, self.batch, &self.image), &());
        }
    }

    /// Stages the document after its files: record, index, counters and, where its status or what was decided changes, the
    /// event.
    pub(super) fn put(
        mut self,
        stage: &mut Stage,
        mut counts: Counts,
        batch: &BatchRecord,
        mut document: DocumentRecord,
        cause: &Cause,
    ) -> Result<(), LedgerError> {
        super::shorten::document(&mut document.state, &mut document.findings);
        counters::summarise(&mut document, self.files.values());
        if self.told.is_none() && self.record.as_ref() == Some(&document) {
            // As most documents are that were migrated before and are listed again.
            return Ok(());
        }
        self.will_change();
        let told = self.told.flatten();
        if let Some(old) = &self.record {
            counters::remove_document(&mut counts, old)?;
            stage.remove(keys::status_of(batch.id, old.state.status(), &old.image_number));
            remember(stage, batch, old, &document);
        }
        counters::add_document(&mut counts, &document);
        stage.put(keys::status_of(batch.id, document.state.status(), &document.image_number), &());
        stage.put(keys::of_text(Table::Documents, batch.id, document.image_number.as_str()), &document);
        stage.put(keys::of_batch(Table::Counts, batch.id), &counts);
        let is_news = is_news(self.record.as_ref(), &document);
        // Most are neither: a digest of every document that is grouped would be for nothing.
        if !is_news && told.is_none() {
            return Ok(());
        }
        let record = digest(&document, &self.files);
        let tells = is_news || told != Some(record);
        if tells { tell(stage, batch, self.record.as_ref(), &document, record, cause) } else { Ok(()) }
    }
}

fn digest(document: &DocumentRecord, files: &BTreeMap<String, FileRow>) -> Digest {
    let files: Vec<_> = files.values().filter(|row| row.counted).map(|row| &row.file).collect();
    audit::record_digest(document, &files)
}

/// Whether the status or the reason changed, or the document was decided again.
fn is_news(old: Option<&DocumentRecord>, new: &DocumentRecord) -> bool {
    let decided_again = new.state.status() != ItemStatus::Pending && old.is_some_and(|old| old.attempts < new.attempts);
    let same_reason = old.and_then(counters::code) == counters::code(new);
    status(old) != new.state.status() || !same_reason || decided_again
}

fn status(old: Option<&DocumentRecord>) -> ItemStatus {
    old.map_or(ItemStatus::Pending, |old| old.state.status())
}

/// Stages the mark of a document that was synced once: whatever becomes of it, its target is protected until it is
/// synced again.
fn remember(stage: &mut Stage, batch: &BatchRecord, old: &DocumentRecord, new: &DocumentRecord) {
    let is_synced = |document: &DocumentRecord| document.state.status().is_synced();
    let key = || keys::of_text(Table::WasSynced, batch.id, new.image_number.as_str());
    match (is_synced(old), is_synced(new)) {
        (true, false) => stage.put(key(), &()),
        (false, true) => stage.remove(key()),
        (true, true) | (false, false) => {}
    }
}

/// Stages the event of a document.
fn tell(
    stage: &mut Stage,
    batch: &BatchRecord,
    old: Option<&DocumentRecord>,
    new: &DocumentRecord,
    record: Digest,
    cause: &Cause,
) -> Result<(), LedgerError> {
    let change = event::Change::Document {
        image_number: new.image_number.clone(),
        old: status(old),
        new: new.state.status(),
        code: counters::code(new),
        record,
    };
    let Cause { run, at, operator } = cause.clone();
    audit::append(stage, batch, EventDraft { at, run, operator, change }, new.attempts)
}

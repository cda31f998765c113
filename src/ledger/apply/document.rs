//! A document is written together with everything that must never differ from it.

use crate::ledger::change::EventDraft;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{self, FileRow};
use crate::ledger::stage::Stage;
use crate::ledger::{audit, counters, uniques};
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::counts::Counts;
use crate::model::document::DocumentRecord;
use crate::model::event;
use crate::model::ids::{Digest, ImageNumber};
use crate::model::status::ItemStatus;

use super::group::Cause;

/// Stages a file of a document: from now on it is counted.
pub(super) fn put_file(
    stage: &mut Stage,
    counts: &mut Counts,
    batch: &BatchRecord,
    file: crate::model::document::FileRecord,
) -> Result<(), LedgerError> {
    let key = keys::file(batch.id, &file.record.image_number, &file.object.key);
    let old = rows::read::<FileRow>(stage, &key)?;
    if let Some(old) = &old {
        counters::remove_file(counts, old)?;
    }
    let mut row = FileRow { counted: true, file };
    super::shorten::file(&mut row.file.state, &mut row.file.findings);
    counters::add_file(counts, &row);
    stage.put(key, &row);
    let (image, states) =
        (&row.file.record.image_number, (old.as_ref().map(|old| &old.file.state), Some(&row.file.state)));
    uniques::index(stage, batch.id, image, states, |stage| rows::files(stage, batch.id, image))
}

/// What the events of a document call its record now, before anything of it is staged; `None`: it is not decided, so that
/// no event vouches for it.
pub(super) fn told(stage: &Stage, batch: BatchId, image: &ImageNumber) -> Result<Option<Digest>, LedgerError> {
    match rows::document(stage, batch, image)? {
        Some(document) if document.state.status() != ItemStatus::Pending => {
            Ok(Some(digest(&document, &rows::files(stage, batch, image)?)))
        }
        _ => Ok(None),
    }
}

fn digest(document: &DocumentRecord, files: &[FileRow]) -> Digest {
    let files: Vec<_> = files.iter().filter(|row| row.counted).map(|row| &row.file).collect();
    audit::record_digest(document, &files)
}

/// Stages a document after its files: record, index, counters and, where its status or what was decided changes, the event.
/// `told` is what [`told`] gave before its files were staged.
pub(super) fn put(
    stage: &mut Stage,
    mut counts: Counts,
    batch: &BatchRecord,
    mut document: DocumentRecord,
    cause: &Cause,
    told: Option<Digest>,
) -> Result<(), LedgerError> {
    let files = rows::files(stage, batch.id, &document.image_number)?;
    super::shorten::document(&mut document.state, &mut document.findings);
    counters::summarise(&mut document, &files);
    let old = rows::document(stage, batch.id, &document.image_number)?;
    if let Some(old) = &old {
        counters::remove_document(&mut counts, old)?;
        stage.remove(keys::status_of(batch.id, old.state.status(), &old.image_number));
        remember(stage, batch, old, &document);
    }
    counters::add_document(&mut counts, &document);
    stage.put(keys::status_of(batch.id, document.state.status(), &document.image_number), &());
    stage.put(keys::of_text(Table::Documents, batch.id, document.image_number.as_str()), &document);
    stage.put(keys::of_batch(Table::Counts, batch.id), &counts);
    let is_news = is_news(old.as_ref(), &document);
    // Most are neither: a digest of every document that is grouped would be for nothing.
    if !is_news && told.is_none() {
        return Ok(());
    }
    let record = digest(&document, &files);
    if is_news || told != Some(record) { tell(stage, batch, old.as_ref(), &document, record, cause) } else { Ok(()) }
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

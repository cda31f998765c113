//! A batch's record is edited.

use serde::Serialize;

use crate::ledger::audit;
use crate::ledger::change::EventDraft;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{self, Found};
use crate::ledger::stage::Stage;
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::counts::Listed;

/// Stages what `edit` makes of a batch's record, with its events, and gives the new record back.
pub(in crate::ledger) fn update(
    stage: &mut Stage,
    id: BatchId,
    edit: impl FnOnce(&mut BatchRecord) -> Vec<EventDraft>,
) -> Result<BatchRecord, LedgerError> {
    let stored = rows::known_batch(stage, id)?;
    let mut record = stored.clone();
    for draft in edit(&mut record) {
        audit::append(stage, &record, draft, 0)?;
    }
    if record != stored {
        put(stage, &stored, &record);
    }
    Ok(record)
}

/// What the listing found and what was asked for stand beside the record.
fn put(stage: &mut Stage, stored: &BatchRecord, record: &BatchRecord) {
    let id = record.id;
    if (&stored.listed, &stored.unlistable) != (&record.listed, &record.unlistable) {
        let found = Found { listed: record.listed.clone(), unlistable: record.unlistable.clone() };
        stage.put(keys::of_batch(Table::Listed, id), &found);
    }
    if stored.asked != record.asked {
        replace(stage, Table::Asked, id, record.asked.as_ref());
    }
    if stored.cancelled != record.cancelled {
        replace(stage, Table::Cancelled, id, record.cancelled.as_ref());
    }
    if stored.grouped != record.grouped {
        replace(stage, Table::Grouped, id, record.grouped.as_ref());
    }
    let bare = BatchRecord { listed: Listed::default(), unlistable: Vec::new(), ..record.clone() };
    stage.put(keys::of_batch(Table::Batch, id), &bare);
}

/// A value that is there or not.
fn replace<T: Serialize>(stage: &mut Stage, table: Table, id: BatchId, value: Option<&T>) {
    match value {
        Some(value) => stage.put(keys::of_batch(table, id), value),
        None => stage.remove(keys::of_batch(table, id)),
    }
}

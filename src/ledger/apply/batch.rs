//! A batch's record is replaced.

use crate::ledger::audit;
use crate::ledger::change::EventDraft;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{self, Found};
use crate::ledger::stage::Stage;
use crate::model::batch::{BatchRecord, Stage as RunStage};
use crate::model::counts::Listed;

/// Stages a batch's new record and its events.
pub(in crate::ledger) fn replace(
    stage: &mut Stage,
    record: BatchRecord,
    events: Vec<EventDraft>,
) -> Result<(), LedgerError> {
    let stored = rows::known_batch(stage, record.id)?;
    for draft in events {
        audit::append(stage, &record, draft, 0)?;
    }
    let found = Found { listed: record.listed.clone(), unlistable: record.unlistable.clone() };
    if !same_listing(&stored, &record) {
        stage.put(keys::of_batch(Table::Listed, record.id), &found);
    }
    put(stage, record);
    Ok(())
}

/// A record without what the listing found, which stands beside it.
fn put(stage: &mut Stage, record: BatchRecord) {
    let bare = BatchRecord { listed: Listed::default(), unlistable: Vec::new(), ..record };
    stage.put(keys::of_batch(Table::Batch, bare.id), &bare);
}

/// Pages of the same listing may have come between the reading of the record and its replacement.
fn same_listing(stored: &BatchRecord, new: &BatchRecord) -> bool {
    (stored.stage, new.stage) == (RunStage::Listing, RunStage::Listing) && stored.listing == new.listing
}

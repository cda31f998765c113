//! A spec becomes a batch.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::ledger::audit;
use crate::ledger::change::{EventDraft, NewBatch};
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows;
use crate::ledger::stage::Stage;
use crate::model::batch::{BatchId, BatchRecord, Stage as RunStage};
use crate::model::counts::Listed;
use crate::model::event;
use crate::model::ids::BatchNumber;
use crate::model::status::RunStatus;

/// Stages a new batch with its number and its first event.
pub(in crate::ledger) fn accept(
    stage: &mut Stage,
    instance: Option<&str>,
    new: NewBatch,
    at: Timestamp,
) -> Result<BatchRecord, LedgerError> {
    if let Some(id) = rows::read::<BatchId>(stage, &keys::name(&new.name))? {
        return Err(LedgerError::NameTaken { name: new.name, number: rows::known_batch(stage, id)?.number });
    }
    let id = next(stage, keys::NEXT_BATCH.to_vec())?;
    let day = TimeZone::UTC.to_datetime(at).date();
    let number = BatchNumber::generate(instance, day, next(stage, keys::day(day))?);
    let operator = new.operator.clone();
    let record = fresh(id, number, new, at);
    stage.put(keys::name(&record.name), &id);
    stage.put(keys::of_batch(Table::Batch, id), &record);
    audit::append(stage, &record, EventDraft { at, run: 0, operator, change: event::Change::Accepted }, 0)?;
    Ok(record)
}

fn fresh(id: BatchId, number: BatchNumber, new: NewBatch, at: Timestamp) -> BatchRecord {
    BatchRecord {
        id,
        number,
        name: new.name,
        accepted: at,
        spec: new.spec,
        run_status: RunStatus::Queued,
        stage: RunStage::Listing,
        runs: Vec::new(),
        conditions: Vec::new(),
        run_spec: None,
        handled_resync: new.handled_resync,
        listing: 0,
        listed: Listed::default(),
        population: None,
        unlistable: Vec::new(),
        suspended: false,
        asked: None,
        cancelled: None,
        grouped: None,
    }
}

/// The next number of the counter at `key`: 1, 2, …
fn next(stage: &mut Stage, key: Vec<u8>) -> Result<u32, LedgerError> {
    let number = rows::read::<u32>(stage, &key)?.unwrap_or(0) + 1;
    stage.put(key, &number);
    Ok(number)
}

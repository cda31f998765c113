//! After a process died: its runs wait to be continued.

use jiff::Timestamp;

use super::apply;
use super::change::EventDraft;
use super::error::LedgerError;
use super::reader::Reader;
use super::stage::Stage;
use super::store::Store;
use crate::model::event::{Change, Operator};
use crate::model::status::RunStatus;

/// Queues every batch that is recorded as running. Call before anything can run.
pub(super) fn requeue(store: &Store, reader: &Reader, now: Timestamp) -> Result<(), LedgerError> {
    let mut stage = Stage::new(store);
    for record in reader.each_batch() {
        let record = record?;
        if record.run_status != RunStatus::Running {
            continue;
        }
        apply::update(&mut stage, record.id, |record| {
            record.run_status = RunStatus::Queued;
            let operator = Operator { name: env!("CARGO_PKG_NAME").to_owned(), commit: None };
            let change = Change::RunEnded { status: RunStatus::Queued, code: None };
            vec![EventDraft { at: now, run: record.run_number(), operator, change }]
        })?;
        stage.keep();
        stage.part()?;
    }
    stage.write()?;
    store.flush()
}

//! A line of every batch in memory, renewed where its batch was written.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::line::{Kept, kept};
use super::pace::{Pace, since_start};
use crate::ledger::{LedgerError, Reader};
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::overview::{BatchLine, BatchRow};
use crate::model::status::RunStatus;

/// The lines. Nothing is read before someone asks.
#[derive(Default)]
pub(super) struct Summaries {
    is_read: bool,
    /// The ledger's writes up to which they are level with it.
    writes: u64,
    /// Rises with every change of a line.
    pub(super) change: u64,
    kept: BTreeMap<BatchId, Kept>,
    by_name: HashMap<String, BatchId>,
    /// Batches that have no line, and why.
    pub(super) unshown: BTreeMap<BatchId, String>,
    paces: HashMap<BatchId, Pace>,
}

impl Summaries {
    /// Brings the lines level with the ledger.
    pub(super) fn refresh(&mut self, reader: &Reader) -> Result<(), LedgerError> {
        if self.is_read {
            let (writes, touched) = reader.touched_since(self.writes);
            if !touched.is_empty() {
                self.change += 1;
            }
            for id in touched {
                if let Some(batch) = reader.batch(id)? {
                    self.renew(reader, batch)?;
                }
            }
            self.writes = writes;
        } else {
            // Asked first: what is written while all are read is read once more.
            (self.writes, _) = reader.touched_since(u64::MAX);
            self.change += 1;
            for batch in reader.each_batch() {
                self.renew(reader, batch?)?;
            }
            self.is_read = true;
        }
        self.look(Instant::now());
        Ok(())
    }

    fn renew(&mut self, reader: &Reader, batch: BatchRecord) -> Result<(), LedgerError> {
        let id = batch.id;
        for name in [batch.name.as_str(), batch.number.as_str()] {
            self.by_name.insert(name.to_owned(), id);
        }
        match kept(reader, batch, self.kept.get(&id), self.change) {
            Ok(kept) => {
                self.unshown.remove(&id);
                self.kept.insert(id, kept);
            }
            Err(crate::engine::view::ViewError::Ledger(error)) => return Err(error),
            Err(error) => {
                self.kept.remove(&id);
                self.unshown.insert(id, error.to_string());
            }
        }
        Ok(())
    }

    /// Sees how far runs have come.
    fn look(&mut self, now: Instant) {
        let running = self.kept.values().filter(|kept| kept.line.run_status == RunStatus::Running);
        for kept in running {
            self.paces.entry(kept.line.id).or_default().see(&kept.line, now);
        }
        let kept = &self.kept;
        self.paces.retain(|id, _| kept.get(id).is_some_and(|kept| kept.line.run_status == RunStatus::Running));
    }

    /// Every batch in order of creation.
    pub(super) fn lines(&self) -> Vec<Arc<BatchLine>> {
        self.kept.values().map(|kept| Arc::clone(&kept.line)).collect()
    }

    /// The batch that goes by a number or a name.
    pub(super) fn find(&self, wanted: &str) -> Option<BatchId> {
        self.by_name.get(wanted).copied()
    }

    /// The line of a batch.
    pub(super) fn line(&self, id: BatchId) -> Option<Arc<BatchLine>> {
        self.kept.get(&id).map(|kept| Arc::clone(&kept.line))
    }

    /// A line, with what is true of it now.
    pub(super) fn row(&self, id: BatchId, now: Timestamp) -> Option<BatchRow> {
        let kept = self.kept.get(&id)?;
        let per_minute = self.paces.get(&id).and_then(Pace::per_minute).or_else(|| since_start(&kept.line, now));
        let window = kept.terms.window(now).filter(|_| kept.line.run_status != RunStatus::Ended);
        Some(BatchRow { line: Arc::clone(&kept.line), per_minute, window })
    }

    /// Batches whose lines have changed since, and those with a run under way.
    pub(super) fn changed_since(&self, change: u64) -> Vec<BatchId> {
        let is_wanted = |kept: &&Kept| kept.change > change || kept.line.run_status == RunStatus::Running;
        self.kept.values().filter(is_wanted).map(|kept| kept.line.id).collect()
    }
}

//! What the parts of one run share.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedSemaphorePermit;

use super::copier::Copier;
use super::limits::Limiter;
use super::retry::Retrier;
use super::setup::Setup;
use super::stop::Stop;
use super::travelling::TagReading;
use super::turns::Turns;
use super::twins::Twins;
use crate::ledger::{LedgerError, Reader, Writer};
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::document::FileState;
use crate::model::event::Operator;
use crate::model::ids::ImageNumber;
use crate::model::status::ItemStatus;
use crate::model::work::DocumentOutcome;
use crate::tables::Table;

/// What the parts of one run share.
pub struct RunContext {
    /// The batch.
    pub batch: BatchId,
    /// The run's number.
    pub run: u32,
    /// The current listing of the batch.
    pub listing: u32,
    /// The generation of the spec that it keeps.
    pub generation: u32,
    /// The spec, ready to run.
    pub setup: Arc<Setup>,
    /// Reads the ledger.
    pub reader: Reader,
    /// Changes the ledger.
    pub writer: Writer,
    /// Whether the target's server copies by itself.
    pub copier: Copier,
    /// Whether the source is known to let us read tags.
    pub tag_reading: TagReading,
    /// Bounds.
    pub limiter: Limiter,
    /// A request to stop.
    pub stop: Stop,
    /// Longest time for documents in flight after a request to stop.
    pub grace: Duration,
    /// That time is over: what is in flight is given up, and tidies up behind itself.
    pub abandoned: Stop,
    /// Who is behind the run.
    pub operator: Operator,
    /// What people watch.
    pub meters: Arc<Meters>,
    /// Content of documents in flight.
    pub twins: Twins,
    /// Their order, where it decides which of two is refused.
    pub turns: Turns,
    /// LIST requests that were counted before this pass.
    pub requests_before: u64,
    /// The spec's directory: files beside it are found from there.
    pub beside: PathBuf,
    /// Where tables lie that are larger than memory.
    pub scratch: PathBuf,
    /// The rows of the catalog, once they are sorted.
    pub rows: Mutex<Option<Arc<Table>>>,
    /// The objects of an inventory, once they are sorted.
    pub objects: Mutex<Option<Arc<Table>>>,
    /// A plan: nothing is written to the target. Holds the ledger of real batches, for its claims, if it could be
    /// opened; `reader` and `writer` are of a ledger that is thrown away.
    pub plan: Option<Plan>,
}

/// What a plan needs besides what a run needs.
pub struct Plan {
    /// The ledger of real batches.
    pub claims: Option<Reader>,
    /// The spec's directory.
    pub beside: PathBuf,
}

/// Figures of this process that the ledger does not keep.
#[derive(Debug, Default)]
pub struct Meters {
    /// Objects listed.
    pub listed: AtomicU64,
    /// LIST requests sent.
    pub requests: AtomicU64,
    /// Rows of the catalog's table that were read.
    pub rows: AtomicU64,
    /// Documents grouped.
    pub grouped: AtomicU64,
    /// Bytes read from the source.
    pub bytes_read: AtomicU64,
    /// Bytes of files that were migrated.
    pub bytes_written: AtomicU64,
    /// Documents decided: migrated, already at the target, failed.
    pub documents: [AtomicU64; 3],
    /// Files decided, in the same order.
    pub files: [AtomicU64; 3],
}

impl Meters {
    /// Adds to one of the figures.
    pub fn add(meter: &AtomicU64, amount: u64) {
        meter.fetch_add(amount, Ordering::Relaxed);
    }
}

impl Meters {
    /// Counts a document that was decided, with its files.
    pub fn count(&self, outcome: &DocumentOutcome) {
        let place = |status| match status {
            ItemStatus::Pending => None,
            ItemStatus::Migrated => Some(0),
            ItemStatus::AlreadyAtTarget => Some(1),
            ItemStatus::Failed => Some(2),
        };
        if let Some(place) = place(outcome.state.status()) {
            Self::add(&self.documents[place], 1);
        }
        let migrated = outcome.files.iter().filter_map(|file| match &file.state {
            FileState::Migrated(receipt) => Some(receipt.size),
            _ => None,
        });
        Self::add(&self.bytes_written, migrated.sum());
        for place in outcome.files.iter().filter_map(|file| place(file.state.status())) {
            Self::add(&self.files[place], 1);
        }
    }
}

impl RunContext {
    /// The batch's record as it is now.
    ///
    /// # Errors
    /// The ledger's.
    pub fn record(&self) -> Result<BatchRecord, LedgerError> {
        self.reader.batch(self.batch)?.ok_or(LedgerError::NoBatch { batch: self.batch })
    }

    /// The rows of the catalog, where they are sorted.
    pub fn table(&self) -> Option<Arc<Table>> {
        // A panic while the lock is held leaves it as it was.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on, these are the rows of the catalog.
    pub fn set_table(&self, table: Option<Arc<Table>>) {
        *self.rows.lock().unwrap_or_else(PoisonError::into_inner) = table;
    }

    /// The objects of the inventory, where they are sorted.
    pub fn inventory(&self) -> Option<Arc<Table>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on, these are the objects of the inventory.
    pub fn set_inventory(&self, table: Option<Arc<Table>>) {
        *self.objects.lock().unwrap_or_else(PoisonError::into_inner) = table;
    }

    /// How requests of this run are sent.
    pub fn retrier(&self) -> Retrier<'_> {
        Retrier::of(&self.setup.file.spec.transfer, &self.limiter, &self.stop)
    }

    /// Waits for the buffers that a document needs, in the order of documents where that matters.
    pub async fn reserve(&self, image: &ImageNumber, bytes: u64) -> OwnedSemaphorePermit {
        self.turns.buffers(image).await;
        let memory = self.limiter.reserve(bytes).await;
        self.turns.has_buffers(image);
        memory
    }

    /// The present; the one clock of the engine.
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

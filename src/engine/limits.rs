//! What bounds all batches together, and one batch within that: files in flight, memory, bandwidth.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::share::{Share, Shares};
use crate::model::batch::BatchId;
use crate::model::config::Limits;
use crate::model::spec::Transfer;
use crate::stores::{Bandwidth, Permit, Store};

/// Memory is handed out in units of this many bytes, so that a semaphore can count it.
const UNIT: u64 = 1024;

/// Large files whose formats are read at once. Each holds a thread that waits for the store, and a store may need
/// threads of its own to answer: far fewer than there are.
const PROBES: usize = 8;

/// Files in memory that are looked at at once, besides small ones: a look may take 96 MiB for a file made for it.
const LOOKS: usize = 4;

/// Files that are decoded to the end at once, by all batches: each may take twice `formats::HELD_BYTES`, which makes 1 GiB for
/// files made for it, and about a tenth of that for pages of A4 at 300 dpi.
const DECODES: usize = 2;

/// Files that are shown to virus scanners at once: each may be a process.
const SCANS: usize = 4;

/// The operator's bounds, shared by every batch of the process.
pub struct GlobalLimits {
    files: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    units: u32,
    probes: Arc<Semaphore>,
    looks: Arc<Semaphore>,
    decodes: Arc<Semaphore>,
    scans: Arc<Semaphore>,
    bandwidth: Bandwidth,
    shares: Shares,
}

impl GlobalLimits {
    /// The bounds of the config.
    pub fn new(limits: &Limits) -> Arc<Self> {
        let units = u32::try_from((limits.memory.0 / UNIT).max(1)).unwrap_or(u32::MAX);
        let files = limits.concurrency.max(1) as usize;
        Arc::new(Self {
            files: Arc::new(Semaphore::new(files)),
            memory: Arc::new(Semaphore::new(units as usize)),
            units,
            probes: Arc::new(Semaphore::new(PROBES)),
            looks: Arc::new(Semaphore::new(LOOKS)),
            decodes: Arc::new(Semaphore::new(DECODES)),
            scans: Arc::new(Semaphore::new(SCANS)),
            bandwidth: Bandwidth::new(limits.bandwidth),
            shares: Shares::new(files),
        })
    }

    /// Bytes of transfer buffers in all.
    pub fn memory(&self) -> u64 {
        u64::from(self.units) * UNIT
    }

    /// Which batches have files in flight, and how many each may have.
    pub fn shares(&self) -> &Shares {
        &self.shares
    }
}

/// The bounds of one batch, within those of the operator.
pub struct Limiter {
    global: Arc<GlobalLimits>,
    share: Arc<Share>,
}

/// Leave to have one request in flight; given back when dropped.
pub struct Lane {
    _batch: Permit,
    _global: OwnedSemaphorePermit,
    _store: Permit,
}

impl Limiter {
    /// The bounds of a spec's `transfer`, for the batch of the ledger, or for a plan.
    pub fn new(global: Arc<GlobalLimits>, transfer: &Transfer, batch: Option<BatchId>) -> Self {
        let share = global.shares.join(batch, transfer);
        Self { global, share }
    }

    /// Documents begin to move: see [`Share`] for how many at once.
    pub fn begins_to_move(&self) {
        self.global.shares.begins_to_move(&self.share);
    }

    /// A request was answered, and not refused.
    pub fn answered(&self) {
        self.global.shares.answered(&self.share);
    }

    /// Says whether documents wait for a place.
    pub fn others_wait(&self, they_do: bool) {
        self.share.others_wait(they_do);
    }

    /// Files that the batch may have in flight now, and documents with them.
    pub fn concurrency(&self) -> usize {
        self.share.files()
    }

    /// Resolves when that has become more; for one listener.
    pub async fn raised(&self) {
        self.share.raised().await;
    }

    /// Says whether the batch moves anything: one that waits for its store leaves its share to others.
    pub fn set_active(&self, active: bool) {
        self.global.shares.set_active(&self.share, active);
    }

    /// The largest reservation that leaves room for three more like it.
    pub fn small_document(&self) -> u64 {
        self.global.memory() / 4
    }

    /// Waits for leave to send one request to `store`.
    pub async fn lane(&self, store: &Store) -> Lane {
        Lane {
            _batch: self.share.acquire().await,
            _global: take(&self.global.files, 1).await,
            _store: store.gate().acquire().await,
        }
    }

    /// Waits until `bytes` of buffers are free. More than there is counts as all there is.
    pub async fn reserve(&self, bytes: u64) -> OwnedSemaphorePermit {
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
        take(&self.global.memory, units.clamp(1, self.global.units)).await
    }

    /// Up to `bytes` of buffers, and how many, as far as they are free now; never more than a small document may have.
    pub fn spare(&self, bytes: u64) -> Option<(OwnedSemaphorePermit, u64)> {
        let memory = &self.global.memory;
        let most = u32::try_from(bytes.div_ceil(UNIT).min(self.small_document() / UNIT)).unwrap_or(u32::MAX);
        let units = u32::try_from(memory.available_permits()).unwrap_or(u32::MAX).min(most);
        let permit = memory.clone().try_acquire_many_owned(units).ok()?;
        Some((permit, u64::from(units) * UNIT))
    }

    /// Waits for leave to hold a thread for reading the format of a large file.
    pub async fn probe(&self) -> OwnedSemaphorePermit {
        take(&self.global.probes, 1).await
    }

    /// Waits for leave to look at a file in memory that is not small.
    pub async fn look(&self) -> OwnedSemaphorePermit {
        take(&self.global.looks, 1).await
    }

    /// Waits for leave to decode a file to its end.
    pub async fn decode(&self) -> OwnedSemaphorePermit {
        take(&self.global.decodes, 1).await
    }

    /// Waits for leave to show a file to a virus scanner.
    pub async fn scan(&self) -> OwnedSemaphorePermit {
        take(&self.global.scans, 1).await
    }

    /// Waits until `bytes` may be read.
    pub async fn bandwidth(&self, bytes: u64) {
        self.share.passes(bytes);
        self.share.bandwidth(bytes).await;
        self.global.bandwidth.take(bytes).await;
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        // What it had goes to the others.
        self.set_active(false);
    }
}

async fn take(semaphore: &Arc<Semaphore>, permits: u32) -> OwnedSemaphorePermit {
    // These semaphores are never closed.
    semaphore.clone().acquire_many_owned(permits).await.expect("an open semaphore")
}

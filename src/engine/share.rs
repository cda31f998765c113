//! What each batch may have of the operator's lanes: as many as its spec asks for, but no more than its part while
//! others move documents too. So a batch of millions does not hold up one of ten.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::model::batch::BatchId;
use crate::model::spec::Transfer;
use crate::stores::{Bandwidth, Gate, Permit};

/// The part of one batch.
pub struct Share {
    batch: Option<BatchId>,
    gate: Gate,
    /// What the spec asks for.
    wanted: AtomicUsize,
    active: AtomicBool,
    bandwidth: Bandwidth,
}

impl Share {
    /// Files that may be in flight now.
    pub fn files(&self) -> usize {
        self.gate.limit()
    }

    /// Waits for a place.
    pub async fn acquire(&self) -> Permit {
        self.gate.acquire().await
    }

    /// Waits until `bytes` may pass.
    pub async fn bandwidth(&self, bytes: u64) {
        self.bandwidth.take(bytes).await;
    }

    fn is_active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }
}

/// Every batch that runs.
pub struct Shares {
    lanes: usize,
    members: Mutex<Vec<Weak<Share>>>,
    changed: Notify,
}

impl Shares {
    /// Of so many lanes.
    pub fn new(lanes: usize) -> Self {
        Self { lanes, members: Mutex::default(), changed: Notify::new() }
    }

    /// A batch begins; it leaves when its share is dropped.
    pub fn join(&self, batch: Option<BatchId>, transfer: &Transfer) -> Arc<Share> {
        let wanted = transfer.concurrency.max(1) as usize;
        let share = Arc::new(Share {
            batch,
            gate: Gate::new(wanted),
            wanted: AtomicUsize::new(wanted),
            active: AtomicBool::new(true),
            bandwidth: Bandwidth::new(transfer.bandwidth),
        });
        self.members().push(Arc::downgrade(&share));
        self.divide();
        share
    }

    /// What a spec asks for has changed while its batch runs.
    pub fn adjust(&self, batch: BatchId, transfer: &Transfer) {
        for share in self.present().iter().filter(|share| share.batch == Some(batch)) {
            share.wanted.store(transfer.concurrency.max(1) as usize, Ordering::Relaxed);
            share.bandwidth.set(transfer.bandwidth);
        }
        self.divide();
    }

    /// A batch waits for its store, or goes on.
    pub fn set_active(&self, share: &Share, active: bool) {
        share.active.store(active, Ordering::Relaxed);
        self.divide();
        self.changed.notify_one();
    }

    /// Whether a batch that runs waits for its store.
    pub fn is_waiting(&self, batch: BatchId) -> bool {
        self.present().iter().any(|share| share.batch == Some(batch) && !share.is_active())
    }

    /// Resolves when a batch has begun or ended to wait for its store; for one listener.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Divides the lanes anew; what a batch does not want is left to chance, not handed on.
    pub fn divide(&self) {
        let present = self.present();
        let active = present.iter().filter(|share| share.is_active()).count().max(1);
        for share in present {
            share.gate.resize(share.wanted.load(Ordering::Relaxed).min(self.lanes.div_ceil(active)));
        }
    }

    fn present(&self) -> Vec<Arc<Share>> {
        let mut members = self.members();
        members.retain(|share| share.strong_count() > 0);
        members.iter().filter_map(Weak::upgrade).collect()
    }

    fn members(&self) -> MutexGuard<'_, Vec<Weak<Share>>> {
        // Members are added and removed whole, so a panic elsewhere leaves nothing half done.
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(concurrency: u32) -> Transfer {
        Transfer { concurrency, ..Transfer::default() }
    }

    #[test]
    fn a_batch_alone_has_what_it_asks_for_and_two_divide_the_lanes() {
        let shares = Shares::new(128);
        let big = shares.join(Some(1), &transfer(4096));
        assert_eq!(big.files(), 128);
        let small = shares.join(Some(2), &transfer(16));
        assert_eq!((big.files(), small.files()), (64, 16));
        drop(small);
        shares.divide();
        assert_eq!(big.files(), 128);
    }

    #[test]
    fn one_that_waits_for_its_store_leaves_its_share_to_others() {
        let shares = Shares::new(10);
        let (one, two) = (shares.join(Some(1), &transfer(64)), shares.join(Some(2), &transfer(64)));
        shares.set_active(&one, false);
        assert!(shares.is_waiting(1) && !shares.is_waiting(2));
        assert_eq!(two.files(), 10);
        shares.set_active(&one, true);
        assert_eq!((one.files(), two.files()), (5, 5));
    }

    #[test]
    fn another_concurrency_acts_at_once() {
        let shares = Shares::new(100);
        let share = shares.join(Some(7), &transfer(8));
        shares.adjust(7, &transfer(32));
        assert_eq!(share.files(), 32);
        shares.adjust(6, &transfer(1));
        assert_eq!(share.files(), 32, "another batch");
    }
}

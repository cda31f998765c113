//! What each batch may have of the operator's lanes: as many as its spec asks for, but no more than its part while
//! others move documents too. So a batch of millions does not hold up one of ten.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;

use crate::model::batch::BatchId;
use crate::model::spec::Transfer;
use crate::rules::climbing::{Climb, Moved};
use crate::stores::{Bandwidth, Gate, Permit};

/// The part of one batch.
pub struct Share {
    batch: Option<BatchId>,
    gate: Gate,
    /// What the spec asks for, or what was found.
    wanted: AtomicUsize,
    /// Finds it, where the spec leaves it open.
    climb: Mutex<Option<Climb>>,
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

    /// A document has moved, so long after some beginning; gives whether the batch wants another number of places now.
    fn moved(&self, now: Duration, moved: Moved) -> bool {
        let mut climb = locked(&self.climb);
        let Some(climb) = climb.as_mut() else { return false };
        // While others take places of it, nothing is learned of what it would do with them.
        let others_wait = moved.others_wait && self.files() == climb.limit();
        let changed = climb.moved(now, Moved { others_wait, ..moved });
        if changed {
            tracing::debug!(places = climb.limit(), "another number of files moves at once");
            self.wanted.store(climb.limit(), Ordering::Relaxed);
        }
        changed
    }

    /// What a spec asks for from now on.
    fn asks(&self, concurrency: Option<u32>, lanes: usize) {
        let mut climb = locked(&self.climb);
        *climb = match concurrency {
            Some(_) => None,
            None => climb.take().or_else(|| Some(Climb::new(lanes))),
        };
        let found = climb.as_ref().map_or(1, Climb::limit);
        self.wanted.store(concurrency.map_or(found, |wanted| wanted.max(1) as usize), Ordering::Relaxed);
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
        let share = Arc::new(Share {
            batch,
            gate: Gate::new(1),
            wanted: AtomicUsize::new(1),
            climb: Mutex::default(),
            active: AtomicBool::new(true),
            bandwidth: Bandwidth::new(transfer.bandwidth),
        });
        share.asks(transfer.concurrency, self.lanes);
        self.members().push(Arc::downgrade(&share));
        self.divide();
        share
    }

    /// What a spec asks for has changed while its batch runs.
    pub fn adjust(&self, batch: BatchId, transfer: &Transfer) {
        for share in self.present().iter().filter(|share| share.batch == Some(batch)) {
            share.asks(transfer.concurrency, self.lanes);
            share.bandwidth.set(transfer.bandwidth);
        }
        self.divide();
    }

    /// A document of a batch has moved, so long after some beginning of its run.
    pub fn moved(&self, share: &Share, now: Duration, moved: Moved) {
        if share.moved(now, moved) {
            self.divide();
        }
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
        locked(&self.members)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in them is replaced whole or counts, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(concurrency: u32) -> Transfer {
        Transfer { concurrency: Some(concurrency), ..Transfer::default() }
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

    /// A minute in which more files move, the more may move at once.
    fn minute(shares: &Shares, share: &Share) {
        let mut now = Duration::ZERO;
        while now < Duration::from_secs(60) {
            now += Duration::from_secs(1) / u32::try_from(share.files()).unwrap();
            shares.moved(share, now, Moved { files: 1, bytes: 1, others_wait: true });
        }
    }

    #[test]
    fn a_batch_that_asks_for_nothing_finds_what_it_needs_and_takes_it() {
        let shares = Shares::new(100);
        let share = shares.join(Some(7), &Transfer::default());
        assert_eq!(share.files(), 16);
        minute(&shares, &share);
        assert_eq!(share.files(), 100);
        shares.adjust(7, &transfer(8));
        minute(&shares, &share);
        assert_eq!(share.files(), 8, "it asks for so many");
        shares.adjust(7, &Transfer::default());
        assert_eq!(share.files(), 16);
        let other = shares.join(Some(8), &transfer(100));
        minute(&shares, &share);
        assert_eq!((share.files(), other.files()), (50, 50), "each its part");
    }
}

//! What each batch may have of the operator's lanes: as many as its spec asks for, but no more than its part while
//! others move documents too. So a batch of millions does not hold up one of ten.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::model::batch::BatchId;
use crate::model::spec::Transfer;
use crate::rules::climbing::{Answered, Climb};
use crate::stores::{Bandwidth, Gate, Permit};

/// Files at once where nobody says it and nothing is found: what does not move documents is soon over.
pub const USUAL: usize = 64;

/// The part of one batch.
pub struct Share {
    batch: Option<BatchId>,
    gate: Gate,
    /// More files may be in flight than a moment ago.
    raised: Notify,
    /// What the spec asks for, or what was found.
    wanted: AtomicUsize,
    /// Finds it while documents move, where the spec leaves it open.
    climb: Mutex<Option<Climb>>,
    moves: AtomicBool,
    others_wait: AtomicBool,
    passed: AtomicU64,
    began: Instant,
    active: AtomicBool,
    bandwidth: Bandwidth,
}

impl Share {
    /// Files that may be in flight now.
    pub fn files(&self) -> usize {
        self.gate.limit()
    }

    /// Resolves when more files may be in flight than before; for one listener.
    pub async fn raised(&self) {
        self.raised.notified().await;
    }

    fn resize(&self, files: usize) {
        let before = self.files();
        self.gate.resize(files);
        if self.files() > before {
            self.raised.notify_one();
        }
    }

    /// Waits for a place.
    pub async fn acquire(&self) -> Permit {
        self.gate.acquire().await
    }

    /// Waits until `bytes` may pass.
    pub async fn bandwidth(&self, bytes: u64) {
        self.bandwidth.take(bytes).await;
    }

    /// Bytes of files pass.
    pub fn passes(&self, bytes: u64) {
        self.passed.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether documents wait for a place.
    pub fn others_wait(&self, they_do: bool) {
        self.others_wait.store(they_do, Ordering::Relaxed);
    }

    /// Documents begin to move: what they need at once is found from now on, if nobody says it.
    fn begins_to_move(&self) {
        self.moves.store(true, Ordering::Relaxed);
        if let Some(climb) = locked(&self.climb).as_mut() {
            climb.resume();
            self.wanted.store(climb.limit(), Ordering::Relaxed);
        }
    }

    /// A request was answered; gives whether the batch wants another number of places now.
    fn answered(&self, most: usize) -> bool {
        if !self.moves.load(Ordering::Relaxed) {
            return false;
        }
        let mut climb = locked(&self.climb);
        let Some(climb) = climb.as_mut() else { return false };
        let (at, bytes) = (self.began.elapsed(), self.passed.swap(0, Ordering::Relaxed));
        let others_wait = self.others_wait.load(Ordering::Relaxed);
        let changed = climb.answered(Answered { at, bytes, others_wait, most });
        if changed {
            tracing::debug!(places = climb.limit(), "another number of files moves at once");
            self.wanted.store(climb.limit(), Ordering::Relaxed);
        }
        changed
    }

    /// What a spec asks for from now on.
    fn asks(&self, concurrency: Option<u32>, lanes: usize) {
        let mut climb = locked(&self.climb);
        let wanted = match concurrency {
            Some(wanted) => {
                *climb = None;
                wanted.max(1) as usize
            }
            None => {
                let found = climb.get_or_insert_with(|| Climb::new(lanes)).limit();
                if self.moves.load(Ordering::Relaxed) { found } else { USUAL }
            }
        };
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    fn is_active(&self) -> bool {
        self.active.load(Ordering::Relaxed)
    }
}

/// Every batch that runs.
pub struct Shares {
    lanes: usize,
    /// What each batch may have of them now.
    part: AtomicUsize,
    /// Held while they are divided, lest an older division come last.
    members: Mutex<Vec<Weak<Share>>>,
    changed: Notify,
}

impl Shares {
    /// Of so many lanes.
    pub fn new(lanes: usize) -> Self {
        Self { lanes, part: AtomicUsize::new(lanes), members: Mutex::default(), changed: Notify::new() }
    }

    /// A batch begins; it leaves when its share is dropped.
    pub fn join(&self, batch: Option<BatchId>, transfer: &Transfer) -> Arc<Share> {
        let share = Arc::new(Share {
            batch,
            gate: Gate::new(1),
            raised: Notify::new(),
            wanted: AtomicUsize::new(1),
            climb: Mutex::default(),
            moves: AtomicBool::new(false),
            others_wait: AtomicBool::new(false),
            passed: AtomicU64::new(0),
            began: Instant::now(),
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

    /// Documents of a batch begin to move.
    pub fn begins_to_move(&self, share: &Share) {
        share.begins_to_move();
        self.divide();
    }

    /// A request of a batch was answered.
    pub fn answered(&self, share: &Share) {
        if share.answered(self.part.load(Ordering::Relaxed)) {
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
        let mut members = self.members();
        let present = present(&mut members);
        let active = present.iter().filter(|share| share.is_active()).count().max(1);
        let part = self.lanes.div_ceil(active);
        self.part.store(part, Ordering::Relaxed);
        for share in present {
            share.resize(share.wanted.load(Ordering::Relaxed).min(part));
        }
    }

    fn present(&self) -> Vec<Arc<Share>> {
        present(&mut self.members())
    }

    fn members(&self) -> MutexGuard<'_, Vec<Weak<Share>>> {
        locked(&self.members)
    }
}

fn present(members: &mut Vec<Weak<Share>>) -> Vec<Arc<Share>> {
    members.retain(|share| share.strong_count() > 0);
    members.iter().filter_map(Weak::upgrade).collect()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in them is replaced whole or counts, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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

    #[tokio::test(start_paused = true)]
    async fn whoever_waits_for_more_places_hears_of_them_and_of_nothing_else() {
        let shares = Shares::new(100);
        let share = shares.join(Some(7), &transfer(8));
        share.raised().await;
        for (wanted, is_raised) in [(4, false), (4, false), (5, true), (32, true), (1, false)] {
            shares.adjust(7, &transfer(wanted));
            let raised = tokio::time::timeout(Duration::from_secs(1), share.raised()).await;
            assert_eq!(raised.is_ok(), is_raised, "{wanted}");
        }
    }

    /// So many answers, each after a tenth of a second for so many as may be under way.
    async fn answers(shares: &Shares, share: &Share, answers: usize) {
        share.others_wait(true);
        for _ in 0..answers {
            tokio::time::advance(Duration::from_millis(100) / u32::try_from(share.files()).unwrap()).await;
            shares.answered(share);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_that_asks_for_nothing_finds_what_it_needs_as_its_documents_move() {
        let shares = Shares::new(100);
        let share = shares.join(Some(7), &Transfer::default());
        answers(&shares, &share, 5_000).await;
        assert_eq!(share.files(), USUAL, "nothing moves yet");
        shares.begins_to_move(&share);
        assert_eq!(share.files(), 16);
        answers(&shares, &share, 5_000).await;
        assert_eq!(share.files(), 100);
        let other = shares.join(Some(8), &transfer(100));
        answers(&shares, &share, 5_000).await;
        assert_eq!((share.files(), other.files()), (50, 50), "each its part");
        drop(other);
        shares.divide();
        answers(&shares, &share, 5_000).await;
        assert_eq!(share.files(), 100);
        shares.adjust(7, &transfer(8));
        answers(&shares, &share, 5_000).await;
        assert_eq!(share.files(), 8, "it asks for so many");
        shares.adjust(7, &Transfer::default());
        assert_eq!(share.files(), 16);
    }

    #[tokio::test(start_paused = true)]
    async fn documents_that_begin_to_move_again_are_measured_anew() {
        let shares = Shares::new(100);
        let share = shares.join(Some(7), &Transfer::default());
        shares.begins_to_move(&share);
        answers(&shares, &share, 250).await;
        assert_eq!(share.files(), 32, "a try that is under way");
        tokio::time::advance(Duration::from_secs(3 * 60 * 60)).await;
        shares.begins_to_move(&share);
        assert_eq!(share.files(), 16);
        answers(&shares, &share, 5_000).await;
        assert_eq!(share.files(), 100);
    }
}

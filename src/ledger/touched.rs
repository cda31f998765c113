//! Which batches were written since when: whoever keeps something that is made of them need not read all of them again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::keys;
use crate::model::batch::BatchId;

/// What was written since the ledger was opened.
#[derive(Debug, Default)]
pub(super) struct Touched(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Rises with every write that touches a batch.
    writes: u64,
    last: HashMap<BatchId, u64>,
}

impl Touched {
    /// The batches of which one of these keys is, if it tells what people see of a batch as a whole.
    pub(super) fn batches<'a>(keys: impl Iterator<Item = &'a Vec<u8>>) -> Vec<BatchId> {
        let mut batches: Vec<BatchId> = keys.filter_map(|key| keys::summed_up(key)).collect();
        batches.sort_unstable();
        batches.dedup();
        batches
    }

    /// These were written, and can be read as they are now.
    pub(super) fn mark(&self, batches: Vec<BatchId>) {
        if batches.is_empty() {
            return;
        }
        let mut state = self.state();
        state.writes += 1;
        let writes = state.writes;
        state.last.extend(batches.into_iter().map(|batch| (batch, writes)));
    }

    /// How many writes there were, and the batches that those after `since` touched.
    pub(super) fn since(&self, since: u64) -> (u64, Vec<BatchId>) {
        let state = self.state();
        let later = state.last.iter().filter(|(_, write)| **write > since).map(|(batch, _)| *batch);
        (state.writes, if state.writes > since { later.collect() } else { Vec::new() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A mark that a panic elsewhere cuts short is no less than the truth: what it has not marked was not told as read.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::keys::Table;

    #[test]
    fn only_what_was_written_since_is_told() {
        let touched = Touched::default();
        assert_eq!(touched.since(0), (0, vec![]));
        touched.mark(vec![1, 2]);
        touched.mark(vec![2]);
        touched.mark(vec![]);
        let (writes, mut all) = touched.since(0);
        all.sort_unstable();
        assert_eq!((writes, all), (2, vec![1, 2]));
        assert_eq!(touched.since(1), (2, vec![2]));
        assert_eq!(touched.since(2), (2, vec![]));
    }

    #[test]
    fn a_batch_is_known_by_the_keys_of_what_is_told_of_it_as_a_whole() {
        let keys = [
            keys::of_batch(Table::Counts, 7),
            keys::of_batch(Table::Batch, 7),
            keys::of_batch(Table::Asked, 3),
            keys::of_text(Table::Documents, 9, "a"),
            keys::event(8, 1),
            b"Mformat".to_vec(),
            b"C".to_vec(),
        ];
        assert_eq!(Touched::batches(keys.iter()), [3, 7]);
    }
}

//! Figures of all runs of the process, those that have ended included.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::context::Meters;

/// Figures of all runs.
#[derive(Debug, Default)]
pub struct Figures {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    ended: Totals,
    running: Vec<Arc<Meters>>,
}

/// What runs have done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// LIST requests sent.
    pub requests: u64,
    /// Bytes read from sources.
    pub bytes_read: u64,
    /// Bytes of files that were migrated.
    pub bytes_written: u64,
    /// Documents decided: migrated, already at the target, failed.
    pub documents: [u64; 3],
    /// Files decided, in the same order.
    pub files: [u64; 3],
}

impl Totals {
    fn add(&mut self, meters: &Meters) {
        let read = |meter: &AtomicU64| meter.load(Ordering::Relaxed);
        self.requests += read(&meters.requests);
        self.bytes_read += read(&meters.bytes_read);
        self.bytes_written += read(&meters.bytes_written);
        for (total, meter) in self.documents.iter_mut().zip(&meters.documents) {
            *total += read(meter);
        }
        for (total, meter) in self.files.iter_mut().zip(&meters.files) {
            *total += read(meter);
        }
    }
}

impl Figures {
    /// A run begins.
    pub fn begin(&self, meters: &Arc<Meters>) {
        self.state().running.push(Arc::clone(meters));
    }

    /// A run has ended.
    pub fn end(&self, meters: &Arc<Meters>) {
        let mut state = self.state();
        let before = state.running.len();
        state.running.retain(|running| !Arc::ptr_eq(running, meters));
        if state.running.len() < before {
            state.ended.add(meters);
        }
    }

    /// What all runs have done so far.
    pub fn totals(&self) -> Totals {
        let state = self.state();
        let mut totals = state.ended;
        state.running.iter().for_each(|meters| totals.add(meters));
        totals
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Sums are added whole, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_has_ended_is_counted_on_and_counted_once() {
        let figures = Figures::default();
        let (one, two) = (Arc::new(Meters::default()), Arc::new(Meters::default()));
        figures.begin(&one);
        figures.begin(&two);
        Meters::add(&one.bytes_read, 5);
        Meters::add(&two.documents[2], 1);
        figures.end(&one);
        figures.end(&one);
        Meters::add(&two.bytes_read, 2);
        assert_eq!(figures.totals(), Totals { bytes_read: 7, documents: [0, 0, 1], ..Totals::default() });
    }
}

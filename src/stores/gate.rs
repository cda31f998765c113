//! How many requests may be at one store at a time: fewer when it asks to slow down, more again when it answers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Lets a bounded number of requests through. The bound halves when the store throttles (counted from the requests then in
/// flight) and rises by one for every round of successes. It knows no time; the pause that a store asks for is the caller's.
#[derive(Debug, Clone)]
pub struct Gate {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug)]
struct State {
    max: usize,
    limit: usize,
    in_flight: usize,
    /// Successes since the limit last rose.
    successes: usize,
    /// Outcomes of requests that were under way when the limit last fell: their throttling is old news.
    old_news: usize,
}

/// The right to have one request at the store; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    gate: Gate,
}

impl Gate {
    /// A gate for at most `max` requests, and never fewer than one.
    pub fn new(max: usize) -> Self {
        let max = max.max(1);
        let state = State { max, limit: max, in_flight: 0, successes: 0, old_news: 0 };
        Self { shared: Arc::new(Shared { state: Mutex::new(state), freed: Notify::new() }) }
    }

    /// Waits for a place.
    pub async fn acquire(&self) -> Permit {
        loop {
            if let Some(permit) = self.try_acquire() {
                return permit;
            }
            self.shared.freed.notified().await;
        }
    }

    fn try_acquire(&self) -> Option<Permit> {
        let mut state = self.state();
        if state.in_flight >= state.limit {
            return None;
        }
        state.in_flight += 1;
        if state.in_flight < state.limit {
            // One notice may stand for several free places.
            self.shared.freed.notify_one();
        }
        Some(Permit { gate: self.clone() })
    }

    /// Lets at most `max` requests through from now on, and never fewer than one; those in flight go on.
    pub fn resize(&self, max: usize) {
        let mut state = self.state();
        state.max = max.max(1);
        state.limit = state.max;
        self.shared.freed.notify_one();
    }

    /// How many requests it lets through now.
    pub fn limit(&self) -> usize {
        self.state().limit
    }

    /// A request, whose permit is still held, was throttled. However many that were under way together are, the limit falls
    /// once for all of them.
    pub fn throttled(&self) {
        let mut state = self.state();
        if state.old_news > 0 {
            state.old_news -= 1;
            return;
        }
        let in_flight = state.in_flight.max(1);
        state.limit = (in_flight.min(state.limit) / 2).max(1);
        state.old_news = in_flight - 1;
        state.successes = 0;
    }

    /// A request, whose permit is still held, was answered.
    pub fn succeeded(&self) {
        let mut state = self.state();
        state.old_news = state.old_news.saturating_sub(1);
        state.successes += 1;
        if state.successes >= state.limit && state.limit < state.max {
            state.limit += 1;
            state.successes = 0;
            self.shared.freed.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change is a single assignment of plain numbers, so a panic elsewhere leaves nothing half done.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.state().in_flight -= 1;
        self.gate.shared.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn fill(gate: &Gate) -> Vec<Permit> {
        std::iter::from_fn(|| gate.acquire().now_or_never()).collect()
    }

    #[test]
    fn no_more_than_the_limit_pass_and_one_that_leaves_makes_room() {
        let gate = Gate::new(3);
        let mut permits = fill(&gate);
        assert_eq!(permits.len(), 3);
        permits.pop();
        assert_eq!(fill(&gate).len(), 1);
    }

    #[test]
    fn another_size_holds_for_those_who_come_after() {
        let gate = Gate::new(4);
        let mut permits = fill(&gate);
        gate.resize(2);
        permits.truncate(2);
        assert_eq!(fill(&gate).len(), 0, "two are still in flight");
        gate.resize(3);
        assert_eq!(fill(&gate).len(), 1);
    }

    #[test]
    fn one_round_of_throttling_halves_what_was_in_flight_once() {
        let gate = Gate::new(4096);
        let permits: Vec<_> = (0..64).map(|_| gate.acquire().now_or_never().unwrap()).collect();
        for _ in &permits {
            gate.throttled();
        }
        assert_eq!(gate.limit(), 32);
        drop(permits);
        let permits = fill(&gate);
        assert_eq!(permits.len(), 32);
        gate.throttled();
        assert_eq!(gate.limit(), 16);
    }

    #[test]
    fn the_limit_never_falls_below_one() {
        let gate = Gate::new(2);
        for _ in 0..10 {
            gate.throttled();
        }
        assert_eq!((gate.limit(), fill(&gate).len()), (1, 1));
    }

    #[test]
    fn successes_raise_the_limit_by_one_a_round_up_to_the_maximum() {
        let gate = Gate::new(4);
        let permits = fill(&gate);
        gate.throttled();
        drop(permits);
        assert_eq!(gate.limit(), 2);
        (0..2).for_each(|_| gate.succeeded());
        assert_eq!(gate.limit(), 3);
        (0..3).for_each(|_| gate.succeeded());
        assert_eq!(gate.limit(), 4);
        (0..100).for_each(|_| gate.succeeded());
        assert_eq!(gate.limit(), 4);
    }

    #[tokio::test]
    async fn those_who_wait_are_let_in_when_places_or_the_limit_allow() {
        let gate = Gate::new(8);
        let permits = fill(&gate);
        gate.throttled();
        let waiting: Vec<_> = (0..6)
            .map(|_| {
                tokio::spawn({
                    let gate = gate.clone();
                    async move { gate.acquire().await }
                })
            })
            .collect();
        drop(permits);
        let mut held = Vec::new();
        for (at, task) in waiting.into_iter().enumerate() {
            held.push(task.await.unwrap());
            if at >= 3 {
                // The limit is four: each one that leaves lets one in.
                held.remove(0);
            }
        }
        assert!(held.len() <= 4);
    }
}

//! How many requests one store takes at once: fewer while it throttles, more again while it does not.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Successes after which one more request is allowed: slow enough not to provoke the store again at once.
const SUCCESSES_PER_STEP: u32 = 16;

#[derive(Debug)]
struct State {
    most: usize,
    allowed: usize,
    in_flight: usize,
    successes: u32,
}

/// Bounds the requests in flight to one store: halves when throttled, rises by one after a row of successes.
#[derive(Debug, Clone)]
pub struct Gate {
    state: Arc<Mutex<State>>,
    free: Arc<Notify>,
}

/// Leave to have one request in flight; given back when dropped.
#[derive(Debug)]
pub struct Permit(Gate);

impl Gate {
    /// At most `most` requests at once.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        let state = State { most, allowed: most, in_flight: 0, successes: 0 };
        Self { state: Arc::new(Mutex::new(state)), free: Arc::new(Notify::new()) }
    }

    /// Waits for leave to send a request.
    pub async fn acquire(&self) -> Permit {
        loop {
            let freed = self.free.notified();
            tokio::pin!(freed);
            // Listens before it looks, so that a permit freed in between is not missed.
            freed.as_mut().enable();
            if self.try_enter() {
                return Permit(self.clone());
            }
            freed.await;
        }
    }

    /// The store asked to slow down.
    pub fn throttled(&self) {
        self.with(|state| {
            state.allowed = (state.allowed / 2).max(1);
            state.successes = 0;
        });
    }

    /// The store answered.
    pub fn succeeded(&self) {
        let more = self.with(|state| {
            if state.allowed == state.most {
                return false;
            }
            state.successes += 1;
            let step = state.successes >= SUCCESSES_PER_STEP;
            if step {
                state.successes = 0;
                state.allowed += 1;
            }
            step
        });
        if more {
            self.free.notify_one();
        }
    }

    /// Requests allowed at once now.
    pub fn allowed(&self) -> usize {
        self.with(|state| state.allowed)
    }

    fn try_enter(&self) -> bool {
        self.with(|state| {
            let enter = state.in_flight < state.allowed;
            state.in_flight += usize::from(enter);
            enter
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        // Every change is a few assignments that cannot panic, so a poisoned lock holds a sound state.
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.with(|state| state.in_flight -= 1);
        self.0.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn throttling_halves_what_is_allowed_and_success_raises_it_again() {
        let gate = Gate::new(8);
        gate.throttled();
        assert_eq!(gate.allowed(), 4);
        for _ in 0..4 {
            gate.throttled();
        }
        assert_eq!(gate.allowed(), 1, "never less than one");
        for _ in 0..SUCCESSES_PER_STEP {
            gate.succeeded();
        }
        assert_eq!(gate.allowed(), 2);
        for _ in 0..100 * SUCCESSES_PER_STEP {
            gate.succeeded();
        }
        assert_eq!(gate.allowed(), 8, "never more than configured");
    }

    #[tokio::test]
    async fn no_more_requests_enter_than_are_allowed_and_a_dropped_permit_lets_the_next_in() {
        let gate = Gate::new(2);
        let first = gate.acquire().await;
        let _second = gate.acquire().await;
        assert!(gate.acquire().now_or_never().is_none());
        let waiting = tokio::spawn({
            let gate = gate.clone();
            async move { gate.acquire().await }
        });
        tokio::task::yield_now().await;
        drop(first);
        waiting.await.unwrap();
    }
}

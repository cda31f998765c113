//! One request, tried again as the class of its error says.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::limits::Limiter;
use super::stop::Stop;
use crate::model::failure::{Code, Disposition, Failure};
use crate::model::spec::Transfer;
use crate::model::units::Span;
use crate::rules::retrying::Backoff;
use crate::stores::{Store, StoreError};

/// First wait and longest wait between two tries; Retry-After may ask for more.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(200), cap: Duration::from_secs(20) };

/// Why a request has no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// The document fails.
    Failed(StoreError),
    /// The store as such fails: nobody's document.
    Stalled(StoreError),
    /// Someone asked to stop while this waited for its next try.
    Stopped,
}

impl From<StoreError> for Unanswered {
    /// An error that is not tried again here.
    fn from(error: StoreError) -> Self {
        match error.disposition {
            Disposition::Stall | Disposition::Reconnect => Self::Stalled(error),
            Disposition::Retry | Disposition::Restart | Disposition::Reject => Self::Failed(error),
        }
    }
}

impl Unanswered {
    /// The failure of an item, or the reason why it stays pending.
    ///
    /// # Errors
    /// `self`, where it is no item's failure.
    pub fn into_failure(self, key: &str) -> Result<Failure, Self> {
        match self {
            Self::Failed(error) => {
                let actual = Some(format!("{} (store {})", error.detail, error.store));
                Ok(Failure { actual, ..Failure::new(error.code, key) })
            }

            other => Err(other),
        }
    }
}

/// How often and within which bounds requests are sent.
pub struct Retrier<'a> {
    /// The batch's bounds.
    pub limiter: &'a Limiter,
    /// Tries of one request.
    pub attempts: u32,
    /// Longest time for one try.
    pub timeout: Duration,
    /// Ends waits early.
    pub stop: &'a Stop,
}

impl<'a> Retrier<'a> {
    /// As a spec wants it.
    pub fn of(transfer: &Transfer, limiter: &'a Limiter, stop: &'a Stop) -> Self {
        Self { limiter, attempts: transfer.attempts, timeout: transfer.timeout.0.max(Duration::from_millis(1)), stop }
    }
}

impl Retrier<'_> {
    /// Sends a request to `store` until it is answered or there is no use in trying again.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn ask<T, F>(&self, store: &Store, mut request: impl FnMut() -> F) -> Result<T, Unanswered>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let mut throttled: Option<Instant> = None;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.once(store, request()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let is_last = attempt >= self.attempts && !self.may_wait(&error, &mut throttled);
            match error.disposition {
                Disposition::Reject | Disposition::Restart => return Err(Unanswered::Failed(error)),
                Disposition::Stall => return Err(stalled(store, error)),
                Disposition::Reconnect if is_last => return Err(stalled(store, error)),
                Disposition::Retry if is_last => return Err(self.give_up(store, error).await),
                Disposition::Retry | Disposition::Reconnect => self.pause(attempt, &error).await?,
            }
            // Someone else has found out meanwhile that the store is down.
            if let Some(outage) = store.outage() {
                return Err(Unanswered::Stalled(outage));
            }
        }
    }

    async fn once<T>(
        &self,
        store: &Store,
        request: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let _lane = self.limiter.lane(store).await;
        let answer = match tokio::time::timeout(self.timeout, request).await {
            Ok(answer) => answer,
            Err(_) => Err(timed_out(store, self.timeout)),
        };
        match &answer {
            Ok(_) => {
                store.gate().succeeded();
                store.answered();
                self.limiter.answered();
            }
            Err(error) if error.code == Code::Throttled => store.gate().throttled(),
            Err(_) => {}
        }
        answer
    }

    /// A store that asks to slow down gets as much time as one answer may take, however many tries that makes.
    fn may_wait(&self, error: &StoreError, throttled: &mut Option<Instant>) -> bool {
        error.code == Code::Throttled && throttled.get_or_insert_with(Instant::now).elapsed() < self.timeout
    }

    /// Out of tries: the document's failure if the store answers a probe, the store's own if it does not.
    async fn give_up(&self, store: &Store, error: StoreError) -> Unanswered {
        match self.probe(store).await {
            Ok(()) => Unanswered::Failed(error),
            Err(probe) if probe.disposition == Disposition::Reject => Unanswered::Failed(error),
            Err(_) => stalled(store, error),
        }
    }

    /// Asks whether the store is there, and takes no answer in time for a no.
    ///
    /// # Errors
    /// Why not.
    pub async fn probe(&self, store: &Store) -> Result<(), StoreError> {
        let answer = tokio::time::timeout(self.timeout, store.probe()).await;
        let answer = answer.unwrap_or_else(|_| Err(timed_out(store, self.timeout)));
        if answer.is_ok() {
            store.answered();
        }
        answer
    }

    /// Waits before try number `attempt + 1`.
    ///
    /// # Errors
    /// A request to stop came in between.
    pub async fn pause(&self, attempt: u32, error: &StoreError) -> Result<(), Unanswered> {
        let delay = BACKOFF.delay(attempt, error.retry_after, rand::random());
        tracing::debug!(%error, attempt, ?delay, "trying again");
        tokio::select! {
            () = tokio::time::sleep(delay) => Ok(()),
            _ = self.stop.wait() => Err(Unanswered::Stopped),
        }
    }
}

/// The store as such fails, and everyone who waits for it is told.
fn stalled(store: &Store, error: StoreError) -> Unanswered {
    store.went_down(&error);
    Unanswered::Stalled(error)
}

/// What no answer within the time for one says of `store`.
fn timed_out(store: &Store, after: Duration) -> StoreError {
    StoreError {
        code: Code::Timeout,
        disposition: Disposition::Retry,
        store: store.name().clone(),
        key: None,
        detail: format!("no answer within {}", Span(after)),
        retry_after: None,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::engine::limits::GlobalLimits;
    use crate::model::config::{Limits, StoreConfig};
    use crate::model::ids::StoreName;

    fn memory(name: &str) -> Store {
        let config: StoreConfig = serde_json::from_value(serde_json::json!({"url": format!("memory:{name}")})).unwrap();
        Store::open(&StoreName::new(name), &config, None).unwrap()
    }

    fn error(disposition: Disposition) -> StoreError {
        let (code, store) = (Code::StoreUnavailable, StoreName::new("dst"));
        StoreError { code, disposition, store, key: None, detail: "on purpose".to_owned(), retry_after: None }
    }

    /// Sends a request that fails so often; gives how often it was sent.
    async fn ask(store: &Store, failures: u32, disposition: Disposition) -> (Result<(), Unanswered>, u32) {
        let limiter = Limiter::new(GlobalLimits::new(&Limits::default()), &Transfer::default(), None);
        let stop = Stop::default();
        let retrier = Retrier { limiter: &limiter, attempts: 3, timeout: Duration::from_secs(60), stop: &stop };
        let sent = Cell::new(0);
        let answer = retrier.ask(store, || {
            sent.set(sent.get() + 1);
            let answer = if sent.get() > failures { Ok(()) } else { Err(error(disposition)) };
            std::future::ready(answer)
        });
        (answer.await, sent.get())
    }

    #[tokio::test(start_paused = true)]
    async fn one_connection_that_is_refused_is_tried_again_and_then_the_store_is_down() {
        let store = memory("reconnect");
        assert!(matches!(ask(&store, 2, Disposition::Reconnect).await, (Ok(()), 3)));
        assert!(store.outage().is_none());
        // The store answers probes, yet this is no document's failure.
        assert!(matches!(ask(&store, 9, Disposition::Reconnect).await, (Err(Unanswered::Stalled(_)), 3)));
        assert!(store.outage().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_is_known_to_be_down_is_not_tried_again_until_it_answers() {
        let store = memory("outage");
        assert!(matches!(ask(&store, 9, Disposition::Stall).await, (Err(Unanswered::Stalled(_)), 1)));
        assert!(matches!(ask(&store, 9, Disposition::Retry).await, (Err(Unanswered::Stalled(_)), 1)));
        assert!(matches!(ask(&store, 0, Disposition::Retry).await, (Ok(()), 1)));
        assert!(matches!(ask(&store, 2, Disposition::Retry).await, (Ok(()), 3)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_must_be_begun_anew_is_not_sent_again() {
        let store = memory("restart");
        assert!(matches!(ask(&store, 9, Disposition::Restart).await, (Err(Unanswered::Failed(_)), 1)));
    }

    /// Files at once after so many answers, each after a tenth of a second for so many as may be under way.
    async fn at_once_after(answers: usize, answer: impl Fn() -> Result<(), StoreError>) -> usize {
        let (store, stop) = (memory("climb"), Stop::default());
        let limiter = Limiter::new(GlobalLimits::new(&Limits::default()), &Transfer::default(), None);
        limiter.begins_to_move();
        limiter.others_wait(true);
        let retrier = Retrier { limiter: &limiter, attempts: 1, timeout: Duration::from_secs(60), stop: &stop };
        for _ in 0..answers {
            tokio::time::advance(Duration::from_millis(100) / u32::try_from(limiter.concurrency()).unwrap()).await;
            let _ = retrier.ask(&store, || std::future::ready(answer())).await;
        }
        limiter.concurrency()
    }

    #[tokio::test(start_paused = true)]
    async fn requests_that_are_refused_do_not_count_as_what_moves() {
        assert_eq!(at_once_after(3_000, || Ok(())).await, 128);
        assert_eq!(at_once_after(3_000, || Err(error(Disposition::Reject))).await, 16);
    }
}

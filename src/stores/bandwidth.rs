//! How many bytes may pass in a second.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::model::units::Rate;

/// A token bucket. Bytes are taken in the order of the calls; a tenth of a second's worth may pass at once.
#[derive(Debug)]
pub struct Bandwidth {
    rate: watch::Sender<Option<Rate>>,
    /// When everything taken so far has been paid for.
    paid: Mutex<Option<Instant>>,
}

/// What may pass at once after a pause.
const BURST: Duration = Duration::from_millis(100);

impl Bandwidth {
    /// So many bytes a second; `None`: as many as come.
    pub fn new(rate: Option<Rate>) -> Self {
        Self { rate: watch::Sender::new(rate), paid: Mutex::new(None) }
    }

    /// Another rate from now on, also for those that wait: what they booked at a rate that was far too low could take
    /// hours.
    pub fn set(&self, rate: Option<Rate>) {
        let mut paid = self.paid();
        let is_new = self.rate.send_if_modified(|now| std::mem::replace(now, rate) != rate);
        if is_new {
            *paid = None;
        }
    }

    /// Waits until `bytes` more may pass.
    pub async fn take(&self, bytes: u64) {
        let mut rate = self.rate.subscribe();
        while let Some(until) = self.reserve(Instant::now(), bytes, &mut rate) {
            tokio::select! {
                () = sleep_until(until) => return,
                // The sender lives in `self`, so this is another rate.
                _ = rate.changed() => {}
            }
        }
    }

    /// Books the bytes and tells when they may pass: when all before them, but for the burst, is paid. `None`: at once.
    fn reserve(&self, now: Instant, bytes: u64, rate: &mut watch::Receiver<Option<Rate>>) -> Option<Instant> {
        // Held while the rate is looked at, so that nothing is booked at the old rate after the new one.
        let mut paid = self.paid();
        let Rate(rate) = (*rate.borrow_and_update())?;
        let start = paid.map_or(now, |paid| paid.max(now));
        let end = start + duration(bytes, rate);
        *paid = Some(end);
        Some(end.checked_sub(BURST).unwrap_or(now))
    }

    fn paid(&self) -> MutexGuard<'_, Option<Instant>> {
        // A moment is replaced as a whole, so a panic elsewhere leaves nothing half done.
        self.paid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn duration(bytes: u64, rate: u64) -> Duration {
    let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(rate.max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn bytes_pass_at_the_rate_whatever_their_portions() {
        let bandwidth = Bandwidth::new(Some(Rate(1000)));
        let (now, mut rate) = (Instant::now(), bandwidth.rate.subscribe());
        for portions in 1..=20 {
            let until = bandwidth.reserve(now, 500, &mut rate).unwrap();
            assert_eq!(until - now, Duration::from_millis(500 * portions) - BURST);
        }
    }

    #[test]
    fn a_pause_is_not_saved_up() {
        let bandwidth = Bandwidth::new(Some(Rate(1000)));
        let (now, mut rate) = (Instant::now(), bandwidth.rate.subscribe());
        bandwidth.reserve(now, 10, &mut rate);
        let later = now + Duration::from_secs(60);
        assert_eq!(bandwidth.reserve(later, 1000, &mut rate).unwrap() - later, Duration::from_millis(900));
    }

    #[tokio::test]
    async fn a_taker_waits_until_its_bytes_are_paid() {
        let bandwidth = Bandwidth::new(Some(Rate(1000)));
        let begin = Instant::now();
        bandwidth.take(150).await;
        assert!(begin.elapsed() >= Duration::from_millis(50));
    }

    #[tokio::test(start_paused = true)]
    async fn another_rate_acts_at_once_also_for_those_that_wait() {
        let (bandwidth, begin) = (Bandwidth::new(Some(Rate(1))), Instant::now());
        let waiting = async { futures::join!(bandwidth.take(10_000), bandwidth.take(10_000)) };
        let edited = async {
            tokio::task::yield_now().await;
            bandwidth.set(Some(Rate(1_000)));
        };
        futures::join!(waiting, edited);
        let expected = Duration::from_secs(20) - BURST;
        assert!(begin.elapsed() >= expected && begin.elapsed() < expected * 2, "{:?}", begin.elapsed());
        // The same rate once more changes nothing of what is booked.
        let booked = *bandwidth.paid();
        bandwidth.set(Some(Rate(1_000)));
        assert_eq!(*bandwidth.paid(), booked);
        bandwidth.set(None);
        assert_eq!(bandwidth.take(u64::MAX).now_or_never(), Some(()));
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        assert_eq!(Bandwidth::new(None).take(u64::MAX).now_or_never(), Some(()));
    }
}

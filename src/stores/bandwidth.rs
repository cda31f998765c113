//! How many bytes may pass in a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::model::units::Rate;

/// A token bucket. Bytes are taken in the order of the calls; a tenth of a second's worth may pass at once.
#[derive(Debug)]
pub struct Bandwidth {
    rate: Mutex<Option<Rate>>,
    /// When everything taken so far has been paid for.
    paid: Mutex<Option<Instant>>,
}

/// What may pass at once after a pause.
const BURST: Duration = Duration::from_millis(100);

impl Bandwidth {
    /// So many bytes a second; `None`: as many as come.
    pub fn new(rate: Option<Rate>) -> Self {
        Self { rate: Mutex::new(rate), paid: Mutex::new(None) }
    }

    /// Another rate from now on; what was booked before keeps its moment.
    pub fn set(&self, rate: Option<Rate>) {
        *self.rate.lock().unwrap_or_else(PoisonError::into_inner) = rate;
    }

    /// Waits until `bytes` more may pass.
    pub async fn take(&self, bytes: u64) {
        // A rate is replaced as a whole, so a panic elsewhere leaves nothing half done.
        let rate = *self.rate.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Rate(rate)) = rate {
            let until = self.reserve(Instant::now(), bytes, rate);
            sleep_until(until).await;
        }
    }

    /// Books the bytes and tells when they may pass: when all before them, but for the burst, is paid.
    fn reserve(&self, now: Instant, bytes: u64, rate: u64) -> Instant {
        // A moment is replaced as a whole, so a panic elsewhere leaves nothing half done.
        let mut paid = self.paid.lock().unwrap_or_else(PoisonError::into_inner);
        let start = paid.map_or(now, |paid| paid.max(now));
        let end = start + duration(bytes, rate);
        *paid = Some(end);
        end.checked_sub(BURST).unwrap_or(now)
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
        let now = Instant::now();
        for portions in 1..=20 {
            let until = bandwidth.reserve(now, 500, 1000);
            assert_eq!(until - now, Duration::from_millis(500 * portions) - BURST);
        }
    }

    #[test]
    fn a_pause_is_not_saved_up() {
        let bandwidth = Bandwidth::new(Some(Rate(1000)));
        let now = Instant::now();
        bandwidth.reserve(now, 10, 1000);
        let later = now + Duration::from_secs(60);
        assert_eq!(bandwidth.reserve(later, 1000, 1000) - later, Duration::from_millis(900));
    }

    #[tokio::test]
    async fn a_taker_waits_until_its_bytes_are_paid() {
        let bandwidth = Bandwidth::new(Some(Rate(1000)));
        let begin = Instant::now();
        bandwidth.take(150).await;
        assert!(begin.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        assert_eq!(Bandwidth::new(None).take(u64::MAX).now_or_never(), Some(()));
    }
}

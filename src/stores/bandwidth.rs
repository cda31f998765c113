//! Bytes a second, as a token bucket: a second's worth may be spent at once, more waits.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Bounds bytes a second; no rate: no bound.
#[derive(Debug, Clone)]
pub struct Bandwidth(Option<Arc<Bucket>>);

#[derive(Debug)]
struct Bucket {
    rate: u64,
    /// When everything taken so far is paid for.
    paid: Mutex<Instant>,
}

impl Bandwidth {
    /// Bounds bytes a second to `rate`.
    pub fn new(rate: Option<u64>) -> Self {
        Self(rate.map(|rate| Arc::new(Bucket { rate: rate.max(1), paid: Mutex::new(Instant::now()) })))
    }

    /// Waits until `bytes` more may pass. Callers are served in turn.
    pub async fn take(&self, bytes: u64) {
        let Some(bucket) = &self.0 else { return };
        let due = {
            let mut paid = bucket.paid.lock().await;
            // Time that was not used is not saved up beyond one second.
            let earliest = Instant::now().checked_sub(Duration::from_secs(1)).unwrap_or(*paid);
            *paid = (*paid).max(earliest) + cost(bytes, bucket.rate);
            *paid
        };
        tokio::time::sleep_until(due).await;
    }
}

fn cost(bytes: u64, rate: u64) -> Duration {
    let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hundred_pieces_take_as_long_as_the_rate_says() {
        let bandwidth = Bandwidth::new(Some(1_000));
        let began = Instant::now();
        for _ in 0..100 {
            bandwidth.take(100).await;
        }
        let took = began.elapsed();
        assert!(took > Duration::from_secs(8) && took < Duration::from_millis(10_100), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_rate_never_waits() {
        let began = Instant::now();
        Bandwidth::new(None).take(u64::MAX).await;
        assert_eq!(began.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_piece_larger_than_a_second_is_paid_for_and_never_stuck() {
        let bandwidth = Bandwidth::new(Some(10));
        let began = Instant::now();
        bandwidth.take(100).await;
        assert!(began.elapsed() >= Duration::from_secs(9));
    }
}

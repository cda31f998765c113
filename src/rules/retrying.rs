//! How long to wait before trying again.

use std::time::Duration;

/// Longest wait between two probes of a store that does not answer.
const LONGEST_PROBE_DELAY: Duration = Duration::from_secs(5 * 60);

/// Exponential backoff with full jitter: waits are spread evenly from zero to a bound that doubles, so that clients which
/// failed together do not return together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The bound after the first failure.
    pub base: Duration,
    /// What the bound grows to.
    pub cap: Duration,
}

impl Backoff {
    /// The wait after the failure of `attempt` (1, 2, …); `random` is from 0 to 1. Never shorter than what the store asked
    /// for in Retry-After, and spread beyond it.
    pub fn delay(&self, attempt: u32, retry_after: Option<Duration>, random: f64) -> Duration {
        let jitter = doubled(self.base, attempt, self.cap).mul_f64(random.clamp(0.0, 1.0));
        retry_after.unwrap_or_default().saturating_add(jitter)
    }
}

/// The wait before probe `attempt` (1, 2, …) of a store that does not answer: 1 s, 2 s, 4 s, up to 5 min.
pub fn store_probe_delay(attempt: u32) -> Duration {
    doubled(Duration::from_secs(1), attempt, LONGEST_PROBE_DELAY)
}

fn doubled(base: Duration, attempt: u32, cap: Duration) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
    base.saturating_mul(factor).min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(10) };

    #[test]
    fn the_bound_doubles_up_to_the_cap() {
        let bound = |attempt| BACKOFF.delay(attempt, None, 1.0).as_millis();
        assert_eq!([1, 2, 3, 4, 7, 8, u32::MAX].map(bound), [100, 200, 400, 800, 6400, 10_000, 10_000]);
        assert_eq!(bound(0), 100);
    }

    #[test]
    fn waits_are_spread_from_zero_to_the_bound() {
        assert_eq!(BACKOFF.delay(3, None, 0.0), Duration::ZERO);
        assert_eq!(BACKOFF.delay(3, None, 0.5), Duration::from_millis(200));
        assert_eq!(BACKOFF.delay(3, None, 7.0), Duration::from_millis(400));
    }

    #[test]
    fn what_the_store_asks_for_is_the_least() {
        let asked = Duration::from_secs(30);
        assert_eq!(BACKOFF.delay(1, Some(asked), 0.0), asked);
        assert!(BACKOFF.delay(1, Some(asked), 0.9) > asked);
        assert_eq!(BACKOFF.delay(9, Some(Duration::MAX), 1.0), Duration::MAX);
    }

    #[test]
    fn probes_slow_down_to_five_minutes() {
        let seconds = [1, 2, 9, 10, 1000].map(|attempt| store_probe_delay(attempt).as_secs());
        assert_eq!(seconds, [1, 2, 256, 300, 300]);
    }
}

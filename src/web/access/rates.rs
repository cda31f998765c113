//! How often something may be done: so many times at once, and then once in a while.
//!
//! Of each key nothing is kept but when its credit is full again, and that only until then. (`governor` keeps every key it
//! has seen until it is told to look through them; here the number of keys has a bound.)

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Most keys that are remembered at once.
const KEYS: usize = 4096;

/// Bounds how often something is done, for each key.
#[derive(Debug)]
pub(super) struct Rates<K> {
    /// Credit of one who has done nothing for long.
    burst: u32,
    /// How long it takes to gain one.
    every: Duration,
    /// When the credit of each is full again.
    full: Mutex<HashMap<K, Instant>>,
}

impl<K: Eq + Hash> Rates<K> {
    pub(super) fn new(burst: u32, every: Duration) -> Self {
        Self { burst, every, full: Mutex::default() }
    }

    /// Uses one credit of `key`.
    ///
    /// # Errors
    /// There is none; the next comes after this long.
    pub(super) fn take(&self, key: K, now: Instant) -> Result<(), Duration> {
        // Every change is a single one, so a panic elsewhere leaves nothing half done.
        let mut full = self.full.lock().unwrap_or_else(PoisonError::into_inner);
        if full.len() >= KEYS && !full.contains_key(&key) {
            full.retain(|_, full| *full > now);
            if full.len() >= KEYS {
                return Err(self.every);
            }
        }
        let missing = full.get(&key).map_or(Duration::ZERO, |full| full.saturating_duration_since(now));
        let most = self.every * self.burst.saturating_sub(1);
        if missing > most {
            return Err(missing - most);
        }
        full.insert(key, now + missing + self.every);
        Ok(())
    }
}

/// What counts as one address: all that one machine may have of IPv6 (RFC 4291, 64 bits).
pub(super) fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(6);

    #[tokio::test(start_paused = true)]
    async fn credit_is_used_up_and_comes_back_one_by_one() {
        let rates = Rates::new(3, EVERY);
        let now = Instant::now();
        for _ in 0..3 {
            assert_eq!(rates.take("a", now), Ok(()));
        }
        assert_eq!(rates.take("a", now), Err(EVERY));
        assert_eq!(rates.take("b", now), Ok(()), "each has its own");
        let later = now + EVERY;
        assert_eq!(rates.take("a", later), Ok(()));
        assert_eq!(rates.take("a", later), Err(EVERY));
        let long_after = now + 100 * EVERY;
        for _ in 0..3 {
            assert_eq!(rates.take("a", long_after), Ok(()), "and no more than there was");
        }
        assert!(rates.take("a", long_after).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn more_keys_than_are_remembered_wait_until_some_are_forgotten() {
        let rates = Rates::new(3, EVERY);
        let now = Instant::now();
        for key in 0..KEYS {
            assert_eq!(rates.take(key, now), Ok(()));
        }
        assert_eq!(rates.take(KEYS, now), Err(EVERY));
        assert_eq!(rates.take(0, now), Ok(()), "who is known goes on");
        assert_eq!(rates.take(KEYS, now + EVERY), Ok(()));
        assert!(rates.full.lock().unwrap().len() <= 2);
    }

    #[test]
    fn a_machine_is_one_address() {
        let same = |a: &str, b: &str| neighbourhood(a.parse().unwrap()) == neighbourhood(b.parse().unwrap());
        assert!(same("2001:db8:1:2::3", "2001:db8:1:2:ffff::1"));
        assert!(!same("2001:db8:1:2::3", "2001:db8:1:3::3"));
        assert!(same("::ffff:192.0.2.1", "192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}

//! One concurrency, for a while.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::copying::Pair;
use super::probes::{Made, Probe};
use crate::engine::stop::Stop;
use crate::model::bench::BenchStep;
use crate::model::failure::Code;
use crate::stores::StoreError;

/// What the workers of a step have seen.
#[derive(Default)]
struct Seen {
    took: Vec<Duration>,
    bytes: u64,
    throttled: u64,
    failed: u64,
    failure: Option<StoreError>,
}

/// Copies files with so many workers until the time is over; what is on its way then is waited for and counts.
pub(super) async fn step(
    pair: &Pair,
    probes: &[Probe],
    made: &Made,
    (concurrency, time): (u32, Duration),
    stop: &Stop,
) -> (BenchStep, Option<StoreError>) {
    let (seen, next, began) = (Mutex::new(Seen::default()), AtomicUsize::new(0), Instant::now());
    let worker = |worker: u32| {
        let (pair, key, seen, next) = (pair.clone(), made.key(&format!("target-{worker}")), &seen, &next);
        async move {
            while began.elapsed() < time && !stop.requested() {
                // There is at least one, and each is read in turn.
                let Some(probe) = probes.get(next.fetch_add(1, Ordering::Relaxed) % probes.len()) else { return };
                let asked = Instant::now();
                let copied = pair.copy(probe, &key).await;
                if note(seen, asked.elapsed(), probe, copied).is_err() {
                    return;
                }
            }
        }
    };
    join_all((0..concurrency).map(worker)).await;
    let seconds = began.elapsed().as_secs_f64();
    figures(concurrency, seconds, seen.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Notes what came of a file. An error: there is no use in trying more of them.
fn note(seen: &Mutex<Seen>, took: Duration, probe: &Probe, copied: Result<(), StoreError>) -> Result<(), ()> {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    match copied {
        Ok(()) => {
            seen.took.push(took);
            seen.bytes += probe.pin.size;
            Ok(())
        }
        Err(error) if error.code == Code::Throttled => {
            seen.throttled += 1;
            Err(())
        }
        Err(error) => {
            seen.failed += 1;
            seen.failure.get_or_insert(error);
            Err(())
        }
    }
}

fn figures(concurrency: u32, seconds: f64, mut seen: Seen) -> (BenchStep, Option<StoreError>) {
    seen.took.sort_unstable();
    let files = seen.took.len() as u64;
    let step = BenchStep {
        concurrency,
        seconds,
        files,
        files_per_second: files as f64 / seconds,
        bytes_per_second: seen.bytes as f64 / seconds,
        median_ms: quantile(&seen.took, 50),
        p95_ms: quantile(&seen.took, 95),
        throttled: seen.throttled,
        failed: seen.failed,
    };
    (step, seen.failure)
}

/// What so many of a hundred took at most, in milliseconds.
fn quantile(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(place).map_or(0.0, |took| took.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_what_was_seen() {
        let took: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!((quantile(&took, 50), quantile(&took, 95)), (50.0, 95.0));
        assert_eq!((quantile(&took[..1], 95), quantile(&[], 50)), (1.0, 0.0));
    }
}

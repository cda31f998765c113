//! What the figures say to put where.

use crate::engine::readback::PART_BYTES;
use crate::model::bench::{BenchAdvice, BenchStep};
use crate::model::config::Limits;

/// A concurrency is as good as the best one from this part of its pace on: more files at once cost memory and the stores'
/// patience, and bring next to nothing.
const AS_GOOD: f64 = 0.95;

/// The concurrencies to try: doubled each time.
pub(super) fn ladder(most: u32) -> Vec<u32> {
    let mut ladder: Vec<u32> = std::iter::successors(Some(1_u32), |last| last.checked_mul(2))
        .take_while(|concurrency| *concurrency < most)
        .collect();
    ladder.push(most.max(1));
    ladder
}

/// Whether there is no use in going on: neither of the last two was faster than the best before them, or a store turns
/// requests away.
pub(super) fn is_enough(steps: &[BenchStep]) -> bool {
    let Some((last, before)) = steps.split_last() else { return false };
    if last.throttled > 0 {
        return true;
    }
    let Some((second, before)) = before.split_last() else { return false };
    let best = pace(before);
    best > 0.0 && last.files_per_second.max(second.files_per_second) < best * (2.0 - AS_GOOD)
}

fn pace(steps: &[BenchStep]) -> f64 {
    steps.iter().map(|step| step.files_per_second).fold(0.0, f64::max)
}

/// The least concurrency that is about as fast as any at which no store complained.
pub(super) fn advise(steps: &[BenchStep], size: u64, limits: &Limits) -> Option<BenchAdvice> {
    let calm: Vec<&BenchStep> = steps.iter().filter(|step| step.throttled == 0 && step.failed == 0).collect();
    let best = calm.iter().map(|step| step.files_per_second).fold(0.0, f64::max);
    let chosen = calm.into_iter().find(|step| step.files > 0 && step.files_per_second >= best * AS_GOOD)?.concurrency;
    let mut config = Vec::new();
    if chosen > limits.concurrency {
        config.push(format!("concurrency: {chosen}"));
    }
    let memory = memory(chosen, size);
    if memory > limits.memory.0 {
        config.push(format!("memory: {}MiB", memory.div_ceil(1 << 20)));
    }
    let config = if config.is_empty() { config } else { vec![format!("limits: {{{}}}", config.join(", "))] };
    Some(BenchAdvice { concurrency: chosen, spec: vec![format!("transfer: {{concurrency: {chosen}}}")], config })
}

/// Buffers that so many files at once take: a large one two parts, one that is read while another is written.
fn memory(concurrency: u32, size: u64) -> u64 {
    let each = if size > PART_BYTES { 2 * PART_BYTES } else { size };
    u64::from(concurrency).saturating_mul(each)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(concurrency: u32, pace: u64, throttled: u64) -> BenchStep {
        BenchStep {
            concurrency,
            seconds: 1.0,
            files: pace,
            files_per_second: pace as f64,
            bytes_per_second: 0.0,
            median_ms: 1.0,
            p95_ms: 1.0,
            throttled,
            failed: 0,
        }
    }

    fn chosen(steps: &[BenchStep]) -> Option<u32> {
        advise(steps, 1, &Limits::default()).map(|advice| advice.concurrency)
    }

    #[test]
    fn the_ladder_doubles_and_ends_where_it_should() {
        assert_eq!(ladder(16), [1, 2, 4, 8, 16]);
        assert_eq!(ladder(20), [1, 2, 4, 8, 16, 20]);
        assert_eq!((ladder(1), ladder(0)), (vec![1], vec![1]));
    }

    #[test]
    fn the_least_concurrency_that_is_about_the_fastest_is_advised() {
        let steps = [step(1, 10, 0), step(2, 20, 0), step(4, 39, 0), step(8, 40, 0)];
        assert_eq!(chosen(&steps), Some(4));
        assert_eq!(chosen(&[step(1, 10, 0), step(2, 20, 3)]), Some(1), "throttling is not worth its pace");
        assert_eq!((chosen(&[]), chosen(&[step(1, 0, 0)])), (None, None));
        let failing = BenchStep { failed: 1, ..step(2, 90, 0) };
        assert_eq!(chosen(&[step(1, 10, 0), failing]), Some(1));
    }

    #[test]
    fn the_ladder_is_left_where_it_brings_nothing() {
        let rising = [step(1, 10, 0), step(2, 20, 0), step(4, 40, 0)];
        assert!(!is_enough(&rising) && !is_enough(&[]));
        assert!(!is_enough(&[step(1, 10, 0), step(2, 10, 0)]), "one disappointment may be chance");
        assert!(is_enough(&[step(1, 10, 0), step(2, 10, 0), step(4, 9, 0)]));
        assert!(is_enough(&[step(1, 10, 1)]));
        assert!(!is_enough(&[step(1, 0, 0), step(2, 0, 0), step(4, 0, 0)]));
    }

    #[test]
    fn what_the_config_would_hold_back_is_told() {
        let limits = Limits::default();
        let large = advise(&[step(8, 10, 0)], 100 << 20, &limits).unwrap();
        assert_eq!((&*large.spec[0], &*large.config[0]), ("transfer: {concurrency: 8}", "limits: {memory: 80MiB}"));
        let many = advise(&[step(512, 10, 0)], 1000, &limits).unwrap();
        assert_eq!(many.config, ["limits: {concurrency: 512}"]);
        assert!(advise(&[step(8, 10, 0)], 1000, &limits).unwrap().config.is_empty());
    }
}

//! The time of a batch's runs, cut into parts that a chart can show.

use jiff::Timestamp;

use crate::model::batch::RunRecord;
use crate::model::timeline::{Bucket, Timeline};

/// More are not seen as bars.
const BUCKETS: u64 = 120;
/// Lengths that people think in, in seconds; beyond them whole days, doubled as needed.
const LENGTHS: [u64; 17] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

/// The parts of these runs, empty. `until`: where a run ends that has not ended.
///
/// Each run has one part or more; there are at most 120, or one for each run if there are more runs than that.
pub fn timeline(runs: &[RunRecord], until: Timestamp) -> Timeline {
    let spans: Vec<Span> = runs.iter().map(|run| Span::of(run, until)).collect();
    let days = std::iter::successors(LENGTHS.last().copied(), |days| days.checked_mul(2)).skip(1);
    let fits = |length: &u64| spans.iter().map(|span| span.parts(*length)).sum::<u64>() <= BUCKETS;
    let longest = spans.iter().map(|span| span.seconds).max().unwrap_or(1);
    // With one part for each run there is nothing left to gain.
    let seconds = LENGTHS.into_iter().chain(days).find(|length| fits(length) || *length >= longest).unwrap_or(longest);
    let buckets = spans.iter().flat_map(|span| span.buckets(seconds)).collect();
    Timeline { buckets, seconds, ..Timeline::default() }
}

/// The time of a run.
struct Span {
    run: u32,
    start: Timestamp,
    /// Never 0: what took less took a second.
    seconds: u64,
}

impl Span {
    fn of(run: &RunRecord, until: Timestamp) -> Self {
        let end = run.ended.map_or(until, |(at, _)| at);
        let seconds = end.as_second().saturating_sub(run.started.as_second());
        Self { run: run.number, start: run.started, seconds: u64::try_from(seconds).unwrap_or_default().max(1) }
    }

    fn parts(&self, length: u64) -> u64 {
        self.seconds.div_ceil(length)
    }

    fn buckets(&self, length: u64) -> impl Iterator<Item = Bucket> {
        (0..self.parts(length)).map(move |part| {
            let offset = part * length;
            // No run is longer than time itself; should a record say so, its parts begin with the run.
            let offset_signed = jiff::SignedDuration::from_secs(i64::try_from(offset).unwrap_or_default());
            let start = self.start.saturating_add(offset_signed).unwrap_or(self.start);
            Bucket { run: self.run, start, seconds: length.min(self.seconds - offset), synced: 0, failed: 0, bytes: 0 }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::batch::{EndReason, RunCause};
    use crate::model::event::Operator;

    fn run(number: u32, started: &str, ended: Option<&str>) -> RunRecord {
        RunRecord {
            number,
            cause: RunCause::First,
            generation: 1,
            started: started.parse().unwrap(),
            ended: ended.map(|at| (at.parse().unwrap(), EndReason::Finished)),
            operator: Operator { name: "a".to_owned(), commit: None },
        }
    }

    fn lengths(timeline: &Timeline) -> Vec<(u32, u64)> {
        timeline.buckets.iter().map(|bucket| (bucket.run, bucket.seconds)).collect()
    }

    #[test]
    fn the_time_between_runs_is_left_out_and_the_last_part_is_as_long_as_it_was() {
        let runs = [
            run(1, "2025-01-01T00:00:00Z", Some("2025-01-01T00:03:05Z")),
            run(2, "2025-02-01T00:00:00Z", Some("2025-02-01T00:00:00.3Z")),
        ];
        let timeline = timeline(&runs, Timestamp::UNIX_EPOCH);
        assert_eq!((timeline.seconds, timeline.buckets.len()), (2, 94));
        assert_eq!(lengths(&timeline)[91..], [(1, 2), (1, 1), (2, 1)]);
        assert_eq!(timeline.buckets[92].start, "2025-01-01T00:03:04Z".parse().unwrap());
    }

    #[test]
    fn no_length_of_time_gives_more_bars_than_are_seen() {
        for until in ["2025-01-01T00:00:00Z", "2025-01-01T10:00:01Z", "2025-06-01T00:00:00Z", "9999-01-01T00:00:00Z"] {
            let timeline = timeline(&[run(1, "2025-01-01T00:00:00Z", None)], until.parse().unwrap());
            assert!((1..=120).contains(&timeline.buckets.len()), "{until}: {}", timeline.buckets.len());
        }
        let many: Vec<RunRecord> = (1..=200).map(|n| run(n, "2025-01-01T00:00:00Z", None)).collect();
        assert_eq!(timeline(&many, "2025-01-05T00:00:00Z".parse().unwrap()).buckets.len(), 200);
        assert_eq!(timeline(&[], Timestamp::UNIX_EPOCH).buckets, []);
    }

    #[test]
    fn what_lies_outside_its_run_goes_to_the_nearest_part_of_it() {
        let runs = [
            run(3, "2025-01-01T00:00:00Z", Some("2025-01-01T00:00:03Z")),
            run(7, "2025-01-01T01:00:00Z", Some("2025-01-01T01:00:02Z")),
        ];
        let mut timeline = timeline(&runs, Timestamp::UNIX_EPOCH);
        let mut place = |run, at: &str| timeline.bucket(run, at.parse().unwrap()).map(|b| (b.run, b.start.to_string()));
        let first = Some((3, "2025-01-01T00:00:00Z".to_owned()));
        assert_eq!(place(3, "2024-01-01T00:00:00Z"), first);
        assert_eq!(place(3, "2025-01-01T00:00:00.9Z"), first);
        assert_eq!(place(3, "2026-01-01T00:00:00Z"), Some((3, "2025-01-01T00:00:02Z".to_owned())));
        assert_eq!(place(7, "2025-01-01T01:00:01.5Z"), Some((7, "2025-01-01T01:00:01Z".to_owned())));
        assert_eq!([place(0, "2025-01-01T00:00:00Z"), place(5, "2025-01-01T00:00:00Z")], [None, None]);
    }
}

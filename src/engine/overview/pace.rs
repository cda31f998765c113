//! How fast a batch goes: documents decided in a minute, over the last one.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::model::overview::BatchLine;
use crate::model::status::RunStatus;

/// What is looked back at.
const MEMORY: Duration = Duration::from_secs(60);
/// Closer looks tell nothing new.
const STEP: Duration = Duration::from_secs(1);
/// Over less time a pace is chance.
const LEAST: Duration = Duration::from_secs(3);

/// What was seen of one run.
#[derive(Debug, Default)]
pub(super) struct Pace {
    run: u32,
    seen: VecDeque<(Instant, u64)>,
}

impl Pace {
    /// Takes what a batch's line says now.
    pub(super) fn see(&mut self, line: &BatchLine, now: Instant) {
        let run = line.run.map_or(0, |(number, _)| number);
        if run != self.run {
            *self = Self { run, seen: VecDeque::new() };
        }
        // A resync makes decided documents pending again: what was counted before tells nothing any more.
        if self.seen.back().is_some_and(|(_, before)| *before > decided(line)) {
            self.seen.clear();
        }
        if self.seen.back().is_some_and(|(at, _)| now.duration_since(*at) < STEP) {
            return;
        }
        self.seen.push_back((now, decided(line)));
        while self.seen.front().is_some_and(|(at, _)| now.duration_since(*at) > MEMORY) {
            self.seen.pop_front();
        }
    }

    /// Documents in a minute; `None`: nobody has looked for long enough.
    pub(super) fn per_minute(&self) -> Option<u64> {
        let (first, last) = (self.seen.front()?, self.seen.back()?);
        rate(last.1 - first.1, last.0.duration_since(first.0))
    }
}

/// The pace of a batch's first run since it began, for whoever looks for the first time.
pub(super) fn since_start(line: &BatchLine, now: Timestamp) -> Option<u64> {
    let (_, started) = line.run.filter(|(number, _)| *number == 1 && line.run_status == RunStatus::Running)?;
    rate(decided(line), Duration::try_from(now.duration_since(started)).ok()?)
}

fn decided(line: &BatchLine) -> u64 {
    line.documents.in_scope() - line.documents.pending
}

fn rate(documents: u64, took: Duration) -> Option<u64> {
    let millis = u64::try_from(took.as_millis()).ok().filter(|_| took >= LEAST)?;
    documents.saturating_mul(60_000).checked_div(millis)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::counts::Tally;
    use crate::model::status::SyncStatus;

    fn line(run: u32, migrated: u64, pending: u64) -> BatchLine {
        BatchLine {
            id: 1,
            number: crate::model::ids::BatchNumber::new("MB-20250101-0001"),
            name: "a".parse().unwrap(),
            labels: Default::default(),
            organizations: Vec::new(),
            created: Timestamp::UNIX_EPOCH,
            collected: (date(2025, 1, 1), date(2025, 1, 31)),
            run_status: RunStatus::Running,
            sync_status: SyncStatus::Partial,
            conditions: Vec::new(),
            documents: Tally { migrated, pending, ..Tally::default() },
            run: Some((run, Timestamp::UNIX_EPOCH)),
        }
    }

    #[test]
    fn a_pace_is_that_of_the_last_minute_of_one_run() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut see = |run, second: u64, migrated| {
            pace.see(&line(run, migrated, 10_000), start + Duration::from_secs(second));
            pace.per_minute()
        };
        assert_eq!([see(1, 0, 0), see(1, 1, 5), see(1, 2, 50)], [None, None, None]);
        assert_eq!(see(1, 10, 100), Some(600));
        assert_eq!(see(1, 70, 160), Some(60), "what was seen before the last minute does not count");
        assert_eq!([see(2, 80, 160), see(2, 90, 160)], [None, Some(0)], "another run is counted anew");
        assert_eq!(
            [see(2, 91, 3), see(2, 95, 7)],
            [None, Some(60)],
            "documents that are pending again are not decided"
        );
    }

    #[test]
    fn whoever_looks_first_sees_the_pace_since_the_first_run_began() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(since_start(&line(1, 100, 5), at(60)), Some(100));
        assert_eq!(since_start(&line(1, 100, 5), at(1)), None);
        assert_eq!(since_start(&line(2, 100, 5), at(60)), None);
        assert_eq!(since_start(&line(1, 100, 5), at(-60)), None);
    }
}

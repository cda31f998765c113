//! When documents were decided and bytes were copied: what a report's charts show.

use jiff::Timestamp;

/// A part of a run's time, and what was done in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// The run that it is a part of.
    pub run: u32,
    /// Where it begins.
    pub start: Timestamp,
    /// Seconds; the last one of a run may be shorter than the others. Never 0.
    pub seconds: u64,
    /// Decisions that a document is at the target; one that was decided twice counts twice.
    pub synced: u64,
    /// Decisions that a document failed.
    pub failed: u64,
    /// Bytes of the files that were copied.
    pub bytes: u64,
}

/// The time of a batch's runs without the time between them, in parts of equal length.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The parts, in order of run and time.
    pub buckets: Vec<Bucket>,
    /// Seconds of a part.
    pub seconds: u64,
    /// Decisions that belong to no run that is kept.
    pub decided_elsewhere: u64,
    /// Bytes that were copied by such runs.
    pub bytes_elsewhere: u64,
}

impl Timeline {
    /// The part of `run` that holds `at`; the nearest one of that run, where a clock was set.
    pub fn bucket(&mut self, run: u32, at: Timestamp) -> Option<&mut Bucket> {
        let first = self.buckets.partition_point(|bucket| bucket.run < run);
        let end = self.buckets.partition_point(|bucket| bucket.run <= run);
        let of_run = self.buckets.get_mut(first..end)?;
        let later = of_run.partition_point(|bucket| bucket.start <= at);
        of_run.get_mut(later.saturating_sub(1))
    }
}

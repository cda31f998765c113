//! When documents were decided, for a batch of any size: from the audit log, read at as many places as a chart has bars.

use jiff::{SignedDuration, Timestamp};

use crate::ledger::{LedgerError, Reader};
use crate::model::batch::BatchRecord;
use crate::model::event::Change;
use crate::model::status::ItemStatus;
use crate::model::timeline::{Bucket, Timeline};
use crate::rules::reporting;

/// Up to so many events, each is read; of more, those in between are counted.
const EACH: u64 = 4_096;

/// Decisions over the time of a batch's runs. Of a long log, every event of a run counts as a decision that a document
/// is at the target: nearly all are, and reading millions of them would take minutes.
///
/// # Errors
/// An unreadable ledger.
pub(super) fn timeline(reader: &Reader, batch: &BatchRecord) -> Result<Timeline, LedgerError> {
    let (events, _) = reader.head(batch.id)?;
    let last = at(reader, batch, events)?.unwrap_or(batch.accepted);
    let mut timeline = reporting::timeline(&batch.runs, last);
    if events <= EACH {
        each(reader, batch, &mut timeline)?;
    } else {
        counted(reader, batch, events, &mut timeline.buckets)?;
    }
    Ok(timeline)
}

fn each(reader: &Reader, batch: &BatchRecord, timeline: &mut Timeline) -> Result<(), LedgerError> {
    let most = usize::try_from(EACH).unwrap_or(usize::MAX);
    for event in reader.events(batch.id, 0, most)? {
        let Change::Document { new, .. } = event.change else { continue };
        let Some(bucket) = timeline.bucket(event.run, event.at) else { continue };
        match new {
            ItemStatus::Pending => {}
            ItemStatus::Failed => bucket.failed += 1,
            ItemStatus::Migrated | ItemStatus::AlreadyAtTarget => bucket.synced += 1,
        }
    }
    Ok(())
}

/// Events stand in the order of time, so that those of a bar are found by its ends.
fn counted(reader: &Reader, batch: &BatchRecord, events: u64, buckets: &mut [Bucket]) -> Result<(), LedgerError> {
    let mut before = 0;
    for bucket in buckets {
        let length = SignedDuration::from_secs(i64::try_from(bucket.seconds).unwrap_or_default());
        let end = bucket.start.saturating_add(length).unwrap_or(bucket.start);
        let start = first_at(reader, batch, (before, events), bucket.start)?;
        before = first_at(reader, batch, (start, events), end)?;
        bucket.synced = before - start;
    }
    Ok(())
}

/// How many events, of which so many are known to be before it, are before an instant.
fn first_at(
    reader: &Reader,
    batch: &BatchRecord,
    (mut low, mut high): (u64, u64),
    instant: Timestamp,
) -> Result<u64, LedgerError> {
    while low < high {
        let middle = low + (high - low) / 2;
        if at(reader, batch, middle + 1)?.is_some_and(|at| at < instant) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// When an event was; `None`: there is none of this number.
fn at(reader: &Reader, batch: &BatchRecord, sequence: u64) -> Result<Option<Timestamp>, LedgerError> {
    let found = reader.events(batch.id, sequence.saturating_sub(1), 1)?;
    Ok(found.first().filter(|event| event.sequence == sequence).map(|event| event.at))
}

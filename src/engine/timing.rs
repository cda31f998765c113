//! When documents were decided and bytes were copied, from the audit log and from receipts, in bounded memory.

use jiff::Timestamp;

use crate::ledger::{LedgerError, Reader};
use crate::model::batch::BatchRecord;
use crate::model::document::{FileRecord, FileState};
use crate::model::event::{AuditEvent, Change};
use crate::model::status::ItemStatus;
use crate::model::timeline::Timeline;
use crate::rules::reporting;

/// Events read from the ledger at once.
const PAGE: usize = 512;

/// The timeline of a batch with the documents of its audit log; files are to follow ([`copied`]).
///
/// # Errors
/// An unreadable ledger.
pub(super) fn timeline(reader: &Reader, batch: &BatchRecord) -> Result<Timeline, LedgerError> {
    let mut timeline = reporting::timeline(&batch.runs, last_event(reader, batch)?);
    decisions(reader, batch, &mut timeline)?;
    Ok(timeline)
}

/// Adds the bytes of a file, if it was copied, when its receipt says that it was.
pub(super) fn copied(timeline: &mut Timeline, file: &FileRecord) {
    let FileState::Migrated(receipt) = &file.state else { return };
    match timeline.bucket(receipt.run, receipt.at) {
        Some(bucket) => bucket.bytes += receipt.size,
        None => timeline.bytes_elsewhere += receipt.size,
    }
}

fn last_event(reader: &Reader, batch: &BatchRecord) -> Result<Timestamp, LedgerError> {
    let (events, _) = reader.head(batch.id)?;
    let last = reader.events(batch.id, events.saturating_sub(1), 1)?;
    Ok(last.first().map_or(batch.accepted, |event| event.at))
}

fn decisions(reader: &Reader, batch: &BatchRecord, timeline: &mut Timeline) -> Result<(), LedgerError> {
    let mut after = 0;
    loop {
        let page = reader.events(batch.id, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.sequence;
        page.iter().for_each(|event| decision(timeline, event));
    }
}

fn decision(timeline: &mut Timeline, event: &AuditEvent) {
    let Change::Document { new, .. } = &event.change else { return };
    if *new == ItemStatus::Pending {
        return;
    }
    match timeline.bucket(event.run, event.at) {
        Some(bucket) if *new == ItemStatus::Failed => bucket.failed += 1,
        Some(bucket) => bucket.synced += 1,
        None => timeline.decided_elsewhere += 1,
    }
}

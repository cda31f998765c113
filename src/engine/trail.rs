//! The audit trail, page by page, as it is exported.

use crate::ledger::{LedgerError, Reader};
use crate::model::audit::{AuditRow, ChainView, EventFilter};
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::control::Page;
use crate::model::event::{AuditEvent, Change};
use crate::model::view::FORMAT_VERSION;
use crate::rules::auditing::premis;

/// Events read at once.
const PAGE: usize = 512;
/// Events looked at for one page: one event of a document among millions must not keep a client waiting for long.
const LOOKED_AT: usize = 20_000;

/// Up to `limit` chains after one of a batch; 0: from the first.
///
/// # Errors
/// The ledger's.
pub fn chains(reader: &Reader, after: BatchId, limit: usize) -> Result<Page<ChainView>, LedgerError> {
    let mut batches = reader.batches_after(after, limit + 1)?;
    let more = batches.len() > limit;
    batches.truncate(limit);
    let next = batches.last().filter(|_| more).map(|last| last.id.to_string());
    let rows = batches.into_iter().map(|batch| chain(reader, batch)).collect::<Result<_, _>>()?;
    Ok(Page::new(rows, next))
}

fn chain(reader: &Reader, batch: BatchRecord) -> Result<ChainView, LedgerError> {
    let (events, head) = reader.head(batch.id)?;
    Ok(ChainView { batch_number: batch.number, name: batch.name, events, head })
}

/// Up to `limit` events of a batch after a sequence number; 0: from the first. Fewer, or none, are not the end where
/// the page names a next one.
///
/// # Errors
/// The ledger's.
pub fn events(
    reader: &Reader,
    batch: &BatchRecord,
    filter: &EventFilter,
    after: u64,
    limit: usize,
) -> Result<Page<AuditRow>, LedgerError> {
    let (mut rows, mut last, mut looked_at) = (Vec::new(), after, 0);
    while looked_at < LOOKED_AT && rows.len() < limit {
        let read = reader.events(batch.id, last, PAGE.min(limit - rows.len()))?;
        if read.is_empty() {
            return Ok(Page::new(rows, None));
        }
        for event in read {
            (last, looked_at) = (event.sequence, looked_at + 1);
            if fits(filter, &event) {
                rows.push(row(batch, event));
            }
        }
    }
    Ok(Page::new(rows, Some(last.to_string())))
}

fn fits(filter: &EventFilter, event: &AuditEvent) -> bool {
    let is_of = |image| matches!(&event.change, Change::Document { image_number, .. } if image_number == image);
    filter.from.is_none_or(|from| event.at >= from)
        && filter.until.is_none_or(|until| event.at < until)
        && filter.image.as_ref().is_none_or(is_of)
}

fn row(batch: &BatchRecord, event: AuditEvent) -> AuditRow {
    let (event_type, outcome) = premis(&event.change);
    let digest = event.digest();
    AuditRow { format_version: FORMAT_VERSION, name: batch.name.clone(), event_type, outcome, digest, event }
}

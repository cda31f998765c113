//! The chain itself.

use super::check::Faults;
use crate::ledger::{LedgerError, Link, Reader};
use crate::model::audit::{Anchor, AuditFault};
use crate::model::batch::BatchRecord;
use crate::model::event::Change;
use crate::model::ids::Digest;
use crate::rules::auditing::{Anchored, ChainWalk};

/// A chain that was walked to its end.
pub(super) struct Walked {
    /// What is compared with the head that was kept outside.
    pub(super) anchored: Anchored,
    /// Digest of the last event.
    pub(super) head: Digest,
}

/// Walks the chain. A batch that runs goes on writing: what it has written meanwhile is walked too.
pub(super) fn walk(
    reader: &Reader,
    batch: &BatchRecord,
    anchor: Option<&Anchor>,
    faults: &mut Faults,
) -> Result<Walked, LedgerError> {
    let mut walk = ChainWalk::new(batch.number.clone());
    let (mut events, mut found) = (0, None);
    loop {
        let before = events;
        for link in reader.links(batch.id, events) {
            let Link { sequence, event } = link?;
            walk.push(sequence, event.as_ref().map_err(String::as_str));
            events = sequence;
            if let Ok(event) = event {
                found = found.or_else(|| anchor.filter(|anchor| anchor.event == sequence).map(|_| event.digest()));
                orphan(reader, batch, sequence, &event.change)?.into_iter().for_each(|fault| faults.push(fault));
            }
        }
        let head = match reader.head(batch.id) {
            Err(LedgerError::Damaged { detail, .. }) => {
                let message = format!("the ledger's head of the log cannot be read: {detail}");
                faults.push(AuditFault { event: None, image_number: None, message });
                break;
            }
            head => head?,
        };
        if head.0 <= events || events == before {
            let last = walk.last();
            walk.end(head).into_iter().for_each(|fault| faults.push_first(fault));
            return Ok(Walked { anchored: Anchored { found, events }, head: last.1 });
        }
    }
    Ok(Walked { anchored: Anchored { found, events }, head: walk.last().1 })
}

/// An event that tells of a document of which there is no record.
fn orphan(
    reader: &Reader,
    batch: &BatchRecord,
    sequence: u64,
    change: &Change,
) -> Result<Option<AuditFault>, LedgerError> {
    let Change::Document { image_number, .. } = change else { return Ok(None) };
    if reader.has_document(batch.id, image_number)? {
        return Ok(None);
    }
    let message = format!("event {sequence} tells of document {:?}, whose record is gone", image_number.as_str());
    Ok(Some(AuditFault { event: Some(sequence), image_number: Some(image_number.clone()), message }))
}

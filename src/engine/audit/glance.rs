//! The last events of very many documents, so briefly noted that they fit in memory.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;

use crate::ledger::{LedgerError, Link, Reader, Sealed};
use crate::model::batch::BatchId;
use crate::model::event::Change;
use crate::model::ids::{Digest, ImageNumber};
use crate::model::status::ItemStatus;

/// What the last event of each document says. Where two documents have the same hash (the odds are one in a hundred million for
/// half a million documents), one of them does not seem to fit and has to be looked at once more.
pub(super) struct Glance {
    hasher: RandomState,
    last: HashMap<u64, (ItemStatus, [u8; 16])>,
}

impl Glance {
    /// Reads all events of a batch, and notes those of the documents after one of them, up to another one.
    pub(super) fn of(
        reader: &Reader,
        id: BatchId,
        (first, last): (Option<&ImageNumber>, &ImageNumber),
    ) -> Result<Self, LedgerError> {
        let mut glance = Self { hasher: RandomState::new(), last: HashMap::new() };
        for link in reader.links(id, 0) {
            let Link { event, .. } = link?;
            // One that cannot be read is the chain's own fault.
            let Ok(event) = event else { continue };
            if let Change::Document { image_number, new, record, .. } = event.change
                && first.is_none_or(|first| image_number > *first)
                && image_number <= *last
            {
                glance.last.insert(glance.hasher.hash_one(&image_number), (new, half(&record)));
            }
        }
        Ok(glance)
    }

    /// Whether a record is as its last event says; where it does not seem so, it may be all the same.
    pub(super) fn fits(&self, sealed: &Sealed, is_listed: bool) -> bool {
        let Ok(record) = &sealed.record else { return false };
        let is_pending = record.status == ItemStatus::Pending;
        match self.last.get(&self.hasher.hash_one(&sealed.image_number)) {
            None => is_pending,
            Some((status, digest)) => {
                let vouched = || record.digests.iter().any(|own| half(own) == *digest);
                let listed = || record.fits_listing || !is_listed;
                *status == record.status && (is_pending || vouched() && listed())
            }
        }
    }
}

/// 128 bits of a digest: nobody makes a record of another one's.
fn half(digest: &Digest) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest.as_bytes()[..16]);
    half
}

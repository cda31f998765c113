//! Pages of listings: what every look at a file's page relies on.

use super::problems::wrong;
use crate::ledger::error::LedgerError;
use crate::ledger::keys;
use crate::ledger::pages::{OVERLAPPED, PageRecord};
use crate::ledger::values;
use crate::model::batch::BatchId;

/// Walks pages in the order of their first keys.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// The batch of the page before, and the key of its last file.
    before: Option<(BatchId, String)>,
}

impl Pages {
    /// A page: it ends after it begins, and begins after the one before it ends.
    pub(super) fn page(&mut self, id: BatchId, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
        let page: PageRecord = values::decode(key, value)?;
        let first = keys::text(key, 5).ok_or_else(|| wrong("expected the key of a file in the key"))?;
        if page.recorded > page.seen {
            return Err(wrong(format!("listing {} recorded it, and it was last seen by {}", page.recorded, page.seen)));
        }
        if first == OVERLAPPED {
            return Ok(());
        }
        if first > page.last {
            return Err(wrong(format!("it ends at {:?}, before it begins", page.last)));
        }
        let before = self.before.replace((id, page.last));
        match before.filter(|(batch, last)| *batch == id && *last >= first) {
            Some((_, last)) => Err(wrong(format!("it begins before the page before it ends, at {last:?}"))),
            None => Ok(()),
        }
    }
}

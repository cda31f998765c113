//! The documents that a report shows with their files: those first that a reader looks for.

use super::view;
use crate::ledger::LedgerError;
use crate::model::document::{DocumentRecord, FileRecord};
use crate::model::failure::Outcome;
use crate::model::report::{Capped, Detail};
use crate::model::status::ItemStatus;

/// Documents of each rank that are kept: `report.html` holds no more in what forges show.
const DETAILS: usize = 300;
/// Files kept of each.
const FILES: usize = 20;

/// Documents by rank: failed, deserving a look, all others.
#[derive(Default)]
pub(super) struct Details {
    ranks: [Vec<Detail>; 3],
    total: u64,
}

impl Details {
    /// Keeps a document, if there is room for its rank.
    ///
    /// # Errors
    /// That of `files`.
    pub(super) fn add(
        &mut self,
        document: &DocumentRecord,
        files: impl FnOnce() -> Result<Vec<FileRecord>, LedgerError>,
    ) -> Result<(), LedgerError> {
        self.total += 1;
        let rank = &mut self.ranks[rank(document)];
        if rank.len() < DETAILS {
            let mut files = files()?;
            files.truncate(FILES);
            files.shrink_to_fit();
            rank.push(Detail { document: document.clone(), files });
        }
        Ok(())
    }

    /// The first of all ranks together.
    pub(super) fn in_order(self) -> Capped<Detail> {
        Capped { rows: self.ranks.into_iter().flatten().take(DETAILS).collect(), total: self.total }
    }
}

fn rank(document: &DocumentRecord) -> usize {
    let is_warned = document.findings.iter().any(|finding| finding.outcome == Outcome::Warn);
    match document.state.status() {
        ItemStatus::Failed => 0,
        _ if is_warned || document.state.is_kept() || view::is_gone(document) => 1,
        _ => 2,
    }
}

//! What is wrong, the first of it in full.

use super::kinds;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::model::batch::BatchId;
use crate::model::ledger_check::{LedgerProblem, PROBLEMS_SHOWN};

/// What is wrong, the first of it in full.
#[derive(Debug, Default)]
pub(super) struct Problems {
    shown: Vec<(Option<BatchId>, LedgerProblem)>,
    total: u64,
}

/// A record is not what it should be.
pub(super) fn wrong(message: impl Into<String>) -> LedgerError {
    LedgerError::damaged(String::new(), message)
}

impl Problems {
    /// Notes what is wrong with the record at `key`. What is no fault of the record ends the check.
    pub(super) fn note(&mut self, key: &[u8], found: Result<(), LedgerError>) -> Result<(), LedgerError> {
        match found {
            Err(LedgerError::Damaged { detail, .. }) => {
                self.add(key, detail);
                Ok(())
            }
            other => other,
        }
    }

    /// Notes what is wrong with the record at `key`, which need not be there.
    pub(super) fn add(&mut self, key: &[u8], message: String) {
        self.total += 1;
        if self.shown.len() < PROBLEMS_SHOWN {
            let (batch, image_number) = whose(key);
            let kind = kinds::word(key.first().copied().unwrap_or_default()).unwrap_or("unknown").to_owned();
            self.shown.push((batch, LedgerProblem { batch: None, image_number, kind, message }));
        }
    }

    /// How many there are.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The first of them, with batches called as `number` knows them.
    pub(super) fn shown(self, number: impl Fn(BatchId) -> Option<String>) -> Vec<LedgerProblem> {
        let called = |id| number(id).unwrap_or_else(|| format!("batch {id} of the ledger"));
        let told =
            |(batch, problem): (Option<BatchId>, LedgerProblem)| LedgerProblem { batch: batch.map(called), ..problem };
        self.shown.into_iter().map(told).collect()
    }
}

/// The batch and the document that a key names.
fn whose(key: &[u8]) -> (Option<BatchId>, Option<String>) {
    if let Some((batch, image)) = keys::document_of_unique(key).filter(|_| is_unique(key)) {
        return (Some(batch), Some(image.as_str().to_owned()));
    }
    let Some((table, batch)) = Table::of(key) else { return (None, None) };
    let image = match table {
        Table::Documents | Table::Started | Table::WasSynced | Table::Uniques => keys::text(key, 5),
        Table::Status => keys::text(key, 6),
        Table::Files => keys::first_text(key, 5),
        _ => None,
    };
    (Some(batch), image)
}

/// Whether a key stands in one of the indexes of what documents have.
pub(super) fn is_unique(key: &[u8]) -> bool {
    key.starts_with(keys::CONTENTS) || key.starts_with(keys::INVOICES)
}

//! Counting every item anew, to compare with the counters that are kept.

use super::counters;
use super::error::LedgerError;
use super::keys::{self, Table};
use super::rows::FileRow;
use super::store::Store;
use super::values;
use crate::model::batch::BatchId;
use crate::model::counts::Counts;
use crate::model::document::DocumentRecord;

/// Counts the documents and files of a batch, one by one.
pub(super) fn recount(store: &Store, batch: BatchId) -> Result<Counts, LedgerError> {
    let mut counts = Counts::default();
    let documents = keys::of_batch(Table::Documents, batch);
    for row in store.scan(&documents, documents.clone()) {
        let (key, value) = row?;
        counters::add_document(&mut counts, &values::decode::<DocumentRecord>(&key, &value)?);
    }
    let files = keys::of_batch(Table::Files, batch);
    for row in store.scan(&files, files.clone()) {
        let (key, value) = row?;
        counters::add_file(&mut counts, &values::decode::<FileRow>(&key, &value)?);
    }
    Ok(counts)
}

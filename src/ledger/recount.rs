//! Counting every item anew, to compare with the counters that are kept.

use super::counters;
use super::error::LedgerError;
use super::keys::{self, Table};
use super::pages::Pages;
use super::rows::FileRow;
use super::store::Store;
use super::values;
use crate::model::batch::BatchId;
use crate::model::counts::Counts;
use crate::model::document::{DocumentRecord, FileRecord};

/// What the items of a batch give.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recount {
    /// The counters.
    pub counts: Counts,
    /// Files of documents that no listing since the one asked about has found, or that only a catalog tells of.
    pub not_listed: u64,
}

/// What a recount comes by: all documents, and then all files.
#[derive(Debug, Clone, Copy)]
pub enum Item<'a> {
    /// A document.
    Document(&'a DocumentRecord),
    /// A file, of a document or listed and of none.
    File(&'a FileRecord),
}

/// Counts the documents and files of a batch, one by one, and shows each to `see`.
pub(super) fn recount(
    store: &Store,
    batch: BatchId,
    listing: u32,
    mut see: impl FnMut(Item<'_>) -> Result<(), LedgerError>,
) -> Result<Recount, LedgerError> {
    let Recount { mut counts, mut not_listed } = Recount::default();
    let documents = keys::of_batch(Table::Documents, batch);
    for row in store.scan(&documents, documents.clone()) {
        let (key, value) = row?;
        let document = values::decode::<DocumentRecord>(&key, &value)?;
        counters::add_document(&mut counts, &document);
        see(Item::Document(&document))?;
    }
    let pages = Pages::of(store, batch)?;
    let files = keys::of_batch(Table::Files, batch);
    for row in store.scan(&files, files.clone()) {
        let (key, value) = row?;
        let row = values::decode::<FileRow>(&key, &value)?;
        counters::add_file(&mut counts, &row);
        not_listed += u64::from(pages.is_missed(&row, listing));
        see(Item::File(&row.file))?;
    }
    Ok(Recount { counts, not_listed })
}

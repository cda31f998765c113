//! Looking through millions of documents, a page at a time, without reading for longer than a person waits.

use super::error::LedgerError;
use super::keys::{self, Table};
use super::reader::{DocumentFilter, Reader};
use super::values;
use crate::model::batch::BatchId;
use crate::model::document::DocumentRecord;
use crate::model::ids::ImageNumber;
use crate::model::status::ItemStatus;

/// Which documents are wanted.
pub struct Wanted<'a> {
    /// By status and code.
    pub filter: DocumentFilter,
    /// How their image numbers begin; empty: any.
    pub beginning: &'a str,
    /// Only those after this one.
    pub after: Option<&'a ImageNumber>,
    /// What else must be true of them.
    pub fits: &'a dyn Fn(&DocumentRecord) -> bool,
    /// Most documents.
    pub limit: usize,
    /// Most documents looked at: what fits may be rare, and no index leads to it.
    pub look_at: usize,
}

/// What was found.
pub struct Browsed {
    /// Documents, in order of image number.
    pub documents: Vec<DocumentRecord>,
    /// The last one looked at, if there may be more after it.
    pub reached: Option<ImageNumber>,
}

impl Reader {
    /// How many writes there were since the ledger was opened, and the batches that those after `since` touched.
    pub fn touched_since(&self, since: u64) -> (u64, Vec<BatchId>) {
        self.store.touched.since(since)
    }

    /// A page of documents. It may be empty and not the last.
    ///
    /// # Errors
    /// An unreadable ledger.
    pub fn browse(&self, id: BatchId, wanted: &Wanted<'_>) -> Result<Browsed, LedgerError> {
        let at_status = wanted.filter.index(&self.counts(id)?);
        let mut documents = Vec::new();
        for (looked_at, document) in self.of_beginning(id, at_status, wanted).enumerate() {
            let document = document?;
            let image = document.image_number.clone();
            if self.fits(id, wanted.filter, &document)? && (wanted.fits)(&document) {
                documents.push(document);
            }
            if documents.len() > wanted.limit {
                documents.pop();
                let reached = documents.last().map(|last| last.image_number.clone());
                return Ok(Browsed { documents, reached });
            }
            if looked_at + 1 >= wanted.look_at {
                return Ok(Browsed { documents, reached: Some(image) });
            }
        }
        Ok(Browsed { documents, reached: None })
    }

    /// Documents by image number, from the index of a status where one is given.
    fn of_beginning(
        &self,
        id: BatchId,
        status: Option<ItemStatus>,
        wanted: &Wanted<'_>,
    ) -> impl Iterator<Item = Result<DocumentRecord, LedgerError>> {
        let table = match status {
            Some(status) => keys::status(id, status),
            None => keys::of_batch(Table::Documents, id),
        };
        let skip = table.len();
        let prefix = keys::beginning(table.clone(), wanted.beginning);
        let after = wanted.after.map(|image| keys::after(keys::then(table, image.as_str())));
        let start = after.filter(|after| *after > prefix).unwrap_or_else(|| prefix.clone());
        self.store.scan(&start, prefix).map(move |row| {
            let (key, value) = row?;
            if status.is_none() {
                return values::decode(&key, &value);
            }
            let damaged = |detail| LedgerError::damaged(key.escape_ascii().to_string(), detail);
            let image = keys::text(&key, skip).ok_or_else(|| damaged("expected a key of the status index"))?;
            self.document(id, &ImageNumber::new(image))?.ok_or_else(|| damaged("expected a document for it"))
        })
    }
}

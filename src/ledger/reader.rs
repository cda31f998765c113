//! What was recorded. Readers never wait for the writer and cannot write.

use std::sync::Arc;

use super::claim::{self, ClaimRecord};
use super::counters;
use super::error::LedgerError;
use super::keys::{self, Table};
use super::recount::{self, Item, Recount};
use super::rows::{self, StartMark};
use super::store::Store;
use super::uniques::Owner;
use super::values;
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::counts::Counts;
use crate::model::document::{DocumentRecord, FileRecord, SourceObject};
use crate::model::event::AuditEvent;
use crate::model::failure::Code;
use crate::model::ids::{BatchName, Digest, ImageNumber};
use crate::model::listing::{Mark, Shard};
use crate::model::status::ItemStatus;
use crate::model::work::Unique;

/// Reads the ledger. Every method blocks on the disk and fails with [`LedgerError::Read`] or
/// [`LedgerError::Damaged`]. The ledger stays locked until its last reader is dropped.
#[derive(Clone)]
pub struct Reader {
    pub(super) store: Arc<Store>,
}

/// Which documents are asked for; both absent: all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DocumentFilter {
    /// Only those at this status.
    pub status: Option<ItemStatus>,
    /// Only those that failed with this code or were warned of it; for `TargetKept`, those with a file whose target was
    /// kept.
    pub code: Option<Code>,
}

impl DocumentFilter {
    /// The part of the index that holds every document that fits; `None`: any may.
    pub(super) fn index(self, counts: &Counts) -> Option<ItemStatus> {
        self.status.or_else(|| match self.code? {
            Code::TargetKept if counts.files.target_kept + counts.documents.target_kept > 0 => None,
            code if counts.warnings.contains_key(&code) => None,
            _ => Some(ItemStatus::Failed),
        })
    }
}

impl Reader {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// Every batch, in order of acceptance.
    pub fn batches(&self) -> Result<Vec<BatchRecord>, LedgerError> {
        self.each_batch().collect()
    }

    /// Every batch, in order of acceptance, one at a time: ten thousand records with their specs are 30 MiB.
    pub fn each_batch(&self) -> impl Iterator<Item = Result<BatchRecord, LedgerError>> {
        let rows = self.store.scan(keys::BATCHES, keys::BATCHES.to_vec());
        let ids = rows.map(|row| row.and_then(|(key, value)| values::decode::<BatchRecord>(&key, &value)));
        ids.map(|record| rows::known_batch(&*self.store, record?.id))
    }

    /// Up to `limit` batches in order of acceptance, after one of them; 0: from the first.
    pub fn batches_after(&self, after: BatchId, limit: usize) -> Result<Vec<BatchRecord>, LedgerError> {
        let start = keys::of_batch(Table::Batch, after.saturating_add(1));
        let rows = self.store.scan(&start, keys::BATCHES.to_vec()).take(limit);
        let ids = rows.map(|row| row.and_then(|(key, value)| values::decode::<BatchRecord>(&key, &value)));
        ids.map(|record| rows::known_batch(&*self.store, record?.id)).collect()
    }

    /// A batch.
    pub fn batch(&self, id: BatchId) -> Result<Option<BatchRecord>, LedgerError> {
        rows::batch(&*self.store, id)
    }

    /// The batch that has a name.
    pub fn batch_by_name(&self, name: &BatchName) -> Result<Option<BatchRecord>, LedgerError> {
        match rows::read::<BatchId>(&*self.store, &keys::name(name))? {
            Some(id) => self.batch(id),
            None => Ok(None),
        }
    }

    /// The counters as they are kept.
    pub fn counts(&self, id: BatchId) -> Result<Counts, LedgerError> {
        rows::counts(&*self.store, id)
    }

    /// The counters as the items give them, and the files that no listing since number `listing` has found: reads every
    /// document and file of the batch, one by one, and shows each to `see`, whose error ends it. Equal to [`Reader::counts`]
    /// and [`Reader::not_listed`] while nothing is written.
    pub fn recount(
        &self,
        id: BatchId,
        listing: u32,
        see: impl FnMut(Item<'_>) -> Result<(), LedgerError>,
    ) -> Result<Recount, LedgerError> {
        recount::recount(&self.store, id, listing, see)
    }

    /// Up to `limit` documents, of one batch or of any, that have this; content only where a file has it at its target.
    pub fn owners(&self, of: &Unique, batch: Option<BatchId>, limit: usize) -> Result<Vec<Owner>, LedgerError> {
        let prefix = batch.map_or_else(|| keys::unique(of), |batch| keys::unique_in(of, batch));
        let rows = self.store.scan(&prefix.clone(), prefix).take(limit);
        let owners = rows.map(|row| {
            let (key, _) = row?;
            let (batch, image_number) = keys::document_of_unique(&key)
                .ok_or_else(|| LedgerError::damaged(key.escape_ascii().to_string(), "expected a document"))?;
            Ok(Owner { batch, image_number })
        });
        owners.collect()
    }

    /// Up to `limit` documents in order of image number, after one of them. A status or code is looked up in the
    /// index, so a few pending ones among millions are found at once.
    pub fn documents(
        &self,
        id: BatchId,
        filter: DocumentFilter,
        after: Option<&ImageNumber>,
        limit: usize,
    ) -> Result<Vec<DocumentRecord>, LedgerError> {
        let found: Box<dyn Iterator<Item = Result<DocumentRecord, LedgerError>>> = match filter.index(&self.counts(id)?)
        {
            Some(status) => Box::new(self.indexed(id, status, after)),
            None => Box::new(self.table(Table::Documents, id, after.map(ImageNumber::as_str))),
        };
        // An error is not filtered out, and ends the collecting.
        let fits = |document: Result<DocumentRecord, LedgerError>| {
            let document = document?;
            Ok(self.fits(id, filter, &document)?.then_some(document))
        };
        found.filter_map(|document| fits(document).transpose()).take(limit).collect()
    }

    pub(super) fn fits(
        &self,
        id: BatchId,
        filter: DocumentFilter,
        document: &DocumentRecord,
    ) -> Result<bool, LedgerError> {
        if filter.status.is_some_and(|status| status != document.state.status()) {
            return Ok(false);
        }
        let Some(code) = filter.code else { return Ok(true) };
        if counters::code(document) == Some(code) || counters::warnings(document).contains(&code) {
            return Ok(true);
        }
        let may_be_kept = code == Code::TargetKept && document.files.synced > 0;
        Ok(may_be_kept && self.files(id, &document.image_number)?.iter().any(|file| file.state.is_kept()))
    }

    /// A document.
    pub fn document(&self, id: BatchId, image: &ImageNumber) -> Result<Option<DocumentRecord>, LedgerError> {
        rows::document(&*self.store, id, image)
    }

    /// Whether a document was synced once and is not any more.
    pub fn was_synced(&self, id: BatchId, image: &ImageNumber) -> Result<bool, LedgerError> {
        Ok(rows::read::<()>(&*self.store, &keys::of_text(Table::WasSynced, id, image.as_str()))?.is_some())
    }

    /// The files of a document that count as its own, by key.
    pub fn files(&self, id: BatchId, image: &ImageNumber) -> Result<Vec<FileRecord>, LedgerError> {
        let rows = rows::files(&*self.store, id, image)?;
        Ok(rows.into_iter().filter(|row| row.counted).map(|row| row.file).collect())
    }

    /// One file of a document.
    ///
    /// # Errors
    /// An unreadable ledger.
    pub fn file(&self, id: BatchId, image: &ImageNumber, key: &str) -> Result<Option<FileRecord>, LedgerError> {
        Ok(rows::read::<rows::FileRow>(&*self.store, &keys::file(id, image, key))?.map(|row| row.file))
    }

    /// How far every shard has been listed.
    pub fn marks(&self, id: BatchId) -> Result<Vec<(Shard, Mark)>, LedgerError> {
        let prefix = keys::of_batch(Table::Marks, id);
        let shard = |key: &[u8]| {
            let shard = keys::shard(key, prefix.len());
            shard.ok_or_else(|| LedgerError::damaged(key.escape_ascii().to_string(), "expected a key of a mark"))
        };
        let rows = self.store.scan(&prefix, prefix.clone());
        rows.map(|row| row.and_then(|(key, value)| Ok((shard(&key)?, values::decode(&key, &value)?)))).collect()
    }

    /// Up to `limit` objects that matched no template, by key, after one of them.
    pub fn unrecognised(
        &self,
        id: BatchId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<SourceObject>, LedgerError> {
        self.table(Table::Unrecognised, id, after).take(limit).collect()
    }

    /// The transfer of a document that began and whose outcome is not recorded.
    pub fn started(&self, id: BatchId, image: &ImageNumber) -> Result<Option<StartMark>, LedgerError> {
        rows::read(&*self.store, &keys::of_text(Table::Started, id, image.as_str()))
    }

    /// Whose a target address is.
    pub fn claim(&self, address: &str) -> Result<Option<ClaimRecord>, LedgerError> {
        claim::holder(&*self.store, address)
    }

    /// Up to `limit` events of a batch's chain, after a sequence number; 0: from the first.
    pub fn events(&self, id: BatchId, after: u64, limit: usize) -> Result<Vec<AuditEvent>, LedgerError> {
        let start = keys::event(id, after.saturating_add(1));
        let rows = self.store.scan(&start, keys::of_batch(Table::Events, id)).take(limit);
        rows.map(|row| row.and_then(|(key, value)| values::decode(&key, &value))).collect()
    }

    /// How many events the chain has, and the digest of the last one.
    pub fn head(&self, id: BatchId) -> Result<(u64, Digest), LedgerError> {
        let head = rows::head(&*self.store, id)?;
        Ok((head.events, head.digest))
    }

    /// The records of a table that are keyed by a text, after one of them.
    pub(super) fn table<T: serde::de::DeserializeOwned>(
        &self,
        table: Table,
        id: BatchId,
        after: Option<&str>,
    ) -> impl Iterator<Item = Result<T, LedgerError>> + Send + use<T> {
        let prefix = keys::of_batch(table, id);
        let start = after.map_or_else(|| prefix.clone(), |text| keys::after(keys::of_text(table, id, text)));
        let rows = self.store.scan(&start, prefix);
        rows.map(|row| row.and_then(|(key, value)| values::decode(&key, &value)))
    }

    /// Documents that the index has at `status`.
    fn indexed(
        &self,
        id: BatchId,
        status: ItemStatus,
        after: Option<&ImageNumber>,
    ) -> impl Iterator<Item = Result<DocumentRecord, LedgerError>> {
        self.images_at(id, status, after).map(move |image| {
            let image = image?;
            let missing =
                || LedgerError::damaged(image.as_str().to_owned(), "expected a document for the status index");
            self.document(id, &image)?.ok_or_else(missing)
        })
    }

    /// The image numbers that the index has at `status`.
    pub(super) fn images_at(
        &self,
        id: BatchId,
        status: ItemStatus,
        after: Option<&ImageNumber>,
    ) -> impl Iterator<Item = Result<ImageNumber, LedgerError>> + Send + use<> {
        let prefix = keys::status(id, status);
        let start = after.map_or_else(|| prefix.clone(), |image| keys::after(keys::status_of(id, status, image)));
        let skip = prefix.len();
        self.store.scan(&start, prefix).map(move |row| {
            let (key, _) = row?;
            let image = keys::text(&key, skip).map(ImageNumber::new);
            image.ok_or_else(|| {
                LedgerError::damaged(key.escape_ascii().to_string(), "expected a key of the status index")
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_and_most_codes_are_looked_up_in_the_index() {
        let mut counts = Counts::default();
        let part = |status, code, counts: &Counts| DocumentFilter { status, code }.index(counts);
        let (pending, failed) = (Some(ItemStatus::Pending), Some(ItemStatus::Failed));
        assert_eq!(part(None, None, &counts), None);
        assert_eq!(part(pending, None, &counts), pending);
        assert_eq!(part(pending, Some(Code::Truncated), &counts), pending);
        assert_eq!(part(None, Some(Code::Truncated), &counts), failed);
        // Documents at any status may be warned of it.
        counts.warnings.insert(Code::Truncated, 1);
        assert_eq!(part(None, Some(Code::Truncated), &counts), None);
        counts.files.target_kept = 1;
        assert_eq!(part(None, Some(Code::TargetKept), &counts), None);
    }
}

//! Pages of a listing, as their files were recorded: a page that comes again as it was costs one write, and not one for each file.
//!
//! A file was seen by the listing that its own record names, or, if that is the one that recorded the page in which its key lies, by
//! whichever saw this page last. So nothing of a file is touched while its page stays as it was.
//!
//! Of the newest listing this holds exactly. A file that it has not seen may be said to have been last seen earlier than it was.
//!
//! Invariants:
//! - Pages that are kept do not overlap. Of those that would, as where a store lists in another order than that of keys, the
//!   later one is not kept, and what is not kept is recorded file by file each time.
//! - A page is as it was only if the listing just before this one has seen it: what a listing in between did to its files is
//!   unknown to it.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::error::LedgerError;
use super::keys::{self, Table};
use super::rows::{self, FileRow};
use super::stage::Stage;
use super::store::Store;
use super::values;
use crate::model::batch::BatchId;
use crate::model::document::FileRecord;
use crate::model::ids::Digest;

/// A page. The key of its first file is in its own key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PageRecord {
    /// The key of its last file.
    pub(super) last: String,
    /// SHA-256 of what its files were recorded as.
    digest: Digest,
    /// Its files.
    files: u64,
    /// The listing that recorded each of them.
    recorded: u32,
    /// The last listing that saw it.
    seen: u32,
}

/// The files of a page that a listing brings.
pub(super) struct ListedPage {
    first: String,
    last: String,
    digest: Digest,
    files: u64,
    listing: u32,
}

impl ListedPage {
    /// `None`: there are none.
    pub(super) fn of(files: &[FileRecord]) -> Option<Self> {
        let keys = || files.iter().map(|file| file.object.key.as_str());
        let (first, last) = (keys().min()?.to_owned(), keys().max()?.to_owned());
        Some(Self { first, last, digest: digest(files), files: files.len() as u64, listing: files[0].seen })
    }

    fn key(&self, batch: BatchId) -> Vec<u8> {
        keys::of_text(Table::Pages, batch, &self.first)
    }

    /// The page as it was recorded, if this one is the same and nothing was missed in between.
    pub(super) fn known(&self, stage: &Stage, batch: BatchId) -> Result<Option<PageRecord>, LedgerError> {
        let known = rows::read::<PageRecord>(stage, &self.key(batch))?;
        let is_same = |known: &PageRecord| (&known.last, known.digest) == (&self.last, self.digest);
        let is_fresh = |known: &PageRecord| known.seen == self.listing || known.seen + 1 == self.listing;
        Ok(known.filter(|known| is_same(known) && is_fresh(known)))
    }

    /// Stages that the page was seen, and is as it was.
    pub(super) fn seen_again(self, stage: &mut Stage, batch: BatchId, known: PageRecord) {
        stage.put(self.key(batch), &PageRecord { seen: self.listing, ..known });
    }

    /// Stages the page, whose files are recorded, in place of those that it overlaps. Writes what is staged first.
    pub(super) fn keep(self, stage: &mut Stage, batch: BatchId) -> Result<(), LedgerError> {
        stage.write()?;
        let mut alone = true;
        for (key, other) in overlapping(stage.store(), batch, &self.first, &self.last)? {
            alone &= other.seen != self.listing;
            // One that this listing saw as it was vouches for files that this page does not have.
            if other.seen != self.listing || other.recorded == self.listing {
                stage.remove(key);
            }
        }
        if alone {
            let Self { last, digest, files, listing, .. } = &self;
            let (last, digest) = (last.clone(), *digest);
            stage.put(self.key(batch), &PageRecord { last, digest, files: *files, recorded: *listing, seen: *listing });
        }
        Ok(())
    }
}

/// Of everything that a listing replaces in the record of a file, but for the listing's number.
fn digest(files: &[FileRecord]) -> Digest {
    let mut hasher = Sha256::new();
    for file in files {
        let FileRecord { object, record, unaddressable, .. } = file;
        let bytes = values::encode(&(object, record, &record.origin, record.absent, unaddressable));
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    }
    Digest(hasher.finalize().into())
}

/// The pages that are kept of keys from `first` to `last`, both among them.
fn overlapping(
    store: &Store,
    batch: BatchId,
    first: &str,
    last: &str,
) -> Result<Vec<(Vec<u8>, PageRecord)>, LedgerError> {
    let before = before(store, batch, first)?.filter(|(_, page)| *page.last >= *first);
    let prefix = keys::of_batch(Table::Pages, batch);
    let end = keys::of_text(Table::Pages, batch, last);
    let within = store.scan(&keys::of_text(Table::Pages, batch, first), prefix).map(|row| {
        let (key, value) = row?;
        let page = values::decode(&key, &value)?;
        Ok((key.to_vec(), page))
    });
    let within = within.take_while(|row: &Result<(Vec<u8>, _), _>| row.as_ref().map_or(true, |(key, _)| *key <= end));
    before.map(Ok).into_iter().chain(within).collect()
}

/// The last page that begins before a key.
fn before(store: &Store, batch: BatchId, key: &str) -> Result<Option<(Vec<u8>, PageRecord)>, LedgerError> {
    let row = store.last_before(&keys::of_batch(Table::Pages, batch), &keys::of_text(Table::Pages, batch, key))?;
    row.map(|(key, value)| values::decode(&key, &value).map(|page| (key, page))).transpose()
}

/// The page in which a key lies.
fn holding(store: &Store, batch: BatchId, key: &str) -> Result<Option<(Vec<u8>, PageRecord)>, LedgerError> {
    Ok(overlapping(store, batch, key, key)?.pop())
}

/// Stages that the page of a file is not kept any more, because the file's record goes. Writes what is staged first.
pub(super) fn forget(stage: &mut Stage, batch: BatchId, key: &str) -> Result<(), LedgerError> {
    stage.write()?;
    if let Some((key, _)) = holding(stage.store(), batch, key)? {
        stage.remove(key);
    }
    Ok(())
}

/// Stages the removal of the pages that say nothing of listing number `listing` or the one before it.
pub(super) fn clear(stage: &mut Stage, batch: BatchId, listing: u32) -> Result<(), LedgerError> {
    let prefix = keys::of_batch(Table::Pages, batch);
    for row in stage.store().scan(&prefix.clone(), prefix) {
        let (key, value) = row?;
        if values::decode::<PageRecord>(&key, &value)?.seen + 1 < listing {
            stage.remove(key.to_vec());
            stage.part()?;
        }
    }
    Ok(())
}

/// The last listing that saw one file.
pub(super) fn seen(store: &Store, batch: BatchId, file: &FileRecord) -> Result<u32, LedgerError> {
    let page = holding(store, batch, &file.object.key)?.map(|(_, page)| page);
    Ok(page.filter(|page| page.recorded == file.seen).map_or(file.seen, |page| page.seen))
}

/// The pages of a batch: one for each thousand files or so.
pub(super) struct Pages(BTreeMap<String, PageRecord>);

impl Pages {
    /// Reads them.
    pub(super) fn of(store: &Store, batch: BatchId) -> Result<Self, LedgerError> {
        let prefix = keys::of_batch(Table::Pages, batch);
        let pages = store.scan(&prefix, prefix.clone()).map(|row| {
            let (key, value) = row?;
            let first = keys::text(&key, prefix.len());
            let first = first.ok_or_else(|| LedgerError::damaged(key.escape_ascii().to_string(), "expected a page"))?;
            Ok((first, values::decode(&key, &value)?))
        });
        pages.collect::<Result<_, _>>().map(Self)
    }

    /// The last listing that saw a file.
    pub(super) fn seen(&self, file: &FileRecord) -> u32 {
        let key = &file.object.key;
        let upto = (Bound::Unbounded, Bound::Included(key.as_str()));
        let page = self.0.range::<str, _>(upto).next_back().map(|(_, page)| page);
        page.filter(|page| page.last >= *key && page.recorded == file.seen).map_or(file.seen, |page| page.seen)
    }

    /// Whether a file of a document was not found by any listing since number `listing`.
    pub(super) fn is_missed(&self, row: &FileRow, listing: u32) -> bool {
        row.counted && (row.file.record.absent || (row.file.seen < listing && self.seen(&row.file) < listing))
    }

    /// The files of all pages, if listing `listing` has seen all of them, each as listing `recorded` or an older one recorded it.
    pub(super) fn as_they_were(&self, recorded: u32, listing: u32) -> Option<u64> {
        let was = |page: &PageRecord| page.seen == listing && page.recorded <= recorded;
        self.0.values().all(was).then(|| self.0.values().map(|page| page.files).sum())
    }
}

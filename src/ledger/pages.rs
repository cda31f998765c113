//! Pages of a listing, as their files were recorded: a page that comes again as it was costs one write, and not one for each file.
//!
//! A file was seen by the listing that its own record names, or, if that is the one that recorded the page in which its key lies, by
//! whichever saw this page last. So nothing of a file is touched while its page stays as it was.
//!
//! Of the newest listing this holds exactly. A file that it has not seen may be said to have been last seen earlier than it was.
//!
//! Invariants:
//! - Pages do not overlap. Where those of one listing would, as where a store lists in another order than that of keys, the later
//!   ones are not kept, and the next listing records everything anew.
//! - A page is as it was only if the listing just before this one has seen it, and no file of it was recorded since. Before any is, the
//!   page is closed: it still says which of its files were seen, and no page is the same as it any more.

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
    /// SHA-256 of what its files were recorded as; `None`: it is closed.
    digest: Option<Digest>,
    /// Its files.
    files: u64,
    /// The listing that recorded each of them.
    pub(super) recorded: u32,
    /// The last listing that saw it.
    pub(super) seen: u32,
}

impl PageRecord {
    fn closed(self) -> Self {
        Self { digest: None, ..self }
    }
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

    /// The page as it was recorded, if this one is the same and nothing was missed in between.
    pub(super) fn known(&self, stage: &Stage, batch: BatchId) -> Result<Option<PageRecord>, LedgerError> {
        let known = rows::read::<PageRecord>(stage, &key(batch, &self.first))?;
        let is_same = |known: &PageRecord| (&known.last, known.digest) == (&self.last, Some(self.digest));
        let is_fresh = |known: &PageRecord| known.seen == self.listing || known.seen + 1 == self.listing;
        let Some(known) = known.filter(|known| is_same(known) && is_fresh(known)) else { return Ok(None) };
        let overlapped = rows::read::<PageRecord>(stage, &key(batch, OVERLAPPED))?;
        Ok(Some(known).filter(|known| overlapped.is_none_or(|mark| mark.seen != known.seen)))
    }

    /// Stages that the page was seen, and is as it was.
    pub(super) fn seen_again(self, stage: &mut Stage, batch: BatchId, known: PageRecord) {
        stage.put(key(batch, &self.first), &PageRecord { seen: self.listing, ..known });
    }

    /// Stages what is to be known before any file of the page is recorded: closed pages. Writes what was staged before. Gives back
    /// the page if it can be kept once all of them are.
    pub(super) fn begin(self, stage: &mut Stage, batch: BatchId) -> Result<Option<Self>, LedgerError> {
        stage.write()?;
        let mut alone = true;
        for (key, other) in overlapping(stage.store(), batch, &self.first, &self.last)? {
            if other.seen == self.listing {
                alone = false;
                stage.put(key, &other.closed());
            } else {
                stage.remove(key);
            }
        }
        if alone {
            // Should the process die before all files are recorded, and the page come otherwise then, it is known by this.
            stage.put(key(batch, &self.first), &self.record().closed());
            return Ok(Some(self));
        }
        stage.put(key(batch, OVERLAPPED), &PageRecord { last: String::new(), ..self.record() }.closed());
        Ok(None)
    }

    /// Stages the page, whose files are recorded.
    pub(super) fn keep(self, stage: &mut Stage, batch: BatchId) {
        stage.put(key(batch, &self.first), &self.record());
    }

    fn record(&self) -> PageRecord {
        let (last, digest, files) = (self.last.clone(), Some(self.digest), self.files);
        PageRecord { last, digest, files, recorded: self.listing, seen: self.listing }
    }
}

/// In place of the key of a first file, which is never empty: some pages of the listing overlapped, and what it says of them cannot be
/// gone on with.
pub(super) const OVERLAPPED: &str = "";

fn key(batch: BatchId, first: &str) -> Vec<u8> {
    keys::of_text(Table::Pages, batch, first)
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

/// Stages that the page of a file is closed, because the file is recorded by itself or its record goes. Pages that are only staged
/// are not looked at.
pub(super) fn close(stage: &mut Stage, batch: BatchId, file_key: &str) -> Result<(), LedgerError> {
    if let Some((key, page)) = holding(stage.store(), batch, file_key)? {
        stage.put(key, &page.closed());
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
    Ok(page.map_or(file.seen, |page| seen_with(&page, file)))
}

/// The same, of a file in whose page's range its key lies.
fn seen_with(page: &PageRecord, file: &FileRecord) -> u32 {
    // What only a catalog tells of is in no page, wherever its key lies.
    if page.recorded == file.seen && !file.record.absent { page.seen } else { file.seen }
}

/// The pages of a batch, in memory: one for each thousand files or so, some 300 bytes each.
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
        page.filter(|page| page.last >= *key).map_or(file.seen, |page| seen_with(page, file))
    }

    /// Whether a file of a document was not found by any listing since number `listing`.
    pub(super) fn is_missed(&self, row: &FileRow, listing: u32) -> bool {
        row.counted && (row.file.record.absent || (row.file.seen < listing && self.seen(&row.file) < listing))
    }

    /// The files of all pages, if listing `listing` has seen all of them, each as listing `recorded` or an older one recorded it.
    pub(super) fn as_they_were(&self, recorded: u32, listing: u32) -> Option<u64> {
        let was = |page: &PageRecord| page.digest.is_some() && page.seen == listing && page.recorded <= recorded;
        self.0.values().all(was).then(|| self.0.values().map(|page| page.files).sum())
    }
}

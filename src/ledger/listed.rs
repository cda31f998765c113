//! What listings found of the files.

use std::sync::Arc;

use super::error::LedgerError;
use super::keys::{self, Table};
use super::pages::{self, Pages};
use super::reader::Reader;
use super::rows::FileRow;
use super::values;
use crate::model::batch::BatchId;
use crate::model::document::FileRecord;
use crate::model::ids::ImageNumber;
use crate::model::status::ItemStatus;

/// A file, grouped or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Its record.
    pub file: FileRecord,
    /// The newest listing (1, 2, …) of the batch, if that has seen it; else an older one.
    pub seen: u32,
}

impl Reader {
    /// The files of an image number by key.
    pub fn listed_files_of(
        &self,
        id: BatchId,
        image: &ImageNumber,
    ) -> impl Iterator<Item = Result<ListedFile, LedgerError>> + Send + use<> {
        let (store, prefix) = (Arc::clone(&self.store), keys::of_text(Table::Files, id, image.as_str()));
        let rows = store.scan(&prefix.clone(), prefix);
        rows.map(move |row| {
            let (key, value) = row?;
            let FileRow { file, .. } = values::decode(&key, &value)?;
            Ok(ListedFile { seen: pages::seen(&store, id, &file)?, file })
        })
    }

    /// The files of the documents at one status.
    pub fn listed_files_at(
        &self,
        id: BatchId,
        status: ItemStatus,
    ) -> impl Iterator<Item = Result<ListedFile, LedgerError>> + Send + use<> {
        let reader = self.clone();
        self.images_at(id, status, None).flat_map(move |image| {
            let (files, failed) = match image {
                Ok(image) => (Some(reader.listed_files_of(id, &image)), None),
                Err(error) => (None, Some(Err(error))),
            };
            files.into_iter().flatten().chain(failed)
        })
    }

    /// One file of an image number.
    pub fn listed_file(&self, id: BatchId, image: &ImageNumber, key: &str) -> Result<Option<ListedFile>, LedgerError> {
        let file = self.file(id, image, key)?;
        file.map(|file| Ok(ListedFile { seen: pages::seen(&self.store, id, &file)?, file })).transpose()
    }

    /// Every file of the batch in order of image number and key, after an image number.
    pub fn listed_files(
        &self,
        id: BatchId,
        after: Option<&ImageNumber>,
    ) -> Result<impl Iterator<Item = Result<ListedFile, LedgerError>> + Send + use<>, LedgerError> {
        let pages = Pages::of(&self.store, id)?;
        let rows = self.table(Table::Files, id, after.map(ImageNumber::as_str));
        Ok(rows.map(move |row| {
            let FileRow { file, .. } = row?;
            Ok(ListedFile { seen: pages.seen(&file), file })
        }))
    }

    /// Files of documents that no listing since number `listing` has found, or that only a catalog tells of: reads every
    /// file of the batch.
    pub fn not_listed(&self, id: BatchId, listing: u32) -> Result<u64, LedgerError> {
        let pages = Pages::of(&self.store, id)?;
        let rows = self.table(Table::Files, id, None);
        rows.map(|row: Result<FileRow, _>| row.map(|row| u64::from(pages.is_missed(&row, listing)))).sum()
    }

    /// How many files listing `listing` found in pages, if it found every page as listing `recorded` or an older one recorded it.
    /// What is in no page is not looked at.
    pub fn files_as_they_were(&self, id: BatchId, recorded: u32, listing: u32) -> Result<Option<u64>, LedgerError> {
        Ok(Pages::of(&self.store, id)?.as_they_were(recorded, listing))
    }
}

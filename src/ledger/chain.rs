//! What a check of the audit log reads: links of a chain and records, with what is wrong with each told, not refused.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::audit::{first_record_digest, record_digest};
use super::counters;
use super::error::LedgerError;
use super::keys::{self, Table};
use super::reader::Reader;
use super::rows::{FileRow, Lookup, Row};
use super::values;
use crate::model::batch::BatchId;
use crate::model::document::{DocumentRecord, FileRecord, FileState};
use crate::model::event::AuditEvent;
use crate::model::ids::{Digest, ImageNumber};
use crate::model::status::ItemStatus;

/// One place of an audit chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The place: 1, 2, …
    pub sequence: u64,
    /// The event that stands there, or why it cannot be one that was written there.
    pub event: Result<AuditEvent, String>,
}

/// A document's record, as its events should vouch for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The document.
    pub image_number: ImageNumber,
    /// Its record, or why it cannot be one that was written.
    pub record: Result<SealedRecord, String>,
}

/// What is to be compared of a document's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRecord {
    /// Where the document stands.
    pub status: ItemStatus,
    /// The digests that an event may name: today's, and that of the first versions.
    pub digests: [Digest; 2],
    /// What was listed of its files adds up to the document's bytes, and of a synced document is what the receipts say of the
    /// source. Not so while a new listing is on its way.
    pub fits_listing: bool,
}

impl Reader {
    /// A batch's chain after a place; 0: from the first.
    pub fn links(&self, id: BatchId, after: u64) -> impl Iterator<Item = Result<Link, LedgerError>> + Send + use<> {
        let prefix = keys::of_batch(Table::Events, id);
        let rows = self.store.scan(&keys::event(id, after.saturating_add(1)), prefix.clone());
        rows.map(move |row| {
            let (key, value) = row?;
            let place = key.get(prefix.len()..).and_then(|place| place.try_into().ok()).map(u64::from_be_bytes);
            let unplaced = || LedgerError::damaged(key.escape_ascii().to_string(), "expected the key of an event");
            Ok(Link { sequence: place.ok_or_else(unplaced)?, event: canonical(&key, &value) })
        })
    }

    /// Up to `limit` documents in order of image number, after one of them.
    ///
    /// # Errors
    /// [`LedgerError::Read`]; what is wrong with a record is told in its place.
    pub fn sealed(&self, id: BatchId, after: Option<&ImageNumber>, limit: usize) -> Result<Vec<Sealed>, LedgerError> {
        let prefix = keys::of_batch(Table::Documents, id);
        let rows = self.store.scan(&document_start(id, after), prefix.clone()).take(limit);
        rows.map(|row| {
            let (key, value) = row?;
            self.seal(id, image_number(&key, prefix.len())?, &(key.to_vec(), value.to_vec()))
        })
        .collect()
    }

    /// The document that stands `places` places after one of them, or the last one; `None`: there is none after it.
    ///
    /// # Errors
    /// As [`Self::sealed`].
    pub fn document_after(
        &self,
        id: BatchId,
        after: Option<&ImageNumber>,
        places: usize,
    ) -> Result<Option<ImageNumber>, LedgerError> {
        let prefix = keys::of_batch(Table::Documents, id);
        let rows = self.store.scan(&document_start(id, after), prefix.clone()).take(places.max(1));
        let last = rows.map(|row| row.map(|(key, _)| key)).try_fold(None, |_, key| key.map(Some))?;
        last.map(|key| image_number(&key, prefix.len())).transpose()
    }

    /// One document; `None`: there is no record of it.
    ///
    /// # Errors
    /// As [`Self::sealed`].
    pub fn sealed_one(&self, id: BatchId, image: &ImageNumber) -> Result<Option<Sealed>, LedgerError> {
        let key = keys::of_text(Table::Documents, id, image.as_str());
        let value = self.store.fetch(&key)?;
        value.map(|value| self.seal(id, image.clone(), &(key, value))).transpose()
    }

    /// Whether there is a record of a document.
    ///
    /// # Errors
    /// [`LedgerError::Read`].
    pub fn has_document(&self, id: BatchId, image: &ImageNumber) -> Result<bool, LedgerError> {
        Ok(self.store.fetch(&keys::of_text(Table::Documents, id, image.as_str()))?.is_some())
    }

    fn seal(&self, id: BatchId, image: ImageNumber, row: &Row) -> Result<Sealed, LedgerError> {
        let files = self.store.collect(&keys::of_text(Table::Files, id, image.as_str()))?;
        let record = whole(id, &image, row, &files);
        Ok(Sealed { image_number: image, record })
    }
}

/// Where the documents after one of them begin.
fn document_start(id: BatchId, after: Option<&ImageNumber>) -> Vec<u8> {
    let at = |image: &ImageNumber| keys::after(keys::of_text(Table::Documents, id, image.as_str()));
    after.map_or_else(|| keys::of_batch(Table::Documents, id), at)
}

/// The document of a key, behind what is the same for all of its batch.
fn image_number(key: &[u8], skip: usize) -> Result<ImageNumber, LedgerError> {
    let unnamed = || LedgerError::damaged(key.escape_ascii().to_string(), "expected the key of a document");
    keys::text(key, skip).map(ImageNumber::new).ok_or_else(unnamed)
}

/// A document with its files, if every byte is as it would be written.
fn whole(id: BatchId, image: &ImageNumber, row: &Row, files: &[Row]) -> Result<SealedRecord, String> {
    let document: DocumentRecord = canonical(&row.0, &row.1).map_err(|why| format!("its record {why}"))?;
    if document.image_number != *image {
        return Err(format!("its record is that of {:?}", document.image_number.as_str()));
    }
    let mut own = Vec::new();
    for (key, value) in files {
        let file: FileRow = canonical(key, value).map_err(|why| format!("the record of a file of it {why}"))?;
        let (named, object) = (&file.file.record.image_number, &file.file.object);
        if keys::file(id, named, &object.key) != *key {
            return Err(format!("the record of a file of it is that of {:?} of {:?}", object.key, named.as_str()));
        }
        own.push(file);
    }
    let counted: Vec<_> = own.iter().filter(|row| row.counted).map(|row| &row.file).collect();
    let bytes_fit = counters::bytes_fit(&document, counted.iter().copied());
    let status = document.state.status();
    // A document that changed since it was migrated has failed for that very reason.
    let as_listed = !status.is_synced() || counted.iter().all(|file| is_as_listed(file));
    Ok(SealedRecord {
        status,
        digests: [record_digest(&document, &counted), first_record_digest(&document, &counted)],
        fits_listing: bytes_fit && as_listed,
    })
}

/// Whether the source was, when the file was read, what was listed of it.
fn is_as_listed(file: &FileRecord) -> bool {
    match &file.state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => receipt.source.is_of(&file.object),
        FileState::TargetKept(kept) => kept.source.is_of(&file.object),
        FileState::Pending | FileState::Failed(_) => true,
    }
}

/// A value, if its bytes are those that we write for it: several texts can mean one instant, and only one was written.
fn canonical<T: DeserializeOwned + Serialize>(key: &[u8], bytes: &[u8]) -> Result<T, String> {
    let value: T = values::decode(key, bytes).map_err(|error| match error {
        LedgerError::Damaged { detail, .. } => format!("cannot be read ({detail})"),
        other => other.to_string(),
    })?;
    if values::encode(&value) == bytes { Ok(value) } else { Err("is not written the way we write it".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document::{CatalogRecord, DocumentState, FieldOrigin, Fields, FileCounts, Role, SourceObject};
    use crate::model::failure::Outcome;
    use crate::model::outcomes::{Check, Outcomes};
    use crate::model::receipt::{Pin, Proof, Receipt};

    fn file(image: &ImageNumber) -> FileRecord {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let source = Pin { size: 10, etag: Some("e".to_owned()), modified: at, version: Some("v7".to_owned()) };
        let receipt = Receipt {
            target_key: "archive/1/a.png".to_owned(),
            size: 10,
            sha256: Digest::of(b"content"),
            etag: Some("t".to_owned()),
            version: None,
            proof: Proof::ReadBack,
            source,
            at,
            run: 1,
            generation: 1,
        };
        let mut checks = Outcomes::default();
        checks.set(Check::Resolution, Outcome::Unknown);
        FileRecord {
            object: SourceObject { key: "1/a.png".to_owned(), size: 10, etag: Some("e".to_owned()), modified: at },
            record: CatalogRecord {
                image_number: image.clone(),
                fields: Fields { organization: Some("ACME".to_owned()), ..Fields::default() },
                unreadable: Vec::new(),
                role: Role::Cover,
                role_label: Some("封面".to_owned()),
                sequence: Some("1".to_owned()),
                recognised: true,
                origin: FieldOrigin::default(),
                absent: false,
            },
            state: FileState::Migrated(receipt),
            findings: Vec::new(),
            unaddressable: None,
            seen: 1,
            checks,
        }
    }

    fn document(image: &ImageNumber) -> DocumentRecord {
        DocumentRecord {
            image_number: image.clone(),
            fields: Fields { document_number: Some("4711".to_owned()), ..Fields::default() },
            state: DocumentState::Migrated,
            findings: Vec::new(),
            files: FileCounts { total: 1, synced: 1, failed: 0 },
            bytes: 10,
            attempts: 1,
            run: 1,
            generation: 1,
            gone_from_source: false,
        }
    }

    /// The rows of a document and of a file of it.
    fn rows(image: &ImageNumber) -> (Row, Row) {
        let row = FileRow { counted: true, file: file(image) };
        (
            (keys::of_text(Table::Documents, 1, image.as_str()), values::encode(&document(image))),
            (keys::file(1, image, "1/a.png"), values::encode(&row)),
        )
    }

    /// What of a file a listing may replace without an event.
    fn is_only_listed_anew(bytes: &[u8], image: &ImageNumber) -> bool {
        values::decode::<FileRow>(b"F", bytes).is_ok_and(|row| {
            let original = file(image);
            let object = SourceObject { modified: original.object.modified, ..row.file.object.clone() };
            let file = FileRecord { object, seen: original.seen, ..row.file };
            row.counted && file == original
        })
    }

    #[test]
    fn every_byte_of_a_document_a_file_and_a_receipt_is_vouched_for() {
        let image = ImageNumber::new("发票-1");
        let (document, file) = rows(&image);
        let sound = whole(1, &image, &document, std::slice::from_ref(&file)).unwrap();
        assert!(sound.fits_listing);
        let mut seen = 0;
        for flip in [1, 0x20, 0x80] {
            for at in 0..document.1.len() {
                let mut changed = document.clone();
                changed.1[at] ^= flip;
                assert_ne!(
                    whole(1, &image, &changed, std::slice::from_ref(&file)),
                    Ok(sound.clone()),
                    "document, {at}"
                );
            }
            for at in 0..file.1.len() {
                let mut changed = file.clone();
                changed.1[at] ^= flip;
                if whole(1, &image, &document, std::slice::from_ref(&changed)) == Ok(sound.clone()) {
                    assert!(is_only_listed_anew(&changed.1, &image), "file, {at}");
                    seen += 1;
                }
            }
        }
        assert!(seen < 20, "{seen} bytes may be changed");
    }
}

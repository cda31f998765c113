//! Documents and their files: what each says of the other.

use super::batches::Batches;
use super::indexes::Indexes;
use super::problems::wrong;
use crate::ledger::counters;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{self, FileRow, Lookup};
use crate::ledger::store::Store;
use crate::ledger::values;
use crate::model::batch::BatchId;
use crate::model::document::DocumentRecord;
use crate::model::ids::ImageNumber;

/// Walks documents and files.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// The document that was last looked for, by the beginning of its files' keys, and whether there is one.
    last: Option<(Vec<u8>, bool)>,
}

impl Documents {
    /// A document: its key, its files, and what the indexes should have of it.
    pub(super) fn document(
        &self,
        (store, batches, indexes): (&Store, &mut Batches, &mut Indexes),
        id: BatchId,
        (key, value): (&[u8], &[u8]),
    ) -> Result<(), LedgerError> {
        let document: DocumentRecord = values::decode(key, value)?;
        let known = batches.known(id)?;
        counters::add_document(&mut known.counted, &document);
        if keys::of_text(Table::Documents, id, document.image_number.as_str()) != key {
            return Err(wrong(format!("its record is that of {:?}", document.image_number.as_str())));
        }
        // A file that cannot be read is told at its own row.
        let Ok(files) = rows::files(store, id, &document.image_number) else { return Ok(()) };
        indexes.expect(store, id, &document, &files)?;
        adds_up(&document, &files, known.is_frozen)
    }

    /// A file: its key and, once it is counted, its document.
    pub(super) fn file(
        &mut self,
        (store, batches): (&Store, &mut Batches),
        id: BatchId,
        (key, value): (&[u8], &[u8]),
    ) -> Result<(), LedgerError> {
        let row: FileRow = values::decode(key, value)?;
        counters::add_file(&mut batches.known(id)?.counted, &row);
        let image = &row.file.record.image_number;
        if keys::file(id, image, &row.file.object.key) != key {
            let named = (row.file.object.key.as_str(), image.as_str());
            return Err(wrong(format!("its record is that of {:?} of {:?}", named.0, named.1)));
        }
        if row.counted && !self.is_there(store, id, image)? {
            return Err(wrong(format!("expected a document for {:?}; there is none", row.file.object.key)));
        }
        Ok(())
    }

    /// Whether there is a document: files of one stand side by side.
    fn is_there(&mut self, store: &Store, id: BatchId, image: &ImageNumber) -> Result<bool, LedgerError> {
        let key = keys::of_text(Table::Documents, id, image.as_str());
        if let Some((last, is_there)) = &self.last
            && *last == key
        {
            return Ok(*is_there);
        }
        let is_there = store.fetch(&key)?.is_some();
        self.last = Some((key, is_there));
        Ok(is_there)
    }
}

/// Whether what a document says of its files is what they are. A listing changes sizes first, and may be cancelled before documents
/// are made of it.
fn adds_up(document: &DocumentRecord, files: &[FileRow], is_frozen: bool) -> Result<(), LedgerError> {
    let mut counted = document.clone();
    counters::summarise(&mut counted, files.iter());
    if counted.files != document.files {
        let (of, found) = (document.files, counted.files);
        let told = |count: crate::model::document::FileCounts| {
            format!("{} files, {} synced, {} failed", count.total, count.synced, count.failed)
        };
        return Err(wrong(format!("expected {}; found {}", told(of), told(found))));
    }
    let own = files.iter().filter(|row| row.counted).map(|row| &row.file);
    if is_frozen && !counters::bytes_fit(document, own) {
        return Err(wrong(format!("expected {} bytes in its files; found {}", document.bytes, counted.bytes)));
    }
    Ok(())
}

/// A record beside a document: that there is one.
pub(super) fn beside(store: &Store, id: BatchId, image: &ImageNumber) -> Result<(), LedgerError> {
    match store.fetch(&keys::of_text(Table::Documents, id, image.as_str()))? {
        Some(_) => Ok(()),
        None => Err(wrong(format!("expected a document {:?}; there is none", image.as_str()))),
    }
}

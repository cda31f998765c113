//! Indexes against the records that they index, in both directions.
//!
//! The entries that the records should have and those that are there are added up as digests on the way through the
//! ledger. The sums are equal if the entries are; only where they are not is each entry looked up, which takes a
//! random read.

use std::collections::BTreeSet;

use sha2::Digest as _;

use super::problems::{Problems, is_unique, wrong};
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{self, FileRow, Lookup};
use crate::ledger::store::Store;
use crate::ledger::uniques;
use crate::ledger::values;
use crate::model::batch::BatchId;
use crate::model::document::DocumentRecord;
use crate::model::ids::ImageNumber;
use crate::model::work::Unique;

/// The first format with an index by status, and the first with indexes of what documents have.
const SINCE: (u32, u32) = (2, 3);

/// Entries whose order does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    entries: u64,
    digests: u128,
}

impl Sum {
    fn add(&mut self, key: &[u8]) {
        let digest = sha2::Sha256::digest(key);
        // The digest has 32 bytes.
        let half = u128::from_be_bytes(digest[..16].try_into().expect("half a digest has 16 bytes"));
        self.entries += 1;
        self.digests = self.digests.wrapping_add(half);
    }
}

/// What the indexes should have, and what they have.
#[derive(Debug)]
pub(super) struct Indexes {
    format: u32,
    expected: Sum,
    found: Sum,
}

impl Indexes {
    pub(super) fn new(format: u32) -> Self {
        Self { format, expected: Sum::default(), found: Sum::default() }
    }

    /// A document's entries should be there.
    pub(super) fn expect(
        &mut self,
        store: &Store,
        id: BatchId,
        document: &DocumentRecord,
        files: &[FileRow],
    ) -> Result<(), LedgerError> {
        self.entries(store, id, document, files)?.iter().for_each(|key| self.expected.add(key));
        Ok(())
    }

    /// An entry is there.
    pub(super) fn entry(&mut self, key: &[u8]) -> Result<(), LedgerError> {
        self.found.add(key);
        let is_built =
            if is_unique(key) { keys::document_of_unique(key).is_some() } else { keys::text(key, 6).is_some() };
        if is_built { Ok(()) } else { Err(wrong("expected a document in the key")) }
    }

    /// After all rows: names the entries that are missing and those that lead nowhere.
    pub(super) fn conclude(&self, store: &Store, problems: &mut Problems) -> Result<(), LedgerError> {
        if self.expected == self.found {
            return Ok(());
        }
        self.missing(store, problems)?;
        for prefix in [&[Table::Status as u8][..], keys::CONTENTS, keys::INVOICES] {
            for row in store.scan(prefix, prefix.to_vec()) {
                let (key, _) = row?;
                let found = self.leads(store, &key);
                problems.note(&key, found)?;
            }
        }
        Ok(())
    }

    fn missing(&self, store: &Store, problems: &mut Problems) -> Result<(), LedgerError> {
        let documents = [Table::Documents as u8];
        for row in store.scan(&documents, documents.to_vec()) {
            let (key, value) = row?;
            let Some((_, id)) = Table::of(&key) else { continue };
            // What cannot be read was told at its own row.
            let Ok(document) = values::decode::<DocumentRecord>(&key, &value) else { continue };
            let Ok(files) = rows::files(store, id, &document.image_number) else { continue };
            for entry in self.entries(store, id, &document, &files)? {
                if store.fetch(&entry)?.is_none() {
                    problems.add(&entry, "expected an entry for the document; there is none".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Whether the record that an entry names should have it.
    fn leads(&self, store: &Store, key: &[u8]) -> Result<(), LedgerError> {
        let by_status = || Some((Table::of(key)?.1, ImageNumber::new(keys::text(key, 6)?)));
        let named = if is_unique(key) { keys::document_of_unique(key) } else { by_status() };
        // An ill-built key was told at its own row.
        let Some((id, image)) = named else { return Ok(()) };
        let document = match rows::document(store, id, &image) {
            Err(LedgerError::Damaged { .. }) => return Ok(()),
            read => read?.ok_or_else(|| wrong("an entry for a document that there is not"))?,
        };
        let Ok(files) = rows::files(store, id, &image) else { return Ok(()) };
        match self.entries(store, id, &document, &files)?.contains(key) {
            true => Ok(()),
            false => Err(wrong("an entry that the document's record does not bear out")),
        }
    }

    /// The entries that a document should have.
    fn entries(
        &self,
        store: &Store,
        id: BatchId,
        document: &DocumentRecord,
        files: &[FileRow],
    ) -> Result<BTreeSet<Vec<u8>>, LedgerError> {
        let (image, mut entries) = (&document.image_number, BTreeSet::new());
        if self.format >= SINCE.0 {
            entries.insert(keys::status_of(id, document.state.status(), image));
        }
        if self.format >= SINCE.1 {
            let own = keys::of_text(Table::Uniques, id, image.as_str());
            let beside = match rows::read::<BTreeSet<Unique>>(store, &own) {
                Err(LedgerError::Damaged { .. }) => BTreeSet::new(),
                read => read?.unwrap_or_default(),
            };
            let contents = files.iter().filter_map(|row| uniques::content(&row.file.state));
            entries.extend(contents.chain(beside).map(|unique| keys::unique_of(&unique, id, image)));
        }
        Ok(entries)
    }
}

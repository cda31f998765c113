//! One walk through everything in a ledger.

use std::collections::BTreeSet;

use super::batches::Batches;
use super::claims;
use super::documents::{Documents, beside};
use super::indexes::Indexes;
use super::kinds::Sizes;
use super::pages::Pages;
use super::problems::{Problems, wrong};
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{Found, StartMark};
use crate::ledger::store::Store;
use crate::ledger::values;
use crate::model::batch::{AskedResync, BatchId, Grouping};
use crate::model::document::SourceObject;
use crate::model::event::Operator;
use crate::model::ids::ImageNumber;
use crate::model::listing::Mark;
use crate::model::work::Unique;

/// What was found on the way.
pub(super) struct Survey<'a> {
    store: &'a Store,
    format: u32,
    pub(super) batches: Batches,
    pub(super) sizes: Sizes,
    pub(super) problems: Problems,
    documents: Documents,
    indexes: Indexes,
    pages: Pages,
}

/// Walks through everything, once.
///
/// # Errors
/// The files cannot be read at all; what is wrong with a record is a problem, not an error.
pub(super) fn survey(store: &Store, format: u32) -> Result<Survey<'_>, LedgerError> {
    let mut survey = Survey {
        store,
        format,
        batches: Batches::read(store)?,
        sizes: Sizes::default(),
        problems: Problems::default(),
        documents: Documents::default(),
        indexes: Indexes::new(format),
        pages: Pages::default(),
    };
    let mut last = Vec::new();
    for row in store.scan(&[], Vec::new()) {
        let (key, value) = match row {
            Ok(row) => row,
            Err(error) => {
                // Nothing that follows can be read, so nothing adds up.
                survey.problems.add(&last, format!("what follows it cannot be read: {error}"));
                return Ok(survey);
            }
        };
        survey.sizes.add(&key, &value);
        let found = survey.row(&key, &value);
        survey.problems.note(&key, found)?;
        last = key.to_vec();
    }
    survey.batches.conclude(&mut survey.problems);
    survey.indexes.conclude(store, &mut survey.problems)?;
    Ok(survey)
}

impl Survey<'_> {
    fn row(&mut self, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
        match (key.first(), Table::of(key)) {
            (_, Some((table, batch))) => self.of_batch(table, batch, key, value),
            (Some(b'M'), _) => meta(key, value),
            (Some(b'Q'), _) => values::decode::<u32>(key, value).map(drop),
            (Some(b'N'), _) => self.batches.name(key, value),
            (Some(b'O'), _) => claims::claim(self.store, &mut self.batches, self.format, (key, value)),
            (Some(b'I' | b'J'), _) => {
                values::decode::<()>(key, value)?;
                self.indexes.entry(key)
            }
            _ => Err(wrong("no version of batchferry writes such a key")),
        }
    }

    fn of_batch(&mut self, table: Table, id: BatchId, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
        let store = self.store;
        match table {
            Table::Batch => self.batches.record(store, id, key, value),
            Table::Events => self.batches.event(id, key, value),
            Table::Counts => self.batches.counts(id, key, value),
            Table::Head => self.batches.head(id, key, value),
            Table::Documents => {
                self.documents.document((store, &mut self.batches, &mut self.indexes), id, (key, value))
            }
            Table::Files => self.documents.file((store, &mut self.batches), id, (key, value)),
            Table::Status => {
                values::decode::<()>(key, value)?;
                self.indexes.entry(key)
            }
            Table::Pages => {
                self.batches.known(id)?;
                self.pages.page(id, key, value)
            }
            table => {
                self.batches.known(id)?;
                beside_a_batch(store, table, id, key, value)
            }
        }
    }
}

/// What stands beside a batch or a document and is told of nowhere else.
fn beside_a_batch(store: &Store, table: Table, id: BatchId, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
    match table {
        Table::Listed => values::decode::<Found>(key, value).map(drop),
        Table::Marks => {
            values::decode::<Mark>(key, value)?;
            let shard = keys::shard(key, keys::of_batch(table, id).len());
            shard.map(drop).ok_or_else(|| wrong("expected a prefix, or a range of keys, in the key"))
        }
        Table::Unrecognised => {
            let object: SourceObject = values::decode(key, value)?;
            let is_own = keys::of_text(Table::Unrecognised, id, &object.key) == key;
            if is_own { Ok(()) } else { Err(wrong(format!("its record is that of {:?}", object.key))) }
        }
        Table::Started => values::decode::<StartMark>(key, value).and_then(|_| document(store, id, key)),
        Table::WasSynced => values::decode::<()>(key, value).and_then(|()| document(store, id, key)),
        Table::Uniques => values::decode::<BTreeSet<Unique>>(key, value).and_then(|_| document(store, id, key)),
        Table::Asked => values::decode::<AskedResync>(key, value).map(drop),
        Table::Cancelled => values::decode::<Operator>(key, value).map(drop),
        Table::Grouped => values::decode::<Grouping>(key, value).map(drop),
        _ => Ok(()),
    }
}

/// The document that a key names.
fn document(store: &Store, id: BatchId, key: &[u8]) -> Result<(), LedgerError> {
    let image = keys::text(key, 5).ok_or_else(|| wrong("expected an image number in the key"))?;
    beside(store, id, &ImageNumber::new(image))
}

/// What the ledger says of itself.
fn meta(key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
    match key {
        keys::FORMAT | keys::NEXT_BATCH => values::decode::<u32>(key, value).map(drop),
        keys::MEASURED => values::decode::<u64>(key, value).map(drop),
        _ => Err(wrong("no version of batchferry writes such a key")),
    }
}

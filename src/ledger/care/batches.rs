//! What is known of each batch while its records are walked, and whether it adds up in the end.

use std::collections::BTreeMap;

use super::problems::{Problems, wrong};
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{self, Head};
use crate::ledger::store::Store;
use crate::ledger::values;
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::counts::Counts;
use crate::model::event::AuditEvent;
use crate::model::ids::{BatchName, BatchNumber, Digest};

/// A batch: what its record says, and what was found of it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) number: BatchNumber,
    pub(super) name: BatchName,
    /// Its files are listed as they are moved.
    pub(super) is_frozen: bool,
    /// The counters as its documents and files give them.
    pub(super) counted: Counts,
    kept: Counts,
    last: Option<AuditEvent>,
    head: Option<Head>,
}

/// Every batch.
#[derive(Debug, Default)]
pub(super) struct Batches {
    known: BTreeMap<BatchId, Known>,
}

impl Batches {
    /// Reads the records of all batches; one that cannot be read is told when its row is walked.
    pub(super) fn read(store: &Store) -> Result<Self, LedgerError> {
        let mut known = BTreeMap::new();
        for row in store.scan(keys::BATCHES, keys::BATCHES.to_vec()) {
            let (key, value) = row?;
            let Ok(record) = values::decode::<BatchRecord>(&key, &value) else { continue };
            let (is_frozen, counted, kept) = (record.is_frozen(), Counts::default(), Counts::default());
            let BatchRecord { id, number, name, .. } = record;
            known.insert(id, Known { number, name, is_frozen, counted, kept, last: None, head: None });
        }
        Ok(Self { known })
    }

    pub(super) fn len(&self) -> u64 {
        self.known.len() as u64
    }

    pub(super) fn get(&self, id: BatchId) -> Option<&Known> {
        self.known.get(&id)
    }

    /// A batch that a record names.
    pub(super) fn known(&mut self, id: BatchId) -> Result<&mut Known, LedgerError> {
        self.known.get_mut(&id).ok_or_else(|| wrong(format!("expected batch {id} in the ledger; there is none")))
    }

    /// A batch's record.
    pub(super) fn record(&self, store: &Store, id: BatchId, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
        let record: BatchRecord = values::decode(key, value)?;
        if record.id != id {
            return Err(wrong(format!("expected the record of batch {id}; it is that of batch {}", record.id)));
        }
        match rows::read::<BatchId>(store, &keys::name(&record.name))? {
            Some(named) if named == id => Ok(()),
            _ => Err(wrong(format!("expected the name {} to lead to it", record.name.as_str()))),
        }
    }

    /// A batch by its name.
    pub(super) fn name(&self, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
        let id: BatchId = values::decode(key, value)?;
        match self.get(id) {
            Some(known) if keys::name(&known.name) == key => Ok(()),
            _ => Err(wrong(format!("expected a batch {id} of this name"))),
        }
    }

    /// An event: its place, and that it follows the one before. What it says is for `audit verify`.
    pub(super) fn event(&mut self, id: BatchId, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
        let event: AuditEvent = values::decode(key, value)?;
        let known = self.known(id)?;
        let expected = known.last.as_ref().map_or(0, |last| last.sequence) + 1;
        let place = key.get(5..).and_then(|place| place.try_into().ok()).map(u64::from_be_bytes);
        let (sequence, is_own) = (event.sequence, event.batch == known.number);
        known.last = Some(event);
        match place {
            Some(place) if place == sequence && sequence == expected && is_own => Ok(()),
            Some(place) => Err(wrong(format!(
                "expected event {expected} of this batch; found event {sequence} at place {place} (`audit verify` tells more)"
            ))),
            None => Err(wrong("expected the place of an event in the key")),
        }
    }

    /// The counters that are kept.
    pub(super) fn counts(&mut self, id: BatchId, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
        self.known(id)?.kept = values::decode(key, value)?;
        Ok(())
    }

    /// The head of the chain.
    pub(super) fn head(&mut self, id: BatchId, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
        self.known(id)?.head = Some(values::decode(key, value)?);
        Ok(())
    }

    /// After all rows: what every batch should add up to.
    pub(super) fn conclude(&self, problems: &mut Problems) {
        for (id, known) in &self.known {
            if let Err(difference) = known.kept.reconcile(&known.counted) {
                problems.add(&keys::of_batch(Table::Counts, *id), difference.to_string());
            } else if known.kept != known.counted {
                problems
                    .add(&keys::of_batch(Table::Counts, *id), "reasons are counted that no document has".to_owned());
            }
            let (events, digest) = known.last.as_ref().map_or((0, Digest::ZERO), |last| (last.sequence, last.digest()));
            if known.head.is_some_and(|head| head != Head { events, digest }) || (known.head.is_none() && events > 0) {
                let message = format!("expected {events} events that end in {digest} (`audit verify` tells more)");
                problems.add(&keys::of_batch(Table::Head, *id), message);
            }
        }
    }
}

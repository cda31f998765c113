//! What will be written next: changes that see each other and can be taken back one by one.

use std::collections::BTreeMap;
use std::mem;
use std::rc::Rc;

use serde::Serialize;

use super::error::LedgerError;
use super::keys;
use super::rows::{self, Lookup, Row};
use super::store::Store;
use super::touched::Touched;
use super::values;
use crate::model::batch::{BatchId, BatchRecord};

/// Operations in one write. More make sled use memory many times its cache.
pub(super) const GROUP_OPERATIONS: usize = 100;

/// Keys with their new values; `None`: removed.
type Writes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Changes on their way to the store. Lookups see them as if they were written.
pub(super) struct Stage<'a> {
    store: &'a Store,
    /// Whole changes.
    group: Writes,
    /// The change that is being staged.
    current: Writes,
    /// The batch that was asked for last, as it stands here: most changes in a row are of one.
    known: Option<Rc<BatchRecord>>,
}

impl<'a> Stage<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        Self { store, group: Writes::new(), current: Writes::new(), known: None }
    }

    pub(super) fn put<T: Serialize>(&mut self, key: Vec<u8>, value: &T) {
        self.set(key, Some(values::encode(value)));
    }

    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.set(key, None);
    }

    fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        if keys::is_of_record(&key) {
            self.known = None;
        }
        self.current.insert(key, value);
    }

    /// A batch that must be there.
    pub(super) fn known_batch(&mut self, id: BatchId) -> Result<Rc<BatchRecord>, LedgerError> {
        if let Some(known) = self.known.as_ref().filter(|known| known.id == id) {
            return Ok(Rc::clone(known));
        }
        let record = Rc::new(rows::known_batch(self, id)?);
        self.known = Some(Rc::clone(&record));
        Ok(record)
    }

    /// The current change is whole.
    pub(super) fn keep(&mut self) {
        self.group.append(&mut self.current);
    }

    /// The current change cannot be made.
    pub(super) fn discard(&mut self) {
        self.current.clear();
        self.known = None;
    }

    /// Whether it is time to write.
    pub(super) fn is_full(&self) -> bool {
        self.group.len() + self.current.len() >= GROUP_OPERATIONS
    }

    /// Between the parts of a change that may be applied in parts: writes if there is enough.
    pub(super) fn part(&mut self) -> Result<(), LedgerError> {
        if self.is_full() { self.write() } else { Ok(()) }
    }

    /// The keys in the store that begin with `prefix`; not those that are only staged.
    pub(super) fn stored_keys(&self, prefix: &[u8]) -> impl Iterator<Item = Result<Vec<u8>, LedgerError>> + use<> {
        self.store.scan(prefix, prefix.to_vec()).map(|row| row.map(|(key, _)| key.to_vec()))
    }

    /// What is written, without what is only staged.
    pub(super) fn store(&self) -> &'a Store {
        self.store
    }

    /// Writes everything staged, in one atomic step.
    pub(super) fn write(&mut self) -> Result<(), LedgerError> {
        self.keep();
        if self.group.is_empty() {
            return Ok(());
        }
        let touched = Touched::batches(self.group.keys());
        let (mut batch, mut bytes) = (sled::Batch::default(), 0);
        for (key, value) in mem::take(&mut self.group) {
            bytes += (key.len() + value.as_ref().map_or(0, Vec::len)) as u64;
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.store.apply(batch, bytes)?;
        self.store.touched.mark(touched);
        Ok(())
    }
}

impl Lookup for Stage<'_> {
    fn fetch(&self, key: &[u8]) -> Result<Option<Vec<u8>>, LedgerError> {
        match self.current.get(key).or_else(|| self.group.get(key)) {
            Some(staged) => Ok(staged.clone()),
            None => self.store.fetch(key),
        }
    }

    fn collect(&self, prefix: &[u8]) -> Result<Vec<Row>, LedgerError> {
        let mut rows: BTreeMap<_, _> =
            self.store.collect(prefix)?.into_iter().map(|(key, value)| (key, Some(value))).collect();
        for writes in [&self.group, &self.current] {
            let staged = writes.range(prefix.to_vec()..).take_while(|(key, _)| key.starts_with(prefix));
            rows.extend(staged.map(|(key, value)| (key.clone(), value.clone())));
        }
        Ok(rows.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    }
}

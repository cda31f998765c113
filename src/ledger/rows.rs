//! What the keys lead to, read the same way from the tree and from what is staged for it.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::LedgerError;
pub(super) use super::file_row::FileRow;
use super::keys::{self, Table};
use super::values;
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::counts::{Counts, Listed};
use crate::model::document::DocumentRecord;
use crate::model::ids::{Digest, ImageNumber};

/// A key and its value.
pub(super) type Row = (Vec<u8>, Vec<u8>);

/// Where keys can be looked up: the tree, or a stage above it.
pub(super) trait Lookup {
    /// The value at `key`.
    fn fetch(&self, key: &[u8]) -> Result<Option<Vec<u8>>, LedgerError>;
    /// Every key that begins with `prefix`, with its value, in order. For small sets: they are held in memory.
    fn collect(&self, prefix: &[u8]) -> Result<Vec<Row>, LedgerError>;
}

/// What the current listing found. Apart from the batch's record, because every page changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) listed: Listed,
    pub(super) unlistable: Vec<String>,
}

/// Length of an audit chain and digest of its last event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) events: u64,
    pub(super) digest: Digest,
}

/// A transfer that began and whose outcome is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartMark {
    /// 1, 2, …
    pub attempt: u32,
    /// The run.
    pub run: u32,
    /// When it began.
    pub at: Timestamp,
}

/// The value at `key`.
pub(super) fn read<T: DeserializeOwned>(at: &impl Lookup, key: &[u8]) -> Result<Option<T>, LedgerError> {
    at.fetch(key)?.map(|bytes| values::decode(key, &bytes)).transpose()
}

/// A batch, with what its listing found.
pub(super) fn batch(at: &impl Lookup, id: BatchId) -> Result<Option<BatchRecord>, LedgerError> {
    let Some(record) = read::<BatchRecord>(at, &keys::of_batch(Table::Batch, id))? else { return Ok(None) };
    let Found { listed, unlistable } = found(at, id)?;
    let asked = read(at, &keys::of_batch(Table::Asked, id))?;
    let cancelled = read(at, &keys::of_batch(Table::Cancelled, id))?;
    let grouped = read(at, &keys::of_batch(Table::Grouped, id))?;
    Ok(Some(BatchRecord { listed, unlistable, asked, cancelled, grouped, ..record }))
}

/// A batch that must be there.
pub(super) fn known_batch(at: &impl Lookup, id: BatchId) -> Result<BatchRecord, LedgerError> {
    batch(at, id)?.ok_or(LedgerError::NoBatch { batch: id })
}

/// What the current listing found.
pub(super) fn found(at: &impl Lookup, id: BatchId) -> Result<Found, LedgerError> {
    Ok(read(at, &keys::of_batch(Table::Listed, id))?.unwrap_or_default())
}

/// The counters of a batch.
pub(super) fn counts(at: &impl Lookup, id: BatchId) -> Result<Counts, LedgerError> {
    Ok(read(at, &keys::of_batch(Table::Counts, id))?.unwrap_or_default())
}

/// The head of a batch's audit chain.
pub(super) fn head(at: &impl Lookup, id: BatchId) -> Result<Head, LedgerError> {
    Ok(read(at, &keys::of_batch(Table::Head, id))?.unwrap_or(Head { events: 0, digest: Digest::ZERO }))
}

/// A document.
pub(super) fn document(
    at: &impl Lookup,
    id: BatchId,
    image: &ImageNumber,
) -> Result<Option<DocumentRecord>, LedgerError> {
    read(at, &keys::of_text(Table::Documents, id, image.as_str()))
}

/// A document's files, by key.
pub(super) fn files(at: &impl Lookup, id: BatchId, image: &ImageNumber) -> Result<Vec<FileRow>, LedgerError> {
    let rows = at.collect(&keys::of_text(Table::Files, id, image.as_str()))?;
    rows.iter().map(|(key, bytes)| values::decode(key, bytes)).collect()
}

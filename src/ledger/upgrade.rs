//! Formats of the ledger, and how an older one becomes ours.
//!
//! | format | what it has |
//! |---|---|
//! | 1 | everything but the index of documents by status |
//! | 2 | that index |
//! | 3 | the indexes of documents by the content of their files and by their invoices; what came of the checks of each file, of which older ones tell nothing |
//! | 4 | files that an index or a sidecar tells of; formats 3 and 4 are the same where there are none |
//! | 5 | the versions that were read of sources; formats 4 and 5 are the same where there are none |
//! | 6 | pages of listings, and what the last grouping was of; where there are none yet, the next listing and grouping leave them |
//! | 7 | claims at their addresses, and no more at digests of them; marks of ranges of keys |
//! | 8 | counters of bytes that tell of files at the target what was copied, and no more what was listed last |

use std::path::Path;

use serde::de::DeserializeOwned;

use super::claim::ClaimRecord;
use super::error::LedgerError;
use super::keys::{self, Table};
use super::rows::FileRow;
use super::stage::GROUP_OPERATIONS;
use super::uniques;
use super::values;
use crate::model::batch::BatchId;
use crate::model::counts::{Counts, Tally};
use crate::model::document::DocumentRecord;
use crate::model::ids::Digest;

/// The format that this version writes.
pub(super) const CURRENT: u32 = 8;

/// Marks a new database as ours.
pub(super) fn stamp(db: &sled::Db) -> sled::Result<()> {
    db.insert(keys::FORMAT, values::encode(&CURRENT)).map(drop)
}

/// Brings the database in `dir` to [`CURRENT`]. A kill on the way leaves a database of which only this and later versions go on with the
/// upgrade: an older one would miss what has been moved already.
pub(super) fn upgrade(db: &sled::Db, dir: &Path) -> Result<(), LedgerError> {
    let failed = |error: sled::Error| LedgerError::unopened(dir, &error);
    let upgrading = |older: u32| {
        if older == 1 {
            index_by_status(db, dir)?;
        }
        if older < 3 {
            index_by_content(db, dir)?;
        }
        if older < CLAIMS_BY_ADDRESS {
            claims_by_address(db, dir)?;
        }
        count_bytes(db, dir)?;
        db.flush().and_then(|_| db.remove(keys::UPGRADING)).and_then(|_| db.flush()).map(drop).map_err(failed)
    };
    let Some(format) = db.get(keys::FORMAT).map_err(failed)? else {
        return Err(LedgerError::open(dir, &"it has no format version, so it is not a ledger of batchferry's"));
    };
    match values::decode(keys::FORMAT, &format)? {
        CURRENT => match db.get(keys::UPGRADING).map_err(failed)? {
            None => Ok(()),
            Some(older) => upgrading(values::decode(keys::UPGRADING, &older)?),
        },
        older @ 1..=7 => {
            let mut begun = sled::Batch::default();
            begun.insert(keys::UPGRADING, values::encode(&older));
            begun.insert(keys::FORMAT, values::encode(&CURRENT));
            db.apply_batch(begun).and_then(|()| db.flush()).map_err(failed)?;
            upgrading(older)
        }
        found => Err(LedgerError::Newer { path: dir.to_owned(), found, supported: CURRENT }),
    }
}

/// The first format that has no claims at digests of their addresses.
pub(super) const CLAIMS_BY_ADDRESS: u32 = 7;

/// Where claims stood before: at 128 bits of the SHA-256 of their address, which was in the record.
pub(super) fn digested_claim(address: &str) -> Vec<u8> {
    [keys::CLAIMS, &Digest::of(address.as_bytes()).0[..16]].concat()
}

/// Moves each claim to its address. Those that are there already, after a kill, stay.
fn claims_by_address(db: &sled::Db, dir: &Path) -> Result<(), LedgerError> {
    let failed = |error: sled::Error| LedgerError::unopened(dir, &error);
    let mut batch = sled::Batch::default();
    for (done, row) in db.scan_prefix(keys::CLAIMS).enumerate() {
        let (key, value) = row.map_err(failed)?;
        if let Ok((address, record)) = values::decode::<(String, ClaimRecord)>(&key, &value)
            && key == digested_claim(&address)
        {
            batch.insert(keys::claim(&address), values::encode(&record));
            batch.remove(key);
        }
        if (done + 1) % GROUP_OPERATIONS == 0 {
            db.apply_batch(std::mem::take(&mut batch)).map_err(failed)?;
        }
    }
    db.apply_batch(batch).map_err(failed)
}

/// Counts the bytes of every batch anew.
fn count_bytes(db: &sled::Db, dir: &Path) -> Result<(), LedgerError> {
    let failed = |error: sled::Error| LedgerError::unopened(dir, &error);
    for row in db.scan_prefix([Table::Counts as u8]) {
        let (key, value) = row.map_err(failed)?;
        let mut counts: Counts = values::decode(&key, &value)?;
        counts.bytes = Tally::default();
        for row in db.scan_prefix([&[Table::Files as u8], &key[1..]].concat()) {
            let (key, value) = row.map_err(failed)?;
            let FileRow { counted, file } = values::decode(&key, &value)?;
            if counted {
                counts.bytes.add(file.state.status(), file.state.is_kept(), file.bytes());
            }
        }
        db.insert(key, values::encode(&counts)).map_err(failed)?;
    }
    Ok(())
}

fn index_by_status(db: &sled::Db, dir: &Path) -> Result<(), LedgerError> {
    index(db, dir, Table::Documents, |batch, document: &DocumentRecord| {
        Some(keys::status_of(batch, document.state.status(), &document.image_number))
    })
}

fn index_by_content(db: &sled::Db, dir: &Path) -> Result<(), LedgerError> {
    index(db, dir, Table::Files, |batch, row: &FileRow| {
        uniques::content(&row.file.state).map(|content| keys::unique_of(&content, batch, &row.file.record.image_number))
    })
}

/// Writes an entry for each record of a table that has one.
fn index<T: DeserializeOwned>(
    db: &sled::Db,
    dir: &Path,
    table: Table,
    entry: impl Fn(BatchId, &T) -> Option<Vec<u8>>,
) -> Result<(), LedgerError> {
    let failed = |error: sled::Error| LedgerError::unopened(dir, &error);
    let mut batch = sled::Batch::default();
    for (done, row) in db.scan_prefix([table as u8]).enumerate() {
        let (key, value) = row.map_err(failed)?;
        let record: T = values::decode(&key, &value)?;
        let id = key.get(1..5).and_then(|id| id.try_into().ok()).map(BatchId::from_be_bytes);
        let id =
            id.ok_or_else(|| LedgerError::damaged(key.escape_ascii().to_string(), "expected the key of a batch"))?;
        if let Some(entry) = entry(id, &record) {
            batch.insert(entry, values::encode(&()));
        }
        if (done + 1) % GROUP_OPERATIONS == 0 {
            db.apply_batch(std::mem::take(&mut batch)).map_err(failed)?;
        }
    }
    db.apply_batch(batch).map_err(failed)
}

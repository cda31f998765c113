//! Space: sled never gives any back, so a ledger that has grown far beyond its content is written anew.

use super::disk::{self, Places};
use super::error::LedgerError;
use super::keys;
use super::stage::GROUP_OPERATIONS;
use super::values;

/// When a ledger is written anew.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slack {
    /// Never below this many bytes on disk.
    pub(super) floor: u64,
    /// Only above this many times the bytes of its keys and values. Fresh from the writer it is about twice.
    pub(super) factor: u64,
}

impl Default for Slack {
    fn default() -> Self {
        Self { floor: 64 << 20, factor: 3 }
    }
}

/// Whether the database is to be written anew. Reads all of it, but only once in every growth by half.
pub(super) fn is_wasteful(db: &sled::Db, slack: Slack) -> sled::Result<bool> {
    let size = db.size_on_disk()?;
    let measured = db.get(keys::MEASURED)?.and_then(|bytes| values::decode::<u64>(keys::MEASURED, &bytes).ok());
    if size <= slack.floor || measured.is_some_and(|measured| size < measured.saturating_add(measured / 2)) {
        return Ok(false);
    }
    let mut live = 0_u64;
    for row in db.iter() {
        let (key, value) = row?;
        live = live.saturating_add((key.len() + value.len()) as u64);
    }
    db.insert(keys::MEASURED, values::encode(&size))?;
    Ok(size > live.saturating_mul(slack.factor))
}

/// Writes the database anew and puts it in its place. If there is no room for that, the old one serves on.
pub(super) fn rewrite(db: sled::Db, places: &Places, cache: u64) -> Result<sled::Db, LedgerError> {
    let fresh = places.fresh();
    let copied = disk::open_db(&fresh, cache)
        .and_then(|target| copy(&db, &target).map_err(|error| LedgerError::unopened(&fresh, &error)));
    if let Err(error) = copied {
        tracing::warn!(%error, "the ledger wastes space and cannot be written anew; it is used as it is");
        // What is left there is removed at the next opening, if not now.
        drop(disk::remove(&fresh));
        return Ok(db);
    }
    drop(db);
    places.promote()?;
    disk::open_db(&places.live(), cache)
}

fn copy(from: &sled::Db, to: &sled::Db) -> sled::Result<()> {
    let mut batch = sled::Batch::default();
    for (done, row) in from.iter().enumerate() {
        let (key, value) = row?;
        batch.insert(key, value);
        if (done + 1) % GROUP_OPERATIONS == 0 {
            to.apply_batch(std::mem::take(&mut batch))?;
        }
    }
    to.apply_batch(batch)?;
    to.insert(keys::MEASURED, values::encode(&to.size_on_disk()?))?;
    to.flush().map(drop)
}

//! Space: sled never gives any back, so a ledger that has grown far beyond its content is written anew.

use super::content::Content;
use super::disk::{self, Places};
use super::error::LedgerError;
use super::fuse::Fuse;
use super::keys;
use super::store::rows_of;
use super::values;

/// When a ledger is written anew as it is opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slack {
    /// Never below this many bytes on disk.
    pub(super) floor: u64,
    /// Never above this many: whoever opens a ledger waits for it, and reading all of a large one takes minutes.
    pub(super) ceiling: u64,
    /// Only above this many times the bytes of its keys and values. Fresh from the writer it is about twice.
    pub(super) factor: u64,
}

impl Default for Slack {
    fn default() -> Self {
        Self { floor: 64 << 20, ceiling: 512 << 20, factor: 3 }
    }
}

/// Whether the database is to be written anew. Reads all of it, but only once in every growth by half.
pub(super) fn is_wasteful(db: &sled::Db, slack: Slack) -> sled::Result<bool> {
    let size = db.size_on_disk()?;
    let measured = db.get(keys::MEASURED)?.and_then(|bytes| values::decode::<u64>(keys::MEASURED, &bytes).ok());
    let is_known = measured.is_some_and(|measured| size < measured.saturating_add(measured / 2));
    if size <= slack.floor || size > slack.ceiling || is_known {
        return Ok(false);
    }
    let live = Content::of(db)?.bytes;
    db.insert(keys::MEASURED, values::encode(&size))?;
    Ok(size > live.saturating_mul(slack.factor))
}

/// Writes the database anew and puts it in its place. If there is no room for that, the old one serves on.
pub(super) fn rewrite(db: sled::Db, places: &Places, cache: u64) -> Result<sled::Db, LedgerError> {
    let content = Content::of(&db).map_err(|error| LedgerError::unopened(&places.live(), &error))?;
    if let Err(error) = write_beside(&db, &content, places, cache, &Steps::default()) {
        tracing::warn!(%error, "the ledger wastes space and cannot be written anew; it is used as it is");
        // What is left there is removed at the next opening, if not now.
        drop(disk::remove(&places.fresh()));
        return Ok(db);
    }
    drop(db);
    places.promote(|| Ok(()))?;
    disk::open_db(&places.live(), cache)
}

/// Rows in one write of a copy. They come in order, so that each page is met once: the more at once, the fewer versions of it.
const GROUP: usize = 1_000;

/// Rows after which the disk has what was written: only then can sled use the room of older versions again.
const FLUSHED: usize = 10 * GROUP;

/// Where a test lets the process die.
#[derive(Debug, Default)]
pub(super) struct Steps<'a>(pub(super) Option<&'a Fuse>);

impl Steps<'_> {
    /// Before each thing that changes the disk. An error: the process died here, and nothing more may be done.
    pub(super) fn step(&self, places: &Places) -> Result<(), LedgerError> {
        let passed = self.0.map_or(Ok(()), Fuse::pass);
        passed.map_err(|_| LedgerError::Write { path: places.fresh(), reason: "the fuse has blown".to_owned() })
    }
}

/// Writes all that the database holds into a new one beside it, makes the disk hold that, and compares the two.
pub(super) fn write_beside(
    db: &sled::Db,
    content: &Content,
    places: &Places,
    cache: u64,
    steps: &Steps,
) -> Result<(), LedgerError> {
    let fresh = places.fresh();
    let failed = |error: sled::Error| LedgerError::unopened(&fresh, &error);
    steps.step(places)?;
    let target = disk::open_db(&fresh, cache)?;
    let mut batch = sled::Batch::default();
    for (done, row) in (1_usize..).zip(rows_of(db, &[])) {
        let (key, value) = row.map_err(failed)?;
        batch.insert(key, value);
        if done % GROUP == 0 {
            steps.step(places)?;
            target.apply_batch(std::mem::take(&mut batch)).map_err(failed)?;
        }
        if done % FLUSHED == 0 {
            steps.step(places)?;
            target.flush().map_err(failed)?;
        }
    }
    steps.step(places)?;
    target.apply_batch(batch).map_err(failed)?;
    let size = target.size_on_disk().map_err(failed)?;
    target.insert(keys::MEASURED, values::encode(&size)).and_then(|_| target.flush()).map_err(failed)?;
    let copied = Content::of(&target).map_err(failed)?;
    if copied == *content {
        return Ok(());
    }
    Err(LedgerError::damaged(
        fresh.display().to_string(),
        format!(
            "expected {} records with SHA-256 {}, the copy has {} with {}",
            content.records, content.sha256, copied.records, copied.sha256
        ),
    ))
}

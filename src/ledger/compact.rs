//! A copy of a database without what it wastes: sled never gives space back.

use super::content::Content;
use super::disk::{self, Places};
use super::error::LedgerError;
use super::fuse::Fuse;
use super::keys;
use super::store::rows_of;

/// Rows in one write of a copy. They come in order, so that each page is met once: the more at once, the fewer versions of it.
const GROUP: usize = 1_000;

/// One row in so many is written before the others. A page of sled's keeps its keys without the beginning that it and the next page share;
/// the last page shares nothing with any, and is the one that rows in order meet. With these rows there are pages behind each that is met:
/// a fifth to a quarter less is written.
const FRAME: usize = 8;

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
    for is_frame in [true, false] {
        let rows = (0_usize..).zip(rows_of(db.clone(), &[])).filter(|(number, _)| (number % FRAME == 0) == is_frame);
        write(rows.map(|(_, row)| row), &target, &|| steps.step(places), &failed)?;
    }
    drop(target);
    // Opened anew it notes its state, so that the next start need not read all of its log; and what is compared was read back.
    steps.step(places)?;
    let target = disk::open_db(&fresh, cache)?;
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

fn write(
    rows: impl Iterator<Item = sled::Result<(sled::IVec, sled::IVec)>>,
    target: &sled::Db,
    step: &dyn Fn() -> Result<(), LedgerError>,
    failed: &dyn Fn(sled::Error) -> LedgerError,
) -> Result<(), LedgerError> {
    let mut batch = sled::Batch::default();
    for (done, row) in (1_usize..).zip(rows) {
        let (key, value) = row.map_err(failed)?;
        if key != keys::MEASURED {
            batch.insert(key, value);
        }
        if done % GROUP == 0 {
            step()?;
            target.apply_batch(std::mem::take(&mut batch)).map_err(failed)?;
        }
        if done % FLUSHED == 0 {
            step()?;
            target.flush().map_err(failed)?;
        }
    }
    step()?;
    target.apply_batch(batch).and_then(|()| target.flush().map(drop)).map_err(failed)
}

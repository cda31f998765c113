//! Opening, owning and closing the ledger.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::compact::{self, Slack};
use super::disk::{self, Places};
use super::error::LedgerError;
use super::fuse::Fuse;
use super::reader::Reader;
use super::recover;
use super::store::Store;
use super::upgrade;
use super::writer::{Writer, WriterThread};

/// How a ledger is opened.
#[derive(Debug, Clone)]
pub struct LedgerOptions {
    /// Bytes of cache.
    pub cache: u64,
    /// Put before new batch numbers.
    pub instance: Option<String>,
    /// A fault to inject, so that tests can stop a run after each of its writes.
    pub fuse: Option<Fuse>,
}

/// The opened ledger: owns the lock and the writer's thread. Dropping it records what is queued and ends the thread;
/// the files are closed with the last [`Reader`].
pub struct Ledger {
    store: Arc<Store>,
    writer: Writer,
    thread: Option<WriterThread>,
}

impl Ledger {
    /// Opens the ledger in the directory `state`, or creates it. Blocks: waits half a second for another process to
    /// let go of it, mends what a kill left, upgrades an older format, and writes the database anew where it wastes
    /// much space. Batches that a dead process left running are queued, with an event.
    ///
    /// # Errors
    /// [`LedgerError::Held`] if another process has it, [`LedgerError::Newer`] if a later version wrote it,
    /// [`LedgerError::Open`] for what the system refuses.
    pub fn open(state: &Path, options: &LedgerOptions) -> Result<Self, LedgerError> {
        fs::create_dir_all(state).map_err(|error| LedgerError::open(state, &error))?;
        let places = Places::new(state);
        let lock = places.lock()?;
        places.settle()?;
        let db = open_whole(&places, options.cache, Slack::default())?;
        let store = Arc::new(Store::new(db, places.live(), lock, options.fuse.clone())?);
        recover::requeue(&store, &Reader::new(Arc::clone(&store)), Timestamp::now())?;
        let (thread, writer) = WriterThread::start(Arc::clone(&store), options.instance.clone())
            .map_err(|error| LedgerError::open(state, &error))?;
        Ok(Self { store, writer, thread: Some(thread) })
    }

    /// Whether another process has the ledger of a state directory just now.
    pub fn is_held(state: &Path) -> bool {
        Places::new(state).is_locked()
    }

    /// Bytes that may still be written on the disk of a state directory.
    ///
    /// # Errors
    /// The system's.
    pub fn room(state: &Path) -> Result<u64, LedgerError> {
        Places::new(state).room()
    }

    /// A handle to read with.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.store))
    }

    /// A handle to write with.
    pub fn writer(&self) -> Writer {
        self.writer.clone()
    }

    /// Records what is queued and makes the disk hold it; blocks. Later commits get [`LedgerError::Closed`].
    ///
    /// # Errors
    /// The write that failed, now or before.
    pub fn close(mut self) -> Result<(), LedgerError> {
        self.thread.take().map_or(Ok(()), WriterThread::stop)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // A failed write was told to everyone who waited for one; a drop has nobody to tell.
        drop(self.thread.take().map(WriterThread::stop));
    }
}

/// The database in our format: created, upgraded or written anew where that is due.
fn open_whole(places: &Places, cache: u64, slack: Slack) -> Result<sled::Db, LedgerError> {
    let live = places.live();
    if !live.exists() {
        create(places, cache)?;
    }
    let db = disk::open_db(&live, cache)?;
    upgrade::upgrade(&db, &live)?;
    if compact::is_wasteful(&db, slack).map_err(|error| LedgerError::unopened(&live, &error))? {
        compact::rewrite(db, places, cache)
    } else {
        Ok(db)
    }
}

/// Builds an empty database aside: a kill while sled creates its files could leave some that it cannot open.
fn create(places: &Places, cache: u64) -> Result<(), LedgerError> {
    let fresh = places.fresh();
    let db = disk::open_db(&fresh, cache)?;
    upgrade::stamp(&db).and_then(|()| db.flush()).map_err(|error| LedgerError::unopened(&fresh, &error))?;
    drop(db);
    places.promote(|| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: u64 = 8 << 20;

    /// Everything in a database but the note of its size.
    fn content(db: &sled::Db) -> Vec<(sled::IVec, sled::IVec)> {
        db.iter().map(Result::unwrap).filter(|(key, _)| key != crate::ledger::keys::MEASURED).collect()
    }

    /// A database that was written over and over.
    fn wasteful(places: &Places) -> Vec<(sled::IVec, sled::IVec)> {
        let db = open_whole(places, CACHE, Slack::default()).unwrap();
        for round in 0..40_u32 {
            let mut batch = sled::Batch::default();
            for key in 0..100_u32 {
                batch.insert(&key.to_be_bytes(), [round.to_be_bytes(), key.to_be_bytes()].concat().repeat(64));
            }
            db.apply_batch(batch).unwrap();
            db.flush().unwrap();
        }
        content(&db)
    }

    #[test]
    fn a_wasteful_database_is_written_anew_with_the_same_content_in_less_space() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::new(dir.path());
        let before = wasteful(&places);
        let size = |places: &Places| fs::metadata(places.live().join("db")).unwrap().len();
        let slack = Slack { floor: 64 << 10, ceiling: u64::MAX, factor: 3 };
        let large = size(&places);
        let db = open_whole(&places, CACHE, slack).unwrap();
        assert!(content(&db) == before, "the content differs");
        assert!(size(&places) < large / 2, "{} of {large} bytes", size(&places));
        assert!(!places.fresh().exists());
        drop(db);
        assert!(content(&open_whole(&places, CACHE, slack).unwrap()) == before, "the content differs after reopening");
    }

    #[test]
    fn a_database_is_measured_again_only_after_it_has_grown() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::new(dir.path());
        wasteful(&places);
        let db = disk::open_db(&places.live(), CACHE).unwrap();
        let never = Slack { floor: 0, ceiling: u64::MAX, factor: u64::MAX };
        assert!(!compact::is_wasteful(&db, never).unwrap(), "measured, and within the factor");
        assert!(
            !compact::is_wasteful(&db, Slack { floor: 0, ceiling: u64::MAX, factor: 1 }).unwrap(),
            "not measured again"
        );
        db.remove(crate::ledger::keys::MEASURED).unwrap();
        assert!(compact::is_wasteful(&db, Slack { floor: 0, ceiling: u64::MAX, factor: 1 }).unwrap());
        db.remove(crate::ledger::keys::MEASURED).unwrap();
        assert!(!compact::is_wasteful(&db, Slack::default()).unwrap(), "too small to care");
    }

    #[test]
    fn a_database_that_cannot_be_written_anew_is_used_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let places = Places::new(dir.path());
        let before = wasteful(&places);
        // A file where the new directory would be built.
        fs::write(places.fresh(), "in the way").unwrap();
        let db = open_whole(&places, CACHE, Slack { floor: 0, ceiling: u64::MAX, factor: 1 }).unwrap();
        assert!(content(&db) == before, "the content differs");
    }
}

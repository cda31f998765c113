//! Opening, owning and closing the ledger.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

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
    /// let go of it, mends what a kill left, and upgrades an older format. Batches that a dead process left running are
    /// queued, with an event. Nothing here reads the whole ledger: whoever starts waits for it.
    ///
    /// # Errors
    /// [`LedgerError::Held`] if another process has it, [`LedgerError::Newer`] if a later version wrote it,
    /// [`LedgerError::Open`] for what the system refuses.
    pub fn open(state: &Path, options: &LedgerOptions) -> Result<Self, LedgerError> {
        fs::create_dir_all(state).map_err(|error| LedgerError::open(state, &error))?;
        let places = Places::new(state);
        let lock = places.lock()?;
        places.settle()?;
        let db = open_whole(&places, options.cache)?;
        let store = Arc::new(Store::new((db, options.cache), places.live(), lock, options.fuse.clone())?);
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

/// The database in our format: created or upgraded where that is due.
fn open_whole(places: &Places, cache: u64) -> Result<sled::Db, LedgerError> {
    let live = places.live();
    if !live.exists() {
        create(places, cache)?;
    }
    let db = disk::open_db(&live, cache)?;
    upgrade::upgrade(&db, &live)?;
    Ok(db)
}

/// Builds an empty database aside: a kill while sled creates its files could leave some that it cannot open.
fn create(places: &Places, cache: u64) -> Result<(), LedgerError> {
    let fresh = places.fresh();
    let db = disk::open_db(&fresh, cache)?;
    upgrade::stamp(&db).and_then(|()| db.flush()).map_err(|error| LedgerError::unopened(&fresh, &error))?;
    drop(db);
    places.promote(|| Ok(()))
}

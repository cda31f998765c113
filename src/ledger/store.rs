//! The opened database: reads, one atomic write, one flush.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::error::{LedgerError, reason};
use super::fuse::{Blown, Fuse};
use super::opened::{ENOUGH, Opened};
use super::rows::{Lookup, Row};
use super::touched::Touched;

/// The opened database. The lock comes last, so that it is let go after the files are closed.
pub(super) struct Store {
    opened: Opened,
    /// A second handle of sled's main file: sled's own flush hands the bytes to the kernel and does not make the
    /// disk write them.
    main: File,
    dir: PathBuf,
    synced_blobs: Mutex<HashSet<OsString>>,
    fuse: Option<Fuse>,
    /// Which batches were written since when.
    pub(super) touched: Touched,
    _lock: File,
}

impl Store {
    pub(super) fn new(
        (db, cache): (sled::Db, u64),
        dir: PathBuf,
        lock: File,
        fuse: Option<Fuse>,
    ) -> Result<Self, LedgerError> {
        let path = dir.join("db");
        let main = File::open(&path).map_err(|error| LedgerError::open(&path, &error))?;
        let opened = Opened::new(db, dir.clone(), cache, ENOUGH);
        Ok(Self { opened, main, dir, synced_blobs: Mutex::default(), fuse, touched: Touched::default(), _lock: lock })
    }

    /// Writes everything in `batch`, of so many bytes, or nothing.
    pub(super) fn apply(&self, batch: sled::Batch, bytes: u64) -> Result<(), LedgerError> {
        self.write(batch)?;
        self.opened.wrote(bytes)
    }

    fn write(&self, batch: sled::Batch) -> Result<(), LedgerError> {
        let db = self.opened.get()?;
        match self.fuse.as_ref().map_or(Ok(()), Fuse::pass) {
            Ok(()) => {}
            Err(Blown::Before) => return Err(self.write_error("the fuse has blown".to_owned())),
            Err(Blown::After) => {
                db.apply_batch(batch).map_err(|error| self.write_error(reason(&error)))?;
                return Err(self.write_error("the fuse has blown".to_owned()));
            }
        }
        db.apply_batch(batch).map_err(|error| self.write_error(reason(&error)))
    }

    /// Returns when everything applied is on disk.
    pub(super) fn flush(&self) -> Result<(), LedgerError> {
        self.opened.get()?.flush().map_err(|error| self.write_error(reason(&error)))?;
        self.sync_blobs().and_then(|()| self.main.sync_data()).map_err(|error| self.write_error(error.to_string()))
    }

    /// Values too large for sled's log stand in files of their own, which it never makes the disk write.
    fn sync_blobs(&self) -> io::Result<()> {
        let dir = self.dir.join("blobs");
        // Only the writer flushes, and a set of names stays sound whatever panics.
        let mut synced = self.synced_blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let mut there = HashSet::new();
        for blob in std::fs::read_dir(&dir).into_iter().flatten() {
            there.insert(blob?.file_name());
        }
        let mut new = there.difference(&synced).peekable();
        if new.peek().is_some() {
            for name in new {
                match File::open(dir.join(name)) {
                    Ok(blob) => blob.sync_data()?,
                    // Replaced in the meantime.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            File::open(&dir)?.sync_all()?;
        }
        *synced = there;
        Ok(())
    }

    /// Every key that begins with `prefix`, from `start` on, with its value. Read as it is asked for; what is
    /// written meanwhile may or may not be seen.
    pub(super) fn scan(
        &self,
        start: &[u8],
        prefix: Vec<u8>,
    ) -> impl Iterator<Item = Result<(sled::IVec, sled::IVec), LedgerError>> + Send + use<> {
        let dir = self.dir.clone();
        let (rows, failed) = match self.opened.get() {
            Ok(db) => (Some(rows_of(db, start)), None),
            Err(error) => (None, Some(Err(error))),
        };
        let rows = rows.into_iter().flatten();
        let rows = rows
            .take_while(move |row| row.as_ref().map_or(true, |(key, _)| key.starts_with(&prefix)))
            .map(move |row| row.map_err(|error| read_error(&dir, &error)));
        rows.chain(failed)
    }

    /// The last key that begins with `prefix` and is less than `end`, with its value.
    pub(super) fn last_before(&self, prefix: &[u8], end: &[u8]) -> Result<Option<Row>, LedgerError> {
        let db = self.opened.get()?;
        let row = db.range(prefix..end).next_back().transpose().map_err(|error| read_error(&self.dir, &error))?;
        Ok(row.map(|(key, value)| (key.to_vec(), value.to_vec())))
    }

    fn write_error(&self, reason: String) -> LedgerError {
        LedgerError::Write { path: self.dir.clone(), reason }
    }
}

/// Every row of a database from `start` on. What holds the database is dropped after all else.
pub(super) fn rows_of<D: Borrow<sled::Db> + Send>(
    db: D,
    start: &[u8],
) -> impl Iterator<Item = sled::Result<(sled::IVec, sled::IVec)>> + Send + use<D> {
    // The fields of an iterator are dropped before the closure that it calls.
    let rows = db.borrow().range(start..).enumerate().inspect(move |(number, row)| {
        if number % ROWS_A_PRESS == 0 {
            press(db.borrow(), row);
        }
    });
    rows.map(|(_, row)| row)
}

/// Of so many rows one is looked up once more: of a page three or four. With each of them scans take a seventh longer.
const ROWS_A_PRESS: usize = 4;

/// Looks a row up once more, so that a scan does not fill the memory. sled counts a page towards its cache only after
/// 64 accesses of pages in the same of 256 shards, and a scan accesses each page once: up to 16,384 pages stay
/// resident beside a cache of any size. With a few accesses more for each page a quarter of these do.
fn press(db: &sled::Db, row: &sled::Result<(sled::IVec, sled::IVec)>) {
    if let Ok((key, _)) = row {
        // A row that cannot be read is the scan's own to tell.
        let _ = db.contains_key(key);
    }
}

fn read_error(dir: &std::path::Path, error: &sled::Error) -> LedgerError {
    LedgerError::Read { path: dir.to_owned(), reason: reason(error) }
}

impl Lookup for Store {
    fn fetch(&self, key: &[u8]) -> Result<Option<Vec<u8>>, LedgerError> {
        let value = self.opened.get()?.get(key).map_err(|error| read_error(&self.dir, &error))?;
        Ok(value.map(|bytes| bytes.to_vec()))
    }

    fn collect(&self, prefix: &[u8]) -> Result<Vec<Row>, LedgerError> {
        // Few rows, which are not pressed: finding the first of them counts as an access already.
        let db = self.opened.get()?;
        let rows = db.scan_prefix(prefix).map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())));
        rows.map(|row| row.map_err(|error| read_error(&self.dir, &error))).collect()
    }
}

//! The ledger's places in the state directory, and opening sled's files there despite what a kill may leave.
//!
//! ```text
//! ledger.lock   held by the process that has the ledger
//! ledger/       the database, always whole
//! ledger.new/   being built: renamed to `ledger` when it is whole and on disk
//! ledger.old/   the one before, until `ledger.new` has taken its place
//! ```

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::error::LedgerError;

/// How often and how long a lock is waited for: a process that has just ended can hold its files some milliseconds.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(10);

/// Where things are.
#[derive(Debug, Clone)]
pub(super) struct Places {
    state: PathBuf,
}

impl Places {
    pub(super) fn new(state: &Path) -> Self {
        Self { state: state.to_owned() }
    }

    /// The database.
    pub(super) fn live(&self) -> PathBuf {
        self.state.join("ledger")
    }

    /// Where a database is built.
    pub(super) fn fresh(&self) -> PathBuf {
        self.state.join("ledger.new")
    }

    fn old(&self) -> PathBuf {
        self.state.join("ledger.old")
    }

    /// Takes the state directory for this process.
    pub(super) fn lock(&self) -> Result<File, LedgerError> {
        let path = self.state.join("ledger.lock");
        let refused = |error: io::Error| LedgerError::open(&path, &error);
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(refused)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                Err(TryLockError::Error(error)) => return Err(refused(error)),
            }
        }
        Err(LedgerError::Held { path })
    }

    /// Whether a process holds the lock.
    pub(super) fn is_locked(&self) -> bool {
        let file = File::open(self.state.join("ledger.lock"));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// Brings the places in order after a process that ended at any instant. Afterwards `ledger` is whole or absent.
    pub(super) fn settle(&self) -> Result<(), LedgerError> {
        let (live, fresh, old) = (self.live(), self.fresh(), self.old());
        if !live.exists() && old.exists() {
            // The old one was moved away, so the new one had been written whole.
            let heir = if fresh.exists() { &fresh } else { &old };
            rename(heir, &live)?;
        }
        remove(&fresh)?;
        remove(&old)?;
        sync_dir(&self.state)
    }

    /// Puts the whole and closed `ledger.new` in the place of `ledger`. Before each thing that it does it asks `step`.
    pub(super) fn promote(&self, step: impl Fn() -> Result<(), LedgerError>) -> Result<(), LedgerError> {
        let (live, fresh) = (self.live(), self.fresh());
        step().and_then(|()| sync_tree(&fresh))?;
        if live.exists() {
            step().and_then(|()| rename(&live, &self.old()))?;
        }
        step().and_then(|()| rename(&fresh, &live))?;
        step().and_then(|()| sync_dir(&self.state))?;
        step().and_then(|()| remove(&self.old()))
    }

    /// Bytes that may still be written beside the database.
    pub(super) fn room(&self) -> Result<u64, LedgerError> {
        let free = nix::sys::statvfs::statvfs(&self.state).map_err(|error| LedgerError::open(&self.state, &error))?;
        Ok(free.blocks_available().saturating_mul(free.fragment_size()))
    }

    /// The state directory.
    pub(super) fn state(&self) -> &Path {
        &self.state
    }
}

/// What a page takes in memory for each byte that sled counts for it: sled counts bytes in the log, and each key and
/// value of a page in memory is an allocation of its own.
const MEMORY_OF_A_BYTE: u64 = 3;

/// Opens sled's files in `dir`, with a cache that takes about `cache` bytes of memory.
pub(super) fn open_db(dir: &Path, cache: u64) -> Result<sled::Db, LedgerError> {
    for_snapshots(dir, |path, name| if name.ends_with(".generating") { fs::remove_file(path) } else { Ok(()) })?;
    match open_patiently(dir, cache) {
        Err(sled::Error::Corruption { .. }) => {
            // Snapshots only save time: without them sled reads its whole log.
            for_snapshots(dir, |path, name| fs::rename(path, dir.join(format!("aside.{name}"))))?;
            open_patiently(dir, cache)
        }
        opened => opened,
    }
    .map_err(|error| LedgerError::unopened(dir, &error))
}

fn open_patiently(dir: &Path, cache: u64) -> sled::Result<sled::Db> {
    let config = sled::Config::new().path(dir).cache_capacity(cache / MEMORY_OF_A_BYTE);
    let mut opened = config.open();
    for _ in 0..TRIES {
        match &opened {
            // sled gives its lock's refusal no kind of its own.
            Err(sled::Error::Io(error)) if error.to_string().contains("could not acquire lock") => {
                thread::sleep(PAUSE);
                opened = config.open();
            }
            _ => break,
        }
    }
    opened
}

/// sled writes `snap.X.generating`, renames it, and takes one that a kill left behind for a snapshot.
fn for_snapshots(dir: &Path, act: impl Fn(&Path, &str) -> io::Result<()>) -> Result<(), LedgerError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| LedgerError::open(dir, &error))?,
    };
    for entry in entries {
        let entry = entry.map_err(|error| LedgerError::open(dir, &error))?;
        let name = entry.file_name();
        if let Some(name) = name.to_str().filter(|name| name.starts_with("snap.")) {
            act(&entry.path(), name).map_err(|error| LedgerError::open(&entry.path(), &error))?;
        }
    }
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<(), LedgerError> {
    fs::rename(from, to).map_err(|error| LedgerError::open(to, &error))
}

/// Removes a directory, if it is there.
pub(super) fn remove(dir: &Path) -> Result<(), LedgerError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(LedgerError::open(dir, &error)),
        _ => Ok(()),
    }
}

/// Bytes of every file below `dir`.
pub(super) fn size(dir: &Path) -> Result<u64, LedgerError> {
    let failed = |error: io::Error| LedgerError::open(dir, &error);
    let mut bytes = 0;
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_dir = entry.file_type().map_err(failed)?.is_dir();
        bytes += if is_dir { size(&entry.path())? } else { entry.metadata().map_err(failed)?.len() };
    }
    Ok(bytes)
}

/// Makes the disk hold every file below `dir`.
fn sync_tree(dir: &Path) -> Result<(), LedgerError> {
    let failed = |error: io::Error| LedgerError::open(dir, &error);
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            sync_tree(&path)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(failed)?;
        }
    }
    sync_dir(dir)
}

/// Makes the disk hold the names in `dir`.
fn sync_dir(dir: &Path) -> Result<(), LedgerError> {
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|error| LedgerError::open(dir, &error))
}

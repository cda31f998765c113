//! Room on the disk for bags that are made as files: below the state directory, and never so much that the ledger, which is
//! there too, has none.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tempfile::TempDir;

use crate::ledger::Ledger;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::units::Size;

/// What is left to the ledger.
const LEFT: u64 = 64 << 20;

/// The room for bags of one state directory.
#[derive(Debug)]
pub struct Room {
    state: PathBuf,
    /// Bytes promised to bags that are not gone yet.
    promised: AtomicU64,
}

/// Room for one bag, until this is dropped.
#[derive(Debug)]
pub(super) struct Promise {
    room: Arc<Room>,
    bytes: u64,
}

impl Room {
    /// The room in a state directory.
    pub fn new(state: &Path) -> Self {
        Self { state: state.to_owned(), promised: AtomicU64::new(0) }
    }

    /// Removes what a process that was killed has left; nobody may be making a bag.
    ///
    /// # Errors
    /// The system's.
    pub fn clear(&self) -> io::Result<()> {
        match fs::remove_dir_all(self.bags()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Promises so many bytes to a bag, if the disk has them. What others were promised counts as if nothing of it were
    /// written yet.
    pub(super) fn promise(self: &Arc<Self>, bytes: u64) -> Result<Promise, Refusal> {
        let all = self.promised.fetch_add(bytes, Ordering::SeqCst).saturating_add(bytes);
        let promise = Promise { room: Arc::clone(self), bytes };
        let free = Ledger::room(&self.state).map_err(|error| Refusal::new(RefusalKind::Unavailable, error))?;
        if free >= all.saturating_add(LEFT) {
            return Ok(promise);
        }
        let message = format!(
            "the disk of the state directory has {} left, and making this bag may take {}; make room there, or let \
             `batchferry download` make the bag elsewhere",
            Size(free),
            Size(all.saturating_add(LEFT))
        );
        Err(Refusal::new(RefusalKind::Unavailable, message))
    }

    /// A folder of its own for one bag.
    pub(super) fn folder(&self) -> io::Result<TempDir> {
        let bags = self.bags();
        fs::create_dir_all(&bags)?;
        tempfile::Builder::new().prefix("").permissions(Permissions::from_mode(0o700)).tempdir_in(bags)
    }

    fn bags(&self) -> PathBuf {
        self.state.join("bags")
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        self.room.promised.fetch_sub(self.bytes, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_promised_to_others_is_not_promised_again_until_it_is_given_back() {
        let state = tempfile::tempdir().unwrap();
        let room = Arc::new(Room::new(state.path()));
        let free = Ledger::room(state.path()).unwrap();
        // Others write to this disk meanwhile, so half of it is far from every bound.
        let half = free.saturating_sub(LEFT) / 2;
        let first = room.promise(half).unwrap();
        let refusal = room.promise(free).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Unavailable);
        assert!(refusal.message.contains("state directory"), "{refusal}");
        assert_eq!(room.promised.load(Ordering::SeqCst), half);
        drop(first);
        assert_eq!(room.promised.load(Ordering::SeqCst), 0);
        drop(room.promise(half).unwrap());
    }

    #[test]
    fn what_was_left_is_removed_and_nothing_is_no_error() {
        let state = tempfile::tempdir().unwrap();
        let room = Room::new(state.path());
        room.clear().unwrap();
        fs::write(room.folder().unwrap().keep().join("half.zip"), "half").unwrap();
        room.clear().unwrap();
        assert!(!state.path().join("bags").exists());
    }
}

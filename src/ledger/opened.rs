//! The opened database. sled notes its state only as it is opened, and after a crash reads all of its log since: so it is opened
//! anew now and then, whenever nobody reads just then.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use super::disk;
use super::error::{LedgerError, reason};

/// Bytes of keys and values after which it is opened anew: those of about a hundred thousand documents. sled's log takes four to six
/// times those, and a start after a crash reads a gigabyte of it in about a second.
pub(super) const ENOUGH: u64 = 256 << 20;

/// Bytes of a disk that are left alone.
const SPARE: u64 = 64 << 20;

const UNOPENED: &str = "it could not be opened anew";

/// An error: it could not be opened anew, and nothing can be read or written any more.
type Place = Result<Arc<sled::Db>, LedgerError>;

/// The database, for as many readers as there are and one writer.
pub(super) struct Opened {
    db: RwLock<Place>,
    dir: PathBuf,
    cache: u64,
    /// Bytes of keys and values since it was opened.
    written: AtomicU64,
    enough: u64,
}

impl Opened {
    pub(super) fn new(db: sled::Db, dir: PathBuf, cache: u64, enough: u64) -> Self {
        Self { db: RwLock::new(Ok(Arc::new(db))), dir, cache, written: AtomicU64::new(0), enough }
    }

    /// The database. Whoever holds it for long keeps it from being opened anew, and what is made of it must be dropped first.
    pub(super) fn get(&self) -> Result<Arc<sled::Db>, LedgerError> {
        self.db.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// So many bytes more were written. Opens it anew if that makes enough and nobody else has it; else the next write tries.
    ///
    /// # Errors
    /// The disk does not take what was written, or it cannot be opened any more.
    pub(super) fn wrote(&self, bytes: u64) -> Result<(), LedgerError> {
        let written = self.written.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if written < self.enough || !self.has_room() {
            return Ok(());
        }
        // Whoever wants to read waits from here on. It is only replaced as a whole, so a panic elsewhere leaves nothing half done.
        let mut place = self.db.write().unwrap_or_else(PoisonError::into_inner);
        let Ok(db) = place.as_mut() else { return Ok(()) };
        // Only readers have it, too, and none can begin.
        if Arc::get_mut(db).is_none() {
            return Ok(());
        }
        // What fails as it is dropped is told to nobody.
        db.flush().map_err(|error| self.unwritten(reason(&error)))?;
        let begun = Instant::now();
        // Two of them cannot be open at once.
        *place = Err(self.unwritten(UNOPENED.to_owned()));
        let opened = disk::open_db(&self.dir, self.cache);
        *place = opened.map(Arc::new).map_err(|error| self.unwritten(format!("{UNOPENED}: {error}")));
        self.written.store(0, Ordering::Relaxed);
        tracing::debug!(seconds = begun.elapsed().as_secs_f64(), "the ledger was opened anew");
        place.as_ref().map(drop).map_err(Clone::clone)
    }

    fn unwritten(&self, reason: String) -> LedgerError {
        LedgerError::Write { path: self.dir.clone(), reason }
    }

    /// Whether the note of its state can be written: it takes less than a hundredth of what the database does. On a disk that is nearly full
    /// it is better not begun.
    fn has_room(&self) -> bool {
        let size = std::fs::metadata(self.dir.join("db")).map_or(u64::MAX, |file| file.len());
        let free = nix::sys::statvfs::statvfs(&self.dir);
        free.is_ok_and(|free| free.blocks_available().saturating_mul(free.fragment_size()) > size / 32 + SPARE)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::thread;

    use super::*;

    const CACHE: u64 = 8 << 20;

    fn opened(dir: &Path, enough: u64) -> Opened {
        Opened::new(disk::open_db(dir, CACHE).unwrap(), dir.to_owned(), CACHE, enough)
    }

    /// sled's notes of its state.
    fn notes(dir: &Path) -> Vec<String> {
        let names = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.starts_with("snap.")).collect()
    }

    fn put(opened: &Opened, key: u32) {
        opened.get().unwrap().insert(key.to_be_bytes(), vec![7; 100]).unwrap();
        opened.wrote(104).unwrap();
    }

    #[test]
    fn enough_written_leaves_a_note_and_everything_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let opened = opened(dir.path(), 1_040);
        let before = notes(dir.path());
        (0..9).for_each(|key| put(&opened, key));
        assert_eq!(notes(dir.path()), before, "not yet");
        put(&opened, 9);
        let after = notes(dir.path());
        assert!(after != before && after.len() == 1, "{after:?}");
        assert_eq!(opened.get().unwrap().len(), 10);
        put(&opened, 10);
        assert_eq!(notes(dir.path()), after, "counted from the start again");
    }

    #[test]
    fn whoever_reads_is_not_waited_for_and_reads_on() {
        let dir = tempfile::tempdir().unwrap();
        let opened = opened(dir.path(), 1_040);
        (0..9).for_each(|key| put(&opened, key));
        let before = notes(dir.path());
        let mut rows = crate::ledger::store::rows_of(opened.get().unwrap(), &[]);
        assert_eq!(rows.next().unwrap().unwrap().0, 0_u32.to_be_bytes());
        put(&opened, 9);
        assert_eq!(notes(dir.path()), before, "someone reads");
        assert!(rows.count() >= 8);
        put(&opened, 10);
        assert_ne!(notes(dir.path()), before, "nobody reads any more");
    }

    #[test]
    fn readers_beside_it_miss_nothing_while_it_is_opened_anew_over_and_over() {
        const KEYS: u32 = 2_000;
        let dir = tempfile::tempdir().unwrap();
        let opened = opened(dir.path(), 5_000);
        let done = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let mut seen = 0;
                    while !done.load(Ordering::Relaxed) {
                        let db = opened.get().unwrap();
                        let now = crate::ledger::store::rows_of(db, &[]).map(Result::unwrap).count();
                        assert!(now >= seen, "{now} after {seen}");
                        seen = now;
                    }
                });
            }
            (0..KEYS).for_each(|key| put(&opened, key));
            done.store(true, Ordering::Relaxed);
        });
        put(&opened, KEYS);
        drop(opened);
        assert_eq!(disk::open_db(dir.path(), CACHE).unwrap().len(), KEYS as usize + 1);
    }

    #[test]
    fn one_that_cannot_be_opened_anew_fails_for_good() {
        let dir = tempfile::tempdir().unwrap();
        let opened = opened(dir.path(), 100);
        std::fs::rename(dir.path().join("db"), dir.path().join("gone")).unwrap();
        std::fs::create_dir(dir.path().join("db")).unwrap();
        opened.get().unwrap().insert("key", "value").unwrap();
        assert!(opened.wrote(104).is_err());
        assert!(opened.get().unwrap_err().to_string().contains("opened anew"));
        assert!(opened.wrote(104).is_ok(), "and is not tried again");
    }
}

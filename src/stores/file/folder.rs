//! The folder itself.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use object_store::local::LocalFileSystem;

use super::super::error::{Reason, root_cause};
use super::list::Cursors;

/// A folder whose files are objects.
#[derive(Debug)]
pub(in super::super) struct Folder {
    root: PathBuf,
    /// Set when the folder was first found there. Should it go away later (a disk unmounted), it is not made anew.
    objects: OnceLock<LocalFileSystem>,
    pub(super) cursors: Mutex<Cursors>,
}

impl Folder {
    pub(in super::super) fn new(root: PathBuf) -> Self {
        Self { root, objects: OnceLock::new(), cursors: Mutex::default() }
    }

    /// Where it is.
    pub(in super::super) fn root(&self) -> &Path {
        &self.root
    }

    /// The folder's objects. A write makes the folder if it never was there and the one around it is.
    pub(in super::super) async fn objects(self: &Arc<Self>, to_write: bool) -> Result<LocalFileSystem, Reason> {
        if let Some(objects) = self.objects.get().filter(|_| !to_write) {
            return Ok(objects.clone());
        }
        let folder = Arc::clone(self);
        let found = tokio::task::spawn_blocking(move || folder.find(to_write)).await;
        found.map_err(|error| Reason::lost(&error))?
    }

    fn find(&self, to_write: bool) -> Result<LocalFileSystem, Reason> {
        // Looked at first: another write may make the folder meanwhile, and that one never went away.
        let was_there = self.objects.get().is_some();
        if !self.root.is_dir() {
            if !to_write || was_there {
                return Err(self.missing());
            }
            // Another write may have made it meanwhile.
            std::fs::create_dir(&self.root)
                .or_else(|error| if self.root.is_dir() { Ok(()) } else { Err(error) })
                .map_err(|error| Reason::missing(format!("the folder {:?} cannot be made: {error}", self.root)))?;
        }
        if let Some(objects) = self.objects.get() {
            return Ok(objects.clone());
        }
        let objects = LocalFileSystem::new_with_prefix(&self.root).map_err(|error| {
            Reason::missing(format!("the folder {:?} cannot be opened: {}", self.root, root_cause(&error)))
        })?;
        Ok(self.objects.get_or_init(|| objects.with_fsync(true)).clone())
    }

    /// Whether the folder is there.
    pub(in super::super) fn exists(&self) -> bool {
        self.root.is_dir()
    }

    /// Whether the folder never was there and may be made by the first write.
    pub(in super::super) fn awaits_first_write(&self) -> bool {
        self.objects.get().is_none() && !self.exists() && self.root.parent().is_some_and(Path::is_dir)
    }

    /// Whether a key names a directory, which no file can replace.
    pub(in super::super) fn is_directory(&self, key: &str) -> bool {
        self.root.join(key).is_dir()
    }

    pub(super) fn missing(&self) -> Reason {
        Reason::missing(format!("there is no folder {:?}", self.root))
    }
}

/// Whether the folder is there, or can be made by the first write.
pub(in super::super) async fn probe(folder: &Arc<Folder>) -> Result<(), Reason> {
    let folder = Arc::clone(folder);
    let looking = move || if folder.exists() || folder.awaits_first_write() { Ok(()) } else { Err(folder.missing()) };
    tokio::task::spawn_blocking(looking).await.map_err(|error| Reason::lost(&error))?
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn writes_that_come_at_once_make_the_folder_once() {
        let around = tempfile::tempdir().unwrap();
        for round in 0..50 {
            let folder = Folder::new(around.path().join(round.to_string()));
            let start = Barrier::new(4);
            let find = || {
                start.wait();
                folder.find(true).map(drop)
            };
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(find)).collect();
                threads.into_iter().for_each(|thread| assert!(thread.join().unwrap().is_ok(), "round {round}"));
            });
        }
    }
}

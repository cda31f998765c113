//! Why there is no bag.

use std::io;
use std::path::{Path, PathBuf};

/// Why there is no bag.
#[derive(Debug, thiserror::Error)]
pub enum BagError {
    /// Something of another sort is there.
    #[error("{} holds files that are not of this bag; name a new folder, or the one in which this very download was begun", .0.display())]
    Occupied(PathBuf),
    /// A finished bag is there.
    #[error("{} is a finished bag already; name a new folder", .0.display())]
    Finished(PathBuf),
    /// A zip is there.
    #[error("{} is there already; name another file", .0.display())]
    Exists(PathBuf),
    /// Files lie among the payload that nobody put there.
    #[error("{}: {found} files lie in `data`, and the bag has {expected}; the first one that is not of the bag: {first}", folder.display())]
    Stray {
        /// The bag.
        folder: PathBuf,
        /// Files in the manifest.
        expected: u64,
        /// Files that are there.
        found: u64,
        /// One of them.
        first: String,
    },
    /// The system refuses.
    #[error("cannot write {}: {source}", path.display())]
    Failed {
        /// What is written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl BagError {
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Failed { path, source }
    }
}

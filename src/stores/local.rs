//! Folders as stores: opening one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;

/// An open folder.
#[derive(Debug)]
pub(super) struct Local {
    pub(super) store: Arc<LocalFileSystem>,
    pub(super) root: PathBuf,
}

/// Opens a folder. It need not be there yet: a missing source is found when it is listed, and a target is made by its
/// first write, in a folder that exists.
pub(super) fn open(root: &Path) -> Local {
    // Rooted at `/` and not at the folder, because object_store would demand that the folder exists already.
    let store = LocalFileSystem::new().with_fsync(true);
    Local { store: Arc::new(store), root: root.to_owned() }
}

/// Makes the root of a target, but not the folder that it lies in: that one may be an unmounted disk.
///
/// # Errors
/// Why it cannot be made.
pub(super) fn make_root(root: &Path) -> std::io::Result<()> {
    match fs::create_dir(root) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

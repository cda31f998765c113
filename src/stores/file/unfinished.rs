//! What a killed process leaves in a folder: writes that were not renamed to their names.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use super::super::error::{Operation, Reason};
use super::errors::of_io;
use super::folder::Folder;
use super::level::is_staged;

/// Removes the unfinished writes of one file.
pub(in super::super) async fn discard_unfinished(folder: &Arc<Folder>, key: &str) -> Result<(), Reason> {
    let path = folder.root().join(key);
    let work = move || remove(&path).map_err(|error| of_io(Operation::Put, &error));
    tokio::task::spawn_blocking(work).await.map_err(|error| Reason::lost(&error))?
}

fn remove(path: &Path) -> io::Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Ok(()) };
    let entries = match parent.read_dir() {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if is_unfinished(&entry.file_name(), name) && entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether `found` is how `object_store` calls an unfinished write of `name`: with `#` and a number behind.
fn is_unfinished(found: &OsStr, name: &OsStr) -> bool {
    let rest = found.as_bytes().strip_prefix(name.as_bytes());
    rest.is_some_and(|rest| rest.starts_with(b"#") && is_staged(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unfinished_writes_of_this_very_file_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| std::fs::write(folder.path().join(name), b"x").unwrap();
        let kept = ["a.jpg", "a.jpg#", "a.jpg#1b", "a.jpg.bak#1", "b.jpg#1", "aa.jpg#1"];
        kept.iter().for_each(|name| put(name));
        ["a.jpg#1", "a.jpg#27"].iter().for_each(|name| put(name));
        std::fs::create_dir(folder.path().join("a.jpg#3")).unwrap();
        remove(&folder.path().join("a.jpg")).unwrap();
        remove(&folder.path().join("no/such/folder/a.jpg")).unwrap();
        let mut left: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["a.jpg", "a.jpg#", "a.jpg#1b", "a.jpg#3", "a.jpg.bak#1", "aa.jpg#1", "b.jpg#1"]);
    }
}

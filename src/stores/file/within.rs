//! Links never lead out of the folder: neither reads nor writes follow one that does.
//!
//! The standard library opens paths, not names below an open directory, so somebody who may write into the folder can put
//! a link there between a look and what follows it. For reads that does no harm: the open file itself is compared with
//! what lies within before a byte of it is given back. A write looks right before and right after: one that went astray in
//! between is an error that says so, and never counts as arrived.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::Arc;

use super::super::error::Reason;
use super::folder::Folder;
use crate::model::failure::Code::UnsafeKey;
use crate::model::failure::Disposition::Reject;

const LEADS_OUT: &str = "a link in its path leads out of the folder, or nowhere";

/// What is to be done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Touch {
    /// The file is followed if it is a link.
    Read,
    /// The file itself is made, replaced or removed; only the folders above it are followed.
    Write,
    /// The same, and it has just been done.
    Written,
}

/// Refuses a key whose path leads out of the folder.
pub(in super::super) async fn stays_within(folder: &Arc<Folder>, key: &str, touch: Touch) -> Result<(), Reason> {
    let (root, path) = (folder.root().to_owned(), folder.root().join(key));
    let looking = move || match (leads_out(&root, &path, touch), touch) {
        (false, _) => Ok(()),
        (true, Touch::Written) => Err(Reason::new(
            (UnsafeKey, Reject),
            "while it was written, a link came into its path that leads out of the folder: it may lie outside",
        )),
        (true, _) => Err(Reason::new((UnsafeKey, Reject), LEADS_OUT)),
    };
    tokio::task::spawn_blocking(looking).await.map_err(|error| Reason::lost(&error))?
}

/// What cannot be looked at leads nowhere that could be told: what follows fails there, and says why.
fn leads_out(root: &Path, path: &Path, touch: Touch) -> bool {
    let Ok(root_real) = root.canonicalize() else { return false };
    let mut path = if touch == Touch::Read { Some(path) } else { path.parent() };
    while let Some(at) = path.filter(|at| at.starts_with(root)) {
        match at.canonicalize() {
            Ok(real) => return !real.starts_with(&root_real),
            // A link into nothing may lead anywhere tomorrow. Where nothing is yet, what is above it decides.
            Err(_) if at.is_symlink() => return true,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => path = at.parent(),
            Err(_) => return false,
        }
    }
    false
}

/// Refuses an open file that is not the one within the folder.
pub(in super::super) fn is_within(file: &File, path: &Path, root: &Path) -> io::Result<()> {
    let leads_out = || io::Error::new(ErrorKind::InvalidFilename, LEADS_OUT);
    let real = path.canonicalize()?;
    if !real.starts_with(root.canonicalize()?) {
        return Err(leads_out());
    }
    let (open, there) = (file.metadata()?, real.symlink_metadata()?);
    if (open.dev(), open.ino()) == (there.dev(), there.ino()) { Ok(()) } else { Err(leads_out()) }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_file_that_was_opened_outside_is_not_given_back_whatever_lies_there_by_now() {
        let (inside, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = inside.path().join("a.jpg");
        fs::write(outside.path().join("secret"), b"secret").unwrap();
        symlink(outside.path().join("secret"), &path).unwrap();
        let file = File::open(&path).unwrap();
        assert!(is_within(&file, &path, inside.path()).is_err(), "the link is still there");
        fs::remove_file(&path).unwrap();
        fs::write(&path, b"harmless").unwrap();
        assert!(is_within(&file, &path, inside.path()).is_err(), "something harmless is there by now");
        assert!(is_within(&File::open(&path).unwrap(), &path, inside.path()).is_ok());
    }
}

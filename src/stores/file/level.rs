//! One directory's names, in the order of the keys that they make.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// One directory that is being walked.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) path: PathBuf,
    /// Where it really is, links resolved.
    pub(super) real: PathBuf,
    /// The names still to come.
    pub(super) names: std::vec::IntoIter<Name>,
}

/// One name in a directory.
#[derive(Debug)]
pub(super) struct Name {
    /// The bytes of the key; for a directory with a `/` behind, so that names sort as their keys do.
    pub(super) key: Vec<u8>,
    pub(super) file_name: OsString,
    pub(super) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    File,
    Directory {
        linked: bool,
    },
    /// Nothing that can be read, and why.
    Odd(&'static str),
}

impl Level {
    /// Reads a directory's names as far as `wanted` takes their keys; `wanted` is told which are directories.
    pub(super) fn read(
        path: PathBuf,
        real: PathBuf,
        key: &[u8],
        root: &Path,
        wanted: impl Fn(&[u8], bool) -> bool,
    ) -> io::Result<Self> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&path)? {
            let entry = entry?;
            let file_name = entry.file_name();
            let Some(what) = what(&entry, &file_name, root)? else { continue };
            let is_directory = matches!(what, What::Directory { .. });
            let slash: &[u8] = if is_directory { b"/" } else { b"" };
            let key = [key, file_name.as_bytes(), slash].concat();
            if wanted(&key, is_directory) {
                names.push(Name { key, file_name, what });
            }
        }
        names.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        Ok(Self { path, real, names: names.into_iter() })
    }
}

/// What stands behind a name; `None`: nothing any more.
fn what(entry: &std::fs::DirEntry, name: &OsStr, root: &Path) -> io::Result<Option<What>> {
    let kind = match entry.file_type() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        kind => kind?,
    };
    if kind.is_dir() {
        return Ok(Some(What::Directory { linked: false }));
    }
    let what = if kind.is_symlink() { linked(&entry.path(), root) } else { of_file(kind.is_file()) };
    Ok(Some(match what {
        What::File if is_staged(name.as_bytes()) => {
            What::Odd("is named like an unfinished write: '#' and digits at the end")
        }
        what => what,
    }))
}

fn of_file(is_regular: bool) -> What {
    if is_regular { What::File } else { What::Odd("is no regular file") }
}

fn linked(path: &Path, root: &Path) -> What {
    let Ok(real) = path.canonicalize() else { return What::Odd("is a link that leads nowhere") };
    if !real.starts_with(root) {
        return What::Odd("is a link that leads out of the folder");
    }
    match real.metadata() {
        Ok(metadata) if metadata.is_dir() => What::Directory { linked: true },
        Ok(metadata) => of_file(metadata.is_file()),
        Err(_) => What::Odd("is a link that leads nowhere"),
    }
}

/// Unfinished writes are named after their file, with `#` and a number behind. No file of such a name can be asked for, and
/// nobody can tell whether it is one or a page that people named so.
pub(super) fn is_staged(name: &[u8]) -> bool {
    let digits = name.iter().position(|byte| *byte == b'#').map(|hash| &name[hash + 1..]);
    digits.is_some_and(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_write_is_known_by_its_end() {
        assert!(is_staged(b"a.jpg#1") && is_staged(b"voucher#12"));
        for name in ["a#1.jpg", "a#", "a.jpg", "a#b#1", "#a"] {
            assert!(!is_staged(name.as_bytes()), "{name}");
        }
    }
}

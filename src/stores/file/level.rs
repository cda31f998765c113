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

/// What stands behind a name; `None`: nothing any more, or an unfinished write.
fn what(entry: &std::fs::DirEntry, name: &OsStr, root: &Path) -> io::Result<Option<What>> {
    let kind = match entry.file_type() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        kind => kind?,
    };
    if kind.is_dir() {
        return Ok(Some(What::Directory { linked: false }));
    }
    let what = if kind.is_symlink() { linked(&entry.path(), root) } else { of_file(kind.is_file()) };
    Ok(match (what, staged(name.as_bytes())) {
        (What::File, Some(Staged::Surely)) => None,
        (What::File, Some(Staged::Perhaps)) => {
            Some(What::Odd("is named like an unfinished write: '#' and digits at the end"))
        }
        (what, _) => Some(what),
    })
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

/// Whether a name is that of an unfinished write.
#[derive(Debug, PartialEq, Eq)]
enum Staged {
    /// `a.jpg#1`.
    Surely,
    /// `voucher#1`, which people write, too.
    Perhaps,
}

/// Unfinished writes are named after their file, with `#` and a number behind; no file of such a name can be asked for.
fn staged(name: &[u8]) -> Option<Staged> {
    let hash = name.iter().position(|byte| *byte == b'#')?;
    let (stem, digits) = (&name[..hash], &name[hash + 1..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(if stem.contains(&b'.') { Staged::Surely } else { Staged::Perhaps })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_write_is_told_from_a_page_by_its_extension() {
        assert_eq!(staged(b"a.jpg#1"), Some(Staged::Surely));
        assert_eq!(staged(b"voucher#12"), Some(Staged::Perhaps));
        for name in ["a#1.jpg", "a#", "a.jpg", "a#b#1", "#a"] {
            assert_eq!(staged(name.as_bytes()), None, "{name}");
        }
    }
}

//! A walk through a folder in the order of the keys' bytes; its memory is that of the names of the directories it stands in.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::error::{Operation, Reason};
use super::super::keys::address;
use super::errors::of_io;
use super::level::{Level, Name, What};
use crate::model::document::SourceObject;
use crate::model::failure::Code::UnsafeKey;
use crate::model::failure::Disposition::Reject;

/// Where a walk through a folder stands.
#[derive(Debug)]
pub(super) struct Walk {
    root: PathBuf,
    prefix: Vec<u8>,
    by_directory: bool,
    after: Option<Vec<u8>>,
    levels: Vec<Level>,
}

/// What a walk comes by.
#[derive(Debug)]
pub(super) enum Entry {
    Object(SourceObject),
    Odd(SourceObject, String),
    Directory(String),
}

impl Walk {
    /// Begins below `prefix`, behind `after`. `None`: there is nothing of that prefix.
    pub(super) fn start(
        folder: &Path,
        prefix: &str,
        by_directory: bool,
        after: Option<&str>,
    ) -> Result<Option<Self>, Reason> {
        let failed = |error: io::Error| of_io(Operation::List, &error);
        let root = folder.canonicalize().map_err(failed)?;
        let base = &prefix[..prefix.rfind('/').map_or(0, |slash| slash + 1)];
        if let Some(directory) = base.strip_suffix('/') {
            address(directory, usize::MAX)
                .map_err(|why| Reason::new((UnsafeKey, Reject), format!("the prefix {why}")))?;
        }
        let path = root.join(base);
        let real = match path.canonicalize() {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            real => real.map_err(failed)?,
        };
        if !real.starts_with(&root) {
            return Err(Reason::new((UnsafeKey, Reject), "the prefix is a link that leads out of the folder"));
        }
        let (prefix, after) = (prefix.as_bytes().to_vec(), after.map(|after| after.as_bytes().to_vec()));
        let mut walk = Self { root, prefix, by_directory, after, levels: Vec::new() };
        match walk.level(path, real, base.as_bytes()) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            level => walk.levels.push(level.map_err(failed)?),
        }
        Ok(Some(walk))
    }

    /// Whether nothing is left.
    pub(super) fn is_done(&self) -> bool {
        self.levels.iter().all(|level| level.names.len() == 0)
    }

    /// The next entry, with the bytes of its key.
    pub(super) fn next(&mut self) -> Result<Option<(Vec<u8>, Entry)>, Reason> {
        while let Some(level) = self.levels.last_mut() {
            let Some(name) = level.names.next() else {
                self.levels.pop();
                continue;
            };
            let path = level.path.join(&name.file_name);
            if let Some(entry) = self.visit(&name, &path)? {
                return Ok(Some((name.key, entry)));
            }
        }
        Ok(None)
    }

    fn visit(&mut self, name: &Name, path: &Path) -> Result<Option<Entry>, Reason> {
        match name.what {
            What::Odd(why) => Ok(Some(odd(name, path, why))),
            What::File => file(name, path),
            What::Directory { .. } if self.by_directory => Ok(Some(directory(name, path))),
            What::Directory { linked } => self.descend(name, path, linked),
        }
    }

    fn descend(&mut self, name: &Name, path: &Path, linked: bool) -> Result<Option<Entry>, Reason> {
        let real = match self.levels.last() {
            Some(level) if !linked => level.real.join(&name.file_name),
            _ => path.canonicalize().unwrap_or_else(|_| path.to_owned()),
        };
        if linked && self.levels.iter().any(|level| level.real.starts_with(&real)) {
            return Ok(Some(odd(name, path, "is a link to a folder that it lies in")));
        }
        match self.level(path.to_owned(), real, &name.key) {
            Ok(level) => {
                self.levels.push(level);
                Ok(None)
            }
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => Ok(None),
                ErrorKind::PermissionDenied => Ok(Some(odd(name, path, "is a folder that may not be read"))),
                _ => Err(of_io(Operation::List, &error)),
            },
        }
    }

    fn level(&self, path: PathBuf, real: PathBuf, key: &[u8]) -> io::Result<Level> {
        Level::read(path, real, key, &self.root, |key, is_directory| self.wants(key, is_directory))
    }

    fn wants(&self, key: &[u8], is_directory: bool) -> bool {
        let descends = is_directory && !self.by_directory;
        let is_ahead = self.after.as_deref().is_none_or(|after| key > after || (descends && after.starts_with(key)));
        is_ahead && key.starts_with(&self.prefix)
    }
}

fn file(name: &Name, path: &Path) -> Result<Option<Entry>, Reason> {
    let metadata = match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Ok(Some(odd(name, path, "lies in a folder that may not be searched")));
        }
        metadata => metadata.map_err(|error| of_io(Operation::List, &error))?,
    };
    let Ok(key) = std::str::from_utf8(&name.key) else {
        return Ok(Some(odd(name, path, "has a name that is no UTF-8")));
    };
    if let Err(why) = address(key, usize::MAX) {
        return Ok(Some(odd(name, path, &why)));
    }
    let modified = modified(&metadata);
    Ok(Some(Entry::Object(SourceObject { key: key.to_owned(), size: metadata.len(), etag: None, modified })))
}

fn directory(name: &Name, path: &Path) -> Entry {
    match std::str::from_utf8(&name.key) {
        Ok(key) => Entry::Directory(key.to_owned()),
        Err(_) => odd(name, path, "has a name that is no UTF-8"),
    }
}

/// Something that cannot be asked for, with as much as can be told of it.
fn odd(name: &Name, path: &Path, why: &str) -> Entry {
    let metadata = path.symlink_metadata().ok();
    let size = metadata.as_ref().filter(|metadata| metadata.is_file()).map_or(0, std::fs::Metadata::len);
    let modified = metadata.as_ref().map_or(Timestamp::UNIX_EPOCH, modified);
    // Without the `/` of a directory: an empty object of such a name would be taken for a mark of a folder.
    let key = String::from_utf8_lossy(&name.key).trim_end_matches('/').to_owned();
    Entry::Odd(SourceObject { key, size, etag: None, modified }, why.to_owned())
}

fn modified(metadata: &std::fs::Metadata) -> Timestamp {
    // Only file systems without such times, and times beyond the year 9999, have none.
    let modified = metadata.modified().ok().and_then(|modified| Timestamp::try_from(modified).ok());
    modified.unwrap_or(Timestamp::UNIX_EPOCH)
}

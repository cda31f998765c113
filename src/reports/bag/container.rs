//! Where a bag is written: a folder or a zip.

use std::io;
use std::path::{Path, PathBuf};

use super::error::BagError;
use super::folder::Folder;
use super::spool::{Kind, Spool};
use super::zipped::Zipped;

/// Bytes of a file that may wait in memory on their way into a zip.
const IN_MEMORY: usize = 256 << 10;

/// A folder or a zip.
#[derive(Debug)]
pub(super) enum Container {
    Folder(Folder),
    Zip(Box<Zipped>),
}

/// Where files on their way into a bag wait, and where those that an earlier download left are. Clones are the same place.
#[derive(Debug, Clone)]
pub struct Place {
    /// The bag, where it is a folder.
    folder: Option<PathBuf>,
    /// Where files wait.
    waiting: PathBuf,
}

impl Container {
    /// Begins a bag, or goes on with one that was begun with the same `selection`.
    pub(super) fn open(to: &Path, selection: &str) -> Result<Self, BagError> {
        let is_zip = to.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
        if is_zip && !to.is_dir() {
            Ok(Self::Zip(Box::new(Zipped::create(to)?)))
        } else {
            Folder::open(to, selection).map(Self::Folder)
        }
    }

    pub(super) fn place(&self) -> Place {
        match self {
            Self::Folder(folder) => Place { folder: Some(folder.path().to_owned()), waiting: folder.waiting() },
            Self::Zip(zip) => Place { folder: None, waiting: zip.waiting() },
        }
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder.path(),
            Self::Zip(zip) => zip.path(),
        }
    }

    /// Puts a file into it under a path of its own.
    pub(super) fn put(&mut self, path: &str, size: u64, spool: Spool) -> Result<(), BagError> {
        match self {
            Self::Folder(folder) => folder.put(path, spool),
            Self::Zip(zip) => zip.put(path, size, spool),
        }
    }

    /// The bag is whole. `files`: how many its payload has, and its manifest.
    pub(super) fn finish(self, files: u64) -> Result<(), BagError> {
        match self {
            Self::Folder(folder) => folder.finish(files),
            Self::Zip(zip) => zip.finish(),
        }
    }

    /// The bag lacks something; what it has stays in a folder, to be gone on with.
    pub(super) fn abandon(self, why: &str) -> Result<(), BagError> {
        match self {
            Self::Folder(folder) => folder.abandon(why),
            // The file under its temporary name goes with the value.
            Self::Zip(_) => Ok(()),
        }
    }
}

impl Place {
    /// A file that is in the bag already, to be compared; `None`: none of this size is.
    pub fn kept(&self, path: &str, size: u64) -> Option<std::fs::File> {
        let file = self.folder.as_ref()?.join(path);
        let found = std::fs::symlink_metadata(&file).ok()?;
        (found.is_file() && found.len() == size).then(|| std::fs::File::open(file).ok())?
    }

    /// A place for the bytes of one file.
    ///
    /// # Errors
    /// The system's.
    pub fn spool(&self) -> io::Result<Spool> {
        Ok(Spool(match &self.folder {
            Some(_) => Kind::File(tempfile::NamedTempFile::new_in(&self.waiting)?),
            None => Kind::Memory(tempfile::spooled_tempfile_in(IN_MEMORY, &self.waiting)),
        }))
    }
}

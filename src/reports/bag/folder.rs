//! A bag that is a folder. It becomes one with `bagit.txt`, its last file; until then `INCOMPLETE.txt` says what it is.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::error::BagError;
use super::spool::{Kind, Spool};

/// Says that the folder is no bag yet, and of what.
const INCOMPLETE: &str = "INCOMPLETE.txt";
/// Files on their way.
const WAITING: &str = ".incoming";

/// A bag that is a folder.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    selection: String,
}

impl Folder {
    pub(super) fn open(path: &Path, selection: &str) -> Result<Self, BagError> {
        fs::create_dir_all(path).map_err(BagError::at(path))?;
        let folder = Self { path: path.to_owned(), selection: selection.to_owned() };
        if path.join("bagit.txt").exists() {
            return Err(BagError::Finished(path.to_owned()));
        }
        let is_empty = fs::read_dir(path).map_err(BagError::at(path))?.next().is_none();
        let begun = fs::read_to_string(path.join(INCOMPLETE)).unwrap_or_default();
        if !is_empty && begun.lines().next() != Some(selection) {
            return Err(BagError::Occupied(path.to_owned()));
        }
        folder.note("The download is under way or was cut off. The same command goes on with it.")?;
        folder.clear()?;
        fs::create_dir_all(folder.waiting()).map_err(BagError::at(path))?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn waiting(&self) -> PathBuf {
        self.path.join(WAITING)
    }

    pub(super) fn put(&self, name: &str, spool: Spool) -> Result<(), BagError> {
        let path = self.path.join(name);
        let failed = BagError::at(&path);
        self.placed(&path, spool).map_err(failed)
    }

    fn placed(&self, path: &Path, mut spool: Spool) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = match spool.0 {
            Kind::File(file) => file,
            Kind::Memory(_) => {
                let mut file = tempfile::NamedTempFile::new_in(self.waiting())?;
                spool.copy_to(&mut file)?;
                file
            }
        };
        fs::set_permissions(file.path(), Permissions::from_mode(0o644))?;
        file.persist(path).map(drop).map_err(|error| error.error)
    }

    /// `bagit.txt` comes last, once nothing lies among the payload that is not of the bag.
    pub(super) fn finish(self, files: u64) -> Result<(), BagError> {
        self.sweep(files)?;
        self.clear()?;
        self.write("bagit.txt", super::text::DECLARATION)?;
        let note = self.path.join(INCOMPLETE);
        fs::remove_file(&note).map_err(BagError::at(&note))
    }

    pub(super) fn abandon(self, why: &str) -> Result<(), BagError> {
        self.clear()?;
        self.note(why)
    }

    fn note(&self, text: &str) -> Result<(), BagError> {
        self.write(INCOMPLETE, &format!("{}\nThis is no finished bag. {text}\n", self.selection))
    }

    fn write(&self, name: &str, text: &str) -> Result<(), BagError> {
        let path = self.path.join(name);
        let written = tempfile::NamedTempFile::new_in(&self.path).and_then(|file| {
            fs::write(file.path(), text)?;
            fs::set_permissions(file.path(), Permissions::from_mode(0o644))?;
            file.as_file().sync_all()?;
            file.persist(&path).map(drop).map_err(|error| error.error)
        });
        written.map_err(BagError::at(&path))
    }

    fn clear(&self) -> Result<(), BagError> {
        match fs::remove_dir_all(self.waiting()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BagError::at(&self.waiting())(error)),
            _ => Ok(()),
        }
    }

    /// Demands that the payload has no files but those of the bag.
    fn sweep(&self, expected: u64) -> Result<(), BagError> {
        let data = self.path.join("data");
        fs::create_dir_all(&data).map_err(BagError::at(&data))?;
        let mut found = 0;
        let mut count = |_: &Path| {
            found += 1;
            true
        };
        walk(&data, &mut count).map_err(BagError::at(&data))?;
        if found == expected {
            return Ok(());
        }
        let first = self.stray(&data).map_err(BagError::at(&data))?;
        Err(BagError::Stray { folder: self.path.clone(), expected, found, first })
    }

    /// The first file among the payload that the manifest does not name.
    fn stray(&self, data: &Path) -> io::Result<String> {
        let manifest = fs::read_to_string(self.path.join("manifest-sha256.txt"))?;
        let known: std::collections::HashSet<&str> =
            manifest.lines().filter_map(|line| line.split_once("  ").map(|(_, path)| path)).collect();
        let mut stray = String::new();
        walk(data, &mut |path| {
            let name = path.strip_prefix(&self.path).unwrap_or(path).to_string_lossy().into_owned();
            let is_known = known.contains(name.as_str());
            if !is_known {
                stray = name;
            }
            is_known
        })?;
        Ok(stray)
    }
}

/// Gives every file below a folder to `take`, until it wants no more.
fn walk(folder: &Path, take: &mut dyn FnMut(&Path) -> bool) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let more = if entry.file_type()?.is_dir() { walk(&entry.path(), take)? } else { take(&entry.path()) };
        if !more {
            return Ok(false);
        }
    }
    Ok(true)
}

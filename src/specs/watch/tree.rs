//! The names below the jobs directory, and what stands behind each.

use std::ffi::OsStr;
use std::fs::{self, DirEntry, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::stamp::Stamp;
use crate::model::report::FOLDER_SUFFIX;

/// Folders in folders, so that no tree can exhaust the stack.
const MAX_DEPTH: usize = 64;

/// Why there is no text to read behind a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// The rule's word.
    pub rule: &'static str,
    /// What is said.
    pub message: String,
}

impl Problem {
    pub(super) fn unreadable(what: &str, error: &io::Error) -> Self {
        Self { rule: "unreadable", message: format!("the {what} cannot be read: {error}") }
    }
}

/// One YAML file, or a folder that cannot be read.
pub(super) struct Found {
    /// Its path below the jobs directory.
    pub name: String,
    /// Its state, or why it is none of a spec.
    pub what: Result<Stamp, Problem>,
}

/// What is below a jobs directory at one time.
pub(super) struct Tree {
    /// The directory, without links: one look sees one directory, even if a link is swapped meanwhile.
    pub root: PathBuf,
    /// Everything found.
    pub found: Vec<Found>,
    /// Folders that cannot be read.
    pub unreadable: Vec<String>,
}

impl Tree {
    /// Walks through a jobs directory.
    ///
    /// # Errors
    /// The directory itself is not there, is none, or cannot be read.
    pub(super) fn of(jobs: &Path) -> io::Result<Self> {
        let root = jobs.canonicalize()?;
        let mut tree = Self { root: root.clone(), found: Vec::new(), unreadable: Vec::new() };
        tree.folder(&root, "", true)?;
        Ok(tree)
    }

    fn folder(&mut self, folder: &Path, name: &str, follows: bool) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            self.entry(&entry?, name, follows);
        }
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry, folder: &str, follows: bool) {
        let plain = entry.file_name();
        let lossy = plain.to_string_lossy();
        let name = if folder.is_empty() { lossy.clone().into_owned() } else { format!("{folder}/{lossy}") };
        // A file that is gone by now was not there.
        let Some(kind) = entry.file_type().ok().filter(|_| !lossy.starts_with('.')) else { return };
        if kind.is_dir() {
            self.below(&entry.path(), name, follows);
        } else if kind.is_symlink() {
            self.link(&entry.path(), name, follows);
        } else if is_yaml(&plain) {
            self.file(name, entry.metadata());
        }
    }

    fn below(&mut self, path: &Path, name: String, follows: bool) {
        if name.ends_with(FOLDER_SUFFIX) {
            return;
        }
        let read = match name.split('/').count() {
            ..=MAX_DEPTH => self.folder(path, &name, follows),
            _ => Err(io::Error::other(format!("it lies more than {MAX_DEPTH} folders deep"))),
        };
        match read {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.unreadable.push(name.clone());
                self.found.push(Found { name, what: Err(Problem::unreadable("folder", &error)) });
            }
            _ => {}
        }
    }

    fn file(&mut self, name: String, file: io::Result<Metadata>) {
        let what = match file {
            // A path that was not UTF-8 could not be opened by this name.
            _ if name.contains(char::REPLACEMENT_CHARACTER) => {
                Err(Problem { rule: "file-name", message: "its path is not UTF-8; rename it".into() })
            }
            Ok(file) if file.is_file() => Ok(Stamp::of(&file)),
            Ok(_) => Err(Problem { rule: "unreadable", message: "it is no regular file, so it is not read".into() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => Err(Problem::unreadable("file", &error)),
        };
        self.found.push(Found { name, what });
    }

    fn link(&mut self, path: &Path, name: String, follows: bool) {
        let real = path.canonicalize().ok().filter(|real| real.starts_with(&self.root));
        match real {
            Some(real) if real.is_dir() => self.linked_folder(&real, name, follows),
            _ if !is_yaml(path.as_os_str()) => {}
            Some(real) => self.file(name, fs::metadata(real)),
            None => {
                let message = "the file is a link that leads out of the jobs directory, or nowhere".to_owned();
                self.found.push(Found { name, what: Err(Problem { rule: "link", message }) });
            }
        }
    }

    /// Kubernetes delivers the folders of a ConfigMap as links into a dot folder. Only such are followed, and only one
    /// deep: what stands elsewhere in the directory is found there, and no loop is walked.
    fn linked_folder(&mut self, real: &Path, name: String, follows: bool) {
        let is_hidden = |part: &OsStr| part.to_string_lossy().starts_with('.');
        if follows && real.strip_prefix(&self.root).is_ok_and(|below| below.iter().any(is_hidden)) {
            self.below(real, name, false);
        }
    }
}

fn is_yaml(name: &OsStr) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

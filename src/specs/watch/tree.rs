//! The names below the jobs directory, and what stands behind each.

use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use super::stamp::Stamp;
use crate::model::report::FOLDER_SUFFIX;

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
        let Ok(kind) = entry.file_type() else { return };
        if lossy.starts_with('.') {
        } else if kind.is_dir() {
            self.below(&entry.path(), name, follows);
        } else if is_yaml(&plain) {
            self.file(entry, name, follows);
        } else if kind.is_symlink() && follows {
            self.linked_folder(&entry.path(), name);
        }
    }

    fn below(&mut self, path: &Path, name: String, follows: bool) {
        if name.ends_with(FOLDER_SUFFIX) {
            return;
        }
        match self.folder(path, &name, follows) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.unreadable.push(name.clone());
                self.found.push(Found { name, what: Err(Problem::unreadable("folder", &error)) });
            }
            _ => {}
        }
    }

    fn file(&mut self, entry: &DirEntry, name: String, follows: bool) {
        if entry.file_name().to_str().is_none() {
            let message = "the file's name is not UTF-8; rename it".to_owned();
            return self.found.push(Found { name, what: Err(Problem { rule: "file-name", message }) });
        }
        let Ok(own) = entry.metadata() else { return };
        let what = match own.is_symlink() {
            true => match self.behind(&entry.path()) {
                Some(real) if real.is_dir() => {
                    return if follows {
                        self.linked_folder(&entry.path(), name)
                    };
                }
                real => real.and_then(|real| fs::metadata(real).ok()).ok_or_else(leads_out),
            },
            false => Ok(own),
        };
        let what = what.and_then(|file| if file.is_file() { Ok(Stamp::of(&file)) } else { Err(no_file()) });
        self.found.push(Found { name, what });
    }

    /// Kubernetes delivers the folders of a ConfigMap as links into a dot folder. Only such are followed, and only one
    /// deep: what stands elsewhere in the directory is found there, and no loop is walked.
    fn linked_folder(&mut self, path: &Path, name: String) {
        let Some(real) = self.behind(path).filter(|real| real.is_dir()) else { return };
        let is_hidden = |part: &OsStr| part.to_string_lossy().starts_with('.');
        if real.strip_prefix(&self.root).is_ok_and(|below| below.iter().any(is_hidden)) {
            self.below(&real, name, false);
        }
    }

    /// What a link leads to, if that lies in the directory.
    fn behind(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok().filter(|real| real.starts_with(&self.root))
    }
}

fn is_yaml(name: &OsStr) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn leads_out() -> Problem {
    let message = "the file is a link that leads out of the jobs directory, or nowhere".to_owned();
    Problem { rule: "link", message }
}

fn no_file() -> Problem {
    Problem { rule: "unreadable", message: "it is no regular file, so it is not read".to_owned() }
}

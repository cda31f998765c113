//! A jobs directory in a folder of its own, and what looks at it say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use batchferry::model::config::Config;
use batchferry::specs::{FileChange, KnownFile, Look, Scanner, load_config};
use tempfile::TempDir;

use crate::program::GOOD;

/// How long a file must stay the same, in these tests' own time.
pub const SETTLE: Duration = Duration::from_secs(2);

/// A folder with `jobs` in it, and a scanner whose time passes only when told.
pub struct Jobs {
    folder: TempDir,
    pub scanner: Scanner,
    now: Instant,
    /// What every file was last said to be.
    pub state: BTreeMap<String, String>,
}

impl Jobs {
    pub fn new() -> Self {
        let jobs = Self::unmade(&[]);
        fs::create_dir(jobs.path("jobs")).unwrap();
        jobs
    }

    /// Without the directory itself; the ledger knows some files.
    pub fn unmade(known: &[KnownFile]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("jobs");
        let scanner = Scanner::new(path, config(folder.path(), "dst"), SETTLE, known);
        Self { folder, scanner, now: Instant::now(), state: BTreeMap::new() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    pub fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// Looks once, after some time.
    pub fn look(&mut self, after: Duration) -> Look {
        self.now += after;
        let look = self.scanner.scan(self.now);
        for change in &look.changes {
            match said(change) {
                Some(said) => self.state.insert(change.file().to_owned(), said),
                None => self.state.remove(change.file()),
            };
        }
        look
    }

    /// What a look gives out after some time, one line a file.
    #[track_caller]
    pub fn changes(&mut self, after: Duration) -> Vec<String> {
        let look = self.look(after);
        assert_eq!(look.healthy, Ok(()));
        let line =
            |change: &FileChange| format!("{} {}", change.file(), said(change).unwrap_or_else(|| "gone".to_owned()));
        look.changes.iter().map(line).collect()
    }

    /// Looks until everything has settled.
    pub fn settle(&mut self) {
        self.look(Duration::ZERO);
        self.look(5 * SETTLE);
    }

    /// What every file is said to be.
    pub fn lines(&self) -> Vec<String> {
        self.state.iter().map(|(file, said)| format!("{file} {said}")).collect()
    }
}

/// A config that knows the store `src`, and another.
pub fn config(folder: &Path, other: &str) -> Config {
    let path = folder.join("batchferry.yaml");
    fs::write(&path, format!("stores: {{src: {{url: 'file:src'}}, {other}: {{url: 'file:dst'}}}}\n")).unwrap();
    load_config(Some(&path)).unwrap().config
}

/// A valid spec with a name of its own.
pub fn named(name: &str) -> String {
    GOOD.replace("name: good", &format!("name: {name}"))
}

fn said(change: &FileChange) -> Option<String> {
    Some(match change {
        FileChange::Spec(spec) => {
            assert!(spec.path.ends_with(&spec.file_name));
            format!(
                "is {}, {} to {}",
                spec.file.metadata.name, spec.file.spec.collected.from, spec.file.spec.collected.to
            )
        }
        FileChange::Known { name, .. } => format!("is still {name}"),
        FileChange::Invalid(invalid, name) => {
            let name = name.as_ref().map_or(String::new(), |name| format!(", once {name}"));
            format!("is wrong by {}{name}", invalid.diagnostics[0].rule)
        }
        FileChange::Ignored(_) => "is not ours".to_owned(),
        FileChange::Gone(_) => return None,
    })
}

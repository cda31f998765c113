//! A project of its own for a test: config, jobs, a source and a target folder, and the real program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::s3::{ACCESS_KEY, SECRET_KEY};

/// A sound scan: PNG, 300 dpi.
pub const PNG: &[u8] = include_bytes!("../data/images/phys-300.png");

/// The template of most tests.
pub const KEYS: &str = "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}";

/// A project in a temporary folder.
pub struct Project {
    folder: TempDir,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Done {
    /// The exit code; `None`: killed.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// All else.
    pub stderr: String,
}

impl Done {
    /// Runs a command to its end.
    pub fn of(command: &mut Command) -> Self {
        let done = command.output().unwrap();
        Self {
            code: done.status.code(),
            stdout: String::from_utf8(done.stdout).unwrap(),
            stderr: String::from_utf8(done.stderr).unwrap(),
        }
    }

    /// Demands an exit code.
    #[track_caller]
    pub fn exit(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Demands that something was said, on either stream.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text) || self.stderr.contains(text), "not said: {text}\n{self:#?}");
        self
    }

    /// The data as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }
}

impl Project {
    /// Folders `src` and `dst` as stores of the same names.
    pub fn local() -> Self {
        Self::with_config(&json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}}))
    }

    /// A config of the test's own.
    pub fn with_config(config: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let project = Self { folder };
        for name in ["jobs", "src", "dst"] {
            fs::create_dir(project.path(name)).unwrap();
        }
        project.configure(config);
        project
    }

    /// Replaces the config.
    pub fn configure(&self, config: &Value) {
        fs::write(self.path("batchferry.yaml"), config.to_string()).unwrap();
    }

    /// A path in the project.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts an object into the source folder.
    pub fn put(&self, key: &str, content: &[u8]) {
        self.put_at("src", key, content);
    }

    /// Puts an object into a folder of the project.
    pub fn put_at(&self, folder: &str, key: &str, content: &[u8]) {
        let path = self.path(folder).join(key);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Puts a sound document with a cover and an invoice; no two of their files are equal.
    pub fn put_document(&self, day: &str, image: &str) {
        for file in ["cover-1.png", "invoice-1.png"] {
            let key = format!("ACME/voucher/{day}/{image}/{file}");
            self.put(&key, &distinct(&key));
        }
    }

    /// Writes a spec of January 2025 from `src` to `dst`, changed as the test wants it.
    pub fn spec(&self, name: &str, change: impl FnOnce(&mut Value)) {
        let mut spec = json!({
            "apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": name},
            "spec": {
                "collected": {"from": "2025-01-01", "to": "2025-01-31", "timeZone": "Asia/Shanghai"},
                "source": {"store": "src", "catalog": {"keys": KEYS}},
                "target": {"store": "dst"},
            }
        });
        change(&mut spec["spec"]);
        fs::write(self.path("jobs").join(format!("{name}.yaml")), spec.to_string()).unwrap();
    }

    /// The program with these words, ready to start.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batchferry"));
        command.args(words).current_dir(self.folder.path()).stdin(Stdio::null()).env("USER", "tester");
        command.env("TEST_ACCESS_KEY_ID", ACCESS_KEY).env("TEST_SECRET_ACCESS_KEY", SECRET_KEY);
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, words: &[&str]) -> Done {
        Done::of(&mut self.command(words))
    }

    /// An object of a folder of the project.
    pub fn read_at(&self, folder: &str, key: &str) -> Vec<u8> {
        fs::read(self.path(folder).join(key)).unwrap()
    }

    /// `show NAME -o json`.
    pub fn show(&self, name: &str) -> Value {
        self.run(&["show", name, "-o", "json"]).exit(0).json()
    }

    /// Status, or code where there is one, of every document of a batch.
    pub fn documents(&self, name: &str) -> BTreeMap<String, String> {
        let rows = self.run(&["documents", name, "-o", "json"]).exit(0).json();
        let row = |row: &Value| {
            let status = row["code"].as_str().or(row["status"].as_str()).unwrap().to_owned();
            (row["imageNumber"].as_str().unwrap().to_owned(), status)
        };
        rows.as_array().unwrap().iter().map(row).collect()
    }

    /// `report.json` of a batch, as it lies beside its spec.
    pub fn report(&self, name: &str) -> Value {
        let report = fs::read(self.path("jobs").join(format!("{name}.report/report.json"))).unwrap();
        serde_json::from_slice(&report).unwrap()
    }

    /// Status, or code where there is one, of every file of a document, by key.
    pub fn files(&self, name: &str, image: &str) -> Vec<String> {
        let rows = self.run(&["files", name, image, "-o", "json"]).exit(0).json();
        let row = |row: &Value| row["code"].as_str().or(row["status"].as_str()).unwrap().to_owned();
        rows.as_array().unwrap().iter().map(row).collect()
    }

    /// Every object below a folder of the project.
    pub fn objects(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        objects_below(&self.path(folder))
    }
}

/// A sound PNG that differs with `seed`: data after the end mark is allowed.
pub fn distinct(seed: &str) -> Vec<u8> {
    [PNG, seed.as_bytes()].concat()
}

/// Every file below a folder that is there, by its path from there.
pub fn objects_below(root: &Path) -> BTreeMap<String, Vec<u8>> {
    assert!(root.is_dir(), "no folder {}", root.display());
    let mut found = BTreeMap::new();
    collect(root, root, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in unless_gone(fs::read_dir(folder)).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if let Some(bytes) = unless_gone(fs::read(&path)) {
            found.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), bytes);
        }
    }
}

/// Beside a running copy, unfinished writes and the folders made for them come and go.
fn unless_gone<T>(read: std::io::Result<T>) -> Option<T> {
    read.map_err(|error| assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}")).ok()
}

/// Waits until something comes true, and gives up after a minute.
#[track_caller]
pub fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let begin = std::time::Instant::now();
    while !holds() {
        assert!(begin.elapsed() < std::time::Duration::from_secs(60), "still waiting: {what}");
        std::thread::yield_now();
    }
}

/// Sends a signal to a process.
pub fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

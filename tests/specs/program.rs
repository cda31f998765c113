//! The real program in a folder of its own, with a small config.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The spec from which the bad ones differ.
pub const GOOD: &str = include_str!("../data/specs/good.yaml");

/// `again` is `src` under another name.
const CONFIG: &str = "stores: {src: {url: 'file:src'}, dst: {url: 'file:dst'}, again: {url: 'file:./dst/../src'}}\n";

/// A folder with a config and, as the test wants them, specs.
pub struct Folder(TempDir);

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    pub fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write("batchferry.yaml", CONFIG.as_bytes());
        folder
    }

    pub fn write(&self, name: &str, content: &[u8]) {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn validate(&self, words: &[&str]) -> Said {
        self.validate_as(None, words).unwrap()
    }

    /// As another user; `None`: that user may not run the program.
    pub fn validate_as(&self, user: Option<u32>, words: &[&str]) -> Option<Said> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batchferry"));
        command.arg("validate").args(words).current_dir(self.0.path()).stdin(Stdio::null()).env("NO_COLOR", "1");
        if let Some(user) = user {
            command.uid(user);
        }
        let done = match command.output() {
            Err(error) if user.is_some() && error.kind() == ErrorKind::PermissionDenied => return None,
            done => done.unwrap(),
        };
        Some(Said {
            code: done.status.code(),
            stdout: String::from_utf8(done.stdout).unwrap(),
            stderr: String::from_utf8(done.stderr).unwrap(),
        })
    }

    pub fn validate_json(&self, path: &str) -> Value {
        let said = self.validate(&[path, "-o", "json"]);
        serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said:?}"))
    }
}

/// What is said about one file with this content.
pub fn validate(name: &str, content: &[u8]) -> Said {
    let folder = Folder::new();
    folder.write(name, content);
    folder.validate(&[name])
}

/// A path in the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

//! How long a jobs directory takes to read, and to name the authors of its specs.
//!
//! `cargo bench --bench specs -- 10000` writes that many specs into a repository of one commit, reads them, and asks who
//! committed them.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use batchferry::specs::{operators_of, scan_jobs};

const GOOD: &str = include_str!("../tests/data/specs/good.yaml");

fn main() {
    let specs = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(10_000_usize);
    let dir = tempfile::tempdir().unwrap();
    let jobs = dir.path().join("jobs");
    fs::create_dir(&jobs).unwrap();
    for number in 0..specs {
        let text = GOOD.replace("name: good", &format!("name: batch-{number}"));
        fs::write(jobs.join(format!("{number}.yaml")), text).unwrap();
    }
    let scan = timed(specs, "read", || scan_jobs(&jobs, None).unwrap());
    assert_eq!(scan.specs.len(), specs);
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["-c", "user.name=Lin", "-c", "user.email=lin@example.org", "commit", "-qm", "specs"]);
    let files: Vec<(PathBuf, &[u8])> =
        scan.specs.iter().map(|spec| (spec.path.clone(), spec.text.as_bytes())).collect();
    let operators = timed(specs, "given their authors", || operators_of(&files));
    assert!(operators.iter().all(|operator| operator.commit.is_some()));
}

fn timed<T>(specs: usize, done: &str, work: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = work();
    println!("{specs} specs {done} in {:.2?}", begun.elapsed());
    result
}

fn git(folder: &Path, words: &[&str]) {
    assert!(Command::new("git").args(words).current_dir(folder).status().unwrap().success());
}

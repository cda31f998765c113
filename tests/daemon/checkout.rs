//! A real `git checkout` between two branches of many specs, under the eyes of the daemon.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::daemon::{Daemon, PATIENCE, has};
use crate::edits::project;
use crate::project::Project;

const SPECS: usize = 200;

fn git(project: &Project, words: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false"])
        .args(words)
        .current_dir(project.path("jobs"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Every third batch is on one branch alone, every third on the other, the others on both, with another priority.
fn write(project: &Project, branch: usize) {
    for n in (0..SPECS).filter(|n| n % 3 != branch) {
        project.spec(&name(n), |spec| {
            spec["suspend"] = json!(true);
            spec["priority"] = json!(branch);
            spec["target"]["prefix"] = json!(format!("{n}/"));
        });
    }
    git(project, &["add", "-A"]);
    git(project, &["commit", "-q", "-m", "specs"]);
}

fn name(n: usize) -> String {
    format!("batch-{n:03}")
}

/// Waits until the batches are as a branch has them: suspended by their specs, or because these are gone.
#[track_caller]
fn await_branch(project: &Project, branch: usize, generation: u64) {
    let end = Instant::now() + PATIENCE;
    loop {
        let list = project.run(&["list", "-o", "json"]).exit(0).json();
        let rows = list.as_array().unwrap();
        let wrong = rows.iter().filter(|row| !is_of(row, branch, generation)).count();
        let there = (0..SPECS).filter(|n| n % 3 != branch).count();
        if wrong == 0 && rows.len() >= there {
            return;
        }
        assert!(Instant::now() < end, "{wrong} of {} differ from branch {branch}", rows.len());
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn is_of(row: &Value, branch: usize, generation: u64) -> bool {
    let n: usize = row["name"].as_str().unwrap().strip_prefix("batch-").unwrap().parse().unwrap();
    match n % 3 {
        there if there == branch => has(row, "SpecVanished"),
        2 => row["spec"]["generation"] == generation && !has(row, "SpecVanished"),
        _ => row["spec"]["generation"] == 1 && !has(row, "SpecVanished"),
    }
}

#[test]
fn a_checkout_of_two_hundred_specs_is_taken_as_a_whole_there_and_back() {
    let project = project();
    let reports = json!({"dir": "reports", "languages": ["en"]});
    project.configure(&json!({
        "stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}}, "reports": reports,
        "watch": {"rescan": "1s", "settle": "400ms"},
    }));
    git(&project, &["init", "-q", "-b", "zero"]);
    write(&project, 0);
    git(&project, &["checkout", "-q", "--orphan", "one"]);
    git(&project, &["rm", "-q", "-r", "-f", "."]);
    write(&project, 1);
    git(&project, &["checkout", "-q", "zero"]);
    let daemon = Daemon::start(&project);
    await_branch(&project, 0, 1);
    let numbers = |n: usize| project.show(&name(n))["batchNumber"].clone();
    let before = [1, 2].map(numbers);
    git(&project, &["checkout", "-q", "one"]);
    await_branch(&project, 1, 2);
    let show = project.show(&name(2));
    assert_eq!(
        (&show["spec"]["operator"], show["spec"]["commit"].is_string()),
        (&json!("Ana <ana@example.org>"), true)
    );
    git(&project, &["checkout", "-q", "zero"]);
    await_branch(&project, 0, 3);
    assert_eq!([1, 2].map(numbers), before, "the same batches came back");
    assert_eq!(daemon.stop(), Some(0));
    assert!(fs::read_dir(project.path("dst")).unwrap().next().is_none(), "all are suspended");
}

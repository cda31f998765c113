//! Keys that would steer a terminal or break a line are told, never passed on.

use std::fs;

use crate::daemon::{Daemon, assert_reconciles};
use crate::edits::project;
use crate::project::{Done, Project, distinct};

/// A title for the window, a red line, a line of its own, a bell, and letters that run backwards.
const EVIL: [&str; 5] =
    ["A\u{1b}]0;owned\u{7}", "B\u{1b}[31m", "C\nMB-1 (Complete)", "D\r\u{8}\u{9b}2J", "E\u{202e}gpj"];

/// Whether a text could do more than stand there: everything but line feeds that end lines.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c)
}

#[track_caller]
fn assert_tame(what: &str, text: &str) {
    if let Some(at) = text.find(steers) {
        let around: String = text[at..].chars().take(30).collect();
        panic!("{what}: {around:?} in\n{text:?}");
    }
    assert!(!text.lines().any(|line| line.starts_with("MB-1 (Complete)")), "{what}: a line that a key made\n{text}");
}

/// Documents with such names in every place of a key, beside a sound one.
fn evil_project() -> Project {
    let project = project();
    for name in EVIL {
        let files = [
            format!("ACME/voucher/2025/01/06/{name}/cover-1.png"),
            format!("{name}/voucher/2025/01/06/ORG-{}/cover-1.png", &name[..1]),
            format!("ACME/{name}/2025/01/06/TYPE-{}/cover-1.png", &name[..1]),
            format!("ACME/voucher/2025/01/06/FILE-{}/cover-1.{name}", &name[..1]),
            format!("ACME/voucher/2025/01/06/stray-{name}"),
        ];
        for key in files {
            project.put(&key, &distinct(&key));
        }
    }
    project.spec("batch", |_| ());
    project
}

fn assert_all_tame(project: &Project) {
    let queries: [&[&str]; 12] = [
        &["show", "batch"],
        &["show", "batch", "-o", "json"],
        &["list"],
        &["documents", "batch"],
        &["documents", "batch", "-o", "csv"],
        &["documents", "batch", "-o", "json"],
        &["documents", "batch", "-o", "jsonl"],
        &["documents", "batch", "--code", "UnsafeKey"],
        &["files", "batch", EVIL[1]],
        &["files", "batch", EVIL[1], "-o", "csv"],
        &["files", "batch", "\u{1b}[31mnone"],
        &["plan", "jobs/batch.yaml"],
    ];
    for words in queries {
        assert_done_tame(words, &project.run(words));
    }
    for (name, bytes) in project.objects("jobs") {
        let text = String::from_utf8(bytes).unwrap();
        assert_tame(&name, text.trim_start_matches('\u{feff}'));
    }
}

#[track_caller]
fn assert_done_tame(words: &[&str], done: &Done) {
    assert_tame(&format!("{words:?} stdout"), &done.stdout);
    assert_tame(&format!("{words:?} stderr"), &done.stderr);
}

/// The sound document is moved, those whose keys are not safe fail with their code, and prefixes that cannot be asked for
/// are named: the batch is not complete.
fn assert_judged(project: &Project) {
    let documents = project.documents("batch");
    assert_eq!(documents["DOC-1"], "Migrated");
    for name in &EVIL[..4] {
        assert_eq!(documents[*name], "UnsafeKey", "{name:?}");
        assert_eq!(documents[&format!("FILE-{}", &name[..1])], "UnsafeKey", "{name:?}");
    }
    let report = project.report("batch");
    assert_reconciles(&report);
    assert_eq!(report["syncStatus"], "Partial");
    let readme = fs::read_to_string(project.path("jobs/batch.report/README.md")).unwrap();
    for unlistable in ["`B\\u{1b}[31m/: ", "`ACME/C\\nMB-1 (Complete)/2025/01/: "] {
        assert!(readme.contains(unlistable), "{unlistable} in\n{readme}");
    }
}

#[test]
fn keys_that_steer_terminals_are_told_and_never_passed_on_by_run_and_queries() {
    let project = evil_project();
    let done = project.run(&["run"]).exit(1).says("UnsafeKey");
    assert_done_tame(&["run"], &done);
    assert_judged(&project);
    assert_all_tame(&project);
}

#[test]
fn neither_does_a_daemon_pass_them_on_nor_names_of_specs() {
    let project = evil_project();
    fs::rename(project.path("jobs/batch.yaml"), project.path(&format!("jobs/{}.yaml", EVIL[1]))).unwrap();
    for name in EVIL {
        let file = format!("jobs/{name}-wrong.yaml");
        fs::write(project.path(&file), "apiVersion: batchferry/v1\nkind: MigrationBatch\n").unwrap();
    }
    let mut daemon = Daemon::start(&project);
    let show = project.await_batch("batch", |show| show["runStatus"] == "Ended");
    assert!(show["documents"]["migrated"].as_u64().unwrap() > 0, "{show:#}");
    daemon.logs("run stops");
    let log = daemon.all();
    assert!(log.iter().filter(|line| line.contains("spec not accepted")).count() >= EVIL.len(), "{log:#?}");
    for line in log {
        assert_tame("log", &line);
    }
    for words in
        [&["show", "batch"] as &[&str], &["list"], &["validate", "jobs"], &["report", "batch", "--to", "elsewhere"]]
    {
        assert_done_tame(words, &project.run(words));
    }
    assert_eq!(daemon.stop(), Some(0));
}

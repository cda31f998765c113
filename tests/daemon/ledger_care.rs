//! The ledger checked and written anew between two daemons.

use std::fs;

use serde_json::json;

use crate::daemon::Daemon;
use crate::edits::project;
use crate::mounts::Mounts;
use crate::project::{Done, Project, distinct};

/// Two batches with a document at every status that a run leaves, and one that was resynced.
fn ended() -> Project {
    let project = project();
    project.put_document("2025/01/06", "DOC-2");
    project.put("ACME/voucher/2025/01/07/LACKS/cover-1.png", &distinct("lacks"));
    project.put_at("dst", "ACME/voucher/2025/01/06/DOC-2/cover-1.png", b"somebody else's");
    for (name, prefix) in [("one", ""), ("two", "two/")] {
        project.spec(name, |spec| {
            spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}});
            spec["target"]["prefix"] = json!(prefix);
        });
    }
    project.run(&["run"]).exit(1);
    project.run(&["resync", "one"]).exit(1);
    project
}

/// Writes and removes what the ledger then has no use for.
fn waste(project: &Project) {
    let db = sled::open(project.path(".batchferry/ledger")).unwrap();
    for round in 0..60_u8 {
        (0..60_u8).for_each(|key| drop(db.insert([b"Uwaste", &[key][..]].concat(), vec![round; 2_000]).unwrap()));
        db.flush().unwrap();
    }
    (0..60_u8).for_each(|key| drop(db.remove([b"Uwaste", &[key][..]].concat()).unwrap()));
}

/// What every command answers.
fn answers(project: &Project) -> Vec<String> {
    let commands: &[&[&str]] = &[
        &["list", "-o", "json"],
        &["show", "one", "-o", "json"],
        &["show", "two", "-o", "json"],
        &["documents", "one", "-o", "jsonl"],
        &["documents", "two", "--status", "failed", "-o", "csv"],
        &["files", "one", "DOC-1", "-o", "json"],
        &["files", "one", "DOC-2", "-o", "json"],
        &["audit", "verify", "-o", "json"],
        &["audit", "export", "one"],
    ];
    let mut answers: Vec<String> = commands.iter().map(|words| project.run(words).exit(0).stdout).collect();
    for name in ["one", "two"] {
        project.run(&["report", name, "--to", "reports"]).exit(0);
        let folder = project.path("reports");
        let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        answers.extend(files.iter().filter(|path| path.is_file()).map(|path| fs::read_to_string(path).unwrap()));
        fs::remove_dir_all(folder).unwrap();
    }
    answers
}

#[test]
fn a_compacted_ledger_gives_every_answer_that_it_gave_before() {
    let project = ended();
    let before = answers(&project);
    waste(&project);
    project.run(&["ledger", "check"]).exit(0).says(": sound; 2 batches, 6 documents, 10 files").says("audit events");
    let done = project.run(&["ledger", "compact", "-o", "json"]).exit(0).json();
    let (old, new) = (done["before"].as_u64().unwrap(), done["after"].as_u64().unwrap());
    assert!(0 < new && new < old, "{done:#}");
    assert_eq!(answers(&project), before);
    let checked = project.run(&["ledger", "check", "-o", "json"]).exit(0).json();
    assert_eq!((&checked["sound"], &checked["problems"], &checked["files"]), (&json!(true), &json!([]), &json!(10)));
    assert_eq!(checked["records"], done["records"], "{done:#}\n{checked:#}");
    let again = project.run(&["ledger", "compact", "-o", "json"]).exit(0).json();
    assert_eq!(again["sha256"], done["sha256"]);
    // Opening a ledger may add a little to it, so that once more there is something to win.
    let mut more = (0..9).map(|_| project.run(&["ledger", "compact"]).exit(0).says("the same before and after").stdout);
    assert!(more.any(|said| said.contains("the old one stays")));
    project.run(&["run"]).exit(1);
}

#[test]
fn a_ledger_that_a_daemon_has_is_left_alone() {
    let project = ended();
    let daemon = Daemon::start(&project);
    for words in [["ledger", "check"], ["ledger", "compact"]] {
        project.run(&words).exit(3).says("another process holds the state, a daemon");
    }
    assert_eq!(daemon.stop(), Some(0));
    project.run(&["ledger", "compact"]).exit(0);
    let daemon = Daemon::start(&project);
    assert_eq!(project.show("one")["documents"]["migrated"], 1);
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn a_daemon_waits_for_a_command_that_has_the_ledger() {
    let project = ended();
    let lock = fs::File::options().write(true).open(project.path(".batchferry/ledger.lock")).unwrap();
    lock.lock().unwrap();
    let mut daemon = Daemon::spawn(&project);
    // Longer than commands wait for each other.
    std::thread::sleep(std::time::Duration::from_secs(1));
    drop(lock);
    daemon.logs("ready");
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn there_is_nothing_to_care_for_before_the_first_run() {
    let project = project();
    for words in [["ledger", "check"], ["ledger", "compact"]] {
        project.run(&words).exit(3).says("there is no ledger at").says("nothing has run with this state directory yet");
    }
    assert!(!project.path(".batchferry").exists());
}

#[test]
fn a_damaged_record_is_named_with_batch_and_document_and_what_to_do() {
    let project = ended();
    let number = project.show("one")["batchNumber"].as_str().unwrap().to_owned();
    let db = sled::open(project.path(".batchferry/ledger")).unwrap();
    let (key, value) = db.scan_prefix(b"F\0\0\0\x01LACKS").next().unwrap().unwrap();
    db.insert(key, &value[..value.len() / 2]).unwrap();
    drop(db);
    let said = project.run(&["ledger", "check"]).exit(1).says("NOT sound").says("restore the state directory").stdout;
    assert!(said.contains(&format!("  {number}, document \"LACKS\", files and receipts: ")), "{said}");
    let view = project.run(&["ledger", "check", "-o", "json"]).exit(1).json();
    assert_eq!((&view["problems"][0]["batch"], &view["sound"]), (&json!(number), &json!(false)), "{view:#}");
    assert_eq!(view["problems"].as_array().unwrap().len(), view["problemsTotal"], "{view:#}");
}

/// What happens to a compaction on a disk of its own, and what is left there.
fn compacted_on(mounts: &Mounts) -> Option<Done> {
    let project = ended();
    fs::rename(project.path(".batchferry"), project.path("whole")).unwrap();
    let script = "$0 ledger compact; echo \"exit $?\"; ls .batchferry; $0 ledger check";
    mounts.are_allowed(&project).then(|| {
        fs::remove_dir_all(project.path(".batchferry")).unwrap();
        mounts.shell(&project, script)
    })
}

#[test]
fn a_disk_with_too_little_room_is_told_before_anything_is_written() {
    const SMALL: Mounts = Mounts {
        at_first: "mkdir .batchferry; mount -t tmpfs -o size=1800k none .batchferry; cp -a whole/. .batchferry",
        later: ":",
    };
    let Some(done) = compacted_on(&SMALL) else { return };
    let done = done.exit(0).says("exit 3").says("make room, then try again (the ledger is as it was)").says(": sound");
    assert!(done.stderr.contains(" free, and writing the ledger anew takes about 2."), "{done:?}");
    assert!(!done.stdout.contains("ledger.new"), "{done:?}");
}

#[test]
fn a_disk_that_takes_no_more_midway_leaves_the_ledger_as_it_was() {
    // Room enough, but not for as many files as a new database needs.
    const FEW_FILES: Mounts = Mounts {
        at_first: "mkdir .batchferry; mount -t tmpfs -o size=64m,nr_inodes=9 none .batchferry; cp -a whole/ledger* .batchferry",
        later: ":",
    };
    let Some(done) = compacted_on(&FEW_FILES) else { return };
    let done = done.exit(0).says("exit 3").says(": sound");
    assert!(done.stderr.contains("ledger.new") && done.stderr.contains("No space left on device"), "{done:?}");
    assert!(!done.stdout.contains("ledger.new"), "what was begun is gone: {done:?}");
}

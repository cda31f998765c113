//! Disks that are full or may not be written: said clearly, nothing is lost, and it goes on once they can.

use std::fs;

use serde_json::{Value, json};

use crate::daemon::{Daemon, assert_reconciles, has};
use crate::edits::project;
use crate::faulty::condition;
use crate::mounts::{Mounts, seen_by};
use crate::project::{Project, objects_below};

/// A project with so many documents.
fn documents(count: usize) -> Project {
    let project = project();
    for n in 0..count {
        project.put_document("2025/01/06", &format!("IMG-{n:04}"));
    }
    project.spec("batch", |_| ());
    project
}

#[test]
fn a_target_folder_that_is_full_or_read_only_stalls_the_batch_until_it_is_not() {
    const FULL: Mounts =
        Mounts { at_first: "mount -t tmpfs -o size=64k none dst", later: "mount -o remount,size=64m dst" };
    const READ_ONLY: Mounts = Mounts { at_first: "mount -t tmpfs -o ro none dst", later: "mount -o remount,rw dst" };
    for (mounts, code, system) in
        [(FULL, "QuotaExceeded", "No space left"), (READ_ONLY, "StoreUnavailable", "Read-only file system")]
    {
        let project = documents(30);
        if !mounts.are_allowed(&project) {
            return;
        }
        let (daemon, lever) = mounts.serve(&project);
        let message = project.await_stalled("batch", code);
        assert!(message.contains("dst") && message.contains(system), "{message}");
        assert_eq!(project.show("batch")["documents"]["failed"], 0);
        lever.pull();
        let show = project.await_ended("batch", "Complete");
        assert_eq!((&show["documents"]["migrated"], &show["conditions"]), (&json!(31), &json!([])));
        assert_reconciles(&show);
        assert_eq!(objects_below(&seen_by(&daemon, &project.path("dst"))), project.objects("src"));
    }
}

#[test]
fn reports_that_cannot_be_written_are_a_warning_and_are_written_once_they_can() {
    const JOBS: Mounts =
        Mounts { at_first: "mount --bind jobs jobs; mount -o remount,bind,ro jobs", later: "umount -l jobs" };
    const REPORTS: Mounts =
        Mounts { at_first: "mount --bind dir dir; mount -o remount,bind,ro dir", later: "umount -l dir" };
    for (mounts, folder) in [(JOBS, "jobs"), (REPORTS, "dir")] {
        let project = documents(2);
        fs::create_dir(project.path("dir")).unwrap();
        if !mounts.are_allowed(&project) {
            return;
        }
        let mut config: Value =
            serde_json::from_str(&fs::read_to_string(project.path("batchferry.yaml")).unwrap()).unwrap();
        if folder == "dir" {
            config["reports"] = json!({"dir": "dir"});
        }
        project.configure(&config);
        fs::write(project.path("jobs/wrong.yaml"), "apiVersion: batchferry/v1\nkind: MigrationBatch\n").unwrap();
        let (_daemon, lever) = mounts.serve(&project);
        project.await_ended("batch", "Complete");
        let show = project.await_batch("batch", |show| has(show, "ReportUnwritable"));
        let (_, message) = condition(&show, "Warning").unwrap();
        assert!(message.contains("batch.report") && message.contains("Read-only file system"), "{message}");
        assert!(!project.path(folder).join("batch.report").exists());
        lever.pull();
        project.await_batch("batch", |show| !has(show, "ReportUnwritable"));
        project.await_file(&format!("{folder}/batch.report/README.md"), "Complete");
        project.await_file(&format!("{folder}/wrong.report/README.md"), "metadata");
    }
}

#[test]
fn run_says_that_a_report_cannot_be_written_and_report_writes_it_later() {
    const JOBS: Mounts = Mounts { at_first: "mount --bind jobs jobs; mount -o remount,bind,ro jobs", later: ":" };
    let project = documents(2);
    if !JOBS.are_allowed(&project) {
        return;
    }
    JOBS.run(&project, &["run"]).exit(0).says("Read-only file system").says("batchferry report batch --to DIR");
    project.run(&["report", "batch"]).exit(0);
    assert_eq!(project.report("batch")["syncStatus"], "Complete");
}

#[test]
fn a_state_that_may_not_be_written_is_named_and_what_it_holds_stays() {
    const NEW: Mounts = Mounts { at_first: "mkdir -p .batchferry; mount -t tmpfs -o ro none .batchferry", later: ":" };
    const OLD: Mounts =
        Mounts { at_first: "mount --bind .batchferry .batchferry; mount -o remount,bind,ro .batchferry", later: ":" };
    let project = documents(2);
    for mounts in [NEW, OLD] {
        if !mounts.are_allowed(&project) {
            return;
        }
        for words in [["serve"], ["run"]] {
            let done = mounts.run(&project, &words).exit(3).says(".batchferry").says("Read-only file system");
            assert!(!done.stderr.contains("panicked"), "{done:?}");
        }
        let _ = fs::remove_dir(project.path(".batchferry"));
        project.run(&["run"]).exit(0).says("Complete");
    }
    let daemon = Daemon::start(&project);
    assert_eq!(project.show("batch")["documents"]["migrated"], 3);
    assert_eq!(daemon.stop(), Some(0));
}

//! However a daemon ends, nothing is lost, and the next one goes on.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::daemon::{Daemon, PATIENCE, assert_reconciles};
use crate::edits::project;
use crate::project::{Project, distinct};
use crate::support::s3::S3Server;

/// Many small documents, moved slowly.
fn slow(documents: usize) -> Project {
    let project = project();
    for n in 0..documents {
        project.put_document("2025/01/05", &format!("IMG-{n:04}"));
    }
    project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 1}));
    project
}

fn migrated(project: &Project) -> usize {
    project.objects("dst").len() / 2
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_daemon_that_is_asked_to_stop_ends_well_and_the_next_one_takes_the_rest() {
    let project = slow(150);
    let daemon = Daemon::start(&project);
    until("some documents", || migrated(&project) > 5);
    assert_eq!(daemon.stop(), Some(0));
    let show = project.show("batch");
    assert_eq!((&show["runStatus"], &show["syncStatus"]), (&json!("Queued"), &json!("Partial")));
    assert!(show["documents"]["pending"].as_u64().unwrap() > 0);
    assert_reconciles(&show);
    let report = fs::read_to_string(project.path("jobs/batch.report/report.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&report).unwrap()["documents"], show["documents"]);
    let _daemon = Daemon::start(&project);
    let show = project.await_ended("batch", "Complete");
    assert_eq!(show["documents"]["migrated"], 151);
    assert_eq!(show["runs"].as_array().unwrap().len(), 1, "the same run went on");
}

#[test]
fn a_running_batch_pauses_at_a_document_boundary_and_goes_on() {
    let project = slow(150);
    let _daemon = Daemon::start(&project);
    until("some documents", || migrated(&project) > 5);
    project.run(&["suspend", "batch"]).exit(0);
    let show = project.await_batch("batch", |show| show["runStatus"] == "Queued");
    assert!(show["documents"]["pending"].as_u64().unwrap() > 0, "{show}");
    assert_eq!(show["documents"]["migrated"].as_u64().unwrap() * 2, project.objects("dst").len() as u64);
    assert_reconciles(&show);
    project.run(&["resume", "batch"]).exit(0);
    let show = project.await_ended("batch", "Complete");
    assert_eq!(show["runs"].as_array().unwrap().len(), 1, "the same run went on");
}

#[test]
fn a_running_batch_is_cancelled_and_the_rest_stays_pending() {
    let project = slow(150);
    let _daemon = Daemon::start(&project);
    until("some documents", || migrated(&project) > 5);
    project.run(&["cancel", "batch"]).exit(0);
    let show = project.await_batch("batch", |show| show["runStatus"] == "Ended");
    assert_eq!((&show["runs"][0]["reason"], &show["syncStatus"]), (&json!("Cancelled"), &json!("Partial")));
    assert!(show["documents"]["pending"].as_u64().unwrap() > 0);
    project.run(&["resync", "batch"]).exit(0);
    project.await_ended("batch", "Complete");
}

#[test]
fn what_was_edited_while_no_daemon_ran_is_what_the_next_one_does() {
    let project = slow(150);
    let daemon = Daemon::start(&project);
    until("some documents", || migrated(&project) > 5);
    assert_eq!(daemon.stop(), Some(0));
    let before = project.objects("dst").len();
    project.spec("batch", |spec| {
        spec["transfer"] = json!({"concurrency": 1});
        spec["suspend"] = json!(true);
    });
    let _daemon = Daemon::start(&project);
    project.await_batch("batch", |show| show["suspended"] == true);
    assert_eq!(project.objects("dst").len(), before, "nothing moved before the spec was looked at");
}

#[test]
fn a_daemon_that_is_killed_again_and_again_ends_like_one_that_never_was() {
    let calm = slow(60);
    let daemon = Daemon::start(&calm);
    let expected = calm.await_ended("batch", "Complete");
    assert_eq!(daemon.stop(), Some(0));
    let wild = slow(60);
    for stage in [0, 1, 20, 40] {
        let daemon = Daemon::spawn(&wild);
        until("a little more", || migrated(&wild) >= stage || wild.path("jobs/batch.report/report.json").exists());
        drop(daemon);
    }
    let _daemon = Daemon::start(&wild);
    let show = wild.await_ended("batch", "Complete");
    for what in ["documents", "files", "bytes", "population"] {
        assert_eq!(show[what], expected[what], "{what}");
    }
    assert_eq!(wild.objects("dst"), calm.objects("dst"));
    assert_eq!(wild.documents("batch"), calm.documents("batch"));
}

/// Parts of uploads that a bucket holds: the server keeps them as files of its own names.
fn parts(s3: &S3Server) -> Vec<String> {
    let names = fs::read_dir(s3.folder("dst").parent().unwrap()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("upload")).collect()
}

#[test]
fn a_stop_under_load_leaves_no_upload_in_parts_behind() {
    let s3 = S3Server::start();
    let store = |bucket: &str| {
        let mut store = serde_json::to_value(s3.config(bucket)).unwrap();
        store["credentials"] = json!({"env": "TEST_"});
        store
    };
    s3.make_bucket("src");
    s3.make_bucket("dst");
    let project = Project::with_config(&json!({
        "stores": {"src": store("src"), "dst": store("dst")},
        "limits": {"memory": "24MiB"}, "watch": {"settle": "200ms"}, "shutdown": "4s",
    }));
    for n in 0..4 {
        let big = [distinct(&n.to_string()), vec![b'x'; 40 << 20]].concat();
        s3.plant("src", &format!("ACME/voucher/2025/01/05/BIG-{n}/cover-1.png"), &big);
    }
    // So slow that all are in flight when it is asked to stop.
    project.spec("batch", |spec| spec["transfer"] = json!({"bandwidth": "8MiB/s", "concurrency": 4}));
    let daemon = Daemon::start(&project);
    until("an upload in parts", || !parts(&s3).is_empty());
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(parts(&s3), Vec::<String>::new(), "parts were left");
    let show = project.show("batch");
    assert_reconciles(&show);
    assert_eq!(show["runStatus"], "Queued");
}

#[test]
fn a_state_directory_that_cannot_be_written_is_named() {
    let project = project();
    fs::write(project.path(".batchferry"), b"a file in its place").unwrap();
    let mut daemon = Daemon::spawn(&project);
    let line = daemon.logs("error");
    assert!(line.contains(".batchferry"), "{line}");
    assert_eq!(daemon.wait(), Some(3));
}

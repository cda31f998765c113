//! Runs end where they are told to, at a document boundary, and go on from there.

use std::io::Read;
use std::process::Stdio;

use serde_json::json;

use crate::project::{PNG, Project, wait_until};
use crate::s3::buckets;
use crate::support::Fault;

#[test]
fn a_run_ends_when_too_many_documents_failed_and_the_rest_stays_pending() {
    let project = Project::local();
    for n in 0..20 {
        project.put(&format!("ACME/voucher/2025/01/05/IMG-{n:02}/cover-1.png"), b"");
    }
    project.spec("batch", |spec| spec["transfer"] = json!({"maxFailures": 3, "concurrency": 1}));
    project.run(&["run"]).exit(1).says("too many documents failed");
    let show = project.show("batch");
    assert_eq!(show["runStatus"], "Ended");
    assert_eq!(show["runs"][0]["reason"], "TooManyFailures");
    project.run(&["show", "batch"]).exit(0).says("; TooManyFailures: too many documents failed");
    project.run(&["list"]).exit(0).says("Ended: TooManyFailures");
    assert!(show["documents"]["failed"].as_u64().unwrap() >= 3);
    assert!(show["documents"]["pending"].as_u64().unwrap() > 0, "{show:#}");
}

#[test]
fn a_deadline_ends_the_run_and_a_resync_takes_the_rest() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |spec| spec["transfer"] = json!({"deadline": "0s"}));
    project.run(&["run"]).exit(1).says("deadline");
    let show = project.show("batch");
    assert_eq!((&show["documents"]["pending"], &show["runs"][0]["reason"]), (&json!(1), &json!("DeadlineExceeded")));
}

#[test]
fn an_interrupted_run_ends_cleanly_and_the_next_one_goes_on() {
    let project = Project::local();
    for n in 0..40 {
        project.put(&format!("ACME/voucher/2025/01/05/IMG-{n:02}/cover-1.png"), &[PNG, &vec![0; 20_000]].concat());
    }
    project.spec("batch", |spec| spec["transfer"] = json!({"bandwidth": "200KiB/s", "concurrency": 2}));
    let mut child = project.command(&["run"]).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // Some documents arrive, and at this bandwidth the last one cannot have.
    while project.objects("dst").len() < 3 {
        std::thread::yield_now();
    }
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("stopping"), "{said}");
    let show = project.show("batch");
    assert_eq!(show["runStatus"], "Queued");
    assert!(show["documents"]["pending"].as_u64().unwrap() > 0, "{show:#}");
    project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 2}));
    project.run(&["run"]).exit(0).says("Complete");
    assert_eq!(project.objects("dst"), project.objects("src"));
    assert_eq!(project.show("batch")["runs"].as_array().unwrap().len(), 1, "the same run went on");
}

#[test]
fn a_store_that_is_not_there_stalls_the_batch_and_fails_no_document() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.configure(&json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:not/mounted"}}}));
    project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "0s"}));
    project.run(&["run"]).exit(3).says("StoreMissing");
    let show = project.show("batch");
    assert_eq!((&show["documents"]["pending"], &show["documents"]["failed"]), (&json!(1), &json!(0)));
    assert_eq!(show["conditions"][0]["type"], "Stalled");
    std::fs::create_dir_all(project.path("not/mounted")).unwrap();
    project.run(&["run"]).exit(0);
    assert_eq!(project.objects("not/mounted"), project.objects("src"));
    assert_eq!(project.show("batch")["conditions"], json!([]));
}

#[test]
fn a_second_process_on_the_same_state_is_told_so() {
    let project = Project::local();
    project.spec("batch", |_| {});
    let options = batchferry::ledger::LedgerOptions { cache: 1 << 20, instance: None, fuse: None };
    let held = batchferry::ledger::Ledger::open(&project.path(".batchferry"), &options).unwrap();
    project.run(&["run"]).exit(3).says("another process");
    held.close().unwrap();
}

#[test]
fn reports_that_cannot_be_written_are_a_warning_and_can_be_written_elsewhere() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |_| {});
    std::fs::write(project.path("jobs/batch.report"), "a file where the folder should be").unwrap();
    project.run(&["run"]).exit(0).says("warning:").says("--to DIR");
    project.run(&["report", "batch", "--to", "elsewhere"]).exit(0);
    let first = project.objects("elsewhere");
    assert!(
        first.contains_key("README.md") && first.contains_key("README.zh-CN.md") && first.contains_key("report.json")
    );
    project.run(&["report", "batch", "--to", "again"]).exit(0);
    assert_eq!(project.objects("again"), first, "the same bytes anywhere");
}

#[test]
fn who_asks_for_no_number_begins_with_sixteen_documents_and_who_does_has_as_many() {
    for (transfer, documents) in [(json!({}), 16), (json!({"concurrency": 24}), 24)] {
        let scene = buckets(30, |_| {});
        scene.project.spec("batch", |spec| spec["transfer"] = transfer);
        let is_read =
            |request: &http::request::Parts| request.method == http::Method::GET && request.uri.query().is_none();
        scene.server.on_request(move |request| if is_read(request) { Fault::Hang } else { Fault::None });
        let mut child = scene.project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("all of them read", || scene.server.requests("GET") >= documents);
        // Each reads its first file, and none of them is answered.
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(scene.server.requests("GET"), documents);
    }
}

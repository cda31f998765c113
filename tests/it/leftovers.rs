//! What an attempt without an outcome left at the target is found again, and called by its name.

use std::process::Stdio;

use http::Method;
use serde_json::json;

use crate::project::{Project, signal, wait_until};
use crate::s3::{Buckets, buckets, objects};
use crate::support::Fault;

const COVER: &str = "ACME/voucher/2025/01/05/IMG-0/cover-1.png";
const INVOICE: &str = "ACME/voucher/2025/01/05/IMG-0/invoice-1.png";

/// A document whose cover was copied when the store gave out.
fn half_copied() -> Buckets {
    let scene = buckets(1, |_| {});
    scene.server.on_request(|request| {
        let refused = request.method == Method::PUT && request.uri.path().contains("invoice");
        if refused { Fault::Status(403, "ExpiredToken", None) } else { Fault::None }
    });
    scene.project.run(&["run"]).exit(3);
    assert_eq!(objects(&scene.server, "new-archive").keys().collect::<Vec<_>>(), [COVER]);
    scene.server.heal();
    scene
}

#[test]
fn a_file_that_was_copied_before_its_document_failed_is_reported_as_copied() {
    let Buckets { server, project } = half_copied();
    std::fs::remove_file(server.folder("old-archive").join(INVOICE)).unwrap();
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch")["IMG-0"], "SourceMissing");
    assert_eq!(project.files("batch", "IMG-0"), ["Migrated", "SourceMissing"]);
    let partial = &project.report("batch")["partialDocuments"]["rows"][0];
    assert_eq!((&partial["atTarget"], &partial["missing"]), (&json!([COVER]), &json!([INVOICE])));
}

#[test]
fn what_was_copied_of_a_file_that_cannot_be_read_any_more_is_named() {
    let Buckets { server, project } = half_copied();
    std::fs::remove_file(server.folder("old-archive").join(COVER)).unwrap();
    project.run(&["run"]).exit(1);
    assert_eq!(project.files("batch", "IMG-0"), ["SourceMissing", "HeldBack"]);
    let report = project.report("batch");
    assert_eq!(report["partialDocuments"]["rows"][0]["atTarget"], json!([COVER]));
    assert_eq!(report["warnings"][0]["code"], "Unproven");
}

#[test]
fn what_did_not_arrive_as_it_was_sent_is_named_and_is_ours_later() {
    let Buckets { server, project } = buckets(2, |config| config["stores"]["dst"]["checksum"] = json!("none"));
    project.spec("batch", |spec| spec["transfer"] = json!({"attempts": 2}));
    server.on_request(|request| {
        let read_back = request.method == Method::GET && request.uri.path().contains("new-archive/");
        if read_back && request.uri.path().ends_with("IMG-0/cover-1.png") { Fault::CorruptBody } else { Fault::None }
    });
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((documents["IMG-0"].as_str(), documents["IMG-1"].as_str()), ("ChecksumMismatch", "Migrated"));
    let partial = &project.report("batch")["partialDocuments"]["rows"][0];
    assert_eq!((&partial["atTarget"], &partial["missing"]), (&json!([INVOICE, COVER]), &json!([COVER])));
    server.heal();
    project.run(&["resync", "batch"]).exit(0);
    assert_eq!(project.files("batch", "IMG-0"), ["Migrated", "Migrated"]);
    assert_eq!(project.report("batch")["partialDocuments"]["total"], 0);
}

#[test]
fn after_a_kill_what_had_arrived_is_ours() {
    let Buckets { server, project } = buckets(1, |_| {});
    server.on_request(|request| if request.method == Method::PUT { Fault::HangAfterwards } else { Fault::None });
    let mut child = project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("both files arrive", || objects(&server, "new-archive").len() == 2);
    signal("-KILL", child.id());
    child.wait().unwrap();
    server.heal();
    project.run(&["run"]).exit(0);
    assert_eq!(project.files("batch", "IMG-0"), ["Migrated", "Migrated"]);
    assert_eq!(objects(&server, "new-archive"), objects(&server, "old-archive"));
}

#[test]
fn a_kill_in_the_middle_of_a_write_leaves_nothing_in_a_folder_for_good() {
    let project = Project::local();
    let stores = json!({"src": {"url": "file:src"}, "dst": {"url": "file:dst"}});
    project.configure(&json!({"stores": stores, "limits": {"memory": "1MiB"}}));
    let content = [b"<?xml version=\"1.0\"?><a>".as_slice(), &vec![b'x'; 16 << 20], b"</a>"].concat();
    project.put("ACME/voucher/2025/01/05/BIG/invoice-1.xml", &content);
    // Slow enough to be killed, whatever the machine.
    project.spec("batch", |spec| spec["transfer"] = json!({"bandwidth": "2MiB/s"}));
    let mut child = project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("a write is under way", || project.objects("dst").keys().any(|key| key.contains('#')));
    signal("-KILL", child.id());
    child.wait().unwrap();
    assert!(project.objects("dst").keys().all(|key| key.contains('#')));
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0);
    assert_eq!(project.objects("dst"), project.objects("src"));
}

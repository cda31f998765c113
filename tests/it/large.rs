//! Files larger than their share of the buffers, from bucket to bucket: read in ranges, written in parts.

use std::sync::atomic::{AtomicBool, Ordering};

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use crate::project::Project;
use crate::s3::{Buckets, buckets, objects};
use crate::support::Fault;

const KEY: &str = "ACME/voucher/2025/01/05/BIG/invoice-1.xml";

/// A document of three parts.
fn large(change: impl FnOnce(&mut Value)) -> Buckets {
    let scene = buckets(0, |config| {
        config["limits"] = json!({"memory": "1MiB"});
        change(config);
    });
    let content = [b"<?xml version=\"1.0\"?><a>".as_slice(), &vec![b'x'; 11 << 20], b"</a>"].concat();
    scene.server.plant("old-archive", KEY, &content);
    scene
}

fn attempts(project: &Project, attempts: u32) {
    project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "0s", "attempts": attempts}));
}

fn sent(scene: &Buckets, part: &str) -> usize {
    scene.server.log().iter().filter(|request| request.contains(part)).count()
}

fn is_part(request: &Parts, number: u32) -> bool {
    request.uri.query().unwrap_or_default().contains(&format!("partNumber={number}"))
}

fn is_complete(request: &Parts) -> bool {
    request.method == Method::POST && request.uri.query().unwrap_or_default().contains("uploadId")
}

#[test]
fn a_large_file_arrives_in_parts_that_the_store_verifies() {
    let scene = large(|_| {});
    // As S3 does, the store gives back the checksum of every part that it has verified.
    scene.server.on_request(|request| match request.headers.get("x-amz-checksum-sha256") {
        Some(checksum) => Fault::Header("x-amz-checksum-sha256", checksum.as_bytes().to_vec()),
        None => Fault::None,
    });
    scene.project.run(&["run"]).exit(0).says("Complete");
    assert_eq!(objects(&scene.server, "new-archive"), objects(&scene.server, "old-archive"));
    assert_eq!((sent(&scene, "POST /new-archive"), sent(&scene, "partNumber=")), (2, 3));
    assert_eq!((sent(&scene, "GET /new-archive"), scene.server.requests("DELETE")), (0, 0));
}

#[test]
fn a_large_file_is_read_back_where_the_store_is_not_relied_on_for_checksums() {
    let scene = large(|config| config["stores"]["dst"]["checksum"] = json!("none"));
    scene.project.run(&["run"]).exit(0);
    assert_eq!(sent(&scene, "GET /new-archive"), 3);
}

#[test]
fn a_source_that_changes_between_two_parts_leaves_nothing_at_the_target() {
    let scene = large(|_| {});
    scene.server.on_request(|request| {
        let range = request.headers.get("range").and_then(|range| range.to_str().ok()).unwrap_or_default();
        // The third part.
        if range.starts_with("bytes=10485760-") {
            Fault::Header("last-modified", b"Wed, 01 Jan 2020 00:00:00 GMT".to_vec())
        } else {
            Fault::None
        }
    });
    scene.project.run(&["run"]).exit(1);
    assert_eq!(scene.project.documents("batch")["BIG"], "ChangedDuringRun");
    assert!(objects(&scene.server, "new-archive").is_empty());
    assert_eq!(scene.server.requests("DELETE"), 1, "the upload is aborted");
}

#[test]
fn an_upload_that_was_finished_and_whose_answer_was_lost_is_not_sent_again() {
    let scene = large(|_| {});
    let first = AtomicBool::new(true);
    scene.server.on_request(move |request| match is_complete(request) {
        true if first.swap(false, Ordering::SeqCst) => Fault::ResetAfterwards,
        // What S3 answers for an upload that is no more.
        true => Fault::Status(404, "NoSuchUpload", None),
        false => Fault::None,
    });
    scene.project.run(&["run"]).exit(0);
    assert_eq!(scene.project.files("batch", "BIG"), ["Migrated"]);
    assert_eq!(sent(&scene, "partNumber="), 3);
    assert_eq!(objects(&scene.server, "new-archive"), objects(&scene.server, "old-archive"));
}

#[test]
fn an_upload_that_the_store_lost_is_begun_anew() {
    let scene = large(|_| {});
    let first = AtomicBool::new(true);
    scene.server.on_request(move |request| {
        let lost = is_part(request, 2) && first.swap(false, Ordering::SeqCst);
        if lost { Fault::Status(404, "NoSuchUpload", None) } else { Fault::None }
    });
    scene.project.run(&["run"]).exit(0);
    assert_eq!(objects(&scene.server, "new-archive"), objects(&scene.server, "old-archive"));
}

#[test]
fn a_part_that_is_refused_is_sent_as_often_as_the_spec_says_and_no_more() {
    let scene = large(|_| {});
    attempts(&scene.project, 3);
    scene.server.on_request(
        |request| {
            if is_part(request, 2) { Fault::Status(500, "InternalError", None) } else { Fault::None }
        },
    );
    scene.project.run(&["run"]).exit(1);
    assert_eq!(scene.project.documents("batch")["BIG"], "StoreUnavailable");
    assert_eq!(sent(&scene, "partNumber=2"), 3);
}

//! Versions of sources: told in receipts, the same for all that is read of a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::request::Parts;
use serde_json::{Value, json};

use crate::copies::copying;
use crate::s3::{Buckets, buckets, objects};
use crate::support::Fault;

const BIG: &str = "ACME/voucher/2025/01/05/BIG/invoice-1.xml";

/// Answers of the source, GET and HEAD, have the version `of` their number: 1, 2, …
fn source_versions(scene: &Buckets, of: impl Fn(u32) -> &'static str + Send + Sync + 'static) {
    let answers = Arc::new(AtomicU32::new(0));
    scene.server.on_request(move |request| {
        if is_read_of(request, "/old-archive/ACME") {
            let number = answers.fetch_add(1, Ordering::SeqCst) + 1;
            return Fault::Header("x-amz-version-id", of(number).as_bytes().to_vec());
        }
        match request.uri.path() {
            path if path.starts_with("/new-archive/") && request.method == http::Method::PUT => {
                Fault::Header("x-amz-version-id", b"written".to_vec())
            }
            _ => Fault::None,
        }
    });
}

fn is_read_of(request: &Parts, beginning: &str) -> bool {
    let reads = request.method == http::Method::HEAD || request.method == http::Method::GET;
    reads
        && request.uri.path().starts_with(beginning)
        && request.uri.query().is_none_or(|query| !query.contains("list-type"))
}

fn plant_big(scene: &Buckets) {
    let content = [b"<?xml version=\"1.0\"?><a>".as_slice(), &vec![b'x'; 11 << 20], b"</a>"].concat();
    scene.server.plant("old-archive", BIG, &content);
}

fn small_memory(config: &mut Value) {
    config["limits"] = json!({"memory": "1MiB"});
}

fn files(scene: &Buckets, image: &str) -> Vec<Value> {
    scene.project.run(&["files", "batch", image, "-o", "json"]).exit(0).json().as_array().unwrap().clone()
}

#[test]
fn the_version_that_was_read_stands_beside_the_one_that_was_written() {
    let scene = buckets(1, |_| {});
    source_versions(&scene, |_| "read");
    scene.project.run(&["run"]).exit(0);
    for file in files(&scene, "IMG-0") {
        assert_eq!((&file["sourceVersion"], &file["targetVersion"]), (&json!("read"), &json!("written")));
    }
    let csv = scene.project.run(&["files", "batch", "IMG-0", "-o", "csv"]).exit(0).stdout;
    let (heading, rows) = csv.split_once('\n').unwrap();
    assert!(heading.trim_end().ends_with("checks,sourceVersion,targetVersion"), "{heading}");
    assert!(rows.lines().all(|row| row.ends_with("read,written")), "{rows}");
    scene.project.run(&["audit", "verify"]).exit(0);
    scene.project.run(&["ledger", "check"]).exit(0);
}

#[test]
fn no_version_is_asked_for_and_none_is_told_where_there_is_none() {
    let scene = buckets(1, |_| {});
    scene.project.run(&["run"]).exit(0);
    assert!(files(&scene, "IMG-0").iter().all(|file| file.get("sourceVersion").is_none()));
    source_versions(&scene, |_| "read");
    plant_big(&scene);
    scene.project.run(&["resync", "batch", "--all"]).exit(0);
    assert!(scene.server.log().iter().all(|request| !request.contains("versionId")));
}

#[test]
fn a_large_file_is_one_version_from_its_first_part_to_its_last() {
    let scene = buckets(0, small_memory);
    plant_big(&scene);
    source_versions(&scene, |_| "one");
    scene.project.run(&["run"]).exit(0);
    assert_eq!(files(&scene, "BIG")[0]["sourceVersion"], "one");

    let scene = buckets(0, small_memory);
    plant_big(&scene);
    // Written again with the same bytes, and so with the same entity tag, while it was read.
    source_versions(&scene, |number| if number < 3 { "one" } else { "two" });
    scene.project.run(&["run"]).exit(1);
    assert_eq!(scene.project.documents("batch")["BIG"], "ChangedDuringRun");
    assert!(objects(&scene.server, "new-archive").is_empty());
    let reason = &files(&scene, "BIG")[0]["reason"];
    assert!(reason.as_str().unwrap().contains("expected version one, found version two"), "{reason}");
}

#[test]
fn what_the_server_copies_by_itself_is_the_version_that_was_read() {
    let scene = copying(1, |_| {});
    source_versions(&scene, |_| "read");
    scene.project.run(&["run"]).exit(0);
    assert!(files(&scene, "IMG-0").iter().all(|file| file["sourceVersion"] == "read" && file["proof"] == "storeCopy"));

    let scene = copying(0, small_memory);
    plant_big(&scene);
    // Between its look and its copy.
    source_versions(&scene, |number| if number < 2 { "one" } else { "two" });
    scene.project.run(&["run"]).exit(1);
    assert_eq!(scene.project.documents("batch")["BIG"], "ChangedDuringRun");
    assert!(objects(&scene.server, "new-archive").is_empty());
}

#[test]
fn what_a_lost_attempt_left_is_told_with_the_version_that_proves_it() {
    let scene = buckets(1, |_| {});
    scene.server.on_request(|request| {
        let refused = request.method == http::Method::PUT && request.uri.path().contains("invoice");
        if refused { Fault::Status(403, "ExpiredToken", None) } else { Fault::None }
    });
    scene.project.run(&["run"]).exit(3);
    std::fs::remove_file(scene.server.folder("old-archive").join("ACME/voucher/2025/01/05/IMG-0/invoice-1.png"))
        .unwrap();
    source_versions(&scene, |_| "read");
    scene.project.run(&["run"]).exit(1);
    let files = files(&scene, "IMG-0");
    let told = |file: &Value| (file["status"].clone(), file.get("sourceVersion").cloned());
    assert_eq!(told(&files[0]), (json!("Migrated"), Some(json!("read"))));
    assert_eq!(told(&files[1]), (json!("Failed"), None));
}

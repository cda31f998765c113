//! Source and target at one server: it copies by itself, and every rule holds as if the bytes had been sent.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

use crate::project::{Project, distinct};
use crate::s3::{Buckets, buckets, is_get_of, objects};
use crate::support::Fault;
use crate::support::copies::is_copy;
use crate::support::s3::{ACCESS_KEY, SECRET_KEY};

const COVER: &str = "ACME/voucher/2025/01/05/IMG-0/cover-1.png";

/// Two buckets of one server, which is declared to copy and does it well.
pub fn copying(documents: u32, change: impl FnOnce(&mut Value)) -> Buckets {
    let scene = buckets(documents, |config| {
        config["stores"]["dst"]["serverSideCopy"] = json!(true);
        for store in ["src", "dst"] {
            config["stores"][store]["credentials"] = json!({"file": "keys.json"});
        }
        change(config);
    });
    let keys = json!({"accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY});
    scene.project.put_at("", "keys.json", keys.to_string().as_bytes());
    scene.server.copy_well();
    scene
}

/// Requests of copies, and other writes to the target.
pub fn writes(scene: &Buckets) -> (usize, usize) {
    let copies = scene.server.copies().len();
    let puts = scene.server.log().iter().filter(|request| request.starts_with("PUT /new-archive/")).count();
    (copies, puts - copies)
}

/// How the arrival of each file of a document was proven.
pub fn proofs(project: &Project, image: &str) -> Vec<String> {
    let files = project.run(&["files", "batch", image, "-o", "json"]).exit(0).json();
    files.as_array().unwrap().iter().map(|file| file["proof"].as_str().unwrap_or("none").to_owned()).collect()
}

fn arrived(scene: &Buckets) {
    assert_eq!(objects(&scene.server, "new-archive"), objects(&scene.server, "old-archive"));
}

/// The first request that `matches` meets the fault.
fn first(matches: impl Fn(&Parts) -> bool + Send + Sync, fault: Fault) -> impl Fn(&Parts) -> Fault + Send + Sync {
    let left = AtomicBool::new(true);
    move |request| {
        if matches(request) && left.swap(false, Ordering::SeqCst) { fault.clone() } else { Fault::None }
    }
}

#[test]
fn a_small_file_is_read_once_and_copied_and_nothing_is_sent() {
    let scene = copying(3, |_| {});
    scene.project.run(&["run"]).exit(0).says("Complete");
    arrived(&scene);
    assert_eq!(writes(&scene), (6, 0));
    assert_eq!((scene.server.requests("GET"), scene.server.requests("HEAD")), (6, 0));
    assert_eq!(proofs(&scene.project, "IMG-1"), ["storeCopy", "storeCopy"]);
    let report = std::fs::read_to_string(scene.project.path("jobs/batch.report/report.html")).unwrap();
    assert!(report.contains("copied by the store, SHA-256 equal"));
    scene.project.run(&["verify", "batch"]).exit(0);
}

#[test]
fn it_is_asked_only_where_it_is_declared_and_both_are_opened_by_the_same_credentials() {
    for change in [
        |config: &mut Value| config["stores"]["dst"]["serverSideCopy"] = Value::Null,
        |config: &mut Value| config["stores"]["dst"]["serverSideCopy"] = json!(false),
        // One server, another name.
        |config: &mut Value| {
            let endpoint = config["stores"]["src"]["endpoint"].as_str().unwrap().replace("127.0.0.1", "localhost");
            config["stores"]["src"]["endpoint"] = json!(endpoint);
        },
    ] {
        let scene = copying(1, change);
        scene.project.run(&["run"]).exit(0);
        assert_eq!(writes(&scene), (0, 2));
        arrived(&scene);
    }
    let other = json!({"env": "OTHER_"});
    let scene = copying(1, |config| config["stores"]["src"]["credentials"] = other);
    let mut run = scene.project.command(&["run"]);
    run.env("OTHER_ACCESS_KEY_ID", ACCESS_KEY).env("OTHER_SECRET_ACCESS_KEY", "another");
    // Whoever may read the source is not who may write the target: nobody reads by another one's leave.
    crate::project::Done::of(&mut run).exit(3).says("CredentialsRejected");
    assert_eq!(writes(&scene), (0, 0));
}

#[test]
fn headers_and_metadata_travel_and_those_of_the_spec_are_added() {
    let scene = copying(1, |_| {});
    scene.project.spec("batch", |spec| {
        spec["target"]["metadata"] = json!({"image-number": "{imageNumber}"});
        spec["target"]["storageClass"] = json!("STANDARD");
    });
    let seen: Arc<Mutex<Vec<BTreeMap<String, String>>>> = Arc::default();
    let notes = Arc::clone(&seen);
    scene.server.on_request(move |request| {
        if is_copy(request) {
            let headers = request.headers.iter();
            let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
            notes.lock().unwrap().push(headers.collect());
        }
        if is_get_of(request, "IMG-0/cover") {
            return Fault::Header("content-type", b"image/x-scan".to_vec());
        }
        Fault::None
    });
    scene.project.run(&["run"]).exit(0);
    let seen = seen.lock().unwrap();
    let cover = seen.iter().find(|headers| headers["x-amz-copy-source"].contains("cover")).unwrap();
    for (name, expected) in [
        ("x-amz-copy-source", &*format!("old-archive/{COVER}")),
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-tagging-directive", "REPLACE"),
        ("x-amz-checksum-algorithm", "SHA256"),
        ("x-amz-meta-image-number", "IMG-0"),
        ("x-amz-storage-class", "STANDARD"),
        ("content-type", "image/x-scan"),
        ("if-none-match", "*"),
    ] {
        assert_eq!(cover[name], expected);
    }
    assert!(cover["x-amz-copy-source-if-match"].starts_with('"'), "{cover:?}");
}

#[test]
fn what_is_at_the_target_is_never_replaced_by_a_copy() {
    for conditional in [true, false] {
        let scene = copying(2, |config| config["stores"]["dst"]["conditionalPut"] = json!(conditional));
        scene.server.plant("new-archive", COVER, b"something else");
        scene.project.run(&["run"]).exit(1);
        assert_eq!(objects(&scene.server, "new-archive")[COVER], b"something else");
        let documents = scene.project.documents("batch");
        assert_eq!((&*documents["IMG-0"], &*documents["IMG-1"]), ("Conflict", "Migrated"), "{conditional}");
    }
}

#[test]
fn an_identical_object_is_already_there_and_one_to_be_overwritten_is() {
    let scene = copying(1, |_| {});
    scene.server.plant("new-archive", COVER, &distinct(COVER));
    scene.project.run(&["run"]).exit(0);
    assert_eq!(scene.project.files("batch", "IMG-0"), ["AlreadyAtTarget", "Migrated"]);
    let scene = copying(1, |_| {});
    scene.project.spec("batch", |spec| spec["target"]["onConflict"] = json!("Overwrite"));
    scene.server.plant("new-archive", COVER, b"something else");
    scene.project.run(&["run"]).exit(0);
    arrived(&scene);
    assert_eq!(writes(&scene).1, 0);
}

#[test]
fn a_source_that_changes_between_its_read_and_its_copy_fails_its_document() {
    let scene = copying(2, |_| {});
    scene.server.on_request(|request| {
        let cover = request.uri.path().contains("IMG-0/cover");
        match request.method {
            Method::PUT if is_copy(request) && cover => Fault::Status(412, "PreconditionFailed", None),
            Method::HEAD if cover => Fault::Header("etag", b"\"another\"".to_vec()),
            _ => Fault::None,
        }
    });
    scene.project.run(&["run"]).exit(1);
    let documents = scene.project.documents("batch");
    assert_eq!((&*documents["IMG-0"], &*documents["IMG-1"]), ("ChangedDuringRun", "Migrated"));
    assert!(!objects(&scene.server, "new-archive").contains_key(COVER));
}

#[test]
fn an_error_behind_a_200_is_an_error_and_passes_like_any_other() {
    for code in ["InternalError", "SlowDown"] {
        let scene = copying(2, |_| {});
        let body = format!("  \n<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>late</Message></Error>");
        scene.server.on_request(first(is_copy, Fault::Answer(200, "application/xml", body)));
        scene.project.run(&["run"]).exit(0);
        arrived(&scene);
        assert_eq!(writes(&scene), (5, 0));
    }
    let scene = copying(1, |_| {});
    let body = "<Error><Code>AccessDenied</Code><Message>late</Message></Error>".to_owned();
    scene.server.on_request(move |request| {
        if is_copy(request) { Fault::Answer(200, "application/xml", body.clone()) } else { Fault::None }
    });
    scene.project.run(&["run"]).exit(1);
    assert_eq!(scene.project.documents("batch")["IMG-0"], "AccessDenied");
}

#[test]
fn a_server_that_does_not_copy_is_asked_no_more_and_gets_the_bytes() {
    for (status, code) in [(501, "NotImplemented"), (405, "MethodNotAllowed"), (400, "InvalidArgument")] {
        let scene = copying(5, |_| {});
        scene.project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 1}));
        scene.server.on_request(
            move |request| {
                if is_copy(request) { Fault::Status(status, code, None) } else { Fault::None }
            },
        );
        let done = scene.project.run(&["run"]).exit(0);
        assert_eq!(done.stderr.matches("does not copy by itself").count(), 1, "{}", done.stderr);
        arrived(&scene);
        let (copies, puts) = writes(&scene);
        assert!((1..=2).contains(&copies) && puts == 10, "{copies} {puts}");
        assert_eq!(proofs(&scene.project, "IMG-1"), ["storeChecksum", "storeChecksum"]);
    }
}

#[test]
fn a_refusal_that_means_something_else_is_no_lack_of_copies() {
    let scene = copying(1, |_| {});
    scene
        .server
        .on_request(|request| if is_copy(request) { Fault::Status(400, "InvalidTag", None) } else { Fault::None });
    scene.project.run(&["run"]).exit(1);
    assert_eq!(writes(&scene).1, 0);
    let scene = copying(1, |_| {});
    scene.project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "0s"}));
    scene.server.on_request(
        |request| {
            if is_copy(request) { Fault::Status(400, "ExpiredToken", None) } else { Fault::None }
        },
    );
    scene.project.run(&["run"]).exit(3).says("CredentialsRejected");
    assert_eq!(writes(&scene).1, 0);
}

#[test]
fn a_server_that_takes_a_copy_for_a_write_is_found_out() {
    let scene = copying(2, |_| {});
    scene.project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 1}));
    scene.server.on_request(|request| {
        let names = &[
            "x-amz-copy-source",
            "x-amz-copy-source-if-match",
            "x-amz-metadata-directive",
            "x-amz-tagging-directive",
            "x-amz-checksum-algorithm",
        ];
        if is_copy(request) { Fault::IgnoreHeaders(names) } else { Fault::None }
    });
    scene.project.run(&["run"]).exit(0).says("answers as if to a write");
    arrived(&scene);
}

#[test]
fn a_copy_that_is_not_what_was_read_is_made_anew_and_is_never_taken_for_it() {
    let scene = copying(2, |_| {});
    scene.server.on_request(first(is_copy, Fault::Damage));
    scene.project.run(&["run"]).exit(0);
    arrived(&scene);
    let scene = copying(2, |_| {});
    scene.project.spec("batch", |spec| spec["transfer"] = json!({"attempts": 2}));
    scene.server.on_request(|request| {
        if is_copy(request) && request.uri.path().contains("IMG-0/cover") { Fault::Damage } else { Fault::None }
    });
    scene.project.run(&["run"]).exit(1);
    assert_eq!(scene.project.documents("batch")["IMG-0"], "ChecksumMismatch");
    let scene = copying(1, |config| config["stores"]["dst"]["checksum"] = json!("none"));
    scene.server.on_request(first(is_copy, Fault::Damage));
    scene.project.run(&["run"]).exit(0);
    arrived(&scene);
    assert_eq!(proofs(&scene.project, "IMG-0"), ["readBack", "readBack"]);
}

#[test]
fn what_the_spec_asks_to_be_read_back_is_read_back() {
    let scene = copying(1, |_| {});
    scene.project.spec("batch", |spec| spec["transfer"] = json!({"verify": "ReadBack"}));
    scene.project.run(&["run"]).exit(0);
    assert_eq!(proofs(&scene.project, "IMG-0"), ["readBack", "readBack"]);
    assert_eq!(writes(&scene), (2, 0));
}

#[test]
fn a_copy_whose_answer_was_lost_is_ours() {
    let scene = copying(2, |_| {});
    scene.server.on_request(first(is_copy, Fault::ResetAfterwards));
    scene.project.run(&["run"]).exit(0);
    assert_eq!(scene.project.show("batch")["files"]["migrated"], 4);
    arrived(&scene);
}

#[test]
fn a_plan_has_nothing_copied() {
    let scene = copying(1, |_| {});
    scene.project.run(&["plan", "jobs/batch.yaml"]).exit(0);
    assert_eq!(writes(&scene), (0, 0));
    assert!(objects(&scene.server, "new-archive").is_empty());
}

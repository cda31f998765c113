//! How arrival is proven, what travels along, and what is written last.

use batchferry::model::ids::Digest;
use batchferry::model::receipt::Pin;
use batchferry::stores::{Carried, PutIf};
use http::Method;
use serde_json::{Value, json};

use crate::project::{PNG, Project};
use crate::s3::{Buckets, buckets, is_get_of, objects};
use crate::support::Fault;

const FOLDER: &str = "ACME/voucher/2025/01/05/IMG-0";

fn verify(project: &Project, how: &str) {
    project.spec("batch", |spec| spec["transfer"] = json!({"verify": how}));
}

/// Requests of one method at the target.
fn at_target(scene: &Buckets, method: &str) -> usize {
    let start = format!("{method} /new-archive/");
    scene.server.log().iter().filter(|request| request.starts_with(&start) && request.contains(".png")).count()
}

#[test]
fn where_only_sizes_are_compared_nothing_is_read_back_and_the_report_says_so() {
    let scene = buckets(2, |config| config["stores"]["dst"]["checksum"] = json!("none"));
    verify(&scene.project, "Size");
    scene.project.run(&["run"]).exit(0);
    assert_eq!((at_target(&scene, "GET"), at_target(&scene, "HEAD")), (0, 4));
    let readme = std::fs::read_to_string(scene.project.path("jobs/batch.report/README.md")).unwrap();
    assert!(readme.contains("contents were not compared"), "{readme}");
}

#[test]
fn where_reading_back_is_asked_for_every_file_is_read_back_although_the_store_verifies() {
    let scene = buckets(2, |_| {});
    verify(&scene.project, "ReadBack");
    scene.project.run(&["run"]).exit(0);
    assert_eq!(at_target(&scene, "GET"), 4);
}

#[test]
fn an_object_that_is_kept_is_read_in_pieces_that_the_buffers_allow_for() {
    let scene = buckets(1, |config| config["stores"]["dst"]["conditionalPut"] = json!(false));
    scene.project.spec("batch", |spec| spec["target"]["onConflict"] = json!("KeepTarget"));
    scene.server.plant("new-archive", &format!("{FOLDER}/cover-1.png"), &vec![1; 1 << 20]);
    scene.project.run(&["run"]).exit(0);
    assert_eq!(at_target(&scene, "GET"), 16, "a small file has small buffers");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_type_and_user_metadata_travel_along() {
    let Buckets { server, project } = buckets(0, |_| {});
    let key = format!("{FOLDER}/cover-1.png");
    let carried = Carried {
        content_type: Some("image/png".to_owned()),
        metadata: [("scanner".to_owned(), "A4-7".to_owned())].into(),
        ..Carried::default()
    };
    let source = server.store("old-archive");
    source.put(&key, PNG.into(), &Digest::of(PNG), PutIf::Any, &carried).await.unwrap();
    let mut command = project.command(&["run"]);
    let done = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let target = server.store("new-archive");
    let there = target.head(&key).await.unwrap().unwrap();
    let pin = Pin { size: there.size, etag: there.etag, modified: there.modified, version: None };
    let arrived = target.get(&key, &pin).await.unwrap().carried;
    assert_eq!((arrived.content_type, arrived.metadata), (carried.content_type, carried.metadata));
}

#[test]
fn a_header_that_cannot_travel_along_is_warned_of() {
    let Buckets { server, project } = buckets(1, |_| {});
    server.on_request(|request| {
        let cover = is_get_of(request, "old-archive/ACME/voucher/2025/01/05/IMG-0/cover-1.png");
        if cover {
            Fault::Header("content-disposition", "inline; filename=\"封面\"".as_bytes().to_vec())
        } else {
            Fault::None
        }
    });
    project.run(&["run"]).exit(0);
    let warning = &project.report("batch")["warningItems"]["rows"][0];
    assert_eq!((&warning["code"], &warning["actual"]), (&json!("HeaderLost"), &json!("content-disposition")));
}

fn with_manifest(spec: &mut Value) {
    spec["target"]["manifest"] = json!("{organization}/{imageNumber}/document.json");
}

#[test]
fn the_manifest_is_written_after_the_last_file() {
    let Buckets { server, project } = buckets(1, |_| {});
    project.spec("batch", with_manifest);
    project.run(&["run"]).exit(0);
    let puts: Vec<_> = server.log().into_iter().filter(|request| request.starts_with("PUT")).collect();
    assert_eq!(puts.len(), 3);
    assert!(puts[2].contains("document.json"), "{puts:?}");
}

#[test]
fn a_document_that_failed_midway_has_no_manifest_and_its_copied_files_are_named() {
    let Buckets { server, project } = buckets(1, |_| {});
    project.spec("batch", with_manifest);
    server.on_request(|request| {
        let refused = request.method == Method::PUT && request.uri.path().contains("invoice");
        if refused { Fault::Status(403, "AccessDenied", None) } else { Fault::None }
    });
    project.run(&["run"]).exit(1);
    let cover = format!("{FOLDER}/cover-1.png");
    assert_eq!(objects(&server, "new-archive").keys().collect::<Vec<_>>(), [&cover]);
    let partial = &project.report("batch")["partialDocuments"]["rows"][0];
    assert_eq!(partial["atTarget"], json!([cover]));
    assert_eq!(partial["missing"], json!([format!("{FOLDER}/invoice-1.png")]));
}

#[test]
fn another_object_where_the_manifest_should_be_fails_the_document_and_stays() {
    let Buckets { server, project } = buckets(1, |_| {});
    project.spec("batch", with_manifest);
    server.plant("new-archive", "ACME/IMG-0/document.json", b"something else");
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch")["IMG-0"], "Conflict");
    assert_eq!(project.files("batch", "IMG-0"), ["Migrated", "Migrated"]);
    assert_eq!(objects(&server, "new-archive")["ACME/IMG-0/document.json"], b"something else");
    assert_eq!(project.report("batch")["partialDocuments"]["rows"][0]["atTarget"].as_array().unwrap().len(), 2);
}

#[test]
fn the_receipt_of_another_batch_saves_reading_the_target() {
    let scene = buckets(1, |_| {});
    scene.project.run(&["run"]).exit(0);
    scene.project.spec("second", |_| {});
    scene.project.run(&["run", "second"]).exit(0);
    assert_eq!(scene.project.files("second", "IMG-0"), ["AlreadyAtTarget", "AlreadyAtTarget"]);
    assert_eq!(at_target(&scene, "GET"), 0);
}

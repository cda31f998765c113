//! Files of large documents at one server: copied whole unread, or in parts.

use std::sync::atomic::{AtomicBool, Ordering};

use batchferry::engine::copier::CopySizes;
use batchferry::model::ids::Digest;
use batchferry::stores::{Carried, PutIf};
use serde_json::{Value, json};

use crate::copies::{copying, proofs, writes};
use crate::every_write::live_with;
use crate::s3::{Buckets, objects};
use crate::support::Fault;
use crate::support::copies::is_copy;

const KEY: &str = "ACME/voucher/2025/01/05/BIG/cover-1.bmp";
const PARTS: CopySizes = CopySizes { whole: 6 << 20, part: 5 << 20 };

/// An image whose head is all that its checks need, of which nobody reads the rest unasked.
fn content() -> Vec<u8> {
    let mut content = include_bytes!("../data/images/bottom-up-200.bmp").to_vec();
    content.resize(11 << 20, 7);
    content
}

/// A document of one file that does not fit; `kept`: the source has a checksum of it.
async fn large(kept: bool, change: impl FnOnce(&mut Value)) -> Buckets {
    let scene = copying(0, |config| {
        config["limits"] = json!({"memory": "1MiB"});
        change(config);
    });
    let content = content();
    if kept {
        let (source, sha256) = (scene.server.store("old-archive"), Digest::of(&content));
        source.put(KEY, content.into(), &sha256, PutIf::Any, &Carried::default()).await.unwrap();
    } else {
        scene.server.plant("old-archive", KEY, &content);
    }
    scene
}

fn run(scene: &Buckets, exit: i32) {
    tokio::task::block_in_place(|| scene.project.run(&["run"]).exit(exit));
}

fn arrived(scene: &Buckets) {
    assert_eq!(objects(&scene.server, "new-archive"), objects(&scene.server, "old-archive"));
}

/// Bytes of the source that were asked for.
fn ranges(scene: &Buckets) -> u64 {
    scene.server.requests("GET")
}

#[tokio::test(flavor = "multi_thread")]
async fn where_both_stores_keep_checksums_a_large_file_is_copied_unread() {
    let scene = large(true, |_| {}).await;
    run(&scene, 0);
    arrived(&scene);
    assert_eq!(writes(&scene), (1, 0));
    assert_eq!(proofs(&scene.project, "BIG"), ["storeDigests"]);
    assert!(ranges(&scene) <= 3, "its head and its end: {:?}", scene.server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_not_relied_on_is_read_and_its_copy_proven_by_that() {
    for kept in [true, false] {
        let scene = large(kept, |config| {
            if kept {
                config["stores"]["src"]["checksum"] = json!("none");
            }
        })
        .await;
        run(&scene, 0);
        arrived(&scene);
        assert_eq!(proofs(&scene.project, "BIG"), ["storeCopy"]);
        assert!(ranges(&scene) >= 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checksum_that_the_source_keeps_and_the_copy_has_not_is_no_proof() {
    let scene = large(true, |_| {}).await;
    let other = Digest::of(b"rotten");
    let sum = crate::support::copies::base64(other.as_bytes());
    scene.project.spec("batch", |spec| spec["transfer"] = json!({"attempts": 2}));
    scene.server.on_request(move |request| match request.method {
        http::Method::HEAD => Fault::Header("x-amz-checksum-sha256", sum.clone().into_bytes()),
        _ => Fault::None,
    });
    run(&scene, 1);
    assert_eq!(scene.project.files("batch", "BIG"), ["ChecksumMismatch"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_copy_gets_a_large_file_in_parts() {
    let scene = large(false, |_| {}).await;
    scene.server.on_request(
        |request| {
            if is_copy(request) { Fault::Status(501, "NotImplemented", None) } else { Fault::None }
        },
    );
    run(&scene, 0);
    arrived(&scene);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_too_large_for_one_copy_is_copied_in_parts() {
    let scene = large(false, |_| {}).await;
    live_with(&scene.project, None, PARTS).await.unwrap();
    arrived(&scene);
    let log = scene.server.log();
    let copied = log.iter().filter(|request| request.contains("partNumber=")).count();
    assert_eq!((copied, scene.server.copies().len(), scene.server.requests("DELETE")), (3, 3, 0), "{log:?}");
    assert_eq!(proofs(&scene.project, "BIG"), ["storeCopy"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_that_cannot_be_copied_are_sent_and_a_lost_one_is_asked_for_again() {
    let scene = large(false, |_| {}).await;
    scene.server.on_request(
        |request| {
            if is_copy(request) { Fault::Status(501, "NotImplemented", None) } else { Fault::None }
        },
    );
    live_with(&scene.project, None, PARTS).await.unwrap();
    arrived(&scene);
    assert_eq!(scene.server.requests("DELETE"), 1, "the upload that came to nothing is aborted");
    let scene = large(false, |_| {}).await;
    let left = AtomicBool::new(true);
    scene.server.on_request(move |request| match is_copy(request) && left.swap(false, Ordering::SeqCst) {
        true => Fault::Answer(200, "application/xml", "<Error><Code>InternalError</Code></Error>".to_owned()),
        false => Fault::None,
    });
    live_with(&scene.project, None, PARTS).await.unwrap();
    arrived(&scene);
    assert_eq!(scene.server.copies().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_changes_between_two_parts_leaves_nothing_at_the_target() {
    let scene = large(false, |_| {}).await;
    scene.server.on_request(|request| {
        let second = request.uri.query().is_some_and(|query| query.contains("partNumber=2"));
        if second { Fault::Status(412, "PreconditionFailed", None) } else { Fault::None }
    });
    live_with(&scene.project, None, PARTS).await.unwrap();
    assert_eq!(scene.project.documents("batch")["BIG"], "ChangedDuringRun");
    assert!(objects(&scene.server, "new-archive").is_empty());
    assert_eq!(scene.server.requests("DELETE"), 1, "the upload is aborted");
}

//! `target.tags: Carry`: tags travel from S3 to S3, with a write as with a copy.

use std::sync::{Arc, Mutex};

use http::Method;
use http::request::Parts;
use serde_json::json;

use crate::copies::copying;
use crate::project::Project;
use crate::s3::{Buckets, buckets};
use crate::support::Fault;

const TAGS: &str = "<Tagging><TagSet><Tag><Key>class</Key><Value>a &amp; b</Value></Tag></TagSet></Tagging>";

/// The cover has a tag; `denied`: nobody may read tags, and so nobody is told that there are any.
fn tagged(request: &Parts, denied: bool) -> Fault {
    let asks = request.uri.query() == Some("tagging");
    match (request.method.as_str(), request.uri.path().contains("cover")) {
        ("GET", _) if asks && denied => Fault::Status(403, "AccessDenied", None),
        ("GET", true) if asks => Fault::Answer(200, "application/xml", TAGS.to_owned()),
        ("GET", false) if asks => Fault::Answer(200, "application/xml", "<Tagging><TagSet/></Tagging>".to_owned()),
        ("GET", true) if !denied => Fault::Header("x-amz-tagging-count", b"1".to_vec()),
        _ => Fault::None,
    }
}

fn carrying(project: &Project) {
    project.spec("batch", |spec| {
        spec["target"]["tags"] = json!("Carry");
        spec["transfer"] = json!({"concurrency": 1});
    });
}

/// Tags that came with writes: the last part of the key, and they.
fn run(scene: &Buckets) -> Vec<(String, String)> {
    let seen: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    let notes = Arc::clone(&seen);
    scene.server.on_request(move |request| {
        if let Some(tags) = request.headers.get("x-amz-tagging") {
            let name = request.uri.path().rsplit('/').next().unwrap().to_owned();
            notes.lock().unwrap().push((name, tags.to_str().unwrap().to_owned()));
        }
        tagged(request, false)
    });
    scene.project.run(&["run"]).exit(0);
    seen.lock().unwrap().clone()
}

fn asked(scene: &Buckets) -> usize {
    scene.server.log().iter().filter(|request| request.ends_with("?tagging")).count()
}

#[test]
fn tags_travel_where_they_are_asked_for_and_cost_nothing_where_there_are_none() {
    for scene in [buckets(3, |_| {}), copying(3, |_| {})] {
        carrying(&scene.project);
        let expected = ("cover-1.png".to_owned(), "class=a+%26+b".to_owned());
        assert_eq!(run(&scene), vec![expected; 3]);
        let asked = asked(&scene);
        // Each cover, and invoices until it is known that tags may be read.
        assert!((3..=4).contains(&asked), "{asked}");
    }
    let scene = buckets(2, |_| {});
    assert_eq!((run(&scene), asked(&scene)), (vec![], 0));
}

#[test]
fn tags_travel_with_large_files_too() {
    let scene = buckets(0, |config| config["limits"] = json!({"memory": "1MiB"}));
    let key = "ACME/voucher/2025/01/05/BIG/cover-1.xml";
    let content = [b"<?xml version=\"1.0\"?><a>".as_slice(), &vec![b'x'; 6 << 20], b"</a>"].concat();
    scene.server.plant("old-archive", key, &content);
    carrying(&scene.project);
    assert_eq!(run(&scene), [("cover-1.xml".to_owned(), "class=a+%26+b".to_owned())]);
}

#[test]
fn tags_that_may_not_be_read_fail_a_document_and_are_not_lost_in_silence() {
    let scene = buckets(1, |_| {});
    carrying(&scene.project);
    scene.server.on_request(|request| tagged(request, true));
    scene.project.run(&["run"]).exit(1);
    assert_eq!(scene.project.documents("batch")["IMG-0"], "AccessDenied");
    assert!(!scene.server.log().iter().any(|request| request.starts_with(Method::PUT.as_str())));
}

#[test]
fn tags_of_what_has_none_are_refused_by_validate() {
    let project = Project::local();
    carrying(&project);
    project.run(&["validate", "jobs/batch.yaml"]).exit(1).says("tags are carried from S3 to S3").says("a folder");
}

#[test]
fn what_the_spec_adds_is_also_on_small_files_of_large_documents() {
    let scene = buckets(1, |config| config["limits"] = json!({"memory": "1MiB"}));
    let large = "ACME/voucher/2025/01/05/IMG-0/page-1.xml";
    let content = [b"<?xml version=\"1.0\"?><a>".as_slice(), &vec![b'x'; 6 << 20], b"</a>"].concat();
    // It comes last, so that the others are kept from the look at them.
    scene.server.plant("old-archive", large, &content);
    scene.project.spec("batch", |spec| spec["target"]["metadata"] = json!({"image-number": "{imageNumber}"}));
    let seen: Arc<Mutex<usize>> = Arc::default();
    let notes = Arc::clone(&seen);
    scene.server.on_request(move |request| {
        *notes.lock().unwrap() += usize::from(request.headers.contains_key("x-amz-meta-image-number"));
        Fault::None
    });
    scene.project.run(&["run"]).exit(0);
    assert_eq!(*seen.lock().unwrap(), 3);
}

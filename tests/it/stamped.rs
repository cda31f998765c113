//! `target.metadata` and `target.storageClass`: what the spec adds to every object that is written.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http::Method;
use serde_json::json;

use crate::project::{Project, distinct};
use crate::s3::{Buckets, buckets};
use crate::support::Fault;

fn spec(project: &Project, target: &serde_json::Value) {
    project.spec("batch", |spec| {
        for (field, value) in target.as_object().unwrap() {
            spec["target"][field] = value.clone();
        }
    });
}

/// Headers of requests that begin an object at the target, by what they are called.
type Seen = Arc<Mutex<Vec<BTreeMap<String, String>>>>;

#[test]
fn every_object_carries_its_documents_fields_and_the_class_whole_or_in_parts() {
    let Buckets { server, project } = buckets(1, |config| config["limits"] = json!({"memory": "1MiB"}));
    let large = "ACME/voucher/2025/01/05/IMG-0/attachment-1.png";
    let mut content = distinct(large);
    content.resize(9 << 20, 0);
    server.plant("old-archive", large, &content);
    let chinese = "恒通/voucher/2025/01/05/IMG-7/cover-1.png";
    server.plant("old-archive", chinese, &distinct(chinese));
    let seen = Seen::default();
    let notes = Arc::clone(&seen);
    server.on_request(move |request| {
        let query = request.uri.query().unwrap_or_default();
        let begins = request.method == Method::POST && query.contains("uploads")
            || request.method == Method::PUT && !query.contains("partNumber");
        if begins {
            let headers = request.headers.iter().filter_map(|(name, value)| Some((name, value.to_str().ok()?)));
            let own =
                headers.filter(|(name, _)| name.as_str().starts_with("x-amz-meta-") || *name == "x-amz-storage-class");
            let mut own: BTreeMap<String, String> =
                own.map(|(name, value)| (name.as_str().replace("x-amz-", ""), value.to_owned())).collect();
            own.insert("method".to_owned(), request.method.to_string());
            notes.lock().unwrap().push(own);
        }
        Fault::None
    });
    // The only class that this server has.
    let metadata = json!({"Image-Number": "{imageNumber}", "from": "{organization} {collected:%Y/%m/%d}"});
    spec(&project, &json!({"metadata": metadata, "storageClass": "STANDARD"}));
    project.run(&["run"]).exit(0).says("Complete");
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert_eq!(seen.iter().filter(|headers| headers["method"] == "POST").count(), 1, "one in parts");
    assert!(seen.iter().all(|headers| headers["storage-class"] == "STANDARD"), "{seen:?}");
    let of = |image: &str| seen.iter().filter(|headers| headers["meta-image-number"] == image).collect::<Vec<_>>();
    assert_eq!((of("IMG-0").len(), of("IMG-7").len()), (3, 1));
    assert!(of("IMG-0").iter().all(|headers| headers["meta-from"] == "ACME 2025/01/05"), "{seen:?}");
    assert_eq!(of("IMG-7")[0]["meta-from"], "=?UTF-8?B?5oGS6YCaIDIwMjUvMDEvMDU=?=", "a header is ASCII");
}

#[test]
fn a_class_that_the_store_does_not_have_stalls_the_batch() {
    let Buckets { server: _server, project } = buckets(2, |_| {});
    project.spec("batch", |spec| {
        spec["transfer"] = json!({"storeWait": "0s"});
        spec["target"]["storageClass"] = json!("STANDARD_IA");
    });
    project.run(&["run"]).exit(3).says("InvalidStorageClass");
}

#[test]
fn what_the_store_cannot_hold_is_told_before_anything_moves() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    for (target, says) in [
        (json!({"metadata": {"image-number": "{imageNumer}"}}), "write `{imageNumber}`"),
        (json!({"metadata": {"影像": "{imageNumber}"}}), "names of metadata have letters"),
        (json!({"metadata": {"image": "{imageNumber}"}}), "a folder has no metadata"),
        (json!({"storageClass": "GLACIER"}), "a folder has no storage classes"),
    ] {
        spec(&project, &target);
        project.run(&["validate", "jobs/batch.yaml"]).exit(1).says(says);
    }
    project.configure(
        &json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "az://scans", "credentials": {"env": "NO_"}}}}),
    );
    for (target, says) in [
        (json!({"metadata": {"image-number": "{imageNumber}"}}), "names of metadata at Azure"),
        (json!({"storageClass": "Archive"}), "cannot be read back for proof"),
    ] {
        spec(&project, &target);
        project.run(&["validate", "jobs/batch.yaml"]).exit(1).says(says);
    }
}

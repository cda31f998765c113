//! The same content in two documents: within a batch and across batches.

use std::time::Duration;

use serde_json::json;

use crate::outcomes::outcomes_in;
use crate::project::{Done, Project, distinct};
use crate::s3::{Buckets, buckets, is_get_of};
use crate::support::Fault;

fn put(project: &Project, month: &str, image: &str, seed: &str) {
    project.put(&format!("ACME/voucher/2025/{month}/15/{image}/cover-1.png"), &distinct(seed));
}

fn spec(project: &Project, name: &str, month: &str, check: &serde_json::Value) {
    project.spec(name, |spec| {
        spec["collected"] =
            json!({"from": format!("2025-{month}-01"), "to": format!("2025-{month}-28"), "timeZone": "UTC"});
        spec["checks"] = json!({"duplicateContent": check});
    });
}

/// The documents that were warned of or failed for this.
fn found(project: &Project, name: &str) -> Vec<String> {
    let done: Done = project.run(&["documents", name, "--code", "DuplicateContent", "-o", "json"]).exit(0);
    let rows = done.json();
    rows.as_array().unwrap().iter().map(|row| row["imageNumber"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_of_two_documents_with_the_same_content_is_warned_of_and_both_move() {
    let project = Project::local();
    put(&project, "01", "IMG-1", "same");
    put(&project, "01", "IMG-2", "same");
    put(&project, "01", "IMG-3", "other");
    spec(&project, "a", "01", &json!({}));
    project.run(&["run"]).exit(0);
    assert_eq!(found(&project, "a").len(), 1);
    let outcome = |image: &str| outcomes_in(&project, "a", image, "cover-1.png")["duplicateContent"].clone();
    let mut outcomes = ["IMG-1", "IMG-2", "IMG-3"].map(outcome);
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["Pass", "Pass", "Warn"]);
    assert_eq!(project.show("a")["documents"]["migrated"], 3);
}

#[test]
fn a_document_with_the_content_of_another_batch_is_refused_where_the_spec_asks_and_only_there() {
    let project = Project::local();
    put(&project, "01", "IMG-1", "same");
    spec(&project, "a", "01", &json!({}));
    project.run(&["run"]).exit(0);
    put(&project, "02", "IMG-2", "same");
    spec(&project, "batch", "02", &json!({"severity": "Fail"}));
    project.run(&["plan", "jobs/batch.yaml"]).exit(0);
    spec(&project, "batch", "02", &json!({"severity": "Fail", "scope": "All"}));
    project.run(&["plan", "jobs/batch.yaml"]).exit(1).says("MB-").says("IMG-1");
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch")["IMG-2"], "DuplicateContent");
    assert!(!project.objects("dst").keys().any(|key| key.contains("IMG-2")));
}

#[test]
fn the_same_document_moved_again_is_no_duplicate_of_itself() {
    let project = Project::local();
    put(&project, "01", "IMG-1", "same");
    spec(&project, "a", "01", &json!({"scope": "All"}));
    project.run(&["run"]).exit(0);
    project.run(&["resync", "a", "--all"]).exit(0);
    assert!(found(&project, "a").is_empty());
}

/// 64 documents, of which the third and the last have the same cover; equal content is refused.
fn twins() -> Buckets {
    let buckets = buckets(64, |_| {});
    for image in ["IMG-2", "IMG-63"] {
        let key = format!("ACME/voucher/2025/01/05/{image}/cover-1.png");
        buckets.server.plant("old-archive", &key, &distinct("same"));
    }
    buckets.project.spec("batch", |spec| {
        spec["checks"] = json!({"duplicateContent": {"severity": "Fail"}});
        spec["transfer"] = json!({"storeWait": "0s", "concurrency": 64});
    });
    buckets
}

#[test]
fn the_later_of_two_twins_is_refused_however_long_the_first_takes() {
    let Buckets { server, project } = twins();
    server.on_request(|request| {
        let first = is_get_of(request, "IMG-2/cover");
        if first { Fault::Delay(Duration::from_millis(500)) } else { Fault::None }
    });
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((&*documents["IMG-2"], &*documents["IMG-63"]), ("Migrated", "DuplicateContent"));
    assert_eq!(documents.values().filter(|status| *status == "Migrated").count(), 63);
}

#[test]
fn a_document_that_fails_gives_its_content_back_to_its_twin() {
    let Buckets { server, project } = twins();
    server.plant("new-archive", "ACME/voucher/2025/01/05/IMG-2/invoice-1.png", b"something else");
    project.run(&["run"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!((&*documents["IMG-2"], &*documents["IMG-63"]), ("Conflict", "Migrated"));
}

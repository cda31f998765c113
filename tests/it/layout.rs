//! What the target can hold is known before anything is copied: in a plan as in a run.

use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use crate::project::{Project, distinct};
use crate::support::s3::S3Server;

const DAY: &str = "2025/01/05";

fn put(project: &Project, image: &str, file: &str) {
    let key = format!("ACME/voucher/{DAY}/{image}/{file}");
    project.put(&key, &distinct(&key));
}

fn project(dst: &Value) -> Project {
    Project::with_config(&json!({"stores": {"src": {"url": "file:src"}, "dst": dst}}))
}

/// Codes of failures and warnings, each with the documents that have it.
fn told(report: &Value, list: &str) -> Vec<(String, u64)> {
    let rows = report[list].as_array().unwrap().iter();
    rows.map(|row| (row["code"].as_str().unwrap().to_owned(), row["documents"].as_u64().unwrap())).collect()
}

fn plan(project: &Project, name: &str, exit: i32) -> Value {
    project.run(&["plan", &format!("jobs/{name}.yaml"), "-o", "json"]).exit(exit).json()
}

#[test]
fn a_key_that_a_folder_cannot_hold_fails_its_document_before_anything_is_copied() {
    let project = project(&json!({"url": "file:dst"}));
    let target = |name: &str, key: &str| {
        project.spec(name, |spec| spec["target"] = json!({"store": "dst", "prefix": format!("{name}/"), "key": key}));
    };
    put(&project, "GOOD", "cover-1.png");
    put(&project, "LONG", &format!("cover-1.{}", "x".repeat(200)));
    target(
        "long",
        "{imageNumber}/{organization}-{imageNumber}-{documentType}-{imageNumber}-{organization}-{fileName}-again-{fileName}",
    );
    let planned = plan(&project, "long", 1);
    assert_eq!(told(&planned, "failures"), [("UnsafeKey".to_owned(), 1)]);
    assert!(planned.to_string().contains("more than 253"), "{planned:#}");
    project.run(&["run", "long"]).exit(1);
    assert_eq!(project.documents("long")["LONG"], "UnsafeKey");
    assert_eq!(project.documents("long")["GOOD"], "Migrated");
    target("staged", "{imageNumber}/scan#{sequence}");
    assert_eq!(told(&plan(&project, "staged", 1), "failures"), [("UnsafeKey".to_owned(), 2)]);
}

#[test]
fn the_longest_name_that_is_let_through_can_be_written() {
    let project = project(&json!({"url": "file:dst"}));
    put(&project, "A", &format!("cover-1.{}", "x".repeat(245)));
    put(&project, "B", &format!("cover-1.{}", "x".repeat(246)));
    project.spec("batch", |_| ());
    project.run(&["run"]).exit(1);
    assert_eq!(
        project.documents("batch"),
        [("A", "Migrated"), ("B", "UnsafeKey")].map(|(a, b)| (a.into(), b.into())).into()
    );
}

#[test]
fn a_key_is_too_long_for_a_bucket_with_the_prefix_of_its_store() {
    let server = S3Server::with_bucket("dst");
    let prefix = "p".repeat(990);
    let config = json!({
        "url": format!("s3://dst/{prefix}"), "endpoint": server.endpoint(), "credentials": {"env": "TEST_"},
    });
    let project = project(&config);
    put(&project, "IMG", "cover-1.png");
    project.spec("batch", |_| ());
    let planned = plan(&project, "batch", 1);
    assert_eq!(told(&planned, "failures"), [("UnsafeKey".to_owned(), 1)]);
    assert!(planned.to_string().contains("with the store's prefix, more than 1024"), "{planned:#}");
    assert_eq!(server.requests("PUT"), 0);
}

/// Two pairs of documents whose target keys differ in case alone, or in how a character is composed, and one that differs
/// from all.
fn ambiguous(dst: &Value) -> Project {
    let project = project(dst);
    for image in ["Doc-1", "DOC-1", "caf\u{e9}", "cafe\u{301}", "OTHER"] {
        put(&project, image, "cover-1.png");
    }
    project.spec("batch", |_| ());
    project
}

#[test]
fn keys_that_differ_in_case_or_composition_alone_are_warned_of_in_a_folder_and_copied() {
    let project = ambiguous(&json!({"url": "file:dst"}));
    let planned = plan(&project, "batch", 0);
    assert_eq!(told(&planned, "warnings"), [("AmbiguousKey".to_owned(), 4)], "{planned:#}");
    project.run(&["run"]).exit(0);
    let report = project.report("batch");
    assert_eq!(told(&report, "warnings"), [("AmbiguousKey".to_owned(), 4)]);
    assert_eq!((&report["documents"]["migrated"], project.objects("dst").len()), (&json!(5), 5));
    project.run(&["documents", "batch", "--code", "AmbiguousKey"]).exit(0).says("DOC-1").says("Doc-1");
}

#[test]
fn in_a_folder_that_does_not_tell_them_apart_they_collide_and_none_is_copied() {
    let project = ambiguous(&json!({"url": "file:dst", "caseSensitive": false}));
    assert_eq!(told(&plan(&project, "batch", 1), "failures"), [("TargetCollision".to_owned(), 4)]);
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch").values().filter(|code| *code == "TargetCollision").count(), 4);
    assert_eq!(project.objects("dst").len(), 1);
    // Also for a document that comes later, with another batch.
    put(&project, "other", "cover-1.png");
    project.spec("later", |_| ());
    project.run(&["run", "later"]).exit(1);
    assert_eq!(project.documents("later")["other"], "TargetCollision");
}

#[test]
fn two_files_of_one_document_are_told_apart_like_those_of_two() {
    for (case_sensitive, exit, list, code) in
        [(true, 0, "warnings", "AmbiguousKey"), (false, 1, "failures", "TargetCollision")]
    {
        let project = project(&json!({"url": "file:dst", "caseSensitive": case_sensitive}));
        put(&project, "IMG", "cover-1.png");
        put(&project, "IMG", "Cover-1.png");
        project.spec("batch", |_| ());
        assert_eq!(told(&plan(&project, "batch", exit), list), [(code.to_owned(), 1)]);
        project.run(&["run"]).exit(exit);
        assert_eq!(told(&project.report("batch"), list), [(code.to_owned(), 1)]);
    }
}

#[test]
fn what_windows_does_not_take_is_warned_of_in_a_folder() {
    let project = project(&json!({"url": "file:dst"}));
    put(&project, "IMG: 1", "cover-1.png");
    project.spec("batch", |_| ());
    project.run(&["run"]).exit(0);
    assert_eq!(told(&project.report("batch"), "warnings"), [("AmbiguousKey".to_owned(), 1)]);
}

#[test]
fn links_that_lead_out_of_a_folder_are_named_at_the_source_and_refused_at_the_target() {
    let project = project(&json!({"url": "file:dst"}));
    put(&project, "IMG", "cover-1.png");
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.png"), distinct("secret")).unwrap();
    let link = project.path(&format!("src/ACME/voucher/{DAY}/IMG/invoice-1.png"));
    symlink(outside.path().join("secret.png"), &link).unwrap();
    project.spec("batch", |_| ());
    project.run(&["run"]).exit(1);
    assert_eq!(project.files("batch", "IMG"), ["HeldBack", "UnsafeKey"]);
    std::fs::remove_file(link).unwrap();
    symlink(outside.path(), project.path("dst/ACME")).unwrap();
    project.run(&["resync", "batch", "--all"]).exit(1);
    assert_eq!(project.documents("batch")["IMG"], "UnsafeKey");
    assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1, "nothing was written there");
    std::fs::remove_file(project.path("dst/ACME")).unwrap();
    project.run(&["resync", "batch"]).exit(0);
}

#[test]
fn a_key_below_another_file_is_told_before_anything_is_copied() {
    let project = Project::local();
    project.put("ACME/voucher/2025/01/05/IMG-1/cover-1.png", &distinct("one"));
    project.put("ACME/voucher/2025/01/05/IMG-2/cover-1.png", &distinct("two"));
    project.put("ACME/voucher/2025/01/05/IMG-3/cover-1.png", &distinct("three"));
    project.put("ACME/voucher/2025/01/05/IMG-3/invoice-1.png", &distinct("four"));
    // `IMG-1` is a file, and the manifest of the same document lies below it.
    project.spec("batch", |spec| {
        spec["target"]["key"] = json!("{imageNumber}");
        spec["target"]["manifest"] = json!("{imageNumber}/document.json");
    });
    project.run(&["plan", "jobs/batch.yaml"]).exit(1).says("TargetCollision").says("is a file of the same document");
    project.run(&["run"]).exit(1);
    assert!(project.objects("dst").is_empty());
    // Of two documents, the one whose key lies below the other's.
    let project = Project::local();
    project.put("ACME/voucher/2025/01/05/IMG-1/cover-1.png", &distinct("one"));
    project.put("IMG-1/voucher/2025/01/05/IMG-2/cover-1.png", &distinct("two"));
    project.spec("batch", |spec| spec["target"]["key"] = json!("{organization}/{imageNumber}"));
    project.spec("below", |spec| {
        spec["target"]["key"] = json!("ACME/{organization}/{imageNumber}");
        spec["filters"] = json!({"organizations": ["IMG-1"]});
    });
    project.run(&["run", "jobs/batch.yaml"]).exit(0);
    project.run(&["run", "jobs/below.yaml"]).exit(1);
    assert_eq!(project.documents("below")["IMG-2"], "TargetCollision");
    assert_eq!(project.objects("dst").len(), 2);
}

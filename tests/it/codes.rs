//! Codes that no other test of the real program needs: each is met for real, and told with its document.

use serde_json::{Value, json};

use crate::project::{PNG, Project, distinct};
use crate::s3::{Buckets, buckets};
use crate::support::Fault;

/// The codes of a batch's failed documents after a run that ends with exit code 1.
#[track_caller]
fn refused(project: &Project) -> Vec<String> {
    project.run(&["run"]).exit(1);
    let failed = project.run(&["documents", "batch", "--status", "failed", "-o", "json"]).exit(0).json();
    failed.as_array().unwrap().iter().map(|document| document["code"].as_str().unwrap().to_owned()).collect()
}

fn checked(checks: Value) -> Project {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |spec| spec["checks"] = checks);
    project
}

#[test]
fn a_date_that_is_on_no_calendar_is_missing_field() {
    let project = Project::local();
    project.put_document("2025/01/45", "IMG-1");
    project.spec("batch", |_| {});
    assert_eq!(refused(&project), ["MissingField"]);
}

#[test]
fn a_number_that_is_missing_among_the_files_of_a_role_is_sequence_gap() {
    let project = checked(json!({"sequence": {}}));
    project.put("ACME/voucher/2025/01/05/IMG-1/invoice-3.png", &distinct("third"));
    assert_eq!(refused(&project), ["SequenceGap"]);
}

#[test]
fn a_type_that_the_spec_does_not_allow_is_type_not_allowed() {
    assert_eq!(refused(&checked(json!({"fileType": {"allow": ["pdf"]}}))), ["TypeNotAllowed"]);
}

#[test]
fn a_scan_below_the_asked_resolution_is_resolution_too_low() {
    assert_eq!(refused(&checked(json!({"resolution": {"minDpi": 301}}))), ["ResolutionTooLow"]);
}

#[test]
fn a_file_above_the_asked_size_is_file_too_large() {
    assert!(PNG.len() > 100);
    assert_eq!(refused(&checked(json!({"fileSize": {"max": "100B"}}))), ["FileTooLarge"]);
}

#[test]
fn a_document_of_more_files_than_can_be_judged_as_a_whole_is_too_many_files() {
    let project = Project::local();
    for n in 0..=10_000 {
        project.put(&format!("ACME/voucher/2025/01/05/IMG-1/attachment-{n}.png"), b"x");
    }
    project.spec("batch", |_| {});
    assert_eq!(refused(&project), ["TooManyFiles"]);
    assert!(project.objects("dst").is_empty());
}

#[test]
fn a_document_of_which_a_part_may_lie_where_nothing_could_be_listed_is_unlistable_keys_and_not_moved() {
    let scene = buckets(0, |_| {});
    for (organization, folder, image) in [("ACME", "a", "IMG-1"), ("ACME", "b", "IMG-1"), ("GLOBEX", "a", "IMG-2")] {
        let key = format!("{organization}/{folder}/2025/01/05/{image}/cover-1.png");
        scene.server.plant("old-archive", &key, &distinct(&key));
    }
    scene.project.spec("batch", |spec| {
        spec["source"]["catalog"]["keys"] =
            json!("{organization}/{folder}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}");
    });
    unlistable(&scene, "ACME%2Fb%2F");
    assert_eq!(refused(&scene.project), ["UnlistableKeys"]);
    let documents = scene.project.documents("batch");
    assert_eq!((documents["IMG-1"].as_str(), documents["IMG-2"].as_str()), ("UnlistableKeys", "Migrated"));
    scene.server.heal();
    scene.project.run(&["resync", "batch", "--all"]).exit(0).says("Complete");
}

/// The server answers nonsense where a listing's query holds `part`.
fn unlistable(scene: &Buckets, part: &'static str) {
    scene.server.on_request(move |request| {
        let query = request.uri.query().unwrap_or_default();
        match query.contains("list-type=2") && query.contains(part) {
            true => Fault::Answer(200, "text/html", "<html>Sign in</html>".to_owned()),
            false => Fault::None,
        }
    });
}

#[test]
fn a_document_of_which_a_known_file_cannot_be_listed_any_more_is_unlistable_keys_and_not_moved() {
    let scene = buckets(0, |_| {});
    let key = |role: &str| format!("ACME/{role}/2025/01/05/IMG-1/{role}-1.png");
    scene.server.plant("old-archive", &key("cover"), &distinct("cover"));
    scene.server.plant("old-archive", &key("invoice"), b"");
    scene.project.spec("batch", |spec| {
        spec["source"]["catalog"]["keys"] =
            json!("{organization}/{folder}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}");
    });
    assert_eq!(refused(&scene.project), ["EmptyFile"]);
    unlistable(&scene, "invoice");
    scene.project.run(&["resync", "batch", "--all"]).exit(1).says("UnlistableKeys");
    assert_eq!(scene.project.documents("batch")["IMG-1"], "UnlistableKeys");
    assert_eq!(scene.project.show("batch")["syncStatus"], "Failed");
}

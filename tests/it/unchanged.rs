//! The whole scope listed again where nothing, or little, has changed at the source.

use serde_json::json;

use crate::project::{Done, Project, distinct};
use crate::s3::buckets;
use crate::support::Fault;

/// Says so where documents are not looked at one by one.
const AS_IT_WAS: &str = "everything is listed as it was";

/// Three documents, one of which lacks a role.
fn first_run() -> Project {
    let project = Project::local();
    for (day, image) in [("05", "A"), ("06", "B")] {
        project.put_document(&format!("2025/01/{day}"), image);
    }
    project.put("ACME/voucher/2025/01/07/LACKS/cover-1.png", &distinct("lacks"));
    spec(&project, |_| {});
    project.run(&["run"]).exit(1);
    project
}

fn spec(project: &Project, change: impl FnOnce(&mut serde_json::Value)) {
    project.spec("batch", |spec| {
        spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}});
        change(spec);
    });
}

#[track_caller]
fn resync(project: &Project) -> Done {
    Done::of(project.command(&["resync", "batch", "--all"]).env("BATCHFERRY_LOG", "info"))
}

fn outcome(project: &Project) -> serde_json::Value {
    let show = project.show("batch");
    json!([show["documents"], show["files"], show["bytes"], show["listed"]["objects"], show["population"]])
}

#[test]
fn a_scope_that_is_as_it_was_gives_the_same_totals_however_often_it_is_listed() {
    let project = first_run();
    let (before, target) = (outcome(&project), project.objects("dst"));
    for _ in 0..3 {
        resync(&project).exit(1).says(AS_IT_WAS);
        assert_eq!(outcome(&project), before);
        assert_eq!(project.documents("batch")["LACKS"], "MissingRole");
    }
    assert_eq!(project.objects("dst"), target);
    project.run(&["audit", "verify", "batch"]).exit(0);
    project.run(&["ledger", "check"]).exit(0);
    assert_eq!(project.report("batch")["notListed"], 0);
}

#[test]
fn what_changes_after_it_was_as_it_was_is_found() {
    let project = first_run();
    resync(&project).exit(1).says(AS_IT_WAS);
    project.put("ACME/voucher/2025/01/07/LACKS/invoice-1.png", &distinct("found"));
    project.put_document("2025/01/08", "NEW");
    std::fs::remove_dir_all(project.path("src/ACME/voucher/2025/01/06/B")).unwrap();
    let done = resync(&project).exit(0);
    assert!(!done.stderr.contains(AS_IT_WAS), "{done:#?}");
    let documents = project.documents("batch");
    assert!(documents.values().all(|status| status == "Migrated"), "{documents:?}");
    assert_eq!((documents.len(), &project.report("batch")["notListed"]), (4, &json!(2)));

    resync(&project).exit(0).says(AS_IT_WAS);
    assert_eq!(project.report("batch")["notListed"], 2, "what is gone stays gone");
    project.put("ACME/voucher/2025/01/05/A/cover-1.png", &distinct("scanned again"));
    resync(&project).exit(1);
    assert_eq!(project.documents("batch")["A"], "ChangedAfterMigration");
}

#[test]
fn a_document_that_failed_is_tried_again_though_its_source_is_as_it_was() {
    let project = Project::local();
    project.put_document("2025/01/05", "A");
    project.put_document("2025/01/06", "TAKEN");
    let taken = "ACME/voucher/2025/01/06/TAKEN/cover-1.png";
    project.put_at("dst", taken, b"someone else's");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch")["TAKEN"], "Conflict");
    std::fs::remove_file(project.path("dst").join(taken)).unwrap();
    resync(&project).exit(0).says(AS_IT_WAS).says("Complete");
    assert_eq!(project.objects("dst"), project.objects("src"));
}

#[test]
fn another_spec_has_every_document_looked_at() {
    let project = first_run();
    resync(&project).exit(1).says(AS_IT_WAS);
    spec(&project, |spec| spec["transfer"] = json!({"concurrency": 2}));
    project.run(&["run"]);
    let done = resync(&project).exit(1);
    assert!(!done.stderr.contains(AS_IT_WAS), "{done:#?}");
    resync(&project).exit(1).says(AS_IT_WAS);
}

#[test]
fn after_failed_documents_alone_were_listed_every_document_is_looked_at() {
    let project = first_run();
    project.run(&["resync", "batch"]).exit(1);
    let before = outcome(&project);
    let done = resync(&project).exit(1);
    assert!(!done.stderr.contains(AS_IT_WAS), "{done:#?}");
    assert_eq!(outcome(&project), before);
    resync(&project).exit(1).says(AS_IT_WAS);
}

#[test]
fn what_went_away_while_it_could_not_be_listed_is_found_to_be_gone() {
    let scene = buckets(0, |_| {});
    let key = |folder: &str, image: &str| format!("ACME/{folder}/2025/01/05/{image}/cover-1.png");
    for (folder, image) in [("a", "IMG-1"), ("b", "IMG-2")] {
        scene.server.plant("old-archive", &key(folder, image), &distinct(image));
    }
    scene.project.spec("batch", |spec| {
        spec["source"]["catalog"]["keys"] =
            json!("{organization}/{folder}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}");
    });
    scene.project.run(&["run"]).exit(0);
    scene.server.on_request(|request| match request.uri.query().unwrap_or_default().contains("ACME%2Fb%2F") {
        true => Fault::Answer(200, "text/html", "<html>Sign in</html>".to_owned()),
        false => Fault::None,
    });
    resync(&scene.project).exit(1);
    scene.server.heal();
    std::fs::remove_file(scene.server.folder("old-archive").join(key("b", "IMG-2"))).unwrap();
    resync(&scene.project).exit(0);
    assert_eq!(scene.project.report("batch")["notListed"], 1);
    let row = scene.project.run(&["files", "batch", "IMG-2", "-o", "json"]).exit(0).json()[0].clone();
    assert_eq!(row["reason"], "gone from the source since it was synced");
}

#[test]
fn a_resync_that_the_spec_asks_for_is_no_other_spec() {
    let project = first_run();
    spec(&project, |spec| spec["resync"] = json!({"request": "nightly", "scope": "All"}));
    Done::of(project.command(&["run"]).env("BATCHFERRY_LOG", "info")).exit(1).says(AS_IT_WAS);
}

#[test]
fn while_documents_ask_for_each_others_target_keys_all_of_them_are_looked_at() {
    let project = Project::local();
    for (day, image) in [("05", "A"), ("06", "B")] {
        project.put_document(&format!("2025/01/{day}"), image);
    }
    project.spec("batch", |spec| spec["target"]["key"] = json!("{organization}/{fileName}"));
    project.run(&["run"]).exit(1);
    for _ in 0..2 {
        let done = resync(&project).exit(1);
        assert!(!done.stderr.contains(AS_IT_WAS), "{done:#?}");
        let documents = project.documents("batch");
        assert!(documents.values().all(|status| status == "TargetCollision"), "{documents:?}");
    }
}

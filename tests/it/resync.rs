//! Another pass takes what it should and leaves the rest alone.

use serde_json::json;

use crate::project::{Project, distinct};

fn first_run() -> Project {
    let project = Project::local();
    project.put_document("2025/01/05", "DONE");
    project.put("ACME/voucher/2025/01/05/LACKS/cover-1.png", &distinct("lacks"));
    project.spec("batch", |spec| spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}}));
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch")["LACKS"], "MissingRole");
    project
}

#[test]
fn a_mended_document_is_read_anew_and_migrated() {
    let project = first_run();
    project.put("ACME/voucher/2025/01/05/LACKS/invoice-1.png", &distinct("found"));
    project.run(&["resync", "batch"]).exit(0).says("Complete");
    assert_eq!(project.objects("dst"), project.objects("src"));
    let show = project.show("batch");
    assert_eq!(show["runs"].as_array().unwrap().len(), 2);
    assert_eq!(show["listed"]["objects"], 4);
}

#[test]
fn a_document_that_is_still_faulty_fails_again_and_others_are_not_touched() {
    let project = first_run();
    let before = project.objects("dst");
    project.put_document("2025/01/06", "NEW");
    project.run(&["resync", "batch"]).exit(1);
    assert_eq!(project.objects("dst"), before, "scope Failed lists no new documents");
    assert_eq!(project.documents("batch").len(), 2);
}

#[test]
fn the_whole_scope_finds_new_changed_and_vanished_documents() {
    let project = first_run();
    project.put_document("2025/01/06", "NEW");
    project.put_document("2025/01/07", "GOES");
    project.run(&["resync", "batch", "--all"]).exit(1);
    assert_eq!(project.documents("batch")["NEW"], "Migrated");
    std::fs::remove_dir_all(project.path("src/ACME/voucher/2025/01/07/GOES")).unwrap();
    project.put("ACME/voucher/2025/01/05/DONE/cover-1.png", &distinct("scanned again"));
    let before = project.objects("dst");
    project.run(&["resync", "batch", "--all"]).exit(1);
    let documents = project.documents("batch");
    assert_eq!(documents["DONE"], "ChangedAfterMigration");
    assert_eq!(documents["GOES"], "Migrated", "what is synced keeps its status");
    assert_eq!(project.objects("dst"), before, "the target is left alone");
}

#[test]
fn a_request_in_the_spec_is_acted_on_once() {
    let project = first_run();
    project.put("ACME/voucher/2025/01/05/LACKS/invoice-1.png", &distinct("found"));
    let change = |request: &'static str| {
        move |spec: &mut serde_json::Value| {
            spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}});
            spec["resync"] = json!({"request": request});
        }
    };
    project.spec("batch", change("one"));
    project.run(&["run"]).exit(0);
    project.run(&["run"]).exit(0).says("nothing to do");
    assert_eq!(project.show("batch")["runs"].as_array().unwrap().len(), 2);
}

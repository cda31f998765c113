//! Another pass takes what it should and leaves the rest alone.

use serde_json::json;

use crate::project::{Project, distinct};
use crate::support::{Fault, S3Server};

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
fn what_was_migrated_is_told_as_it_was_whatever_lies_at_the_source_since() {
    let project = first_run();
    let figures = || {
        let report = project.report("batch");
        let files = project.run(&["files", "batch", "DONE", "-o", "json"]).exit(0).json();
        let sizes: Vec<u64> = files.as_array().unwrap().iter().map(|file| file["size"].as_u64().unwrap()).collect();
        (report["bytes"]["migrated"].clone(), report["bytes"]["inScope"].clone(), sizes)
    };
    let before = figures();
    project.put("ACME/voucher/2025/01/05/DONE/cover-1.png", &distinct("scanned again, and this time in colour"));
    project.run(&["resync", "batch", "--all"]).exit(1);
    assert_eq!(project.documents("batch")["DONE"], "ChangedAfterMigration");
    assert_eq!(figures(), before);
    project.run(&["ledger", "check"]).exit(0);
    project.run(&["audit", "verify"]).exit(0);
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
    let gone = "gone from the source since it was synced";
    let row = |words: &[&str]| project.run(&[words, &["-o", "json"]].concat()).exit(0).json()[0].clone();
    assert_eq!(row(&["documents", "batch", "--status", "migrated"])["reason"], gone);
    assert_eq!(row(&["files", "batch", "GOES"])["reason"], gone);
    let report = std::fs::read_to_string(project.path("jobs/batch.report/README.md")).unwrap();
    assert!(report.contains("- `GOES`: SourceMissing: "), "{report}");
    assert!(report.contains("| Objects listed | 5 | ✓ |"), "{report}");
    assert!(report.contains("| Files in scope that are gone or could not be listed | 2 |"), "{report}");
}

#[test]
fn the_operator_of_a_command_is_the_user_that_the_system_knows() {
    let project = first_run();
    project.run(&["resync", "batch"]).exit(1);
    let id = std::process::Command::new("id").arg("-run").output().unwrap();
    let user = String::from_utf8(id.stdout).unwrap();
    assert_eq!(project.show("batch")["runs"][1]["operator"], user.trim(), "not what USER says");
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

/// A document that was migrated; then its cover was scanned anew.
fn scanned_again(on_conflict: &str) -> Project {
    let project = Project::local();
    project.put_document("2025/01/05", "DOC");
    project.spec("batch", |spec| spec["target"]["onConflict"] = json!(on_conflict));
    project.run(&["run"]).exit(0);
    project.put("ACME/voucher/2025/01/05/DOC/cover-1.png", &distinct("scanned again"));
    project
}

const COVER: &str = "dst/ACME/voucher/2025/01/05/DOC/cover-1.png";

#[test]
fn where_overwriting_is_asked_for_a_changed_document_replaces_what_we_left_at_the_target() {
    let project = scanned_again("Overwrite");
    project.run(&["resync", "batch", "--all"]).exit(0).says("Complete");
    assert_eq!(project.objects("dst"), project.objects("src"));
}

#[test]
fn what_someone_else_wrote_over_our_copy_is_never_overwritten() {
    let project = scanned_again("Overwrite");
    std::fs::write(project.path(COVER), distinct("someone else's")).unwrap();
    let before = project.objects("dst");
    for scope in [&["resync", "batch", "--all"][..], &["resync", "batch"], &["resync", "batch", "--all"]] {
        project.run(scope).exit(1);
        assert_eq!(project.documents("batch")["DOC"], "ChangedAfterMigration");
        assert_eq!(project.objects("dst"), before);
    }
    std::fs::remove_file(project.path(COVER)).unwrap();
    project.run(&["resync", "batch"]).exit(0).says("Complete");
    assert_eq!(project.objects("dst"), project.objects("src"));
}

#[test]
fn a_changed_document_stays_failed_until_its_source_is_as_it_was() {
    let project = Project::local();
    project.put_document("2025/01/05", "DOC");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0);
    let cover = project.path("src/ACME/voucher/2025/01/05/DOC/cover-1.png");
    let aside = project.path("as-it-was.png");
    std::fs::rename(&cover, &aside).unwrap();
    std::fs::write(&cover, distinct("scanned again")).unwrap();
    project.put("ACME/voucher/2025/01/05/DOC/attachment-1.png", &distinct("joined"));
    for scope in [&["resync", "batch", "--all"][..], &["resync", "batch"]] {
        project.run(scope).exit(1);
        assert_eq!(project.documents("batch")["DOC"], "ChangedAfterMigration");
        let files = &project.show("batch")["files"];
        assert_eq!((&files["inScope"], &files["failed"]), (&json!(3), &json!(1)), "the new page is counted");
    }
    std::fs::rename(&aside, &cover).unwrap();
    std::fs::remove_file(project.path("src/ACME/voucher/2025/01/05/DOC/attachment-1.png")).unwrap();
    project.run(&["resync", "batch"]).exit(0).says("Complete");
    assert_eq!(project.documents("batch")["DOC"], "Migrated");
    assert_eq!(project.show("batch")["files"]["inScope"], 2);
}

#[test]
fn a_resync_that_is_asked_for_while_a_run_waits_for_a_store_follows_that_run() {
    let project = first_run();
    // The next run stops at a target that is not there, and stays unfinished.
    project.put("ACME/voucher/2025/01/05/LACKS/invoice-1.png", &distinct("found"));
    project.spec("batch", |spec| {
        spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}});
        spec["transfer"] = json!({"storeWait": "0s"});
    });
    std::fs::rename(project.path("dst"), project.path("away")).unwrap();
    std::fs::write(project.path("dst"), b"no folder").unwrap();
    project.run(&["resync", "batch"]).exit(3);
    std::fs::remove_file(project.path("dst")).unwrap();
    std::fs::rename(project.path("away"), project.path("dst")).unwrap();
    project.put_document("2025/01/06", "NEW");
    project.run(&["resync", "batch", "--all"]).exit(0).says("Complete");
    assert_eq!(project.documents("batch")["NEW"], "Migrated");
    assert_eq!(project.show("batch")["runs"].as_array().unwrap().len(), 3);
}

#[test]
fn a_run_that_goes_on_keeps_the_checks_that_it_began_with() {
    let project = Project::local();
    project.put_document("2025/01/05", "DOC");
    std::fs::remove_dir(project.path("dst")).unwrap();
    std::fs::write(project.path("dst"), b"no folder").unwrap();
    project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "0s"}));
    project.run(&["run"]).exit(3);
    std::fs::remove_file(project.path("dst")).unwrap();
    project.spec("batch", |spec| spec["checks"] = json!({"fileSize": {"max": "1B"}}));
    project.run(&["run"]).exit(0).says("Complete");
    assert_eq!(project.show("batch")["runs"][0]["generation"], 1);
}

/// A batch whose whole scope is listed again: its report is written, and says how many files that did not find.
fn not_listed(project: &Project) -> serde_json::Value {
    project.run(&["resync", "batch", "--all"]).exit(1);
    let report = project.report("batch");
    assert_eq!(report["runs"].as_array().unwrap().len(), 2, "the report is of the last run");
    assert_eq!(project.show("batch")["notListed"], report["notListed"]);
    json!([report["listed"]["objects"], report["files"]["inScope"], report["notListed"]])
}

#[test]
fn what_is_gone_from_the_source_still_adds_up() {
    let lasting = |project: &Project| {
        // A failure that stays, so that every resync exits alike.
        project.put("ACME/voucher/2025/01/09/FAILS/cover-1.png", b"no image");
        project.spec("batch", |_| {});
        project.put_document("2025/01/05", "DOC");
        project.run(&["run"]).exit(1);
    };
    let project = Project::local();
    lasting(&project);
    std::fs::remove_dir_all(project.path("src/ACME/voucher/2025/01/05/DOC")).unwrap();
    assert_eq!(not_listed(&project), json!([1, 3, 2]), "a migrated document");

    let project = Project::local();
    lasting(&project);
    std::fs::remove_file(project.path("src/ACME/voucher/2025/01/05/DOC/cover-1.png")).unwrap();
    assert_eq!(not_listed(&project), json!([2, 3, 1]), "one file of a migrated document");

    let project = Project::local();
    lasting(&project);
    std::fs::remove_dir_all(project.path("src/ACME/voucher/2025/01/09/FAILS")).unwrap();
    assert_eq!(not_listed(&project), json!([2, 3, 1]), "a failed document");
    assert_eq!(project.documents("batch")["FAILS"], "SourceMissing");
}

#[test]
fn what_is_gone_still_adds_up_after_only_the_failed_documents_were_listed_again() {
    let project = first_run();
    std::fs::remove_dir_all(project.path("src/ACME/voucher/2025/01/05/LACKS")).unwrap();
    not_listed(&project);
    project.run(&["resync", "batch"]).exit(1);
    let report = project.report("batch");
    assert_eq!((report["runs"].as_array().unwrap().len(), &report["notListed"]), (3, &json!(1)));
}

#[test]
fn a_document_that_changed_after_it_was_migrated_stays_protected_whatever_happens_to_its_listing() {
    let server = S3Server::with_bucket("scans");
    let plant = |file: &str| {
        let key = format!("ACME/voucher/2025/01/05/DOC/{file}");
        server.plant("scans", &key, &distinct(&key));
    };
    plant("cover-1.png");
    let store = json!({"url": "s3://scans", "endpoint": server.endpoint(), "credentials": {"env": "TEST_"}});
    let project = Project::with_config(&json!({"stores": {"src": store, "dst": {"url": "file:dst"}}}));
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0);
    plant("attachment-1.png");
    project.run(&["resync", "batch", "--all"]).exit(1);
    assert_eq!(project.documents("batch")["DOC"], "ChangedAfterMigration");
    server.on_request(|request| {
        let of_document = request.uri.query().unwrap_or_default().contains("DOC");
        if of_document { Fault::Status(403, "AccessDenied", None) } else { Fault::None }
    });
    project.run(&["resync", "batch"]).exit(1);
    assert_eq!(project.documents("batch")["DOC"], "AccessDenied");
    server.heal();
    project.run(&["resync", "batch"]).exit(1);
    assert_eq!(project.documents("batch")["DOC"], "ChangedAfterMigration");
    assert_eq!(project.objects("dst").len(), 1, "what joined is not copied");
    std::fs::remove_file(server.folder("scans").join("ACME/voucher/2025/01/05/DOC/attachment-1.png")).unwrap();
    project.run(&["resync", "batch"]).exit(0);
    assert_eq!(project.documents("batch")["DOC"], "Migrated");
}

#[test]
fn only_the_documents_own_directory_is_listed_anew() {
    let server = S3Server::with_bucket("scans");
    for image in ["IMG-1", "IMG-10"] {
        server.plant("scans", &format!("ACME/voucher/2025/01/05/{image}/cover-1.png"), b"no image");
    }
    let store = json!({"url": "s3://scans", "endpoint": server.endpoint(), "credentials": {"env": "TEST_"}});
    let project = Project::with_config(&json!({"stores": {"src": store, "dst": {"url": "file:dst"}}}));
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(1);
    let before = server.log().len();
    project.run(&["resync", "batch"]).exit(1);
    let log = server.log().split_off(before);
    let lists = log.iter().filter(|request| request.contains("list-type=2"));
    let ends = lists.map(|list| ["IMG-1%2F", "IMG-10%2F"].map(|end| list.contains(end)));
    let mut ends: Vec<_> = ends.collect();
    ends.sort_unstable();
    assert_eq!(ends, [[false, true], [true, false]], "{log:?}");
}

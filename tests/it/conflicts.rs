//! What is at the target is never overwritten in silence.

use serde_json::{Value, json};

use crate::project::Project;

const KEY: &str = "ACME/voucher/2025/01/05/IMG-1/cover-1.png";

fn with_something_at_the_target(content: Option<&[u8]>, on_conflict: &str) -> Project {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    let there = content.map_or_else(|| project.objects("src")[KEY].clone(), <[u8]>::to_vec);
    let path = project.path("dst").join(KEY);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, there).unwrap();
    let on_conflict = json!(on_conflict);
    project.spec("batch", |spec| spec["target"]["onConflict"] = on_conflict);
    project
}

#[test]
fn an_identical_object_is_there_already_and_the_rest_is_migrated() {
    let project = with_something_at_the_target(None, "Fail");
    project.run(&["run"]).exit(0);
    let files = project.run(&["files", "batch", "IMG-1", "-o", "json"]).exit(0).json();
    let statuses: Vec<&Value> = files.as_array().unwrap().iter().map(|file| &file["status"]).collect();
    assert_eq!(statuses, ["AlreadyAtTarget", "Migrated"]);
    assert_eq!(project.documents("batch")["IMG-1"], "Migrated");
}

#[test]
fn another_object_is_a_conflict_and_stays() {
    let project = with_something_at_the_target(Some(b"something else"), "Fail");
    project.run(&["run"]).exit(1).says("Conflict");
    assert_eq!(project.objects("dst")[KEY], b"something else");
}

#[test]
fn another_object_is_replaced_where_the_spec_says_so() {
    let project = with_something_at_the_target(Some(b"something else"), "Overwrite");
    project.run(&["run"]).exit(0);
    assert_eq!(project.objects("dst"), project.objects("src"));
}

#[test]
fn another_object_is_kept_where_the_spec_says_so_and_the_report_counts_it() {
    let project = with_something_at_the_target(Some(b"something else"), "KeepTarget");
    let second = "ACME/voucher/2025/01/05/IMG-1/invoice-1.png";
    std::fs::write(project.path("dst").join(second), b"else, too").unwrap();
    project.run(&["run"]).exit(0);
    assert_eq!(project.objects("dst")[KEY], b"something else");
    assert_eq!(project.documents("batch")["IMG-1"], "TargetKept");
    assert_eq!(project.show("batch")["documents"]["targetKept"], 1);
}

#[test]
fn an_object_that_is_kept_beside_one_that_is_copied_is_told_everywhere() {
    let project = with_something_at_the_target(Some(b"something else"), "KeepTarget");
    project.run(&["run"]).exit(0);
    assert_eq!(project.documents("batch")["IMG-1"], "Migrated");
    let show = project.show("batch");
    assert_eq!((&show["documents"]["targetKept"], &show["files"]["targetKept"]), (&json!(0), &json!(1)));
    let found = project.run(&["documents", "batch", "--code", "TargetKept", "-o", "json"]).exit(0).json();
    assert_eq!((&found[0]["imageNumber"], &found[0]["code"]), (&json!("IMG-1"), &json!("TargetKept")));
    let report = std::fs::read_to_string(project.path("jobs/batch.report/README.md")).unwrap();
    for told in [
        "a different object was kept at the target for 1 file",
        "| Kept, different |",
        "--code TargetKept`",
        "- Files for which a different object was kept at the target: 1",
    ] {
        assert!(report.contains(told), "not told: {told}\n{report}");
    }
}

#[test]
fn two_documents_with_one_target_key_both_fail_and_neither_is_copied_whatever_is_to_be_done_with_conflicts() {
    for on_conflict in ["Fail", "Overwrite", "KeepTarget"] {
        let project = Project::local();
        project.put_document("2025/01/05", "IMG-1");
        project.put_document("2025/01/06", "IMG-2");
        project.put_document("2025/01/07", "IMG-3");
        project.spec("batch", |spec| {
            spec["target"]["onConflict"] = json!(on_conflict);
            spec["target"]["key"] = json!("{organization}/{collected:%Y}/{fileName}");
            spec["filters"] = json!({"imageNumbers": ["IMG-1", "IMG-2"]});
        });
        project.run(&["run"]).exit(1);
        let documents = project.documents("batch");
        assert_eq!((documents["IMG-1"].as_str(), documents["IMG-2"].as_str()), ("TargetCollision", "TargetCollision"));
        assert!(project.objects("dst").is_empty(), "{on_conflict}");
    }
}

#[test]
fn a_target_key_belongs_to_the_document_that_claimed_it_first_across_batches_and_store_names() {
    let project = Project::local();
    project.configure(&json!({"stores": {
        "src": {"url": "file:src"}, "dst": {"url": "file:dst"}, "same-place": {"url": "file:./dst"}
    }}));
    project.put_document("2025/01/05", "IMG-1");
    project.put_document("2025/01/06", "IMG-2");
    let to = |store: &'static str, image: &'static str| {
        move |spec: &mut Value| {
            spec["target"] = json!({"store": store, "key": "{organization}/{fileName}", "onConflict": "Overwrite"});
            spec["filters"] = json!({"imageNumbers": [image]});
        }
    };
    project.spec("a-first", to("dst", "IMG-1"));
    project.spec("b-second", to("same-place", "IMG-2"));
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("a-first")["IMG-1"], "Migrated");
    assert_eq!(project.documents("b-second")["IMG-2"], "TargetCollision");
}

#[test]
fn a_manifest_never_takes_the_key_of_a_file_of_its_document() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |spec| {
        spec["target"]["onConflict"] = json!("Overwrite");
        spec["target"]["key"] = json!("{organization}/{imageNumber}/{fileName}");
        spec["target"]["manifest"] = json!("{organization}/{imageNumber}/cover-1.png");
    });
    project.run(&["run"]).exit(1);
    assert_eq!(project.documents("batch")["IMG-1"], "TargetCollision");
    assert!(project.objects("dst").is_empty());
}

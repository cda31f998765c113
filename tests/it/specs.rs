//! Specs in the jobs directory: broken ones, edited ones, suspended ones.

use serde_json::json;

use crate::project::Project;

#[test]
fn a_broken_spec_never_stops_the_others_and_gets_a_report_of_its_own() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("good", |_| {});
    std::fs::write(
        project.path("jobs/broken.yaml"),
        "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {name: broken}\nspec: {collectd: 1}\n",
    )
    .unwrap();
    project.run(&["run"]).exit(1).says("collectd");
    assert_eq!(project.documents("good")["IMG-1"], "Migrated");
    let report = std::fs::read_to_string(project.path("jobs/broken.report/README.md")).unwrap();
    assert!(report.contains("collectd") && report.contains("collected"), "{report}");
}

#[test]
fn a_started_batch_keeps_its_scope_and_says_how_to_change_it() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0);
    project.spec("batch", |spec| spec["collected"]["to"] = json!("2025-02-28"));
    project.run(&["run"]).exit(1).says("spec.collected").says("commit a new spec");
    assert_eq!(project.show("batch")["collected"]["to"], "2025-01-31");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0);
    assert_eq!(project.show("batch")["conditions"], json!([]));
}

#[test]
fn a_suspended_batch_waits() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |spec| spec["suspend"] = json!(true));
    project.run(&["run"]).exit(1).says("suspend: false");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0);
}

#[test]
fn generations_count_changes_of_meaning_and_not_of_form() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0);
    let path = project.path("jobs/batch.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("# a comment\n{text}\n")).unwrap();
    project.run(&["run"]).exit(0);
    assert_eq!(project.show("batch")["spec"]["generation"], 1);
    project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 3}));
    project.run(&["run"]).exit(0);
    assert_eq!(project.show("batch")["spec"]["generation"], 2);
}

#[test]
fn no_config_is_said_with_the_places_that_were_looked_at() {
    let project = Project::local();
    std::fs::remove_file(project.path("batchferry.yaml")).unwrap();
    project.run(&["list"]).exit(3).says("/etc/batchferry/batchferry.yaml");
}

#[test]
fn a_source_and_a_target_that_contain_each_other_are_refused_under_any_names() {
    let project = Project::local();
    project.configure(&json!({"stores": {"src": {"url": "file:src"}, "dst": {"url": "file:./src/../src"}}}));
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |_| {});
    let before = project.objects("src");
    project.run(&["run"]).exit(1).says("source").says("target");
    assert_eq!(project.objects("src"), before);
}

#[test]
fn an_edit_that_is_invalid_leaves_the_evidence_of_the_batch_alone() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |_| {});
    project.run(&["run"]).exit(0);
    let before = project.objects("jobs/batch.report");
    assert!(before.contains_key("documents.csv"), "{:?}", before.keys());
    project.spec("batch", |spec| spec["collected"]["timeZone"] = json!("Asia/Shangai"));
    project.run(&["run"]).exit(1).says("unknown time zone");
    assert_eq!(project.objects("jobs/batch.report"), before);
    std::fs::write(project.path("jobs/batch.yml"), "kind: MigrationBatch\n").unwrap();
    project.run(&["run"]).exit(1).says("batch.report");
    assert_eq!(project.objects("jobs/batch.report"), before);
}

#[test]
fn a_report_folder_that_is_a_link_is_not_followed() {
    let project = Project::local();
    project.put_document("2025/01/05", "IMG-1");
    project.spec("batch", |_| {});
    std::fs::create_dir(project.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", project.path("jobs/batch.report")).unwrap();
    project.run(&["run"]).exit(0).says("batch.report: it is a link");
    assert!(project.objects("elsewhere").is_empty());
    std::os::unix::fs::symlink("elsewhere", project.path("named")).unwrap();
    project.run(&["report", "batch", "--to", "named"]).exit(0);
    assert!(project.objects("elsewhere").contains_key("README.md"), "a link that the user names is meant");
}

#[test]
fn reports_go_where_the_config_says_in_its_language() {
    let project = Project::local();
    let stores = json!({"src": {"url": "file:src"}, "dst": {"url": "file:dst"}});
    project.configure(&json!({"stores": stores, "reports": {"dir": "out", "languages": ["zh-CN"]}}));
    project.put_document("2025/01/05", "IMG-1");
    std::fs::create_dir(project.path("jobs/deep")).unwrap();
    project.spec("batch", |_| {});
    std::fs::rename(project.path("jobs/batch.yaml"), project.path("jobs/deep/batch.yaml")).unwrap();
    project.run(&["run"]).exit(0);
    let written = project.objects("out");
    let names: Vec<&str> = written.keys().map(String::as_str).collect();
    let expected = ["README.md", "documents.csv", "failures.csv", "failures.jsonl", "report.html", "report.json"];
    assert_eq!(names, expected.map(|name| format!("deep/batch.report/{name}")));
    assert!(String::from_utf8_lossy(&written["deep/batch.report/README.md"]).contains("全部同步完成"));
    assert_eq!(project.objects("jobs").len(), 1);
}

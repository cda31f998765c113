//! What becomes of a batch when its file changes.

use std::fs;

use serde_json::json;

use crate::daemon::{Daemon, has};
use crate::project::Project;

/// A project with short waits, so that tests need none.
pub fn project() -> Project {
    let project = Project::with_config(&json!({
        "stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}},
        "watch": {"rescan": "1s", "settle": "200ms"},
        "limits": {"batches": 2},
    }));
    project.put_document("2025/01/05", "DOC-1");
    project
}

fn report(project: &Project, name: &str) -> String {
    fs::read_to_string(project.path("jobs").join(format!("{name}.report/README.md"))).unwrap_or_default()
}

#[test]
fn what_is_committed_runs_and_its_report_stands_beside_it() {
    let project = project();
    project.spec("early", |_| ());
    let mut daemon = Daemon::start(&project);
    project.await_ended("early", "Complete");
    project.spec("late", |spec| spec["target"]["prefix"] = json!("late/"));
    let show = project.await_ended("late", "Complete");
    assert_eq!(show["documents"]["migrated"], 1);
    daemon.logs("run stops");
    let end = std::time::Instant::now() + crate::daemon::PATIENCE;
    while !report(&project, "late").contains("Complete") {
        assert!(std::time::Instant::now() < end, "no report of its end: {}", report(&project, "late"));
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn an_invalid_edit_stalls_the_batch_on_its_last_good_spec_and_a_mended_one_frees_it() {
    let project = project();
    project.spec("batch", |_| ());
    let daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    let path = project.path("jobs/batch.yaml");
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("\"spec\":{", "\"spec\":{\"colour\":1,")).unwrap();
    let show = project.await_batch("batch", |show| has(show, "InvalidSpec"));
    assert_eq!((&show["syncStatus"], &show["spec"]["generation"]), (&json!("Complete"), &json!(1)));
    assert!(fs::exists(project.path("jobs/batch.report/documents.csv")).unwrap(), "its evidence stays");
    fs::write(&path, good).unwrap();
    project.await_batch("batch", |show| !has(show, "InvalidSpec"));
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn what_is_fixed_cannot_change_and_labels_can() {
    let project = project();
    project.spec("batch", |_| ());
    let _daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    project.spec("batch", |spec| spec["collected"]["to"] = json!("2025-02-28"));
    let show = project.await_batch("batch", |show| has(show, "ImmutableFieldChanged"));
    assert_eq!(show["collected"]["to"], "2025-01-31");
    project.spec("batch", |spec| spec["priority"] = json!(3));
    let show = project.await_batch("batch", |show| show["spec"]["generation"] == 2);
    assert!(!has(&show, "ImmutableFieldChanged"));
}

#[test]
fn a_vanished_spec_suspends_its_batch_and_it_comes_back_as_it_was_even_elsewhere() {
    let project = project();
    project.spec("batch", |_| ());
    let _daemon = Daemon::start(&project);
    let before = project.await_ended("batch", "Complete");
    let objects = project.objects("dst");
    fs::create_dir(project.path("jobs/deep")).unwrap();
    let away = project.path("away.yaml");
    // Another spec keeps the directory from being empty, which would change nothing.
    project.spec("other", |spec| spec["target"]["prefix"] = json!("other/"));
    project.await_ended("other", "Complete");
    fs::rename(project.path("jobs/batch.yaml"), &away).unwrap();
    let show = project.await_batch("batch", |show| has(show, "SpecVanished"));
    assert_eq!(show["suspended"], true);
    assert!(objects.iter().all(|(key, bytes)| project.objects("dst").get(key) == Some(bytes)), "no data is touched");
    fs::rename(&away, project.path("jobs/deep/renamed.yaml")).unwrap();
    let after = project.await_batch("batch", |show| !has(show, "SpecVanished"));
    assert_eq!(after["spec"]["path"], "deep/renamed.yaml");
    assert_eq!(after["batchNumber"], before["batchNumber"]);
    assert_eq!(after["documents"], before["documents"]);
}

#[test]
fn a_file_that_says_another_name_is_another_batch_and_the_one_before_pauses() {
    let project = project();
    project.spec("batch", |_| ());
    let _daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    let path = project.path("jobs/batch.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace("\"name\":\"batch\"", "\"name\":\"second\"");
    fs::write(&path, text.replace("\"store\":\"dst\"", "\"store\":\"dst\",\"prefix\":\"second/\"")).unwrap();
    project.await_ended("second", "Complete");
    project.await_batch("batch", |show| has(show, "SpecVanished"));
    project.run(&["delete", "batch"]).exit(0);
    let end = std::time::Instant::now() + crate::daemon::PATIENCE;
    while !report(&project, "batch").contains("second") {
        assert!(std::time::Instant::now() < end, "the folder tells of the batch whose spec the file is");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    fs::remove_file(&path).unwrap();
    project.spec("third", |spec| spec["suspend"] = json!(true));
    project.await_batch("second", |show| has(show, "SpecVanished"));
}

#[test]
fn a_newcomer_with_the_name_of_a_started_batch_is_refused_and_the_batch_goes_on() {
    let project = project();
    project.spec("batch", |_| ());
    let mut daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    let text = fs::read_to_string(project.path("jobs/batch.yaml")).unwrap();
    fs::write(project.path("jobs/newcomer.yaml"), text).unwrap();
    daemon.logs("spec not accepted");
    let end = std::time::Instant::now() + crate::daemon::PATIENCE;
    while !report(&project, "newcomer").contains("batch.yaml") {
        assert!(std::time::Instant::now() < end);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(!has(&project.show("batch"), "InvalidSpec"));
}

#[test]
fn a_resync_that_the_spec_asks_for_is_acted_on_once() {
    let project = project();
    project.spec("batch", |_| ());
    let daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    project.put_document("2025/01/09", "LATE");
    project.spec("batch", |spec| spec["resync"] = json!({"request": "again", "scope": "All"}));
    let show = project.await_batch("batch", |show| show["documents"]["migrated"] == 2 && show["runStatus"] == "Ended");
    assert_eq!(show["runs"].as_array().unwrap().len(), 2);
    assert_eq!(daemon.stop(), Some(0));
    let _daemon = Daemon::start(&project);
    project.run(&["rescan"]).exit(0);
    assert_eq!(project.show("batch")["runs"].as_array().unwrap().len(), 2, "not again after a restart");
}

#[test]
fn an_invalid_spec_without_a_batch_gets_its_diagnostics_and_stops_no_other() {
    let project = project();
    fs::write(
        project.path("jobs/broken.yaml"),
        "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {name: x}\n",
    )
    .unwrap();
    project.spec("sound", |_| ());
    let _daemon = Daemon::start(&project);
    project.await_ended("sound", "Complete");
    let end = std::time::Instant::now() + crate::daemon::PATIENCE;
    while !report(&project, "broken").contains("spec") {
        assert!(std::time::Instant::now() < end);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

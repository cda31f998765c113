//! Commands beside a running daemon, and the same without one.

use std::fs;

use serde_json::json;

use crate::daemon::{Daemon, has};
use crate::edits::project;

const QUERIES: [&[&str]; 10] = [
    &["list", "-o", "json"],
    &["show", "batch", "-o", "json"],
    &["documents", "batch", "-o", "json"],
    &["documents", "batch", "--status", "failed", "-o", "csv"],
    &["audit", "export"],
    &["audit", "export", "batch", "--document", "DOC-1", "-o", "csv"],
    &["audit", "export", "nothing"],
    &["audit", "verify", "-o", "json"],
    &["files", "batch", "DOC-1", "-o", "json"],
    &["files", "batch", "NONE", "-o", "json"],
];

#[test]
fn the_same_questions_have_the_same_answers_beside_a_daemon_and_without_one() {
    let project = project();
    project.put("ACME/voucher/2025/01/05/LACKS/cover-1.png", &crate::project::distinct("lacks"));
    project.spec("batch", |spec| spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}}));
    let daemon = Daemon::start(&project);
    project.await_ended("batch", "Partial");
    let answers = || QUERIES.map(|words| project.run(words)).map(|done| (done.code, done.stdout, done.stderr));
    let reported = |to: &str| {
        project.run(&["report", "batch", "--to", to]).exit(0);
        crate::project::objects_below(&project.path(to))
    };
    let (beside, report) = (answers(), reported("beside"));
    assert_eq!(daemon.stop(), Some(0));
    assert_eq!(beside, answers());
    assert_eq!(report, reported("without"));
}

#[test]
fn a_batch_is_suspended_resumed_and_cancelled_by_commands_with_the_user_as_operator() {
    let project = project();
    project.spec("batch", |_| ());
    let _daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    project.run(&["suspend", "batch"]).exit(0);
    assert!(has(&project.show("batch"), "SuspendedByCommand"));
    project.run(&["resync", "batch", "--all"]).exit(0);
    assert_eq!(project.show("batch")["runs"].as_array().unwrap().len(), 1, "suspended, so nothing runs");
    project.run(&["cancel", "batch"]).exit(0);
    project.run(&["resume", "batch"]).exit(0);
    project.await_batch("batch", |show| show["suspended"] == false && show["runStatus"] == "Ended");
    project.run(&["resume", "batch"]).exit(1).says("is not suspended");
    project.run(&["cancel", "batch"]).exit(1).says("has ended");
    project.run(&["suspend", "nothing"]).exit(1).says("no batch");
}

#[test]
fn a_suspension_by_the_spec_is_named_with_its_line() {
    let project = project();
    let yaml = "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {name: batch}\nspec:\n  suspend: true\n  \
                collected: {from: 2025-01-01, to: 2025-01-31, timeZone: Asia/Shanghai}\n  source:\n    store: src\n    \
                catalog: {keys: \"{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}\"}\n  \
                target: {store: dst}\n";
    fs::write(project.path("jobs/batch.yaml"), yaml).unwrap();
    let _daemon = Daemon::start(&project);
    project.await_batch("batch", |show| has(show, "SuspendedBySpec"));
    project.run(&["resume", "batch"]).exit(1).says("batch.yaml:5");
    assert!(project.objects("dst").is_empty());
    fs::write(project.path("jobs/batch.yaml"), yaml.replace("suspend: true", "suspend: false")).unwrap();
    project.await_ended("batch", "Complete");
}

#[test]
fn a_batch_is_retired_once_its_spec_is_gone_and_its_name_is_not_used_again() {
    let project = project();
    project.spec("batch", |_| ());
    project.spec("other", |spec| spec["target"]["prefix"] = json!("other/"));
    let _daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    project.await_ended("other", "Complete");
    project.run(&["delete", "batch"]).exit(1).says("still has its spec");
    let text = fs::read_to_string(project.path("jobs/batch.yaml")).unwrap();
    fs::remove_file(project.path("jobs/batch.yaml")).unwrap();
    project.await_batch("batch", |show| has(show, "SpecVanished"));
    project.run(&["delete", "batch"]).exit(0).says("retired");
    let list = project.run(&["list", "-o", "json"]).exit(0).json();
    assert!(list.as_array().unwrap().iter().all(|row| row["name"] != "batch"), "hidden from the list");
    assert_eq!(project.documents("batch")["DOC-1"], "Migrated", "records are kept");
    project.run(&["resync", "batch"]).exit(1).says("retired");
    fs::write(project.path("jobs/batch.yaml"), text).unwrap();
    project.await_batch("batch", |show| {
        show["conditions"].as_array().unwrap().iter().any(|c| c["type"] == "Stalled" && c["reason"] == "Retired")
    });
}

#[test]
fn a_plan_beside_a_daemon_writes_nothing_and_knows_what_others_have_claimed() {
    let project = project();
    project.spec("batch", |_| ());
    let _daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    let objects = project.objects("dst");
    project.spec("rival", |spec| {
        spec["suspend"] = json!(true);
        spec["source"]["catalog"]["keys"] =
            json!("{organization}/{documentType}/{collected:%Y/%m/%d}/{other}/{imageNumber}-{sequence}.{extension}");
    });
    let plan = project.run(&["plan", "jobs/rival.yaml"]).exit(1);
    assert!(plan.stdout.contains("TargetCollision"), "{plan:?}");
    assert_eq!(project.objects("dst"), objects);
}

#[test]
fn wait_waits_for_the_spec_as_it_is_here() {
    let project = project();
    project.spec("batch", |_| ());
    let daemon = Daemon::start(&project);
    project.run(&["wait", "jobs/batch.yaml", "--for", "complete", "--timeout", "60s"]).exit(0).says("Complete");
    project.put_document("2025/01/09", "LATE");
    project.spec("batch", |spec| spec["resync"] = json!({"request": "1", "scope": "All"}));
    project.run(&["wait", "jobs/batch.yaml", "--timeout", "60s"]).exit(0).says("2 of 2");
    assert_eq!(daemon.stop(), Some(0));
    project.run(&["wait", "jobs/batch.yaml", "--timeout", "60s"]).exit(0);
    project.spec("batch", |spec| spec["labels"] = json!(null));
    project.run(&["wait", "jobs/batch.yaml", "--timeout", "1s"]).exit(1).says("labels");
    project.spec("never", |spec| spec["target"]["prefix"] = json!("never/"));
    project.run(&["wait", "jobs/never.yaml", "--timeout", "1s"]).exit(4).says("never");
}

#[test]
fn what_only_one_process_may_do_says_who_does_it() {
    let project = project();
    project.run(&["rescan"]).exit(3).says("no daemon");
    project.spec("batch", |_| ());
    let mut daemon = Daemon::start(&project);
    project.run(&["run"]).exit(3).says("daemon");
    let second = Daemon::spawn(&project);
    assert_eq!(second.wait(), Some(3));
    project.await_ended("batch", "Complete");
    let show = project.run(&["show", "batch", "--watch"]).exit(0);
    assert!(show.stdout.contains("Complete"), "{show:?}");
    daemon.all();
}

#[test]
fn a_target_is_verified_beside_a_daemon_which_records_it_with_the_user_as_operator() {
    let project = project();
    project.spec("batch", |_| ());
    let daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    let beside = project.run(&["verify", "batch", "-o", "json"]).exit(0).json();
    let events = project.run(&["audit", "export", "batch"]).exit(0).stdout;
    let last: serde_json::Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"]["change"]["verified"]["result"], beside["result"]);
    assert!(last["event"]["operator"]["name"].as_str().is_some_and(|name| !name.is_empty()));
    project.run(&["audit", "verify", "batch"]).exit(0);
    project.run(&["verify", "nothing"]).exit(1).says("no batch");
    project.run(&["download", "batch", "--to", "beside"]).exit(0);
    assert_eq!(daemon.stop(), Some(0));
    project.run(&["download", "batch", "--to", "without"]).exit(0);
    let payload = |folder: &str| crate::project::objects_below(&project.path(folder).join("data"));
    assert!(!payload("beside").is_empty());
    assert_eq!(payload("beside"), payload("without"));
    assert_eq!(project.run(&["verify", "batch", "-o", "json"]).exit(0).json(), beside);
}

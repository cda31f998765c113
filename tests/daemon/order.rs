//! Which batch goes first, and which one waits.

use std::fs;

use serde_json::json;

use crate::daemon::{Daemon, has};
use crate::edits::project;

#[test]
fn a_batch_starts_when_those_it_comes_after_are_complete() {
    let project = project();
    project.spec("second", |spec| {
        spec["after"] = json!(["first"]);
        spec["target"]["prefix"] = json!("second/");
    });
    let _daemon = Daemon::start(&project);
    project.await_batch("second", |show| has(show, "WaitingForBatch"));
    project.spec("first", |spec| spec["target"]["prefix"] = json!("first/"));
    let second = project.await_ended("second", "Complete");
    let first = project.show("first");
    assert!(second["runs"][0]["started"].as_str() >= first["runs"][0]["ended"].as_str());
    assert!(!has(&second, "WaitingForBatch"));
}

#[test]
fn batches_that_come_after_one_another_are_all_refused() {
    let project = project();
    project.spec("a", |spec| spec["after"] = json!(["b"]));
    project.spec("b", |spec| {
        spec["after"] = json!(["a"]);
        spec["target"]["prefix"] = json!("b/");
    });
    let mut daemon = Daemon::start(&project);
    daemon.logs("spec not accepted");
    daemon.logs("spec not accepted");
    project.run(&["validate", "jobs"]).exit(1).says("a → b → a");
    assert!(project.objects("dst").is_empty());
    project.spec("b", |spec| spec["target"]["prefix"] = json!("b/"));
    project.await_ended("a", "Complete");
    project.await_ended("b", "Complete");
}

#[test]
fn a_batch_outside_its_windows_waits_and_one_inside_moves() {
    let project = project();
    let now = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap().to_datetime(jiff::Timestamp::now());
    let name = |days: i64| now.date().checked_add(jiff::Span::new().days(days)).unwrap().strftime("%a").to_string();
    project.spec("closed", |spec| {
        spec["transfer"] = json!({"windows": [name(3)]});
        spec["target"]["prefix"] = json!("closed/");
    });
    project.spec("open", |spec| {
        spec["transfer"] = json!({"windows": [name(-1), name(0), name(1)]});
        spec["target"]["prefix"] = json!("open/");
    });
    let _daemon = Daemon::start(&project);
    project.await_ended("open", "Complete");
    let show = project.await_batch("closed", |show| has(show, "OutsideWindow"));
    assert_eq!(show["runStatus"], "Queued");
    assert!(project.objects("dst").keys().all(|key| key.starts_with("open/")));
    project.spec("closed", |spec| spec["target"]["prefix"] = json!("closed/"));
    project.await_ended("closed", "Complete");
}

#[test]
fn of_those_that_wait_for_a_place_the_higher_priority_goes_first() {
    let project = project();
    let mut config: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(project.path("batchferry.yaml")).unwrap()).unwrap();
    config["limits"]["batches"] = json!(1);
    project.configure(&config);
    for (name, priority) in [("low", -1), ("normal", 0), ("high", 5)] {
        project.spec(name, |spec| {
            spec["priority"] = json!(priority);
            spec["target"]["prefix"] = json!(format!("{name}/"));
        });
    }
    let mut daemon = Daemon::start(&project);
    let order: Vec<String> = (0..3).map(|_| daemon.logs("run begins")).collect();
    for (line, name) in order.iter().zip(["high", "normal", "low"]) {
        assert!(line.contains(name), "{order:?}");
    }
}

//! `spec.repeat`: the scope is listed again, so long after a run ended, until a day is over. No test waits for the minute
//! that is the least: the ledger is told that it has passed.

use std::fs;

use batchferry::ledger::{Durability, Ledger, LedgerOptions};
use batchferry::model::batch::{BatchRecord, EndReason, RunCause, RunRecord};
use jiff::ToSpan as _;
use serde_json::{Value, json};

use crate::daemon::{Daemon, assert_reconciles};
use crate::edits::project;
use crate::project::Project;

/// A repetition every hour, until a day that is so far from now.
fn hourly(days_from_now: i64) -> Value {
    let today = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap().to_datetime(jiff::Timestamp::now()).date();
    json!({"every": "1h", "until": today.checked_add(days_from_now.days()).unwrap().to_string()})
}

fn commit(project: &Project, name: &str, repeat: &Value) {
    project.spec(name, |spec| {
        spec["repeat"] = repeat.clone();
        spec["target"]["prefix"] = json!(format!("{name}/"));
    });
}

/// Edits what the ledger has of a batch, while no daemon runs.
fn edit(project: &Project, name: &str, edit: impl FnOnce(&mut BatchRecord) + Send + 'static) {
    let options = LedgerOptions { cache: 1 << 20, instance: None, fuse: None };
    let ledger = Ledger::open(&project.path(".batchferry"), &options).unwrap();
    let id = ledger.reader().batch_by_name(&name.parse().unwrap()).unwrap().unwrap().id;
    let change = |record: &mut BatchRecord| {
        edit(record);
        Vec::new()
    };
    let writer = ledger.writer();
    let edited = writer.update(id, Durability::Flushed, change);
    tokio::runtime::Runtime::new().unwrap().block_on(edited).unwrap();
    drop(writer);
    ledger.close().unwrap();
}

/// The last run of a batch ended an hour earlier than it did.
fn let_an_hour_pass(project: &Project, name: &str) {
    edit(project, name, |record| {
        let (at, _) = record.runs.last_mut().unwrap().ended.as_mut().unwrap();
        *at -= 1.hour();
    });
}

fn causes(show: &Value) -> Vec<&str> {
    show["runs"].as_array().unwrap().iter().map(|run| run["cause"].as_str().unwrap()).collect()
}

/// Waits until a batch has run so often and ended.
#[track_caller]
fn await_runs(project: &Project, name: &str, runs: usize) -> Value {
    project.await_batch(name, |show| show["runs"].as_array().unwrap().len() == runs && show["runStatus"] == "Ended")
}

#[test]
fn a_complete_batch_is_listed_again_when_it_is_due_and_moves_what_came_late() {
    let project = project();
    commit(&project, "due", &hourly(2));
    commit(&project, "early", &hourly(2));
    let daemon = Daemon::start(&project);
    project.await_ended("due", "Complete");
    project.await_ended("early", "Complete");
    assert_eq!(daemon.stop(), Some(0));
    let first = project.objects("dst");
    project.put_document("2025/01/09", "LATE");
    let_an_hour_pass(&project, "due");
    let _daemon = Daemon::start(&project);
    let show = await_runs(&project, "due", 2);
    assert_reconciles(&show);
    assert_eq!(causes(&show), ["First", "Repeat"]);
    assert_eq!((&show["syncStatus"], &show["documents"]["migrated"]), (&json!("Complete"), &json!(2)));
    assert_eq!(show["runs"][1]["operator"], "batchferry");
    let objects = project.objects("dst");
    assert!(first.iter().all(|(key, bytes)| objects.get(key) == Some(bytes)));
    assert_eq!(objects.keys().filter(|key| key.contains("due/") && key.contains("LATE")).count(), 2);
    assert_eq!(causes(&project.show("early")), ["First"], "its hour has not passed");
}

#[test]
fn a_repetition_stops_after_its_last_day_and_goes_on_when_that_is_moved() {
    let project = project();
    commit(&project, "over", &hourly(-2));
    commit(&project, "on", &hourly(2));
    let daemon = Daemon::start(&project);
    project.await_ended("over", "Complete");
    project.await_ended("on", "Complete");
    assert_eq!(daemon.stop(), Some(0));
    let_an_hour_pass(&project, "over");
    let_an_hour_pass(&project, "on");
    let _daemon = Daemon::start(&project);
    // Whatever is due begins in one and the same decision.
    await_runs(&project, "on", 2);
    assert_eq!(causes(&project.show("over")), ["First"]);
    commit(&project, "over", &hourly(2));
    assert_eq!(causes(&await_runs(&project, "over", 2)), ["First", "Repeat"]);
}

#[test]
fn a_batch_that_was_repeated_very_often_keeps_few_of_its_runs_and_counts_the_others() {
    let project = project();
    commit(&project, "batch", &hourly(2));
    let daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    assert_eq!(daemon.stop(), Some(0));
    edit(&project, "batch", |record| {
        let first = record.runs[0].clone();
        let (began, ended) = (first.started - 100.hours(), first.started - 99.hours());
        let run = |number| RunRecord {
            number,
            cause: RunCause::Repeat,
            started: began,
            ended: Some((ended, EndReason::Finished)),
            ..first.clone()
        };
        record.runs.extend((2..=300).map(run));
        record.listing = 300;
    });
    let daemon = Daemon::start(&project);
    let show = project.await_batch("batch", |show| show["runsLeftOut"] == 200 && show["runStatus"] == "Ended");
    assert_eq!(daemon.stop(), Some(0));
    let numbers = show["runs"].as_array().unwrap().iter().map(|run| run["number"].as_u64().unwrap());
    assert_eq!(numbers.collect::<Vec<_>>(), std::iter::once(1).chain(202..=301).collect::<Vec<_>>());
    let report = fs::read_to_string(project.path("jobs/batch.report/README.md")).unwrap();
    assert!(report.contains("\n200 more runs after the first one are in the audit log alone.\n"), "{report}");
    assert_eq!((&show["syncStatus"], &show["notListed"]), (&json!("Complete"), &json!(0)));
}

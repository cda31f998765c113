//! What an edit changes while documents move, and what waits for the next run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::buckets::{buckets, plant, reads};
use crate::daemon::{Daemon, has};
use crate::project::{Project, distinct};
use crate::support::Fault;
use crate::support::s3::S3Server;

const SLOW: Duration = Duration::from_millis(200);

/// So many documents that are read slowly, one at a time.
fn slow(documents: usize) -> (S3Server, Project) {
    let (server, project) = buckets(|_| {});
    plant(&server, "", documents);
    server.on_request(|request| if reads(request, "IMG-") { Fault::Delay(SLOW) } else { Fault::None });
    commit(&project, |_| ());
    (server, project)
}

fn commit(project: &Project, change: impl FnOnce(&mut Value)) {
    project.spec("batch", |spec| {
        spec["transfer"] = json!({"concurrency": 1});
        change(spec);
    });
}

fn generations(show: &Value) -> Vec<u64> {
    show["runs"].as_array().unwrap().iter().map(|run| run["generation"].as_u64().unwrap()).collect()
}

#[test]
fn a_run_keeps_the_checks_that_it_began_with_even_over_a_restart_and_the_next_one_takes_the_new_ones() {
    let (server, project) = slow(200);
    let daemon = Daemon::start(&project);
    project.await_batch("batch", |show| show["documents"]["migrated"].as_u64() > Some(2));
    // By these no document is sound.
    commit(&project, |spec| spec["checks"] = json!({"requiredRoles": {"invoice": 1}}));
    let show = project.await_batch("batch", |show| show["spec"]["generation"] == 2);
    assert_eq!(show["runStatus"], "Running", "{show}");
    assert!(show["documents"]["pending"].as_u64() > Some(0), "{show}");
    assert_eq!(daemon.stop(), Some(0));
    assert!(project.show("batch")["documents"]["pending"].as_u64() > Some(0));
    server.heal();
    let _daemon = Daemon::start(&project);
    let show = project.await_ended("batch", "Complete");
    assert_eq!((generations(&show), &show["documents"]["migrated"]), (vec![1], &json!(200)));
    server.plant("src", "ACME/voucher/2025/01/06/LATE/cover-1.png", &distinct("late"));
    project.run(&["resync", "batch", "--all"]).exit(0);
    let show = project.await_ended("batch", "Partial");
    assert_eq!((generations(&show), &show["documents"]["migrated"]), (vec![1, 2], &json!(200)));
    assert_eq!(project.documents("batch")["LATE"], "MissingRole");
}

#[test]
fn another_concurrency_acts_at_once_upwards_and_downwards() {
    let (server, project) = slow(600);
    let (most, calm, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)), Arc::default());
    let (seen, is_calm, is_broken): (_, _, Arc<AtomicBool>) = (most.clone(), calm.clone(), Arc::clone(&broken));
    let reading = server.reading();
    server.on_request(move |request| {
        if !reads(request, "IMG-") {
            return Fault::None;
        }
        let now = reading.load(Ordering::SeqCst);
        seen.fetch_max(now, Ordering::SeqCst);
        is_broken.fetch_or(is_calm.load(Ordering::SeqCst) && now > 2, Ordering::SeqCst);
        Fault::Delay(SLOW)
    });
    let _daemon = Daemon::start(&project);
    project.await_batch("batch", |show| show["documents"]["migrated"].as_u64() > Some(2));
    assert_eq!(most.load(Ordering::SeqCst), 1);
    commit(&project, |spec| spec["transfer"]["concurrency"] = json!(8));
    crate::project::wait_until("eight at once", || most.load(Ordering::SeqCst) == 8);
    commit(&project, |spec| spec["transfer"]["concurrency"] = json!(2));
    project.await_batch("batch", |show| show["spec"]["generation"] == 3);
    let reading = server.reading();
    crate::project::wait_until("those in flight have ended", || reading.load(Ordering::SeqCst) <= 2);
    calm.store(true, Ordering::SeqCst);
    let show = project.show("batch");
    assert_eq!(show["runStatus"], "Running", "{show}");
    let before = show["documents"]["migrated"].as_u64().unwrap();
    project.await_batch("batch", |show| show["documents"]["migrated"].as_u64() > Some(before + 6));
    assert!(!broken.load(Ordering::SeqCst), "more than two at once");
}

#[test]
fn another_bandwidth_acts_at_once_though_hours_are_booked() {
    let (server, project) = buckets(|_| {});
    plant(&server, "", 10);
    // A byte a second: not even the first document arrives before hours have passed.
    project.spec("batch", |spec| spec["transfer"] = json!({"bandwidth": "1B/s"}));
    let mut daemon = Daemon::start(&project);
    daemon.logs("run begins");
    project.await_batch("batch", |show| show["documents"]["pending"] == 10);
    project.spec("batch", |spec| spec["transfer"] = json!({"bandwidth": "100MiB/s"}));
    let show = project.await_ended("batch", "Complete");
    assert_eq!(generations(&show), [1], "the same run");
}

#[test]
fn windows_act_at_once_and_the_same_run_goes_on_when_they_open() {
    let (server, project) = slow(100);
    let _daemon = Daemon::start(&project);
    project.await_batch("batch", |show| show["documents"]["migrated"].as_u64() > Some(1));
    let now = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap().to_datetime(jiff::Timestamp::now());
    let other = now.date().checked_add(jiff::Span::new().days(3)).unwrap().strftime("%a").to_string();
    commit(&project, |spec| {
        spec["transfer"]["windows"] = json!([other]);
    });
    let show = project.await_batch("batch", |show| has(show, "OutsideWindow"));
    assert_eq!((&show["runStatus"], &show["documents"]["failed"]), (&json!("Queued"), &json!(0)));
    assert!(show["documents"]["pending"].as_u64() > Some(0), "{show}");
    assert_eq!(show["documents"]["migrated"].as_u64(), Some(server.requests("PUT")), "no document is half moved");
    server.heal();
    commit(&project, |_| ());
    let show = project.await_ended("batch", "Complete");
    assert_eq!(generations(&show), [1], "the same run went on");
}

//! What needs to see inside: which files are read, and what the real watcher's thread hears.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use notify::Event;
use tempfile::TempDir;

use super::hints::{Hints, Worth};
use super::scanner::Scanner;
use super::watcher::arm;
use super::way::Way;
use crate::model::config::Config;

const SETTLE: Duration = Duration::from_secs(2);

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path().canonicalize().unwrap().join("jobs");
    fs::create_dir(&jobs).unwrap();
    (folder, jobs)
}

fn scanner(jobs: &Path) -> Scanner {
    let config: Config = serde_yaml::from_str("stores: {}").unwrap();
    Scanner::new(jobs.to_owned(), config, SETTLE, &[])
}

#[test]
fn a_file_is_read_until_its_stamp_is_old_and_again_after_five_minutes() {
    let (_folder, jobs) = folder();
    fs::write(jobs.join("a.yaml"), "a: 1").unwrap();
    fs::write(jobs.join("b.yaml"), "b: 1").unwrap();
    let (mut scanner, start, wall) = (scanner(&jobs), Instant::now(), SystemTime::now());
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let later = wall + Duration::from_secs(3);
    assert_eq!(scanner.scan_at(start, wall).read, 2, "never read");
    assert_eq!(scanner.scan_at(start, wall).read, 2, "a second write within one tick would not show");
    assert_eq!(scanner.scan_at(start, later).read, 2, "the stamp was young when it was read");
    assert_eq!(scanner.scan_at(start, later).read, 0);
    assert_eq!(scanner.scan_at(start + minutes(4), later).read, 0);
    assert_eq!(scanner.scan_at(start + minutes(5), later).read, 2, "no stamp is trusted for ever");
    assert_eq!(scanner.scan_at(start + minutes(5), later).read, 0);
}

#[test]
fn a_file_with_an_old_time_and_the_same_size_is_seen_to_be_another() {
    let (_folder, jobs) = folder();
    let path = jobs.join("a.yaml");
    fs::write(&path, "a: 1").unwrap();
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let (mut scanner, start, later) = (scanner(&jobs), Instant::now(), SystemTime::now() + Duration::from_secs(3));
    scanner.scan_at(start, later);
    assert_eq!(scanner.scan_at(start, later).read, 0);
    // As `rsync --times --inplace` and `tar` do. Only the time of change tells.
    fs::write(&path, "a: 2").unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_eq!(scanner.scan_at(start, later).read, 1);
}

/// Every event of the real watcher, until a folder with the name `fence` is made: those before it are all there then.
fn events_of(jobs: &Path, act: impl FnOnce()) -> Vec<Event> {
    let (heard, hears) = std::sync::mpsc::channel();
    let way = Way::to(jobs);
    let (armed, error) = arm(&way, move |event: notify::Result<Event>| drop(heard.send(event.unwrap())));
    assert_eq!(error, None);
    act();
    fs::create_dir(jobs.join("fence")).unwrap();
    let mut events = Vec::new();
    loop {
        let event: Event = hears.recv_timeout(Duration::from_secs(60)).expect("the fence is heard of");
        if event.paths.iter().any(|path| path.ends_with("fence")) {
            drop(armed);
            return events;
        }
        events.push(event);
    }
}

fn worth(jobs: &Path, events: &[Event]) -> Vec<Worth> {
    let way = Way::to(jobs);
    let mut worth: Vec<Worth> = events.iter().map(|event| way.worth(event)).collect();
    worth.dedup();
    worth
}

#[test]
fn reading_the_specs_wakes_nothing() {
    let (_folder, jobs) = folder();
    fs::create_dir(jobs.join("team")).unwrap();
    for file in ["a.yaml", "team/b.yaml"] {
        fs::write(jobs.join(file), "a: 1").unwrap();
    }
    let mut scanner = scanner(&jobs);
    let events = events_of(&jobs, || {
        let now = Instant::now();
        assert_eq!((scanner.scan(now).read, scanner.scan(now + SETTLE).ignored), (2, 2));
    });
    assert!(!events.is_empty(), "the system tells of readings, so there is something to leave out");
    assert_eq!(worth(&jobs, &events), [Worth::Nothing]);
}

#[test]
fn writing_a_report_wakes_nothing() {
    let (_folder, jobs) = folder();
    let report = jobs.join("a.report");
    let events = events_of(&jobs, || {
        fs::create_dir(&report).unwrap();
        for _ in 0..2 {
            let new = report.join(".README.md.new");
            fs::write(&new, "done").unwrap();
            fs::rename(&new, report.join("README.md")).unwrap();
        }
        fs::remove_file(report.join("README.md")).unwrap();
        fs::remove_dir(&report).unwrap();
        fs::create_dir(&report).unwrap();
    });
    assert!(!events.is_empty());
    assert_eq!(worth(&jobs, &events), [Worth::Nothing]);
}

#[tokio::test]
async fn a_full_queue_is_a_hint_and_asks_for_new_watches() {
    let (_folder, jobs) = folder();
    let hints = Arc::new(Hints::default());
    hints.follow(Way::to(&jobs));
    let slow = Arc::new(Mutex::new(()));
    let (heard_by, slowed_by) = (Arc::clone(&hints), Arc::clone(&slow));
    let (_armed, error) = arm(&Way::to(&jobs), move |event: notify::Result<Event>| {
        let _wait = slowed_by.lock().unwrap();
        heard_by.hear(&event);
    });
    assert_eq!(error, None);
    let held = slow.lock().unwrap();
    for number in 0..20_000 {
        fs::File::create(jobs.join(format!("{number}.yaml"))).unwrap();
    }
    drop(held);
    let deadline = Instant::now() + Duration::from_secs(60);
    while hints.overflows() == 0 {
        assert!(Instant::now() < deadline, "the queue of the system was never full");
        tokio::time::timeout_at(deadline.into(), hints.woken()).await.expect("more is heard of");
    }
    assert!(hints.take_stale() && !hints.take_stale());
    let mut scanner = scanner(&jobs);
    scanner.scan(Instant::now());
    assert_eq!(scanner.scan(Instant::now() + SETTLE).ignored, 20_000, "what no event named is found");
}

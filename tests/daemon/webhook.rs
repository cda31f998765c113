//! Notices of the real daemon: signed, tried again, and never at the cost of a batch.

use std::fs;

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::daemon::Daemon;
use crate::edits::project;
use crate::project::Project;
use crate::receiver::{Answer, Receiver, Seen};

/// A receiver that works until the test ends.
struct Listening {
    receiver: Receiver,
    runtime: Runtime,
}

impl Listening {
    fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let runtime = Runtime::new().unwrap();
        let receiver = runtime.block_on(Receiver::answering(answers));
        Self { receiver, runtime }
    }

    /// The next notice.
    #[track_caller]
    fn next(&mut self) -> Seen {
        let next = async { tokio::time::timeout(crate::daemon::PATIENCE, self.receiver.seen.recv()).await };
        self.runtime.block_on(next).expect("a notice in time").unwrap()
    }
}

/// A project with one document that tells this receiver.
fn told(listening: &Listening, secret: &Value) -> Project {
    let project = project();
    let config = fs::read_to_string(project.path("batchferry.yaml")).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    config["notify"] = json!({"url": listening.receiver.url, "secret": secret});
    project.configure(&config);
    project.spec("batch", |_| ());
    project
}

/// Demands the notices of one whole batch, signed.
#[track_caller]
fn demand_start_and_end(listening: &mut Listening, key: &[u8]) {
    let (start, end) = (listening.next(), listening.next());
    for (seen, event, status) in [(&start, "BatchStarted", "Running"), (&end, "BatchEnded", "Ended")] {
        seen.demand_signature(key);
        let notice = seen.json();
        assert_eq!((seen.header("X-Batchferry-Event").as_str(), notice["event"].as_str()), (event, Some(event)));
        assert_eq!((&notice["batch"]["name"], &notice["batch"]["runStatus"]), (&json!("batch"), &json!(status)));
    }
    assert_ne!(start.header("X-Batchferry-Delivery"), end.header("X-Batchferry-Delivery"));
    let batch = &end.json()["batch"];
    assert_eq!((&batch["syncStatus"], &batch["documents"]["migrated"]), (&json!("Complete"), &json!(1)));
}

#[test]
fn start_and_end_are_signed_with_a_secret_of_the_environment() {
    let mut listening = Listening::answering([]);
    let project = told(&listening, &json!({"env": "HOOK_SECRET"}));
    let _daemon = Daemon::spawn_with(&project, &[("HOOK_SECRET", "of the environment")]);
    demand_start_and_end(&mut listening, b"of the environment");
}

#[test]
fn start_and_end_are_signed_with_a_secret_of_a_file() {
    let mut listening = Listening::answering([]);
    let project = told(&listening, &json!({"file": "hook.secret"}));
    // As editors leave it: with a line's end that is no part of it.
    fs::write(project.path("hook.secret"), "of a file\n").unwrap();
    let mut daemon = Daemon::spawn(&project);
    demand_start_and_end(&mut listening, b"of a file");
    project.await_ended("batch", "Complete");
    assert!(daemon.all().iter().all(|line| !line.contains("of a file")), "no secret in the log");
}

#[test]
fn a_secret_that_is_not_there_is_named_before_anything_begins() {
    let listening = Listening::answering([]);
    let project = told(&listening, &json!({"env": "HOOK_SECRET"}));
    let mut daemon = Daemon::spawn(&project);
    let line = daemon.logs("error");
    assert!(line.contains("HOOK_SECRET"), "{line}");
    assert_eq!(daemon.wait(), Some(3));
    assert!(project.objects("dst").is_empty());
}

#[test]
fn a_receiver_that_hangs_holds_up_neither_the_batch_nor_the_end_of_the_daemon() {
    let mut listening = Listening::answering([Answer::Hang, Answer::Hang, Answer::Hang]);
    let project = told(&listening, &json!({"env": "HOOK_SECRET"}));
    let daemon = Daemon::spawn_with(&project, &[("HOOK_SECRET", "key")]);
    // It hangs from the start on.
    assert_eq!(listening.next().header("X-Batchferry-Event"), "BatchStarted");
    project.await_ended("batch", "Complete");
    project.spec("second", |spec| spec["target"]["prefix"] = json!("second/"));
    project.await_ended("second", "Complete");
    assert_eq!(daemon.stop(), Some(0));
}

#[test]
fn a_receiver_that_fails_first_is_told_again() {
    let mut listening = Listening::answering([Answer::Status(500, None)]);
    let project = told(&listening, &json!({"env": "HOOK_SECRET"}));
    let _daemon = Daemon::spawn_with(&project, &[("HOOK_SECRET", "key")]);
    let (first, again) = (listening.next(), listening.next());
    for seen in [&first, &again] {
        seen.demand_signature(b"key");
        assert_eq!(seen.header("X-Batchferry-Event"), "BatchStarted");
    }
    assert_eq!(first.header("X-Batchferry-Delivery"), again.header("X-Batchferry-Delivery"));
    assert_eq!(first.body, again.body);
    assert_eq!(listening.next().header("X-Batchferry-Event"), "BatchEnded");
}

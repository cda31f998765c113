//! Who did it: the user at the other end of the socket, in the ledger and in what is shown. And a batch that is followed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use batchferry::ledger::{Ledger, LedgerOptions};
use batchferry::model::event::{AuditEvent, Change};
use batchferry::model::failure::Code;
use serde_json::{Value, json};

use crate::buckets::{buckets, plant, reads};
use crate::daemon::Daemon;
use crate::project::Project;
use crate::support::Fault;

/// The user that owns nothing.
const NOBODY: u32 = 65_534;

/// The user that this test runs as, by the system and not by the environment.
fn user() -> String {
    let done = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(done.stdout).unwrap().trim().to_owned()
}

/// Every event of a batch, while no daemon runs.
fn events(project: &Project, name: &str) -> Vec<AuditEvent> {
    let options = LedgerOptions { cache: 1 << 20, instance: None, fuse: None };
    let ledger = Ledger::open(&project.path(".batchferry"), &options).unwrap();
    let batch = ledger.reader().batch_by_name(&name.parse().unwrap()).unwrap().unwrap();
    let events = ledger.reader().events(batch.id, 0, 10_000).unwrap();
    ledger.close().unwrap();
    events
}

/// Who is behind the first event of a kind.
#[track_caller]
fn who(events: &[AuditEvent], kind: impl Fn(&Change) -> bool) -> String {
    let event = events.iter().find(|event| kind(&event.change));
    event.unwrap_or_else(|| panic!("no such event: {events:#?}")).operator.name.clone()
}

#[test]
fn the_peers_user_is_the_operator_of_what_a_command_did() {
    let (server, project) = buckets(|_| {});
    plant(&server, "", 200);
    server.on_request(
        |request| {
            if reads(request, "IMG-") { Fault::Delay(Duration::from_millis(100)) } else { Fault::None }
        },
    );
    project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 1}));
    let daemon = Daemon::start(&project);
    project.await_batch("batch", |show| show["documents"]["migrated"].as_u64() > Some(1));
    project.run(&["suspend", "batch"]).exit(0);
    let show = project.await_batch("batch", |show| show["runStatus"] == "Queued");
    let message = show["conditions"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&format!("suspended by {}", user())), "{message}");
    project.run(&["resume", "batch"]).exit(0);
    project.await_batch("batch", |show| show["runStatus"] == "Running");
    project.run(&["cancel", "batch"]).exit(0);
    project.await_batch("batch", |show| show["runStatus"] == "Ended");
    server.heal();
    project.run(&["resync", "batch"]).exit(0);
    let show = project.await_ended("batch", "Complete");
    let operators: Vec<&Value> = show["runs"].as_array().unwrap().iter().map(|run| &run["operator"]).collect();
    assert_eq!(operators, [&json!("batchferry"), &json!(user())]);
    assert_eq!(daemon.stop(), Some(0));
    let (user, events) = (user(), events(&project, "batch"));
    let by_command = |change: &Change| match change {
        Change::Suspended { code } | Change::Released { code } => *code == Code::SuspendedByCommand,
        Change::RunEnded { code, .. } => *code == Some(Code::Cancelled),
        Change::ResyncRequested { .. } => true,
        _ => false,
    };
    assert!(events.iter().filter(|event| by_command(&event.change)).all(|event| event.operator.name == user));
    for (what, kind) in [
        ("suspended", (|change| matches!(change, Change::Suspended { .. })) as fn(&Change) -> bool),
        ("released", |change| matches!(change, Change::Released { .. })),
        ("cancelled", |change| matches!(change, Change::RunEnded { code: Some(Code::Cancelled), .. })),
        ("resync", |change| matches!(change, Change::ResyncRequested { all: false })),
    ] {
        assert_eq!(who(&events, kind), user, "{what}");
    }
    assert_eq!(who(&events, |change| *change == Change::RunStarted), "batchferry", "the daemon's own");
}

#[test]
fn another_user_at_the_socket_is_named_and_not_the_daemons() {
    // Only root can become someone else; the group keeps the socket open to them.
    if user() != "root" {
        return;
    }
    let (server, project) = buckets(|_| {});
    plant(&server, "", 1);
    project.spec("batch", |_| ());
    for name in ["", "batchferry.yaml", ".batchferry"] {
        fs::set_permissions(project.path(name), fs::Permissions::from_mode(0o755)).ok();
    }
    let _daemon = Daemon::start(&project);
    project.await_ended("batch", "Complete");
    fs::set_permissions(project.path(".batchferry"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = project.command(&["suspend", "batch"]);
    match command.uid(NOBODY).gid(0).output() {
        Ok(done) => assert!(done.status.success(), "{done:?}"),
        // The program lies where others may not look.
        Err(error) => return assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
    }
    let message = project.show("batch")["conditions"][0]["message"].as_str().unwrap().to_owned();
    let name = Command::new("id").arg("-un").arg(NOBODY.to_string()).output().unwrap();
    let name = String::from_utf8(name.stdout).unwrap();
    assert!(!name.is_empty() && message.contains(&format!("suspended by {}", name.trim())), "{message}");
}

#[test]
fn a_running_batch_is_followed_to_its_end() {
    let (server, project) = buckets(|_| {});
    plant(&server, "", 3);
    server.plant("src", "ACME/voucher/2025/01/05/BROKEN/cover-1.png", b"");
    let open = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&open);
    server.on_request(move |request| {
        let waits = reads(request, "IMG-001") && !gate.load(Ordering::SeqCst);
        // An answer that may be asked for again at once, until the gate is open.
        if waits { Fault::Status(503, "SlowDown", None) } else { Fault::None }
    });
    project.spec("batch", |spec| spec["transfer"] = json!({"attempts": 100, "concurrency": 1}));
    let _daemon = Daemon::start(&project);
    project.await_batch("batch", |show| show["runStatus"] == "Running");
    let mut command = project.command(&["show", "batch", "--watch"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let status = |line: &String| line.trim_start().starts_with("Running,") || line.trim_start().starts_with("Ended,");
    assert!(said.find(status).unwrap().contains("Running"));
    assert!(child.try_wait().unwrap().is_none(), "it does not end before the batch");
    open.store(true, Ordering::SeqCst);
    let last = said.filter(status).last().unwrap();
    assert_eq!(last.trim(), "Ended, Partial");
    // It could be told; whether all went well is for `wait` to judge.
    assert_eq!(child.wait().unwrap().code(), Some(0));
    project.run(&["wait", "jobs/batch.yaml", "--timeout", "60s"]).exit(1);
}

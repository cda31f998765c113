//! Faults between the daemon and an S3 server that pass: the batch ends as if there had been none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use http::request::Parts;
use serde_json::json;

use crate::daemon::Daemon;
use crate::faulty::{Buckets, buckets, reads, writes};
use crate::support::Fault;

const DOCUMENTS: usize = 8;

/// What every object meets once when it is read or written, in turn.
const READING: [Fault; 5] = [
    Fault::Status(503, "SlowDown", Some(1)),
    Fault::Reset,
    Fault::TruncateBody,
    Fault::ResetAfterwards,
    Fault::Status(500, "InternalError", None),
];
const WRITING: [Fault; 5] = [
    Fault::Status(503, "SlowDown", Some(1)),
    Fault::Reset,
    Fault::ResetAfterwards,
    Fault::HangAfterwards,
    Fault::Status(429, "", Some(1)),
];

/// How often each fault was met.
type Met = Arc<Mutex<BTreeMap<String, u32>>>;

/// Every object meets a fault at its first reading and at its first writing.
fn once_each(met: Met) -> impl Fn(&Parts) -> Fault + Send + Sync {
    let seen = Mutex::new([BTreeSet::new(), BTreeSet::new()]);
    move |request| {
        let faults = match (reads(request, "src"), writes(request, "dst")) {
            (true, _) => (0, &READING),
            (_, true) => (1, &WRITING),
            _ => return Fault::None,
        };
        let mut seen = seen.lock().unwrap();
        let seen = &mut seen[faults.0];
        if !seen.insert(request.uri.path().to_owned()) {
            return Fault::None;
        }
        let fault = faults.1[seen.len() % faults.1.len()].clone();
        *met.lock().unwrap().entry(format!("{} {fault:?}", request.method)).or_default() += 1;
        fault
    }
}

#[test]
fn throttling_resets_silence_and_truncated_bodies_that_pass_leave_no_trace() {
    let Buckets { server, project } = buckets(DOCUMENTS, |_| {});
    let met = Met::default();
    server.on_request(once_each(met.clone()));
    let daemon = Daemon::start(&project);
    let show = project.await_proven("batch", &server, DOCUMENTS as u64);
    assert_eq!(show["files"]["migrated"], 2 * DOCUMENTS);
    assert_eq!(daemon.stop(), Some(0));
    let met = met.lock().unwrap();
    assert_eq!(met.len(), READING.len() + WRITING.len(), "each was met: {met:?}");
}

#[test]
fn a_server_that_falls_silent_or_breaks_every_connection_is_waited_for() {
    for (fault, code) in [
        (Fault::Hang, "Timeout"),
        (Fault::Reset, "StoreUnavailable"),
        (Fault::Status(503, "", Some(1)), "StoreUnavailable"),
    ] {
        let Buckets { server, project } = buckets(DOCUMENTS, |_| {});
        project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 2, "timeout": "1s", "attempts": 2}));
        let (down, written) = (fault.clone(), Mutex::new(BTreeSet::new()));
        server.on_request(move |request| {
            let mut written = written.lock().unwrap();
            if writes(request, "dst") {
                written.insert(request.uri.path().to_owned());
            }
            if written.len() > 5 { down.clone() } else { Fault::None }
        });
        let _daemon = Daemon::start(&project);
        let message = project.await_stalled("batch", code);
        let show = project.show("batch");
        assert_eq!(show["documents"]["failed"], 0, "{fault:?}: {message}");
        server.heal();
        let show = project.await_proven("batch", &server, DOCUMENTS as u64);
        assert_eq!(show["runs"].as_array().unwrap().len(), 1, "{fault:?}: the same run went on");
    }
}

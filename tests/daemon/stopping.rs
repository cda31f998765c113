//! A store that hangs does not keep a daemon that is asked to stop.

use serde_json::json;

use crate::buckets::{buckets, plant, reads};
use crate::daemon::{Daemon, assert_reconciles};
use crate::project::{Project, wait_until};
use crate::support::Fault;
use crate::support::s3::S3Server;

/// A batch of which one document has arrived and the others hang, at the source or at the target.
fn hanging(shutdown: &str, at_target: bool) -> (S3Server, Project, Daemon) {
    let (server, project) = buckets(|config| {
        config["shutdown"] = json!(shutdown);
        // Far longer than any test waits.
        for store in ["src", "dst"] {
            config["stores"][store]["requestTimeout"] = json!("10m");
        }
    });
    plant(&server, "", 6);
    server.on_request(move |request| {
        let is_first = request.uri.path().contains("IMG-000");
        let is_put = request.method == http::Method::PUT && !is_first;
        let hangs = if at_target { is_put } else { reads(request, "IMG-") && !is_first };
        if hangs { Fault::Hang } else { Fault::None }
    });
    project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 2, "timeout": "10m"}));
    let daemon = Daemon::start(&project);
    project.await_batch("batch", |show| show["documents"]["migrated"] == 1);
    let hangs = if at_target { "PUT /dst/" } else { "GET /src/" };
    wait_until("a request hangs", || server.log().iter().filter(|line| line.starts_with(hangs)).count() > 2);
    (server, project, daemon)
}

/// What was in flight is pending, and what had arrived is recorded.
#[track_caller]
fn is_level(project: &Project) {
    let show = project.show("batch");
    assert_eq!(show["runStatus"], "Queued");
    assert_eq!((&show["documents"]["migrated"], &show["documents"]["pending"]), (&json!(1), &json!(5)));
}

/// Nothing is lost: the next daemon moves the rest, and knows what had arrived for its own.
#[track_caller]
fn goes_on(server: &S3Server, project: &Project) {
    assert_reconciles(&project.show("batch"));
    server.heal();
    let _daemon = Daemon::start(project);
    let show = project.await_ended("batch", "Complete");
    assert_eq!((&show["documents"]["migrated"], show["runs"].as_array().unwrap().len()), (&json!(6), 1));
}

#[test]
fn a_daemon_whose_source_hangs_ends_well_within_its_time_and_the_next_one_goes_on() {
    let (server, project, daemon) = hanging("4s", false);
    assert_eq!(daemon.stop(), Some(0));
    is_level(&project);
    goes_on(&server, &project);
}

#[test]
fn a_daemon_whose_target_hangs_ends_well_within_its_time_and_the_next_one_goes_on() {
    let (server, project, daemon) = hanging("4s", true);
    assert_eq!(daemon.stop(), Some(0));
    is_level(&project);
    goes_on(&server, &project);
}

#[test]
fn a_second_request_to_stop_ends_it_at_once() {
    for second in ["TERM", "INT"] {
        let (server, project, mut daemon) = hanging("10m", false);
        daemon.signal("TERM");
        daemon.logs("once more to stop at once");
        daemon.signal(second);
        assert_eq!(daemon.wait(), Some(130));
        // The ledger may lack the last half second, as after a kill.
        goes_on(&server, &project);
    }
}

//! A small batch beside a huge one has its part of the lanes.

use std::time::Duration;

use serde_json::json;

use crate::buckets::{buckets, plant, reads};
use crate::daemon::Daemon;
use crate::support::Fault;
use crate::support::s3::S3Server;

/// Reads of a batch's objects, by their place in the order in which the server saw them.
fn places(server: &S3Server, prefix: &str) -> Vec<usize> {
    let begins = format!("GET /src/{prefix}");
    let log = server.log();
    let is_read = |line: &&String| line.starts_with("GET /src/") && line.contains(".png");
    let reads = log.iter().filter(is_read).enumerate();
    reads.filter(|(_, line)| line.starts_with(&begins)).map(|(place, _)| place).collect()
}

#[test]
fn a_batch_of_three_documents_beside_a_huge_one_waits_for_little_of_it() {
    let (server, project) = buckets(|config| config["limits"] = json!({"concurrency": 4, "batches": 2}));
    plant(&server, "huge/", 1000);
    plant(&server, "small/", 3);
    server.on_request(
        |request| {
            if reads(request, "IMG-") { Fault::Delay(Duration::from_millis(100)) } else { Fault::None }
        },
    );
    let commit = |name: &str| {
        project.spec(name, |spec| {
            spec["source"]["prefix"] = json!(format!("{name}/"));
            spec["target"]["prefix"] = json!(format!("{name}/"));
        });
    };
    commit("huge");
    let _daemon = Daemon::start(&project);
    project.await_batch("huge", |show| show["documents"]["migrated"].as_u64() > Some(8));
    commit("small");
    project.await_ended("small", "Complete");
    let show = project.show("huge");
    assert_eq!(show["runStatus"], "Running");
    assert!(show["documents"]["pending"].as_u64() > Some(0), "{show}");
    let small = places(&server, "small/");
    assert_eq!(small.len(), 3);
    let between = small[2] - small[0];
    assert!(between <= 12, "{between} of the huge batch's documents came between the small one's three");
}

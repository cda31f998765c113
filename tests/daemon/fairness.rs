//! A small batch beside a huge one has its part of the lanes.

use std::time::Duration;

use serde_json::json;

use crate::buckets::{buckets, plant, reads};
use crate::daemon::Daemon;
use crate::support::Fault;
use crate::support::s3::S3Server;

/// How many documents of the huge batch were read between the first request of the small one and its last.
fn between(server: &S3Server) -> usize {
    let log = server.log();
    let is_small = |line: &String| line.contains("small");
    let (first, last) = (log.iter().position(is_small).unwrap(), log.iter().rposition(is_small).unwrap());
    assert!(log[last].starts_with("PUT /dst/small/"), "{}", log[last]);
    log[first..last].iter().filter(|line| line.starts_with("GET /src/huge/")).count()
}

#[test]
fn a_batch_of_three_documents_beside_a_huge_one_waits_for_little_of_it() {
    let (server, project) = buckets(|config| config["limits"] = json!({"concurrency": 4, "batches": 2}));
    plant(&server, "huge/", 2000);
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
            spec["transfer"] = json!({"concurrency": 400});
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
    let between = between(&server);
    assert!(between <= 100, "{between} of the huge batch's documents came between the requests of the small one");
}

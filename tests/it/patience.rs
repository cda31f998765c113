//! Stores that ask for patience get it, and a request to stop is heard at every stage.

use std::process::Stdio;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::json;

use crate::project::{distinct, signal, wait_until};
use crate::s3::{Buckets, buckets, is_get_of, objects};
use crate::support::Fault;
use crate::support::s3::{ACCESS_KEY, SECRET_KEY};

#[test]
fn a_store_that_names_a_pause_is_not_asked_before() {
    let Buckets { server, project } = buckets(1, |_| {});
    let asked = Arc::new(Mutex::new(Vec::new()));
    let times = asked.clone();
    server.on_request(move |request| {
        if !is_get_of(request, "cover-1.png") {
            return Fault::None;
        }
        let mut times = times.lock().unwrap();
        times.push(Instant::now());
        if times.len() == 1 { Fault::Status(503, "SlowDown", Some(1)) } else { Fault::None }
    });
    project.run(&["run"]).exit(0);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert!(asked[1] - asked[0] >= Duration::from_secs(1), "{:?}", asked[1] - asked[0]);
}

#[test]
fn a_store_that_comes_back_in_time_is_waited_for_and_the_same_run_goes_on() {
    let Buckets { server, project } = buckets(5, |_| {});
    project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "60s"}));
    let probes = AtomicU64::new(0);
    server.on_request(move |request| {
        let (path, query) = (request.uri.path(), request.uri.query().unwrap_or_default());
        if !path.starts_with("/new-archive") {
            return Fault::None;
        }
        // It is back from the second probe on.
        let probes = probes.fetch_add(u64::from(query.contains("list-type=2")), Ordering::SeqCst);
        let is_back = probes + u64::from(query.contains("list-type=2")) >= 2;
        if is_back { Fault::None } else { Fault::Status(403, "ExpiredToken", None) }
    });
    project.run(&["run"]).exit(0).says("Complete");
    assert_eq!(objects(&server, "new-archive"), objects(&server, "old-archive"));
    let show = project.show("batch");
    assert_eq!((show["runs"].as_array().unwrap().len(), &show["conditions"]), (1, &json!([])));
}

#[test]
fn credentials_that_are_replaced_in_their_file_end_a_stall_by_themselves() {
    let Buckets { server, project } = buckets(2, |config| {
        config["stores"]["dst"]["credentials"] = json!({"file": "credentials.json"});
    });
    let write = |secret: &str| {
        let credentials = json!({"accessKeyId": ACCESS_KEY, "secretAccessKey": secret});
        std::fs::write(project.path("new.json"), credentials.to_string()).unwrap();
        std::fs::rename(project.path("new.json"), project.path("credentials.json")).unwrap();
    };
    write("the one of yesterday");
    project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "60s"}));
    let mut child = project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the target refuses it", || server.requests("PUT") > 0);
    write(SECRET_KEY);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(objects(&server, "new-archive"), objects(&server, "old-archive"));
}

#[test]
fn a_store_that_asks_to_slow_down_gets_fewer_requests_at_once() {
    let Buckets { server, project } = buckets(60, |_| {});
    project.spec("batch", |spec| spec["transfer"] = json!({"concurrency": 16, "attempts": 20}));
    let (reading, count) = (server.reading(), AtomicU64::new(0));
    let peaks: Arc<[AtomicUsize; 2]> = Arc::default();
    let seen = peaks.clone();
    server.on_request(move |request| {
        if !is_get_of(request, ".png") {
            return Fault::None;
        }
        let phase = match count.fetch_add(1, Ordering::SeqCst) {
            0..40 => 0,
            40..56 => return Fault::Status(503, "SlowDown", None),
            // Those that were under way are gone by then, and it rises again only slowly.
            72..92 => 1,
            _ => return Fault::Delay(Duration::from_millis(100)),
        };
        seen[phase].fetch_max(reading.load(Ordering::SeqCst), Ordering::SeqCst);
        Fault::Delay(Duration::from_millis(100))
    });
    project.run(&["run"]).exit(0);
    let [before, after] = [0, 1].map(|phase| peaks[phase].load(Ordering::SeqCst));
    assert!(before > 12, "{before} at once were allowed and should have been used");
    assert!(after <= 11, "{after} at once after {before} were too many");
}

/// A source with so many organizations, each of which is asked for its types.
fn organizations(count: u32) -> Buckets {
    let scene = buckets(0, |_| {});
    for n in 0..count {
        let key = format!("ORG-{n}/voucher/2025/01/05/IMG-{n}/cover-1.png");
        scene.server.plant("old-archive", &key, &distinct(&key));
    }
    scene
}

#[test]
fn folders_are_discovered_side_by_side_and_a_request_to_stop_is_heard_meanwhile() {
    let Buckets { server, project } = organizations(200);
    server.on_request(|_| Fault::Delay(Duration::from_millis(300)));
    let reading = server.reading();
    let mut child = project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("several folders are asked for at once", || reading.load(Ordering::SeqCst) >= 8);
    signal("-INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(server.requests("LIST") < 201, "{} requests", server.requests("LIST"));
    server.heal();
    project.run(&["run"]).exit(0);
    assert_eq!(project.show("batch")["documents"]["migrated"], 200);
}

#[test]
fn a_listing_that_was_interrupted_goes_on_at_the_page_where_it_stopped() {
    let Buckets { server, project } = buckets(0, |_| {});
    for n in 0..1200 {
        let key = format!("ACME/voucher/2025/01/05/IMG-{n}");
        server.plant("old-archive", &format!("{key}/cover-1.png"), b"");
        server.plant("old-archive", &format!("{key}/invoice-1.png"), b"");
    }
    let only_one_listing = |spec: &mut serde_json::Value| {
        spec["filters"] = json!({"organizations": ["ACME"], "documentTypes": ["voucher"]});
        spec["transfer"] = json!({"timeout": "2s"});
    };
    project.spec("batch", only_one_listing);
    let pages = AtomicU64::new(0);
    server.on_request(move |request| {
        let is_page = request.method == Method::GET && request.uri.query().unwrap_or_default().contains("list-type=2");
        if is_page && pages.fetch_add(1, Ordering::SeqCst) >= 3 { Fault::Hang } else { Fault::None }
    });
    let mut child = project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    // After the first it is asked for folders, of which there is but one.
    wait_until("the third page is asked for", || server.requests("LIST") >= 4);
    signal("-INT", child.id());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let before = server.requests("LIST");
    server.heal();
    project.run(&["run"]).exit(1);
    assert_eq!(server.requests("LIST") - before, 1, "the first two pages are not asked for again");
    let show = project.show("batch");
    assert_eq!((&show["listed"]["objects"], &show["documents"]["failed"]), (&json!(2400), &json!(1200)));
}

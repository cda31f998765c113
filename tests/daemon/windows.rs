//! A window that closes while documents move: in a zone whose clock jumps out of it and back again every second.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::buckets::{buckets, plant, reads};
use crate::daemon::{Daemon, assert_reconciles, has};
use crate::support::Fault;

/// A zone file (RFC 9636) of two times of day that follow each other at these instants, an odd number of them.
fn zone_file(changes: &[i64], offsets: [i32; 2]) -> Vec<u8> {
    let block = |times: &[i64], is_wide: bool| {
        let mut block = b"TZif2".to_vec();
        block.extend([0; 15]);
        // Counts: of clock kinds, leap seconds, changes, times of day, letters of their names.
        for count in [0, 0, 0, u32::try_from(times.len()).unwrap(), 2, 4] {
            block.extend(count.to_be_bytes());
        }
        for time in times.iter().filter(|_| is_wide) {
            block.extend(time.to_be_bytes());
        }
        block.extend([0, 1].iter().cycle().take(times.len()));
        for offset in offsets {
            block.extend(offset.to_be_bytes());
            block.extend([0, 0]);
        }
        block.extend(b"TST\0");
        block
    };
    // The rule for ever after; what is east of Greenwich is negative there.
    let (sign, after) = (if offsets[0] > 0 { "-" } else { "" }, offsets[0].abs());
    let rule = format!("\nTST{sign}{}:{:02}:{:02}\n", after / 3600, after / 60 % 60, after % 60);
    [block(&[], false), block(changes, true), rule.into_bytes()].concat()
}

#[test]
fn a_run_pauses_whenever_its_window_closes_and_goes_on_when_it_opens_again() {
    let (server, project) = buckets(|_| {});
    plant(&server, "", 12);
    server.on_request(
        |request| {
            if reads(request, "IMG-") { Fault::Delay(Duration::from_millis(300)) } else { Fault::None }
        },
    );
    let now = jiff::Timestamp::now().as_second();
    // Now it is noon there, or midnight; in the end noon for ever.
    let noon = i32::try_from(12 * 3600 - now.rem_euclid(24 * 3600)).unwrap();
    let midnight = if noon > 0 { noon - 12 * 3600 } else { noon + 12 * 3600 };
    let changes: Vec<i64> = (0..91).map(|second| now + second).collect();
    fs::create_dir_all(project.path("zones/Test")).unwrap();
    fs::write(project.path("zones/Test/Jumpy"), zone_file(&changes, [noon, midnight])).unwrap();
    project.spec("batch", |spec| {
        spec["collected"]["timeZone"] = json!("Test/Jumpy");
        spec["transfer"] = json!({"concurrency": 1, "windows": ["08:00-16:00"]});
    });
    let zones = project.path("zones");
    let mut daemon = Daemon::spawn_with(&project, &[("TZDIR", zones.to_str().unwrap())]);
    daemon.logs("run begins");
    let paused = daemon.logs("run stops");
    assert!(paused.contains("Queued"), "it paused and did not end: {paused}");
    daemon.logs("run begins");
    let show = project.await_ended("batch", "Complete");
    assert_reconciles(&show);
    assert_eq!((show["runs"].as_array().unwrap().len(), &show["documents"]["migrated"]), (1, &json!(12)));
    assert!(!has(&show, "OutsideWindow"));
    assert_eq!(server.requests("PUT"), 12, "what was in flight was finished, and nothing was copied twice");
}

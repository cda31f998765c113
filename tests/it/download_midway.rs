//! Downloads that something happens to on the way: a target that changes, a kill.

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::request::Parts;
use serde_json::{Value, json};

use crate::bag;
use crate::project::{distinct, objects_below, signal, wait_until};
use crate::s3::{Buckets, buckets, is_get_of};
use crate::support::Fault;

/// Migrated documents, whose files are downloaded one after the other.
fn migrated(documents: u32, change: impl FnOnce(&Buckets)) -> Buckets {
    let scene = buckets(documents, |_| {});
    change(&scene);
    scene.project.spec("batch", |spec| spec["transfer"] = json!({"storeWait": "0s", "concurrency": 1}));
    scene.project.run(&["run"]).exit(0);
    scene
}

fn gets_of_the_target(scene: &Buckets) -> Vec<String> {
    scene.server.log().into_iter().filter(|line| line.starts_with("GET /new-archive/ACME")).collect()
}

fn target_row(scene: &Buckets, key: &str) -> Value {
    let rows = scene.project.run(&["files", "batch", "IMG-1", "-o", "json"]).exit(0).json();
    rows.as_array().unwrap().iter().find(|row| row["targetKey"] == key).unwrap().clone()
}

#[test]
fn a_target_file_that_changes_while_it_is_downloaded_is_named_with_both_digests_and_the_bag_is_not_whole() {
    const KEY: &str = "ACME/voucher/2025/01/05/IMG-1/large-1.png";
    // Longer than what is read at once, so that it can change between two reads.
    let long = |seed: &str| [distinct(seed), seed.as_bytes().repeat(600 << 10)].concat();
    let scene = migrated(2, |scene| scene.server.plant("old-archive", KEY, &long("first")));
    let at_target = scene.server.folder("new-archive").join(KEY);
    let (changed, reads) = (long("other"), AtomicUsize::new(0));
    let actual = batchferry::model::ids::Digest::of(&changed).to_string();
    scene.server.on_request(move |request: &Parts| {
        if !request.uri.path().contains("new-archive/ACME/voucher/2025/01/05/IMG-1/large") {
            return Fault::None;
        }
        // When the second piece is asked for, the first one was that of another object.
        match reads.fetch_add(1, Ordering::SeqCst) {
            0 => return Fault::None,
            1 => fs::write(&at_target, &changed).unwrap(),
            _ => {}
        }
        Fault::Header("etag", b"\"of-the-other\"".to_vec())
    });
    let done = scene.project.run(&["download", "batch", "--to", "bag"]).exit(1);
    let expected = target_row(&scene, KEY)["sha256"].as_str().unwrap().to_owned();
    for told in ["not in the bag: ", KEY, "IMG-1", &expected, &actual] {
        assert!(done.stderr.contains(told), "{told}: {done:?}");
    }
    assert!(bag::read(&scene.project.path("bag")).is_err());
    for whole in ["bagit.txt", "manifest-sha256.txt", "data/ACME/IMG-1/large-1.png"] {
        assert!(!scene.project.path("bag").join(whole).exists(), "{whole}");
    }
    let note = fs::read_to_string(scene.project.path("bag/INCOMPLETE.txt")).unwrap();
    assert!(note.contains(&expected) && note.contains(&actual), "{note}");
    // As it was left again, the same command goes on and the bag is whole.
    scene.server.heal();
    scene.server.plant("new-archive", KEY, &long("first"));
    scene.project.run(&["download", "batch", "--to", "bag"]).exit(0).says("4 of them kept from before");
    assert_eq!(bag::read(&scene.project.path("bag")).unwrap().payload.len(), 5);
}

#[test]
fn a_download_that_is_killed_goes_on_with_what_it_had_and_asks_for_nothing_twice() {
    let scene = migrated(4, |_| {});
    scene.server.on_request(|request| if is_get_of(request, "IMG-2/invoice") { Fault::Hang } else { Fault::None });
    let mut command = scene.project.command(&["download", "batch", "--to", "bag"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let data = scene.project.path("bag/data");
    // Both of IMG-0 and of IMG-1, and the cover of IMG-2.
    wait_until("five files are in the bag", || data.is_dir() && objects_below(&data).len() == 5);
    signal("-KILL", child.id());
    child.wait().unwrap();
    assert!(bag::read(&scene.project.path("bag")).is_err(), "it does not look whole");
    scene.server.heal();
    let before = gets_of_the_target(&scene).len();
    scene.project.run(&["download", "batch", "--to", "bag"]).exit(0).says("5 of them kept from before");
    let asked = gets_of_the_target(&scene).split_off(before);
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked.iter().all(|line| line.contains("IMG-2/invoice") || line.contains("IMG-3/")), "{asked:?}");
    assert_eq!(bag::read(&scene.project.path("bag")).unwrap().payload.len(), 8);
    assert!(!scene.project.path("bag/.incoming").exists());
}

#[test]
fn on_a_terminal_a_bar_tells_how_far_a_download_is_and_elsewhere_nothing_is_drawn() {
    let scene = migrated(3, |_| {});
    scene.project.run(&["download", "batch", "--to", "quiet"]).exit(0);
    let quiet = scene.project.run(&["verify", "batch"]).exit(0);
    assert_eq!(quiet.stderr, "", "a line comes only where it takes long");
    scene.server.on_request(|request| if is_get_of(request, "IMG-1/invoice") { Fault::Hang } else { Fault::None });
    let plain = scene.project.command(&["download", "batch", "--to", "bag"]);
    let words: Vec<_> = std::iter::once(plain.get_program()).chain(plain.get_args()).collect();
    let line = words.join(" ".as_ref());
    // Of util-linux: gives a program a terminal, and its output to us.
    let mut script = std::process::Command::new("script");
    script.args(["-q", "-f", "-e", "-c"]).arg(line).arg("typescript").current_dir(plain.get_current_dir().unwrap());
    script.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut child = script.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let drawn = || fs::read(scene.project.path("typescript")).unwrap_or_default();
    wait_until("the bar tells of three files", || {
        let drawn = drawn();
        let drawn = String::from_utf8_lossy(&drawn);
        drawn.contains("downloaded 3 files, ") && drawn.contains('%')
    });
    signal("-KILL", child.id());
    child.wait().unwrap();
}

//! What other processes and kills leave in the state directory.

use std::fs;
use std::path::Path;
use std::time::Duration;

use batchferry::ledger::{Ledger, LedgerError};
use batchferry::model::ids::ImageNumber;

use crate::support::*;

/// A closed ledger with one batch and one document.
async fn filled(state: &Path) {
    let ledger = open(state);
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 2)])).await;
    ledger.close().unwrap();
}

fn assert_filled(state: &Path) {
    let ledger = open(state);
    assert!(ledger.reader().document(1, &ImageNumber::new("1")).unwrap().is_some());
    assert_sound(&ledger, 1);
}

fn snapshots(state: &Path) -> Vec<String> {
    let names = fs::read_dir(state.join("ledger")).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with("snap.")).collect()
}

#[tokio::test]
async fn a_snapshot_that_a_kill_left_half_written_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    // The highest name is the one that sled reads first.
    let half = dir.path().join("ledger/snap.7FFFFFFFFFFFFFFF.generating");
    fs::write(&half, [7; 100]).unwrap();
    assert_filled(dir.path());
    assert!(!half.exists());
}

#[tokio::test]
async fn broken_snapshots_are_set_aside() {
    for content in [&[0xff; 100][..], &[], b"short"] {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path()).await;
        for name in snapshots(dir.path()) {
            fs::write(dir.path().join("ledger").join(name), content).unwrap();
        }
        fs::write(dir.path().join("ledger/snap.7FFFFFFFFFFFFFFF"), content).unwrap();
        assert_filled(dir.path());
    }
}

#[tokio::test]
async fn a_second_opener_is_told_who_is_in_the_way() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let Err(error) = Ledger::open(dir.path(), &options()) else { panic!("opened twice") };
    assert!(matches!(error, LedgerError::Held { .. }), "{error}");
    assert!(error.to_string().contains("ledger.lock is locked"), "{error}");
    drop(ledger);
    open(dir.path());
}

#[tokio::test]
async fn a_second_opener_waits_for_one_that_is_about_to_leave() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let reader = ledger.reader();
    let leaving = std::thread::spawn(move || {
        drop(ledger);
        // Not an event to wait for but the very thing under test: someone who is slow to let go.
        std::thread::sleep(Duration::from_millis(100));
        drop(reader);
    });
    open(dir.path());
    leaving.join().unwrap();
}

#[tokio::test]
async fn reopening_at_once_never_fails() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    for _ in 0..20 {
        assert_filled(dir.path());
    }
}

#[tokio::test]
async fn a_ledger_whose_making_was_cut_off_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let unfinished = dir.path().join("ledger.new");
    fs::create_dir_all(&unfinished).unwrap();
    // sled's settings without their checksum: sled itself would call this corruption.
    fs::write(unfinished.join("conf"), "segment_size: 524288\nuse_compression: false\nversion: 0.34\n").unwrap();
    filled(dir.path()).await;
    assert_filled(dir.path());
    assert!(!unfinished.exists());
}

#[tokio::test]
async fn a_replacement_that_was_cut_off_anywhere_loses_nothing() {
    // What is there after a kill between any two steps: writing the new one, moving the old one away, moving the
    // new one in, removing the old one.
    for (live, fresh, old) in [
        (Some("whole"), Some("half"), None),
        (Some("whole"), Some("whole"), None),
        (None, Some("whole"), Some("whole")),
        (Some("whole"), None, Some("whole")),
        (None, None, Some("whole")),
    ] {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path()).await;
        let source = dir.path().join("source");
        fs::rename(dir.path().join("ledger"), &source).unwrap();
        for (name, content) in [("ledger", live), ("ledger.new", fresh), ("ledger.old", old)] {
            match content {
                Some("whole") => copy(&source, &dir.path().join(name)),
                Some(_) => fs::create_dir(dir.path().join(name)).unwrap(),
                None => {}
            }
        }
        assert_filled(dir.path());
        assert!(!dir.path().join("ledger.new").exists() && !dir.path().join("ledger.old").exists());
    }
}

#[tokio::test]
async fn a_directory_of_somebody_elses_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("ledger")).unwrap();
    let Err(error) = Ledger::open(dir.path(), &options()) else { panic!("opened an empty directory") };
    assert!(error.to_string().contains("no format version"), "{error}");
}

#[test]
fn a_state_directory_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let Err(error) = Ledger::open(&file.join("state"), &options()) else { panic!("opened below a file") };
    assert!(error.to_string().contains("file/state"), "{error}");
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

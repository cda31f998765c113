//! A disk that takes no more. The child is this test binary under a limit on file sizes: like a full disk, it makes
//! writes fail, and it needs no rights to set up.

use std::path::Path;
use std::process::Command;

use batchferry::ledger::{Durability, Ledger, LedgerError};
use batchferry::model::status::ItemStatus;

use crate::support::*;

/// Where the child finds the state directory.
const STATE: &str = "LEDGER_TEST_LIMITED_STATE";
/// Blocks of 512 bytes that the child's files may have: 2 MiB.
const BLOCKS: u32 = 4096;

#[tokio::test]
#[ignore = "run by the test of this file, as a child"]
async fn child_that_writes_until_the_disk_is_full() {
    let Some(state) = std::env::var_os(STATE) else { return };
    let ledger = open(Path::new(&state));
    accept(&ledger, "a").await;
    let error = fill(&ledger).await;
    let again = ledger.writer().commit(start(1, "later", 1), Durability::Later).await.unwrap_err();
    assert_eq!(again.to_string(), error.to_string(), "nothing is taken after a failed write");
    println!("failed {}", matches!(error, LedgerError::Write { .. }));
    println!("failed {error}");
    let error = ledger.close().unwrap_err();
    assert!(matches!(error, LedgerError::Write { .. }), "{error}");
}

async fn fill(ledger: &Ledger) -> LedgerError {
    for n in 0.. {
        let number = format!("{n:06}");
        for change in [group(1, vec![grouped(&number, 50)]), finish(1, migrated(&number, 50, 1))] {
            if let Err(error) = ledger.writer().commit(change, Durability::Flushed).await {
                return error;
            }
        }
        println!("done {number}");
    }
    unreachable!("the limit stops it")
}

#[tokio::test]
async fn a_full_disk_is_named_and_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    // Ignored, the signal of the limit becomes an error of the write.
    let script = format!("trap '' XFSZ; ulimit -f {BLOCKS}; exec \"$0\" \"$@\"");
    let output = Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full_disk::child_that_writes_until_the_disk_is_full", "--ignored", "--nocapture"])
        .env(STATE, dir.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let lines = |word: &str| -> Vec<&str> { text.lines().filter_map(|line| Some(line.split_once(word)?.1)).collect() };
    let (done, failed) = (lines("done "), lines("failed "));
    assert_eq!(failed[0], "true", "{text}");
    assert!(failed[1].contains(dir.path().join("ledger").to_str().unwrap()), "{text}");
    assert!(!done.is_empty());

    let ledger = open(dir.path());
    for number in done {
        let document = ledger.reader().document(1, &image(number)).unwrap().unwrap();
        assert_eq!(document.state.status(), ItemStatus::Migrated, "{number}");
    }
    assert_sound(&ledger, 1);
    commit(&ledger, group(1, vec![grouped("there is room again", 1)])).await;
    assert_sound(&ledger, 1);
}

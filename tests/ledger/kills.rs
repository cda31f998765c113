//! What survives `kill -9`. The child is this test binary, asked to run one test that is otherwise ignored.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use batchferry::ledger::{Durability, Ledger, LedgerError};
use batchferry::model::status::ItemStatus;

use crate::support::*;

/// Where the child finds the state directory.
const STATE: &str = "LEDGER_TEST_STATE";

fn spawn(state: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::child_that_writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(STATE, state)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[tokio::test]
#[ignore = "run by the tests of this file, as a child"]
async fn child_that_writes_until_it_is_killed() {
    let Some(state) = std::env::var_os(STATE) else { return };
    let ledger = open(Path::new(&state));
    let writer = ledger.writer();
    if ledger.reader().batch(1).unwrap().is_none() {
        accept(&ledger, "a").await;
    }
    let first = ledger.reader().counts(1).unwrap().documents.in_scope();
    for n in first.. {
        let number = format!("{n:06}");
        writer.commit(group(1, vec![grouped(&number, 2)]), Durability::Later).await.unwrap();
        writer.commit(start(1, &number, 1), Durability::Flushed).await.unwrap();
        writer.commit(finish(1, migrated(&number, 2, 1)), Durability::Flushed).await.unwrap();
        println!("done {number}");
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn whatever_was_acknowledged_as_flushed_survives_kills() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..8 {
        let mut child = spawn(dir.path());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The harness prints the test's name before the first line, without an end of line.
        let done = lines.map(Result::unwrap).filter_map(|line| line.split_once("done ").map(|(_, n)| n.to_owned()));
        let wanted = 3 + round * 5;
        for (seen, number) in done.enumerate() {
            acknowledged.push(number);
            if seen + 1 == wanted {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();

        let ledger = open(dir.path());
        assert!(acknowledged.len() >= wanted, "the child wrote until it was killed");
        for number in &acknowledged {
            let document = ledger.reader().document(1, &image(number)).unwrap().unwrap();
            assert_eq!(document.state.status(), ItemStatus::Migrated, "{number} after round {round}");
        }
        assert_sound(&ledger, 1);
    }
}

#[test]
fn another_process_keeps_the_state_until_it_dies() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = spawn(dir.path());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("done ")), "the child never wrote");
    // Goes on reading: a child whose output nobody takes would stop.
    let reading = std::thread::spawn(move || lines.count());
    let refused = Ledger::open(dir.path(), &options()).err();
    assert!(matches!(refused, Some(LedgerError::Held { .. })));
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap();
    assert_sound(&open(dir.path()), 1);
}

//! A ledger whose log or records somebody has changed.

use std::path::Path;

use batchferry::engine::audit;
use batchferry::model::audit::{Anchor, AuditVerdict};
use batchferry::model::failure::Code;

use crate::support::*;

/// A batch with a migrated and a failed document; gives the head of its log.
async fn written(state: &Path) -> Anchor {
    let ledger = open(state);
    let batch = accept(&ledger, "acme").await.id;
    commit(&ledger, group(batch, vec![grouped("发票-1", 2), grouped("2", 1), grouped("3", 1)])).await;
    commit(&ledger, finish(batch, migrated("发票-1", 2, 1))).await;
    for attempt in 1..=5 {
        commit(&ledger, finish(batch, failed("2", 1, Code::MissingRole, attempt))).await;
    }
    assert_sound(&ledger, batch);
    let (event, digest) = ledger.reader().head(batch).unwrap();
    ledger.close().unwrap();
    Anchor { event, digest }
}

fn checked(state: &Path, against: Option<&Anchor>) -> AuditVerdict {
    let ledger = open(state);
    let reader = ledger.reader();
    let batch = reader.batch(1).unwrap().unwrap();
    let verdict = audit::check(&reader, &batch, against).unwrap();
    // However many documents are looked at at once.
    for span in [1, 2] {
        assert_eq!(audit::check_by(&reader, &batch, against, span).unwrap(), verdict);
    }
    verdict
}

/// Changes the database as someone with access to its files could.
fn tamper(state: &Path, edit: impl FnOnce(&sled::Db)) {
    let db = crate::files(state.join("ledger"));
    edit(&db);
    db.flush().unwrap();
}

/// Every key of a table, with its value.
fn rows(state: &Path, table: &[u8]) -> Vec<(sled::IVec, sled::IVec)> {
    crate::files(state.join("ledger")).scan_prefix(table).map(Result::unwrap).collect()
}

#[track_caller]
fn first(verdict: &AuditVerdict) -> (Option<u64>, String) {
    let fault = verdict.faults.first().unwrap_or_else(|| panic!("nothing was found: {verdict:#?}"));
    assert!(!verdict.sound);
    (fault.event, fault.message.clone())
}

#[tokio::test]
async fn one_changed_byte_of_an_event_is_found_and_the_event_named() {
    let dir = tempfile::tempdir().unwrap();
    let anchor = written(dir.path()).await;
    let events = rows(dir.path(), b"A");
    assert_eq!(events.len() as u64, anchor.event);
    for (sequence, (key, value)) in (1..).zip(&events) {
        // Another place in each of them, so that every part of an event has its turn.
        for at in (0..value.len()).skip(usize::try_from(sequence).unwrap()).step_by(value.len() / 4) {
            let mut changed = value.to_vec();
            changed[at] ^= 1;
            tamper(dir.path(), |db| drop(db.insert(key, changed).unwrap()));
            let (event, message) = first(&checked(dir.path(), None));
            assert_eq!(event, Some(sequence), "byte {at}: {message}");
        }
        tamper(dir.path(), |db| drop(db.insert(key, value).unwrap()));
    }
    assert!(checked(dir.path(), Some(&anchor)).sound);
}

#[tokio::test]
async fn a_removed_event_two_swapped_ones_and_a_changed_head_are_found() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path()).await;
    let events = rows(dir.path(), b"A");
    let (key, value) = &events[3];
    tamper(dir.path(), |db| drop(db.remove(key).unwrap()));
    assert_eq!(first(&checked(dir.path(), None)), (Some(4), "event 4 is missing".to_owned()));
    tamper(dir.path(), |db| {
        db.insert(key, &events[4].1).unwrap();
        db.insert(&events[4].0, value).unwrap();
    });
    let (event, message) = first(&checked(dir.path(), None));
    assert_eq!(event, Some(4));
    assert!(message.contains("was written as event 5"), "{message}");
    tamper(dir.path(), |db| {
        db.insert(key, value).unwrap();
        db.insert(&events[4].0, &events[4].1).unwrap();
    });
    assert!(checked(dir.path(), None).sound);
    let (key, head) = rows(dir.path(), b"H").remove(0);
    for at in 0..head.len() {
        let mut changed = head.to_vec();
        changed[at] ^= 1;
        tamper(dir.path(), |db| drop(db.insert(&key, changed).unwrap()));
        assert!(!checked(dir.path(), None).sound, "byte {at} of the head");
    }
}

#[tokio::test]
async fn a_tail_cut_together_with_the_head_shows_only_against_a_head_kept_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    let anchor = written(dir.path()).await;
    // The ledger as it was two events ago, and documents that are as their last events left say.
    let older = tempfile::tempdir().unwrap();
    let ledger = open(older.path());
    let batch = accept(&ledger, "acme").await.id;
    commit(&ledger, group(batch, vec![grouped("发票-1", 2), grouped("2", 1), grouped("3", 1)])).await;
    commit(&ledger, finish(batch, migrated("发票-1", 2, 1))).await;
    ledger.close().unwrap();
    let verdict = checked(older.path(), None);
    assert!(verdict.sound && verdict.note.contains("none was given"), "{verdict:#?}");
    let verdict = checked(older.path(), Some(&anchor));
    let (event, message) = first(&verdict);
    assert_eq!(event, Some(verdict.events + 1));
    assert!(message.contains("the log was cut off"), "{message}");
    assert!(verdict.note.contains("kept outside the ledger"), "{verdict:#?}");
    let wrong = Anchor { event: 2, digest: anchor.digest };
    assert!(first(&checked(dir.path(), Some(&wrong))).1.contains("event 2 is not the one that the report names"));
}

#[tokio::test]
async fn records_that_no_event_vouches_for_are_found() {
    let dir = tempfile::tempdir().unwrap();
    written(dir.path()).await;
    let image = "发票-1".as_bytes();
    let of = |table: &[u8]| {
        rows(dir.path(), table)
            .into_iter()
            .filter(|(key, _)| key.windows(image.len()).any(|part| part == image))
            .collect::<Vec<_>>()
    };
    let receipts = of(b"F");
    assert_eq!(receipts.len(), 2);
    let (key, value) = &receipts[1];
    let at = value.windows(7).position(|part| part == b"archive").unwrap();
    let mut changed = value.to_vec();
    changed[at] = b'A';
    tamper(dir.path(), |db| drop(db.insert(key, changed).unwrap()));
    let verdict = checked(dir.path(), None);
    assert!(
        first(&verdict).1.contains("document \"发票-1\": its record, a file or a receipt of it is not as event"),
        "{verdict:#?}"
    );
    assert_eq!(verdict.faults_total, 1);
    tamper(dir.path(), |db| drop(db.remove(key).unwrap()));
    assert!(!checked(dir.path(), None).sound, "a receipt that is gone");
    tamper(dir.path(), |db| drop(db.insert(key, value).unwrap()));
    assert!(checked(dir.path(), None).sound);
    let (key, value) = of(b"D").remove(0);
    tamper(dir.path(), |db| drop(db.remove(&key).unwrap()));
    assert!(first(&checked(dir.path(), None)).1.contains("whose record is gone"));
    // Another document's record in its place.
    let other = rows(dir.path(), b"D").remove(0).1;
    tamper(dir.path(), |db| drop(db.insert(&key, other).unwrap()));
    assert!(first(&checked(dir.path(), None)).1.contains("its record is that of"));
    tamper(dir.path(), |db| drop(db.insert(&key, value).unwrap()));
    assert!(checked(dir.path(), None).sound);
}

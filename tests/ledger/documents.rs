//! Documents: grouping, starting and finishing them, with counters, index and events.

use batchferry::ledger::{Change, Committed, DocumentFilter, Durability, Ledger, LedgerError, record_digest};
use batchferry::model::document::{DocumentState, FileState};
use batchferry::model::event;
use batchferry::model::failure::Code;
use batchferry::model::ids::Digest;
use batchferry::model::status::ItemStatus;
use batchferry::model::work::{DocumentOutcome, Unique};

use crate::support::*;

/// Image numbers of the documents that fit.
fn numbers(ledger: &Ledger, batch: u32, status: Option<ItemStatus>, code: Option<Code>) -> Vec<String> {
    let found = ledger.reader().documents(batch, DocumentFilter { status, code }, None, 100).unwrap();
    found.into_iter().map(|document| document.image_number.to_string()).collect()
}

#[tokio::test]
async fn grouped_documents_are_pending_and_counted_with_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 2), grouped("2", 1)])).await;
    let counts = ledger.reader().counts(batch).unwrap();
    assert_eq!((counts.documents.pending, counts.files.pending, counts.bytes.pending), (2, 3, 30));
    let document = ledger.reader().document(batch, &image("1")).unwrap().unwrap();
    assert_eq!((document.files.total, document.bytes), (2, 20));
    assert_eq!(ledger.reader().head(batch).unwrap().0, 1, "a new pending document is no change of status");
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn grouping_repeated_after_a_crash_counts_and_tells_nothing_twice() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let mut duplicate = grouped("2", 2);
    duplicate.record.state = failed("2", 2, Code::DuplicateDocument, 0).state;
    let documents = vec![grouped("1", 2), duplicate];
    for _ in 0..2 {
        commit(&ledger, group(batch, documents.clone())).await;
    }
    let counts = ledger.reader().counts(batch).unwrap();
    assert_eq!((counts.documents.pending, counts.documents.failed, counts.files.in_scope()), (1, 1, 4));
    assert_eq!(ledger.reader().head(batch).unwrap().0, 2, "accepted, and one document decided");
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn many_documents_in_one_change_are_all_there() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let documents = (0..300).map(|n| grouped(&format!("{n:03}"), 1)).chain([grouped("big", 250)]).collect();
    commit(&ledger, group(batch, documents)).await;
    let counts = ledger.reader().counts(batch).unwrap();
    assert_eq!((counts.documents.pending, counts.files.pending), (301, 550));
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn several_changes_of_one_document_in_one_write_see_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let writer = ledger.writer();
    let commit = |change, durability| writer.commit(change, durability);
    let (first, second, third, fourth) = tokio::join!(
        commit(group(batch, vec![grouped("1", 3)]), Durability::Flushed),
        commit(start(batch, "1", 1), Durability::Flushed),
        commit(finish(batch, failed("1", 3, Code::Timeout, 1)), Durability::Later),
        commit(finish(batch, migrated("1", 3, 2)), Durability::Later),
    );
    for result in [first, second, third, fourth] {
        result.unwrap();
    }
    let counts = ledger.reader().counts(batch).unwrap();
    assert_eq!((counts.documents.migrated, counts.documents.in_scope(), counts.files.migrated), (1, 1, 3));
    assert_eq!(counts.failures, [].into());
    assert_eq!(numbers(&ledger, batch, Some(ItemStatus::Failed), None), [""; 0]);
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn an_outcome_changes_document_files_counters_index_and_chain_together() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 2), grouped("2", 2), grouped("3", 1)])).await;
    commit(&ledger, start(batch, "1", 1)).await;
    assert_eq!(ledger.reader().started(batch, &image("1")).unwrap().map(|mark| mark.attempt), Some(1));
    commit(&ledger, finish(batch, migrated("1", 2, 1))).await;
    commit(&ledger, finish(batch, failed("2", 2, Code::MissingRole, 1))).await;

    let reader = ledger.reader();
    assert_eq!(reader.started(batch, &image("1")).unwrap(), None);
    let counts = reader.counts(batch).unwrap();
    assert_eq!((counts.documents.migrated, counts.documents.failed, counts.documents.pending), (1, 1, 1));
    assert_eq!(counts.failures, [(Code::MissingRole, 1)].into());
    assert_eq!(counts.warnings, [(Code::SequenceGap, 1)].into(), "a document warns once of a code");
    for (status, expected) in [(ItemStatus::Migrated, "1"), (ItemStatus::Failed, "2"), (ItemStatus::Pending, "3")] {
        assert_eq!(numbers(&ledger, batch, Some(status), None), [expected]);
    }
    assert_eq!(numbers(&ledger, batch, None, Some(Code::MissingRole)), ["2"]);
    assert_eq!(numbers(&ledger, batch, Some(ItemStatus::Failed), Some(Code::Timeout)), [""; 0]);

    let document = reader.document(batch, &image("1")).unwrap().unwrap();
    assert_eq!((document.attempts, document.run, document.generation, document.files.synced), (1, 1, 1, 2));
    let files = reader.files(batch, &image("1")).unwrap();
    let event = &reader.events(batch, 1, 1).unwrap()[0];
    let expected = event::Change::Document {
        image_number: image("1"),
        old: ItemStatus::Pending,
        new: ItemStatus::Migrated,
        code: None,
        record: record_digest(&document, &files.iter().collect::<Vec<_>>()),
    };
    assert_eq!((&event.change, event.attempt), (&expected, 1));
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn a_document_that_fails_again_gets_another_event() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 1)])).await;
    for attempt in 1..=2 {
        commit(&ledger, finish(batch, failed("1", 1, Code::Timeout, attempt))).await;
    }
    let attempts: Vec<_> = ledger.reader().events(batch, 1, 9).unwrap().iter().map(|event| event.attempt).collect();
    assert_eq!(attempts, [1, 2]);
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn a_document_that_stays_pending_keeps_its_start_and_has_no_event() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 1)])).await;
    commit(&ledger, start(batch, "1", 1)).await;
    let outcome = DocumentOutcome {
        image_number: image("1"),
        state: DocumentState::Pending,
        findings: Vec::new(),
        files: Vec::new(),
        attempt: 1,
        uniques: None,
    };
    commit(&ledger, finish(batch, outcome)).await;
    assert!(ledger.reader().started(batch, &image("1")).unwrap().is_some());
    assert_eq!(ledger.reader().head(batch).unwrap().0, 1);
    assert_eq!(ledger.reader().document(batch, &image("1")).unwrap().unwrap().run, 0);
}

#[tokio::test]
async fn files_that_are_no_longer_part_of_a_document_leave_the_counters() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 3)])).await;
    let mut fewer = grouped("1", 0);
    fewer.removed = vec!["1/2".to_owned(), "never there".to_owned()];
    commit(&ledger, group(batch, vec![fewer])).await;
    let keys: Vec<_> =
        ledger.reader().files(batch, &image("1")).unwrap().into_iter().map(|file| file.object.key).collect();
    assert_eq!(keys, ["1/1", "1/3"]);
    assert_eq!(ledger.reader().counts(batch).unwrap().bytes.pending, 20);
    assert_eq!(ledger.reader().document(batch, &image("1")).unwrap().unwrap().files.total, 2);
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn an_outcome_of_something_unknown_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 1)])).await;
    let before = ledger.reader().counts(batch).unwrap();
    let writer = ledger.writer();
    // The first file is known: what was staged for it must be taken back.
    let error = writer.commit(finish(batch, migrated("1", 2, 1)), Durability::Flushed).await.unwrap_err();
    assert!(matches!(&error, LedgerError::NoFile { key, .. } if key == "1/2"), "{error}");
    let error = writer.commit(finish(batch, migrated("9", 1, 1)), Durability::Flushed).await.unwrap_err();
    assert!(matches!(error, LedgerError::NoDocument { .. }), "{error}");
    assert_eq!(ledger.reader().counts(batch).unwrap(), before);
    assert_eq!(ledger.reader().files(batch, &image("1")).unwrap()[0].state, FileState::Pending);
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn documents_are_paged_in_order_whatever_their_numbers_hold() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let other = accept(&ledger, "b").await.id;
    let long = "长".repeat(340);
    let names = ["a", "a\0", "a\0b", "a\u{1}", "a/b", "b", &long];
    commit(&ledger, group(batch, names.iter().rev().map(|name| grouped(name, 1)).collect())).await;
    commit(&ledger, group(other, vec![grouped("zz", 1)])).await;
    for status in [None, Some(ItemStatus::Pending)] {
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let filter = DocumentFilter { status, code: None };
            let page = ledger.reader().documents(batch, filter, after.as_ref(), 2).unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.image_number.clone());
            seen.extend(page.into_iter().map(|document| document.image_number.to_string()));
        }
        assert_eq!(seen, names);
    }
}

#[tokio::test]
async fn kept_targets_are_counted_and_found_by_their_code() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 1), grouped("2", 1)])).await;
    for (number, kept) in [("1", true), ("2", false)] {
        let outcome = DocumentOutcome {
            state: DocumentState::AlreadyAtTarget { kept },
            files: Vec::new(),
            ..migrated(number, 0, 1)
        };
        commit(&ledger, finish(batch, outcome)).await;
    }
    assert_eq!(numbers(&ledger, batch, None, Some(Code::TargetKept)), ["1"]);
    let documents = ledger.reader().counts(batch).unwrap().documents;
    assert_eq!((documents.already_at_target, documents.target_kept), (2, 1));
}

#[tokio::test]
async fn a_change_handed_over_is_recorded_even_if_nobody_waits_for_it() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let writer = ledger.writer();
    let handed_over = tokio::spawn(async move { writer.commit(start(batch, "1", 1), Durability::Later).await });
    // Two turns of the one-threaded runtime: the task has run up to its wait for the answer, or beyond.
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    handed_over.abort();
    let change = Change::Start { batch, image_number: image("2"), attempt: 1, run: 1, at: at() };
    commit(&ledger, change).await;
    assert!(ledger.reader().started(batch, &image("1")).unwrap().is_some());
}

#[tokio::test]
async fn a_change_that_is_refused_does_not_disturb_those_written_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 1), grouped("2", 1)])).await;
    let writer = ledger.writer();
    let (before, refused, after) = tokio::join!(
        writer.commit(finish(batch, migrated("1", 1, 1)), Durability::Flushed),
        writer.commit(finish(batch, migrated("2", 2, 1)), Durability::Flushed),
        writer.commit(finish(batch, failed("2", 1, Code::Timeout, 1)), Durability::Flushed),
    );
    assert!(matches!(refused, Err(LedgerError::NoFile { .. })));
    assert_eq!((before.unwrap(), after.unwrap()), (Committed::default(), Committed::default()));
    let documents = ledger.reader().counts(batch).unwrap().documents;
    assert_eq!((documents.migrated, documents.failed), (1, 1));
    assert_sound(&ledger, batch);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_at_once_leave_sound_counters_and_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..32 {
        let writer = ledger.writer();
        tasks.spawn(async move {
            for n in 0..20 {
                let number = format!("{task}-{n}");
                writer.commit(group(batch, vec![grouped(&number, 2)]), Durability::Later).await.unwrap();
                writer.commit(start(batch, &number, 1), Durability::Flushed).await.unwrap();
                writer.commit(finish(batch, migrated(&number, 2, 1)), Durability::Later).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(ledger.reader().counts(batch).unwrap().documents.migrated, 640);
    assert_eq!(ledger.reader().head(batch).unwrap().0, 641);
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn invoices_are_found_by_their_documents_until_those_have_others_or_fail() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let other = accept(&ledger, "b").await.id;
    let [one, two] = [b"1", b"2"].map(|number| Unique::Invoice(Digest::of(number)));
    let owners = |of: Unique, batch| {
        let owners = ledger.reader().owners(&of, batch, 9).unwrap();
        owners.iter().map(|owner| (owner.batch, owner.image_number.to_string())).collect::<Vec<_>>()
    };
    let decided = |has: Option<&[Unique]>, attempt| {
        let uniques = has.map(|has| has.iter().copied().collect());
        DocumentOutcome { uniques, ..migrated("1", 1, attempt) }
    };
    for batch in [batch, other] {
        commit(&ledger, group(batch, vec![grouped("1", 1)])).await;
        commit(&ledger, finish(batch, decided(Some(&[one, two]), 1))).await;
    }
    assert_eq!(owners(one, None), [(batch, "1".to_owned()), (other, "1".to_owned())]);
    assert_eq!(owners(two, Some(batch)), [(batch, "1".to_owned())]);
    commit(&ledger, finish(batch, decided(None, 2))).await;
    assert_eq!(owners(one, Some(batch)).len(), 1, "nobody looked");
    commit(&ledger, finish(batch, decided(Some(&[two]), 3))).await;
    assert_eq!((owners(one, Some(batch)).len(), owners(two, Some(batch)).len()), (0, 1));
    commit(&ledger, finish(batch, failed("1", 1, Code::Conflict, 4))).await;
    assert_eq!((owners(two, Some(batch)).len(), owners(two, None).len()), (0, 1));
    assert_sound(&ledger, batch);
}

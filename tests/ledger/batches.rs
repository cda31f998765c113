//! Batches: numbers, records, events and what reopening makes of them.

use batchferry::ledger::{Durability, EventDraft, Ledger, LedgerError, LedgerOptions};
use batchferry::model::batch::{AskedResync, BatchId, BatchRecord, Stage};
use batchferry::model::counts::Listed;
use batchferry::model::event;
use batchferry::model::spec::ResyncScope;
use batchferry::model::status::RunStatus;

use crate::support::*;

#[tokio::test]
async fn numbers_count_up_within_a_utc_day_and_are_never_given_twice() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    assert_eq!(accept(&ledger, "a").await.number.as_str(), "MB-20250402-0001");
    assert_eq!(accept(&ledger, "b").await.number.as_str(), "MB-20250402-0002");
    let next_day = "2025-04-03T00:00:00Z".parse().unwrap();
    let third = ledger.writer().accept(new_batch("c"), next_day).await.unwrap();
    assert_eq!((third.id, third.number.as_str()), (3, "MB-20250403-0001"));
    drop(ledger);

    let ledger = Ledger::open(dir.path(), &LedgerOptions { instance: Some("eu1".to_owned()), ..options() }).unwrap();
    assert_eq!(accept(&ledger, "d").await.number.as_str(), "eu1-MB-20250402-0003");
    let names: Vec<_> = ledger.reader().batches().unwrap().into_iter().map(|batch| batch.name.to_string()).collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn a_name_is_given_once_and_the_refusal_names_its_holder() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    accept(&ledger, "a").await;
    let error = ledger.writer().accept(new_batch("a"), at()).await.unwrap_err();
    assert!(matches!(error, LedgerError::NameTaken { .. }));
    assert!(error.to_string().contains("MB-20250402-0001"), "{error}");
    assert_eq!(accept(&ledger, "b").await.number.as_str(), "MB-20250402-0002", "the refusal used no number");
}

#[tokio::test]
async fn a_batch_is_found_by_id_and_by_name_with_its_first_event() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "acme-2025").await;
    let reader = ledger.reader();
    assert_eq!(reader.batch(batch.id).unwrap().as_ref(), Some(&batch));
    assert_eq!(reader.batch_by_name(&batch.name).unwrap().as_ref(), Some(&batch));
    assert_eq!(reader.batch(99).unwrap(), None);
    let events = reader.events(batch.id, 0, 10).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0].change, &events[0].operator), (&event::Change::Accepted, &operator()));
    assert_eq!(events[0].spec, batch.spec.digest);
    assert_sound(&ledger, batch.id);
}

/// Edits a record, without an event.
async fn edit<T>(
    ledger: &Ledger,
    batch: BatchId,
    edit: impl FnOnce(&mut BatchRecord) -> T + Send + 'static,
) -> BatchRecord {
    let edit = |record: &mut BatchRecord| {
        edit(record);
        Vec::new()
    };
    ledger.writer().update(batch, Durability::Flushed, edit).await.unwrap()
}

#[tokio::test]
async fn edits_and_pages_that_come_between_are_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let id = accept(&ledger, "a").await.id;
    let listed = Listed { objects: 5, ..Listed::default() };
    commit(&ledger, crate::listing::page(id, "p/", Vec::new(), listed.clone())).await;
    edit(&ledger, id, |record| record.suspended = true).await;
    let record = edit(&ledger, id, |record| record.stage = Stage::Grouping).await;
    assert_eq!((record.suspended, record.stage, &record.listed), (true, Stage::Grouping, &listed));
    let record = edit(&ledger, id, |record| record.listed.unrecognised = 2).await;
    assert_eq!(record.listed.unrecognised, 2);
    assert_eq!(ledger.reader().batch(id).unwrap(), Some(record));
}

#[tokio::test]
async fn what_was_asked_for_is_kept_until_it_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let id = accept(&ledger, "a").await.id;
    let asked = AskedResync { scope: ResyncScope::All, operator: operator() };
    let wanted = asked.clone();
    edit(&ledger, id, move |record| record.asked = Some(wanted)).await;
    ledger.close().unwrap();
    let ledger = open(dir.path());
    assert_eq!(ledger.reader().batch(id).unwrap().unwrap().asked, Some(asked));
    edit(&ledger, id, |record| record.asked = None).await;
    assert_eq!(ledger.reader().batches().unwrap()[0].asked, None);
}

#[tokio::test]
async fn an_edit_that_changes_nothing_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await;
    assert_eq!(edit(&ledger, batch.id, |_| ()).await, batch);
    assert_eq!(ledger.reader().head(batch.id).unwrap().0, 1);
}

#[tokio::test]
async fn a_batch_left_running_is_queued_with_an_event_when_the_ledger_is_opened() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await;
    let running = |record: &mut BatchRecord| {
        record.run_status = RunStatus::Running;
        record.stage = Stage::Moving;
        vec![EventDraft { at: at(), run: 1, operator: operator(), change: event::Change::RunStarted }]
    };
    ledger.writer().update(batch.id, Durability::Flushed, running).await.unwrap();
    ledger.close().unwrap();

    let ledger = open(dir.path());
    let after = ledger.reader().batch(batch.id).unwrap().unwrap();
    assert_eq!((after.run_status, after.stage), (RunStatus::Queued, Stage::Moving));
    let last = ledger.reader().events(batch.id, 2, 10).unwrap();
    assert_eq!(last.len(), 1);
    assert_eq!(last[0].change, event::Change::RunEnded { status: RunStatus::Queued, code: None });
    assert_eq!(last[0].operator.name, "batchferry");
    assert_sound(&ledger, batch.id);
    ledger.close().unwrap();
    assert_eq!(open(dir.path()).reader().head(batch.id).unwrap().0, 3, "opening again adds no event");
}

#[tokio::test]
async fn an_unknown_batch_is_refused_and_the_ledger_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    accept(&ledger, "a").await;
    let error = ledger.writer().update(7, Durability::Flushed, |_| Vec::new()).await.unwrap_err();
    assert!(matches!(error, LedgerError::NoBatch { batch: 7 }), "{error}");
    accept(&ledger, "b").await;
}

#[tokio::test]
async fn a_closed_ledger_takes_no_commit_and_keeps_those_before() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let writer = ledger.writer();
    let batch = accept(&ledger, "a").await;
    commit(&ledger, group(batch.id, vec![grouped("1", 1)])).await;
    ledger.close().unwrap();
    let error = writer.commit(start(batch.id, "1", 1), Durability::Later).await.unwrap_err();
    assert!(matches!(error, LedgerError::Closed), "{error}");
    assert!(open(dir.path()).reader().document(batch.id, &image("1")).unwrap().is_some());
}

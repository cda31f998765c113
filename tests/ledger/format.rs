//! Formats: a ledger of format 1, kept in the repository, and one from the future.

use std::fs;
use std::path::{Path, PathBuf};

use batchferry::ledger::{DocumentFilter, Durability, EventDraft, Ledger, LedgerError, Owner, check};
use batchferry::model::batch::{BatchRecord, EndReason, RunCause, RunRecord, Stage};
use batchferry::model::counts::{Counts, Listed, Tally};
use batchferry::model::document::FileState;
use batchferry::model::event;
use batchferry::model::failure::Code;
use batchferry::model::listing::{Mark, Shard};
use batchferry::model::status::{ItemStatus, RunStatus};
use batchferry::model::work::Unique;

use crate::support::*;

const FORMAT: &[u8] = b"Mformat";
const UPGRADING: &[u8] = b"Mupgrading";
/// sled's files grow by this many bytes.
const SEGMENT: u64 = 512 << 10;
/// The head of the audit chain in the kept ledger. Recorded when it was made: were it computed, a change in how
/// events are written as JSON would break every chain unseen.
const HEAD: &str = "44c41ba5403679eee8565ec489e4237a497c51bfcf1630ee107bd720044fd32d";

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ledger-v1")
}

/// The batch's record at the end of its run.
fn ended(accepted: BatchRecord) -> BatchRecord {
    let run = RunRecord {
        number: 1,
        cause: RunCause::First,
        generation: 1,
        started: at(),
        ended: Some((at(), EndReason::Finished)),
        operator: operator(),
    };
    let listed = Listed { objects: 7, requests: 1, ..Listed::default() };
    BatchRecord { run_status: RunStatus::Ended, stage: Stage::Moving, runs: vec![run], listing: 1, listed, ..accepted }
}

/// Fills a ledger with one document at every status. Changing it means making the kept ledger anew.
async fn fill(ledger: &Ledger) {
    let batch = accept(ledger, "acme-2024").await;
    let files = ["1", "2", "3"].map(|number| file(number, &format!("{number}/1"), 10)).to_vec();
    commit(ledger, crate::listing::page(batch.id, "scans/", files, Listed::default())).await;
    let mut documents: Vec<_> = ["1", "2", "3", "发票-4"].map(|number| grouped(number, 2)).into();
    documents[0].claims = vec![claim("s3://flagship/archive/1/1", "1", Some("1/1"))];
    commit(ledger, group(batch.id, documents)).await;
    commit(ledger, start(batch.id, "3", 1)).await;
    commit(ledger, finish(batch.id, migrated("1", 2, 1))).await;
    commit(ledger, finish(batch.id, failed("2", 2, Code::MissingRole, 1))).await;
    let change = event::Change::RunEnded { status: RunStatus::Ended, code: None };
    let events = vec![EventDraft { at: at(), run: 1, operator: operator(), change }];
    let edit = move |record: &mut BatchRecord| {
        *record = ended(record.clone());
        events
    };
    ledger.writer().update(batch.id, Durability::Later, edit).await.unwrap();
}

/// Makes what an older format would have been of a ledger of the present one.
fn downgrade(dir: &Path, format: u8) {
    let db = crate::files(dir);
    let later: &[&[u8]] = if format == 1 { &[b"S", b"I"] } else { &[b"I"] };
    for key in later.iter().flat_map(|table| db.scan_prefix(table).keys()) {
        db.remove(key.unwrap()).unwrap();
    }
    set_format(&db, format);
}

fn set_format(db: &sled::Db, format: u8) {
    db.insert(FORMAT, &[1, format]).unwrap();
    db.flush().unwrap();
}

#[tokio::test]
#[ignore = "makes the kept ledger anew, if LEDGER_TEST_MAKE is set"]
async fn make_the_ledger_of_format_1() {
    if std::env::var_os("LEDGER_TEST_MAKE").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    fill(&ledger).await;
    println!("head: {}", ledger.reader().head(1).unwrap().1);
    ledger.close().unwrap();
    downgrade(&dir.path().join("ledger"), 1);
    drop(fs::remove_dir_all(kept()));
    copy(&dir.path().join("ledger"), &kept());
    let main = kept().join("db");
    let bytes = fs::read(&main).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    fs::write(main, &bytes[..end]).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

/// A copy of the kept ledger, since opening it changes it. The zeros that fill sled's segments are not kept.
pub fn restored() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&kept(), &dir.path().join("ledger"));
    let main = fs::File::options().write(true).open(dir.path().join("ledger/db")).unwrap();
    main.set_len(main.metadata().unwrap().len().next_multiple_of(SEGMENT)).unwrap();
    dir
}

pub fn assert_whole(state: &Path) {
    let ledger = open(state);
    let reader = ledger.reader();
    let batch = reader.batch_by_name(&"acme-2024".parse().unwrap()).unwrap().unwrap();
    assert_eq!((batch.number.as_str(), batch.listed.objects), ("MB-20250402-0001", 7));
    assert_eq!(batch.runs, ended(batch.clone()).runs);
    let tally = |migrated, failed, pending| Tally { migrated, failed, pending, ..Tally::default() };
    let counts = Counts {
        documents: tally(1, 1, 2),
        files: tally(2, 2, 4),
        bytes: tally(20, 20, 40),
        failures: [(Code::MissingRole, 1)].into(),
        warnings: [(Code::SequenceGap, 1)].into(),
    };
    assert_eq!(reader.counts(1).unwrap(), counts);
    for (status, numbers) in [
        (ItemStatus::Migrated, &["1"][..]),
        (ItemStatus::Failed, &["2"]),
        (ItemStatus::Pending, &["3", "发票-4"]),
        (ItemStatus::AlreadyAtTarget, &[]),
    ] {
        let filter = DocumentFilter { status: Some(status), code: None };
        let found = reader.documents(1, filter, None, 9).unwrap();
        assert_eq!(found.iter().map(|document| document.image_number.as_str()).collect::<Vec<_>>(), numbers);
    }
    let files = reader.files(1, &image("1")).unwrap();
    assert_eq!(files[1].state, migrated("1", 2, 1).files[1].state);
    assert_eq!(files[0].record, file("1", "1/1", 10).record);
    assert_eq!(reader.started(1, &image("3")).unwrap().map(|mark| mark.attempt), Some(1));
    let shard = Shard::all("scans/");
    assert_eq!(reader.marks(1).unwrap(), [(shard, Mark::Resume(Some("token".to_owned())))]);
    assert_eq!(reader.claim("s3://flagship/archive/1/1").unwrap().unwrap().image_number, image("1"));
    let FileState::Migrated(receipt) = &files[1].state else { panic!("{files:?}") };
    let owner = Owner { batch: 1, image_number: image("1") };
    assert_eq!(reader.owners(&Unique::Content(receipt.sha256), None, 9).unwrap(), [owner]);
    assert_eq!(reader.head(1).unwrap(), (4, HEAD.parse().unwrap()));
    assert_sound(&ledger, 1);
}

#[test]
fn a_ledger_of_format_1_is_upgraded_with_every_document_counter_and_event() {
    let dir = restored();
    assert_whole(dir.path());
    assert_whole(dir.path());
}

#[test]
fn a_ledger_of_format_2_gets_its_index_by_content() {
    let dir = restored();
    drop(open(dir.path()));
    downgrade(&dir.path().join("ledger"), 2);
    assert_whole(dir.path());
}

#[test]
fn an_upgrade_that_was_cut_off_is_done_again() {
    let dir = restored();
    let path = dir.path().join("ledger");
    drop(open(dir.path()));
    let db = crate::files(&path);
    let first = db.scan_prefix(b"S").keys().next().unwrap().unwrap();
    db.remove(first).unwrap();
    // The format is the new one already: no older program may take it for its own.
    db.insert(UPGRADING, &[1, 1]).unwrap();
    set_format(&db, 8);
    drop(db);
    let error = check(dir.path(), 8 << 20).unwrap_err().to_string();
    assert!(error.contains("its upgrade from format 1 was cut off"), "{error}");
    assert_whole(dir.path());
    assert!(crate::files(&path).get(UPGRADING).unwrap().is_none());
    assert_whole(dir.path());
}

#[tokio::test]
async fn bytes_are_counted_anew_where_an_older_format_had_those_that_were_listed_last() {
    let dir = restored();
    let ledger = open(dir.path());
    let reader = ledger.reader();
    let counts = reader.counts(1).unwrap();
    drop(reader);
    // Listed since it was migrated, and larger.
    let files = vec![file("1", "1/1", 1_000)];
    commit(&ledger, crate::listing::page(1, "scans/", files, Listed::default())).await;
    assert_eq!(ledger.reader().counts(1).unwrap(), counts, "what is at the target is not what is listed");
    ledger.close().unwrap();
    let db = crate::files(dir.path().join("ledger"));
    let older = Counts { bytes: Tally { migrated: 1_010, ..counts.bytes }, ..counts.clone() };
    db.insert([b'C', 0, 0, 0, 1], [&[1][..], &postcard::to_stdvec(&older).unwrap()].concat()).unwrap();
    set_format(&db, 7);
    drop(db);
    assert_eq!(open(dir.path()).reader().counts(1).unwrap(), counts);
}

#[test]
fn a_ledger_of_a_later_format_is_refused_and_left_alone() {
    let dir = restored();
    let path = dir.path().join("ledger");
    set_format(&crate::files(&path), 9);
    let Err(error) = Ledger::open(dir.path(), &options()) else { panic!("opened a ledger from the future") };
    assert!(matches!(error, LedgerError::Newer { found: 9, supported: 8, .. }), "{error}");
    assert!(error.to_string().contains("use the batchferry that wrote it"), "{error}");
    assert_eq!(crate::files(&path).get(FORMAT).unwrap().unwrap(), &[1, 9]);
}

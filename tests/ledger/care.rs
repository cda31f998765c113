//! Checking a ledger and writing it anew, without the daemon.

use std::path::{Path, PathBuf};
use std::process::Command;

use batchferry::engine::audit;
use batchferry::ledger::{Blown, Change, Durability, Fuse, LedgerError, check, compact};
use batchferry::model::batch::{BatchRecord, Grouping, Stage};
use batchferry::model::counts::Listed;
use batchferry::model::document::SourceObject;
use batchferry::model::failure::Code;
use batchferry::model::ids::Digest;
use batchferry::model::ledger_check::LedgerCheckView;
use batchferry::model::work::Unique;

use crate::support::*;

const CACHE: u64 = 8 << 20;

/// A closed ledger with a record of nearly every kind: documents at every status, claims, an unrecognised object, a start
/// without an outcome, an invoice.
async fn filled(state: &Path) {
    let ledger = open(state);
    for name in ["acme", "second"] {
        let batch = accept(&ledger, name).await.id;
        let numbers = ["1", "2", "3", "发票-4"];
        let listed = crate::listing::page(batch, "scans/", vec![file("5", "5/1", 10)], Default::default());
        let Change::Page { shard, mark, files, listed, .. } = listed else { unreachable!("a page") };
        let unrecognised: Vec<SourceObject> = vec![object("stray", 3)];
        let unlistable = Vec::new();
        commit(&ledger, Change::Page { batch, shard, mark, files, unrecognised, listed, unlistable, contiguous: true })
            .await;
        let mut documents: Vec<_> = numbers.map(|number| grouped(number, 2)).into();
        documents[0].claims = vec![claim(&format!("s3://flagship/{name}/1"), "1", Some("1/1"))];
        commit(&ledger, group(batch, documents)).await;
        let mut outcome = migrated("1", 2, 1);
        outcome.uniques = Some([Unique::Invoice(Digest::of(b"1"))].into());
        commit(&ledger, finish(batch, outcome)).await;
        commit(&ledger, finish(batch, failed("2", 2, Code::MissingRole, 1))).await;
        commit(&ledger, start(batch, "3", 1)).await;
        commit(&ledger, group(batch, (0..200).map(|n| grouped(&format!("N{n:03}"), 2)).collect())).await;
        ledger
            .writer()
            .update(batch, Durability::Later, |record| {
                record.stage = Stage::Moving;
                let (rules, population) = (Digest::of(b"rules"), Digest::of(b"files"));
                record.population = Some(population);
                record.grouped = Some(Grouping { listing: 1, rules, files: 408, documents: 204, population });
                Vec::new()
            })
            .await
            .unwrap();
    }
    ledger.close().unwrap();
}

fn checked(state: &Path) -> LedgerCheckView {
    check(state, CACHE).unwrap()
}

#[track_caller]
fn assert_checks(state: &Path) -> LedgerCheckView {
    let view = checked(state);
    assert!(view.sound, "{view:#?}");
    view
}

/// Everything that is recorded, but the note of the database's own size.
fn content(state: &Path) -> Vec<(sled::IVec, sled::IVec)> {
    let db = crate::files(state.join("ledger"));
    db.iter().map(Result::unwrap).filter(|(key, _)| key != b"Mmeasured").collect()
}

fn edit(state: &Path, edit: impl FnOnce(&sled::Db)) {
    let db = crate::files(state.join("ledger"));
    edit(&db);
    db.flush().unwrap();
}

/// A copy of a closed ledger, for one test to harm.
fn copy_of(state: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    crate::leftovers::copy(&state.join("ledger"), &dir.path().join("ledger"));
    dir
}

#[tokio::test]
async fn a_sound_ledger_is_counted_by_kind() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let view = assert_checks(dir.path());
    assert_eq!((view.batches, view.documents, view.files, view.format), (2, 408, 818, 8));
    assert_eq!(view.records, view.kinds.iter().map(|kind| kind.records).sum::<u64>());
    assert_eq!(view.bytes, view.kinds.iter().map(|kind| kind.bytes).sum::<u64>());
    assert!(view.kinds.iter().all(|kind| kind.kind != "unknown"), "{view:#?}");
    assert!(view.kinds.is_sorted_by(|a, b| a.bytes >= b.bytes), "{view:#?}");
    let before = content(dir.path());
    assert_checks(dir.path());
    assert!(content(dir.path()) == before, "a check changes nothing");
}

/// One thing that is wrong: the table, what becomes of the value of the row that is chosen, and what is said.
type Harm = (&'static [u8], fn(&sled::Db, &[u8], &[u8]), &'static str);

fn cut(db: &sled::Db, key: &[u8], value: &[u8]) {
    db.insert(key, &value[..value.len() - 1]).unwrap();
}

fn remove(db: &sled::Db, key: &[u8], _: &[u8]) {
    db.remove(key).unwrap();
}

#[tokio::test]
async fn every_kind_of_damage_is_named_with_its_record() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let harms: &[Harm] = &[
        (b"A", cut, "audit events: "),
        (b"A", remove, "expected event 1 of this batch; found event 2"),
        (b"B", cut, "batches: "),
        (b"C", cut, "counters: "),
        (b"C", remove, "totals do not reconcile"),
        (b"D", cut, "document \"1\", documents: "),
        (b"D", remove, "document \"1\", files and receipts: expected a document for \"1/1\"; there is none"),
        (b"F", cut, "document \"1\", files and receipts: "),
        (b"F", remove, "document \"1\", documents: expected 2 files, 2 synced, 0 failed; found 1 files"),
        (b"H", remove, "heads of audit logs: expected"),
        (b"H", cut, "heads of audit logs: "),
        (b"I", remove, "document \"1\", documents by content: expected an entry for the document; there is none"),
        (b"J", remove, "document \"1\", documents by invoice: expected an entry for the document; there is none"),
        (b"K", cut, "marks of listings: "),
        (b"L", cut, "totals of listings: "),
        (b"N", remove, "batches: expected the name acme to lead to it"),
        (b"N", cut, "names of batches: "),
        (b"O", cut, "claims of target keys: "),
        (b"P", cut, "pages of listings: "),
        (b"Q", cut, "numbers of a day: "),
        (b"S", remove, "documents by status: expected an entry for the document; there is none"),
        (b"T", cut, "document \"3\", transfers begun: "),
        (b"U", cut, "unrecognised objects: "),
        (b"V", cut, "document \"1\", invoices of documents: "),
        (b"V", remove, "document \"1\", documents by invoice: an entry that the document's record does not bear out"),
        (b"Y", cut, "groupings: "),
    ];
    for (table, harm, said) in harms {
        let copy = copy_of(dir.path());
        edit(copy.path(), |db| {
            let (key, value) = db.scan_prefix(table).next().unwrap().unwrap();
            harm(db, &key, &value);
        });
        let view = checked(copy.path());
        let told: Vec<String> = view.problems.iter().map(told).collect();
        assert!(!view.sound && told.iter().any(|line| line.contains(said)), "{said:?}: {told:#?}");
        assert!(view.problems_total >= view.problems.len() as u64);
    }
}

fn told(problem: &batchferry::model::ledger_check::LedgerProblem) -> String {
    let image = problem.image_number.as_ref().map(|image| format!("document {image:?}, ")).unwrap_or_default();
    format!("{image}{}: {}", problem.kind, problem.message)
}

/// Rows that nobody wrote.
#[tokio::test]
async fn records_that_lead_nowhere_are_named() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let first = |table: &[u8]| {
        let row = content(dir.path()).into_iter().find(|(key, _)| key.starts_with(table)).unwrap();
        (row.0.to_vec(), row.1.to_vec())
    };
    let with_document = |table: &[u8], name: &[u8; 1]| {
        let (mut key, value) = first(table);
        let at = key.iter().rposition(|byte| *byte == 0).unwrap() - 1;
        key[at] = name[0];
        (key, value)
    };
    let (address, claim) = first(b"O");
    let (mark, done) = first(b"K");
    let no_shard = ([&mark[..], b"x"].concat(), done);
    let nowhere = [&address[..16], b"\xff"].concat();
    let other_batch = |table: &[u8]| {
        let (mut key, value) = first(table);
        key[4] = 9;
        (key, value)
    };
    for ((key, value), said) in [
        (with_document(b"I", b"Z"), "an entry for a document that there is not"),
        (with_document(b"S", b"Z"), "an entry for a document that there is not"),
        (with_document(b"T", b"Z"), "expected a document \"Z\"; there is none"),
        (no_shard, "expected a prefix, or a range of keys, in the key"),
        ((nowhere, claim), "its key is not that of its address"),
        (other_batch(b"D"), "expected batch 9 in the ledger; there is none"),
        (other_batch(b"U"), "expected batch 9 in the ledger; there is none"),
        ((b"Mwhat".to_vec(), vec![1, 1]), "no version of batchferry writes such a key"),
        ((b"zz".to_vec(), vec![1, 1]), "no version of batchferry writes such a key"),
    ] {
        let copy = copy_of(dir.path());
        edit(copy.path(), |db| drop(db.insert(&key, value).unwrap()));
        let view = checked(copy.path());
        assert!(
            !view.sound && view.problems.iter().any(|problem| problem.message.contains(said)),
            "{said:?}: {view:#?}"
        );
    }
}

#[tokio::test]
async fn many_problems_are_counted_and_the_first_are_told() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    edit(dir.path(), |db| {
        db.scan_prefix(b"S").keys().for_each(|key| drop(db.remove(key.unwrap()).unwrap()));
    });
    let view = checked(dir.path());
    assert_eq!((view.problems.len(), view.problems_total), (20, 408));
    assert!(view.problems.iter().all(|problem| problem.batch.as_deref() == Some("MB-20250402-0001")), "{view:#?}");
}

#[tokio::test]
async fn an_older_format_is_judged_as_such_and_stays_what_it_is() {
    for format in [1, 2, 3, 6] {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path()).await;
        edit(dir.path(), |db| {
            let later: &[&[u8]] = if format == 1 { &[b"S", b"I", b"J"] } else { &[b"I", b"J"] };
            let later = if format > 2 { &[][..] } else { later };
            for key in later.iter().flat_map(|table| db.scan_prefix(table).keys()) {
                db.remove(key.unwrap()).unwrap();
            }
            digest_claims(db);
            db.insert(b"Mformat", &[1, format]).unwrap();
        });
        assert_eq!(assert_checks(dir.path()).format, u32::from(format));
    }
    let dir = crate::format::restored();
    assert_eq!(assert_checks(dir.path()).format, 1);
}

/// Puts claims where formats up to 6 have them: at digests of their addresses, which stand in the record.
pub fn digest_claims(db: &sled::Db) {
    for (key, value) in db.scan_prefix(b"O").map(Result::unwrap).collect::<Vec<_>>() {
        let address = &key[1..];
        let length = u8::try_from(address.len()).unwrap();
        // Postcard writes lengths below 128 as one byte.
        assert!(length < 128);
        let record = [&[1, length], address, &value[1..]].concat();
        let digest = batchferry::model::ids::Digest::of(address);
        db.insert([b"O", &digest.0[..16]].concat(), record).unwrap();
        db.remove(key).unwrap();
    }
}

#[tokio::test]
async fn claims_are_taken_over_however_often_that_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    let before = content(dir.path());
    for cut_off in [false, true] {
        edit(dir.path(), |db| {
            let kept = db.scan_prefix(b"O").next().unwrap().unwrap();
            digest_claims(db);
            if cut_off {
                // One of them was moved before.
                db.insert(&kept.0, &kept.1).unwrap();
                let digest = batchferry::model::ids::Digest::of(&kept.0[1..]);
                db.remove([b"O", &digest.0[..16]].concat()).unwrap();
            }
            db.insert(b"Mformat", &[1, 6]).unwrap();
        });
        open(dir.path()).close().unwrap();
        assert_eq!(content(dir.path()), before);
    }
}

#[tokio::test]
async fn a_new_listing_counts_against_nothing_until_documents_are_made_of_it() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path()).await;
    for (cancelled, sound) in [(false, false), (true, true)] {
        let ledger = open(dir.path());
        // As it is after a listing that was cancelled.
        let edit = move |record: &mut BatchRecord| {
            record.population = record.population.filter(|_| !cancelled);
            Vec::new()
        };
        ledger.writer().update(1, Durability::Later, edit).await.unwrap();
        // One that is at the target, and one that failed.
        let another_size = vec![file("1", "1/1", 11), file("2", "2/1", 11)];
        commit(&ledger, crate::listing::page(1, "scans/", another_size, Listed::default())).await;
        let (reader, batch) = (ledger.reader(), ledger.reader().batch(1).unwrap().unwrap());
        assert_eq!(audit::check(&reader, &batch, None).unwrap().sound, sound);
        drop(reader);
        ledger.close().unwrap();
        assert_eq!(checked(dir.path()).sound, sound);
    }
}

/// Earlier versions noted the size of a ledger in it.
#[tokio::test]
async fn an_old_note_of_the_size_is_sound_and_left_behind() {
    let dir = tempfile::tempdir().unwrap();
    wasteful(dir.path()).await;
    edit(dir.path(), |db| drop(db.insert(b"Mmeasured", &[1, 7]).unwrap()));
    let before = assert_checks(dir.path());
    compact(dir.path(), CACHE, None).unwrap();
    edit(dir.path(), |db| assert!(!db.contains_key(b"Mmeasured").unwrap()));
    assert_eq!(assert_checks(dir.path()).records, before.records - 1);
}

#[tokio::test]
async fn a_ledger_of_an_older_format_is_compacted_in_the_present_one() {
    let dir = crate::format::restored();
    compact(dir.path(), CACHE, None).unwrap();
    assert_eq!(assert_checks(dir.path()).format, 8);
    crate::format::assert_whole(dir.path());
}

#[test]
fn what_cannot_be_looked_at_is_said() {
    let dir = tempfile::tempdir().unwrap();
    for state in [dir.path().to_owned(), dir.path().join("none")] {
        for error in [check(&state, CACHE).unwrap_err(), compact(&state, CACHE, None).unwrap_err()] {
            assert!(matches!(error, LedgerError::Missing { .. }), "{error}");
        }
        assert!(!state.join("ledger").exists(), "nothing is made");
    }
    let ledger = open(dir.path());
    for error in [check(dir.path(), CACHE).unwrap_err(), compact(dir.path(), CACHE, None).unwrap_err()] {
        assert!(matches!(error, LedgerError::Held { .. }), "{error}");
    }
    ledger.close().unwrap();
    edit(dir.path(), |db| drop(db.insert(b"Mformat", &[1, 9]).unwrap()));
    for error in [check(dir.path(), CACHE).unwrap_err(), compact(dir.path(), CACHE, None).unwrap_err()] {
        assert!(matches!(error, LedgerError::Newer { .. }), "{error}");
    }
    edit(dir.path(), |db| drop(db.remove(b"Mformat").unwrap()));
    assert!(check(dir.path(), CACHE).unwrap_err().to_string().contains("no format version"));
}

/// A ledger that wastes space, and what it holds.
async fn wasteful(state: &Path) -> Vec<(sled::IVec, sled::IVec)> {
    filled(state).await;
    edit(state, |db| {
        for round in 0..60_u8 {
            for key in 0..60_u8 {
                db.insert([b"Uwaste", &[key][..]].concat(), vec![round; 2_000]).unwrap();
            }
            db.flush().unwrap();
        }
        (0..60_u8).for_each(|key| drop(db.remove([b"Uwaste", &[key][..]].concat()).unwrap()));
    });
    content(state)
}

#[tokio::test]
async fn a_compacted_ledger_holds_the_same_in_less_space() {
    let dir = tempfile::tempdir().unwrap();
    let before = wasteful(dir.path()).await;
    let wasted = assert_checks(dir.path());
    let done = compact(dir.path(), CACHE, None).unwrap();
    assert_eq!(notes(dir.path()).len(), 1, "without one the next start would have to read all of the log");
    assert!(content(dir.path()) == before, "the content differs");
    assert_eq!((done.records, done.before > done.after), (before.len() as u64, true), "{done:#?}");
    assert!(wasted.reclaimable > 0, "{wasted:#?}");
    assert!(done.after <= wasted.disk - wasted.reclaimable, "the estimate is on the safe side: {done:#?}\n{wasted:#?}");
    assert_eq!(done.sha256, compact(dir.path(), CACHE, None).unwrap().sha256);
    assert_checks(dir.path());
    assert_sound(&open(dir.path()), 1);
}

/// sled's notes of its state.
fn notes(state: &Path) -> Vec<String> {
    let names = std::fs::read_dir(state.join("ledger")).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).filter(|name| name.starts_with("snap.")).collect()
}

const STATE: &str = "LEDGER_TEST_COMPACT_STATE";
const STEPS: &str = "LEDGER_TEST_COMPACT_STEPS";

#[test]
#[ignore = "run by the test of this file, as a child"]
fn child_that_dies_while_it_compacts() {
    let Some(state) = std::env::var_os(STATE) else { return };
    let steps = std::env::var(STEPS).unwrap().parse().unwrap();
    if compact(&PathBuf::from(state), CACHE, Some(&Fuse::new(steps, Blown::Before))).is_err() {
        // Like a kill: nothing is closed, nothing is written any more.
        std::process::abort();
    }
}

#[tokio::test]
async fn a_compaction_that_dies_before_any_of_its_steps_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let before = wasteful(dir.path()).await;
    let mut died = 0;
    loop {
        let copy = copy_of(dir.path());
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "care::child_that_dies_while_it_compacts", "--ignored"])
            .env(STATE, copy.path())
            .env(STEPS, died.to_string())
            .output()
            .unwrap();
        let left = std::fs::read_dir(copy.path()).unwrap().count();
        assert_checks(copy.path());
        assert!(content(copy.path()) == before, "after {died} steps");
        assert!(!copy.path().join("ledger.new").exists() && !copy.path().join("ledger.old").exists());
        if done.status.success() {
            break;
        }
        assert!(left > 1 || died == 0, "it died in the middle of something");
        died += 1;
    }
    assert!(died >= 8, "only {died} steps: the ledger is too small to tell anything");
}

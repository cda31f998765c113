//! Pages of a listing.

use batchferry::ledger::{Change, GroupedDocument};
use batchferry::model::batch::BatchId;
use batchferry::model::counts::Listed;
use batchferry::model::document::{DocumentRecord, FileRecord};
use batchferry::model::listing::{KeyRange, Mark, Shard};

use crate::support::*;

pub fn page(batch: BatchId, prefix: &str, files: Vec<FileRecord>, listed: Listed) -> Change {
    Change::Page {
        batch,
        shard: Shard::all(prefix),
        mark: Mark::Resume(Some("token".to_owned())),
        files,
        unrecognised: Vec::new(),
        listed,
        unlistable: Vec::new(),
        contiguous: true,
    }
}

#[tokio::test]
async fn what_is_left_of_a_shard_is_listed_in_ranges_from_the_moment_that_it_is_divided() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let range = |after: &str, upto: Option<&str>| {
        let range = KeyRange { after: after.to_owned(), upto: upto.map(str::to_owned) };
        Shard { range: Some(range), ..Shard::all("scans/") }
    };
    commit(&ledger, page(batch, "scans/", vec![file("1", "scans/1", 1)], Listed::default())).await;
    let ranges = vec![range("scans/1", Some("scans/2")), range("scans/2", None)];
    let (shard, requests) = (Shard::all("scans/"), 7);
    commit(&ledger, Change::Divide { batch, shard: shard.clone(), ranges: ranges.clone(), requests }).await;
    drop(ledger);
    let ledger = open(dir.path());
    let reader = ledger.reader();
    let mut expected = vec![(shard, Mark::Done)];
    expected.extend(ranges.iter().map(|range| (range.clone(), Mark::Resume(None))));
    assert_eq!(reader.marks(batch).unwrap(), expected);
    assert_eq!(reader.batch(batch).unwrap().unwrap().listed.requests, 7);
    let Change::Page { files, listed, .. } = page(batch, "", vec![file("2", "scans/11", 1)], Listed::default()) else {
        unreachable!("a page")
    };
    let (unrecognised, unlistable) = (Vec::new(), Vec::new());
    let shard = ranges[0].clone();
    commit(
        &ledger,
        Change::Page { batch, shard, mark: Mark::Done, files, unrecognised, listed, unlistable, contiguous: true },
    )
    .await;
    expected[1].1 = Mark::Done;
    assert_eq!(reader.marks(batch).unwrap(), expected, "each range has a mark of its own");
}

#[tokio::test]
async fn a_page_leaves_files_marks_totals_and_what_was_not_recognised() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let shard = Shard::all("scans/发票\0/");
    let one =
        Listed { objects: 3, requests: 1, out_of_scope_by: [("collected".to_owned(), 1)].into(), ..Listed::default() };
    for mark in [Mark::Resume(Some("t".to_owned())), Mark::Done] {
        commit(
            &ledger,
            Change::Page {
                batch,
                shard: shard.clone(),
                mark,
                files: vec![file("2", "2/b", 1), file("2", "2/a", 1), file("1", "1/z", 1)],
                unrecognised: vec![object("Thumbs.db", 4), object("README", 4)],
                listed: one.clone(),
                unlistable: vec!["a//b".to_owned()],
                contiguous: true,
            },
        )
        .await;
    }
    let reader = ledger.reader();
    assert_eq!(reader.marks(batch).unwrap(), [(shard, Mark::Done)]);
    let record = reader.batch(batch).unwrap().unwrap();
    assert_eq!((record.listed.objects, record.listed.requests, record.listed.out_of_scope_by["collected"]), (6, 2, 2));
    assert_eq!(record.unlistable, ["a//b"], "said twice, kept once");
    let keys = |after: Option<&str>| -> Vec<String> {
        let after = after.map(image);
        reader.listed_files(batch, after.as_ref()).unwrap().map(|file| file.unwrap().file.object.key).collect()
    };
    assert_eq!(keys(None), ["1/z", "2/a", "2/b"]);
    assert_eq!(keys(Some("1")), ["2/a", "2/b"]);
    assert_eq!(keys(Some("2")), [""; 0]);
    let unrecognised = |after, limit| -> Vec<String> {
        reader.unrecognised(batch, after, limit).unwrap().into_iter().map(|object| object.key).collect()
    };
    assert_eq!(unrecognised(None, 9), ["README", "Thumbs.db"]);
    assert_eq!(unrecognised(Some("README"), 9), ["Thumbs.db"]);
    assert_eq!(unrecognised(None, 1), ["README"]);
    assert_eq!(reader.counts(batch).unwrap().files.in_scope(), 0, "listed files are not in scope yet");
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn a_page_larger_than_one_write_is_recorded_whole() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let files = (0..1000).map(|n| file(&format!("{n:04}"), &format!("{n:04}/1"), 1)).collect();
    commit(&ledger, page(batch, "p/", files, Listed { objects: 1000, ..Listed::default() })).await;
    assert_eq!(ledger.reader().listed_files(batch, None).unwrap().count(), 1000);
    assert_eq!(ledger.reader().batch(batch).unwrap().unwrap().listed.objects, 1000);
}

#[tokio::test]
async fn a_file_listed_again_keeps_what_became_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 2)])).await;
    commit(&ledger, finish(batch, migrated("1", 2, 1))).await;
    let mut again = file("1", "1/1", 25);
    again.seen = 2;
    commit(&ledger, page(batch, "p/", vec![again], Listed::default())).await;

    let files = ledger.reader().files(batch, &image("1")).unwrap();
    assert_eq!((files[0].object.size, files[0].seen), (25, 2));
    assert_eq!(files[0].state, migrated("1", 2, 1).files[0].state);
    assert_eq!(ledger.reader().counts(batch).unwrap().bytes.migrated, 20, "as many as were copied");
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn a_document_that_a_new_listing_finds_as_it_was_is_not_written_again() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    commit(&ledger, group(batch, vec![grouped("1", 2)])).await;
    commit(&ledger, finish(batch, migrated("1", 2, 1))).await;
    let reader = ledger.reader();
    let record = reader.document(batch, &image("1")).unwrap().unwrap();
    let again = GroupedDocument { record, files: Vec::new(), removed: Vec::new(), claims: Vec::new() };

    let (before, _) = reader.touched_since(u64::MAX);
    commit(&ledger, group(batch, vec![again.clone()])).await;
    assert_eq!(reader.touched_since(before), (before, vec![]));

    let gone = DocumentRecord { gone_from_source: true, ..again.record.clone() };
    commit(&ledger, group(batch, vec![GroupedDocument { record: gone, ..again }])).await;
    assert_eq!(reader.touched_since(before).1, [batch], "what changes is written");
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn a_new_listing_forgets_the_marks_of_the_last_and_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    let other = accept(&ledger, "b").await.id;
    for batch in [batch, other] {
        for n in 0..150 {
            commit(
                &ledger,
                page(batch, &format!("p{n}/"), vec![file("1", "1/1", 1)], Listed { objects: 1, ..Listed::default() }),
            )
            .await;
        }
        commit(&ledger, group(batch, vec![grouped("1", 1)])).await;
    }
    commit(&ledger, Change::ClearListing { batch }).await;
    let reader = ledger.reader();
    assert_eq!(reader.marks(batch).unwrap(), []);
    assert_eq!(reader.batch(batch).unwrap().unwrap().listed, Listed::default());
    assert_eq!(reader.listed_files(batch, None).unwrap().count(), 1);
    assert_eq!((reader.marks(other).unwrap().len(), reader.batch(other).unwrap().unwrap().listed.objects), (150, 150));
}

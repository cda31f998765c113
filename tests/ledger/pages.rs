//! Pages that a listing finds as they were.

use std::collections::BTreeMap;

use batchferry::ledger::{Blown, Change, Durability, Fuse, Ledger, LedgerOptions, ListedFile};
use batchferry::model::batch::BatchId;
use batchferry::model::counts::Listed;
use batchferry::model::document::FileRecord;
use batchferry::model::listing::{Mark, Shard};
use proptest::prelude::*;

use crate::support::*;

/// A page of files by key and size, as a listing brings it.
fn page(batch: BatchId, listing: u32, files: &[(&str, u64)]) -> Change {
    Change::Page {
        batch,
        shard: Shard::all(""),
        mark: Mark::Done,
        files: files.iter().map(|(key, size)| listed(key, *size, listing)).collect(),
        unrecognised: Vec::new(),
        listed: Listed::default(),
        unlistable: Vec::new(),
        contiguous: true,
    }
}

/// Keys that are neighbours are of different documents, as where days and image numbers are in different orders.
fn listed(key: &str, size: u64, listing: u32) -> FileRecord {
    let image = key.bytes().map(u32::from).sum::<u32>() % 5;
    FileRecord { seen: listing, ..file(&image.to_string(), key, size) }
}

fn strays(batch: BatchId, strays: Vec<FileRecord>) -> Change {
    let Change::Group { run, at, operator, listing, documents, .. } = group(batch, Vec::new()) else {
        unreachable!("a group")
    };
    Change::Group { batch, run, at, operator, listing, documents, strays }
}

/// Every file: the listing that recorded it, and the one that saw it last.
fn seen(ledger: &Ledger, batch: BatchId) -> BTreeMap<String, (u32, u32)> {
    let files: Vec<ListedFile> = ledger.reader().listed_files(batch, None).unwrap().map(Result::unwrap).collect();
    for listed in &files {
        let (reader, record) = (ledger.reader(), &listed.file.record);
        let one = reader.listed_file(batch, &record.image_number, &listed.file.object.key).unwrap();
        assert_eq!(one.as_ref(), Some(listed), "asked for by itself");
        assert!(reader.listed_files_of(batch, &record.image_number).any(|file| file.unwrap() == *listed));
    }
    files.into_iter().map(|listed| (listed.file.object.key, (listed.file.seen, listed.seen))).collect()
}

async fn ledger(pages: &[(u32, &[(&str, u64)])]) -> (tempfile::TempDir, Ledger, BatchId) {
    let dir = tempfile::tempdir().unwrap();
    let ledger = open(dir.path());
    let batch = accept(&ledger, "a").await.id;
    for (listing, files) in pages {
        commit(&ledger, page(batch, *listing, files)).await;
    }
    (dir, ledger, batch)
}

fn is(seen: &BTreeMap<String, (u32, u32)>, expected: &[(&str, (u32, u32))]) {
    let expected: BTreeMap<_, _> = expected.iter().map(|(key, seen)| ((*key).to_owned(), *seen)).collect();
    assert_eq!(*seen, expected);
}

#[tokio::test]
async fn the_files_of_a_page_that_comes_again_as_it_was_are_seen_and_not_recorded_anew() {
    let (_dir, ledger, batch) = ledger(&[
        (1, &[("a", 1), ("b", 1)]),
        (1, &[("c", 1), ("d", 1)]),
        (2, &[("a", 1), ("b", 1)]),
        (2, &[("c", 1), ("d", 2)]),
    ])
    .await;
    is(&seen(&ledger, batch), &[("a", (1, 2)), ("b", (1, 2)), ("c", (2, 2)), ("d", (2, 2))]);
    assert_eq!(ledger.reader().files_as_they_were(batch, 1, 2).unwrap(), None, "one page was recorded anew");
    assert_eq!(ledger.reader().files_as_they_were(batch, 2, 2).unwrap(), Some(4));
}

#[tokio::test]
async fn a_file_that_is_gone_is_not_seen_with_the_page_in_which_it_was() {
    let (_dir, ledger, batch) =
        ledger(&[(1, &[("a", 1), ("b", 1), ("c", 1)]), (2, &[("a", 1), ("c", 1)]), (3, &[("a", 1), ("c", 1)])]).await;
    is(&seen(&ledger, batch), &[("a", (2, 3)), ("b", (1, 1)), ("c", (2, 3))]);
}

#[tokio::test]
async fn a_page_that_a_listing_has_missed_is_recorded_anew() {
    let (_dir, ledger, batch) = ledger(&[(1, &[("a", 1)]), (3, &[("a", 1)])]).await;
    is(&seen(&ledger, batch), &[("a", (3, 3))]);
}

#[tokio::test]
async fn what_is_not_in_order_is_recorded_each_time() {
    let (_dir, ledger, batch) = ledger(&[
        (1, &[("a", 1), ("z", 1)]),
        (1, &[("m", 1)]),
        (2, &[("a", 1), ("z", 1)]),
        (3, &[("a", 1), ("z", 1)]),
        (3, &[("m", 1)]),
    ])
    .await;
    is(&seen(&ledger, batch), &[("a", (2, 3)), ("z", (2, 3)), ("m", (3, 3))]);
}

#[tokio::test]
async fn where_pages_overlapped_the_next_listing_goes_by_none_of_them() {
    let (_dir, ledger, batch) = ledger(&[
        (1, &[("m", 1)]),
        (1, &[("a", 1), ("c", 1), ("z", 1)]),
        (1, &[("b", 1), ("d", 1)]),
        (2, &[("b", 1), ("d", 1)]),
        (2, &[("a", 1), ("z", 1)]),
    ])
    .await;
    let seen = seen(&ledger, batch);
    assert_eq!((seen["b"], seen["c"]), ((2, 2), (1, 1)), "c lies between b and d, and was in no page with them");
}

/// The same page as one of a level of folders.
fn level(page: Change) -> Change {
    let Change::Page { batch, shard, mark, files, unrecognised, listed, unlistable, .. } = page else {
        unreachable!("a page")
    };
    Change::Page { batch, shard, mark, files, unrecognised, listed, unlistable, contiguous: false }
}

#[tokio::test]
async fn a_page_of_which_a_file_was_recorded_by_itself_is_recorded_anew() {
    let whole: &[(&str, u64)] = &[("a", 1), ("m", 1), ("z", 1)];
    let (_dir, ledger, batch) = ledger(&[(1, whole)]).await;
    commit(&ledger, level(page(batch, 2, &[("m", 1)]))).await;
    for listing in [2, 3] {
        commit(&ledger, page(batch, listing, whole)).await;
        assert!(seen(&ledger, batch).values().all(|(_, last)| *last == listing), "{listing}");
    }
}

#[tokio::test]
async fn pages_of_one_level_of_folders_are_recorded_each_time() {
    let (_dir, ledger, batch) = ledger(&[]).await;
    for listing in [1, 2] {
        commit(&ledger, level(page(batch, listing, &[("a", 1), ("z", 1)]))).await;
    }
    is(&seen(&ledger, batch), &[("a", (2, 2)), ("z", (2, 2))]);
}

#[tokio::test]
async fn an_object_that_was_found_to_be_of_no_document_is_there_again_with_its_page() {
    let (_dir, ledger, batch) = ledger(&[(1, &[("a", 1), ("b", 1)])]).await;
    commit(&ledger, strays(batch, vec![listed("a", 1, 1)])).await;
    is(&seen(&ledger, batch), &[("b", (1, 1))]);
    commit(&ledger, page(batch, 2, &[("a", 1), ("b", 1)])).await;
    is(&seen(&ledger, batch), &[("a", (2, 2)), ("b", (2, 2))]);
}

#[tokio::test]
async fn files_of_documents_count_as_missed_only_where_no_page_tells_of_them() {
    let (_dir, ledger, batch) = ledger(&[]).await;
    commit(&ledger, group(batch, vec![grouped("1", 3)])).await;
    let keys = ["1/1", "1/2", "1/3"];
    let files = |listing: u32, keys: &[&str]| -> Change {
        let Change::Page { shard, mark, unrecognised, listed, unlistable, contiguous, .. } = page(batch, 1, &[]) else {
            unreachable!("a page")
        };
        let files = keys.iter().map(|key| FileRecord { seen: listing, ..file("1", key, 10) }).collect();
        Change::Page { batch, shard, mark, files, unrecognised, listed, unlistable, contiguous }
    };
    for (listing, keys, missed) in [(1, &keys[..], 0), (2, &keys[..], 0), (3, &keys[..2], 1), (4, &keys[..2], 1)] {
        commit(&ledger, files(listing, keys)).await;
        let reader = ledger.reader();
        assert_eq!(reader.not_listed(batch, listing).unwrap(), missed, "listing {listing}");
        assert_eq!(reader.recount(batch, listing, |_| Ok(())).unwrap().not_listed, missed, "listing {listing}");
    }
    assert_sound(&ledger, batch);
}

#[tokio::test]
async fn a_new_listing_keeps_no_page_that_says_nothing_of_the_one_before() {
    let (dir, ledger, batch) = ledger(&[(1, &[("a", 1)]), (2, &[("b", 1)])]).await;
    let writer = ledger.writer();
    let begin = |record: &mut batchferry::model::batch::BatchRecord| {
        record.listing = 3;
        Vec::new()
    };
    writer.update(batch, Durability::Flushed, begin).await.unwrap();
    commit(&ledger, Change::ClearListing { batch }).await;
    drop(ledger);
    let view = batchferry::ledger::check(dir.path(), 8 << 20).unwrap();
    let pages = view.kinds.iter().find(|kind| kind.kind == "pages of listings").map(|kind| kind.records);
    assert_eq!((view.sound, pages), (true, Some(1)));
}

/// What the store has at one time, and how a listing of it comes.
#[derive(Debug, Clone)]
struct Night {
    /// The size of what is at each of the keys; 0: nothing.
    sizes: Vec<u64>,
    /// Where a page ends.
    ends: Vec<bool>,
    /// The first pages only: then the run was cancelled.
    delivered: usize,
    /// Listings that saw nothing of this come in between; `None`: the one before is begun anew.
    skipped: Option<u32>,
    /// The store lists in an order of its own.
    shuffled: bool,
    /// A page of one level of folders.
    level: Option<usize>,
    /// A key between others that only a catalog tells of.
    told: Option<usize>,
    /// An object that is found to be of no document.
    stray: Option<usize>,
}

const KEYS: [&str; 12] = ["a", "a/b", "b", "ba", "c", "c-", "c/1", "c/2", "d", "发票/1", "发票/2", "z"];
const TOLD: [&str; 3] = ["aa", "c/15", "y"];

/// Another night.
#[derive(Debug, Clone)]
enum Next {
    /// Of its own.
    Other(Night),
    /// Like the one before.
    Same,
    /// Like the one before, but for what is at one key.
    But(usize, u64),
    /// Like the one before, with an object that is found to be of no document.
    Stray(usize),
    /// Like the one before, and begun anew.
    Anew(usize, u64),
}

fn night() -> impl Strategy<Value = Night> {
    let rarely = |most: usize| prop::option::weighted(0.15, 0..most);
    (
        prop::collection::vec(prop_oneof![1 => Just(0_u64), 6 => Just(1), 1 => Just(2)], KEYS.len()),
        prop::collection::vec(prop::bool::weighted(0.3), KEYS.len()),
        prop_oneof![1 => 0_usize..4, 4 => Just(usize::MAX)],
        prop_oneof![5 => Just(Some(0)), 1 => Just(Some(1)), 1 => Just(None)],
        prop::bool::weighted(0.2),
        (rarely(3), rarely(TOLD.len()), rarely(KEYS.len())),
    )
        .prop_map(|(sizes, ends, delivered, skipped, shuffled, (level, told, stray))| Night {
            sizes,
            ends,
            delivered,
            skipped,
            shuffled,
            level,
            told,
            stray,
        })
}

fn nights() -> impl Strategy<Value = Vec<Night>> {
    let next = prop_oneof![
        2 => night().prop_map(Next::Other),
        3 => Just(Next::Same),
        3 => (0..KEYS.len(), 0_u64..3).prop_map(|(at, size)| Next::But(at, size)),
        1 => (0..KEYS.len()).prop_map(Next::Stray),
        1 => (0..KEYS.len(), 0_u64..3).prop_map(|(at, size)| Next::Anew(at, size)),
    ];
    (night(), prop::collection::vec(next, 0..7)).prop_map(|(first, next)| {
        let mut nights = vec![first];
        for next in next {
            let last = nights[nights.len() - 1].clone();
            let quiet = Night { skipped: Some(0), told: None, stray: None, ..last };
            let changed = |night: &Night, at: usize, size| {
                let mut sizes = night.sizes.clone();
                sizes[at] = size;
                sizes
            };
            nights.push(match next {
                Next::Other(night) => night,
                Next::Same => quiet,
                Next::Stray(at) => Night { stray: Some(at), ..quiet },
                Next::But(at, size) => Night { sizes: changed(&quiet, at, size), ..quiet },
                Next::Anew(at, size) => Night { sizes: changed(&quiet, at, size), skipped: None, ..quiet },
            });
        }
        nights
    })
}

impl Night {
    fn pages(&self) -> Vec<Vec<(&'static str, u64)>> {
        let mut order: Vec<usize> = (0..KEYS.len()).collect();
        if self.shuffled {
            order.sort_by_key(|at| (at * 5) % KEYS.len());
        }
        let mut pages = vec![Vec::new()];
        for at in order {
            if self.sizes[at] > 0 {
                pages.last_mut().unwrap().push((KEYS[at], self.sizes[at]));
            }
            if self.ends[at] {
                pages.push(Vec::new());
            }
        }
        pages.truncate(self.delivered);
        pages
    }
}

/// What each file should be: the listing that brought it last, and its size then.
type Expected = BTreeMap<String, (u32, u64)>;

/// Lets a listing come as it does at night.
async fn come(ledger: &Ledger, batch: BatchId, listing: u32, night: &Night, expected: &mut Expected) {
    let begin = move |record: &mut batchferry::model::batch::BatchRecord| {
        record.listing = listing;
        Vec::new()
    };
    ledger.writer().update(batch, Durability::Later, begin).await.unwrap();
    commit(ledger, Change::ClearListing { batch }).await;
    for (number, files) in night.pages().into_iter().enumerate() {
        let mut page = page(batch, listing, &files);
        if let Change::Page { contiguous, .. } = &mut page {
            *contiguous = night.level != Some(number);
        }
        commit(ledger, page).await;
        expected.extend(files.iter().map(|(key, size)| ((*key).to_owned(), (listing, *size))));
    }
    if let Some(told) = night.told {
        let mut file = listed(TOLD[told], 0, listing);
        file.record.absent = true;
        commit(ledger, Change::Rows { batch, files: vec![file] }).await;
        expected.insert(TOLD[told].to_owned(), (listing, 0));
    }
    let stray =
        night.stray.map(|at| KEYS[at]).filter(|key| expected.get(*key).is_some_and(|(last, _)| *last == listing));
    if let Some(stray) = stray {
        commit(ledger, strays(batch, vec![listed(stray, 1, listing)])).await;
        expected.remove(stray);
    }
}

/// However pages come, the listing has seen the files that it brought and no other, and each is as it was brought last.
fn hold(ledger: &Ledger, batch: BatchId, listing: u32, expected: &Expected) {
    let is_seen: BTreeMap<_, _> =
        seen(ledger, batch).into_iter().map(|(key, (_, last))| (key, last == listing)).collect();
    let wanted: BTreeMap<_, _> = expected.iter().map(|(key, (last, _))| (key.clone(), *last == listing)).collect();
    assert_eq!(is_seen, wanted, "listing {listing}");
    let files = ledger.reader().listed_files(batch, None).unwrap().map(|file| file.unwrap().file.object);
    let sizes: BTreeMap<_, _> = files.map(|object| (object.key, object.size)).collect();
    let wanted: BTreeMap<_, _> = expected.iter().map(|(key, (_, size))| (key.clone(), *size)).collect();
    assert_eq!(sizes, wanted, "listing {listing}");
    // What is said to be as it was is what the listing brought, and nothing else of what was known.
    if let Some(files) = ledger.reader().files_as_they_were(batch, listing - 1, listing).unwrap() {
        let brought = expected.values().filter(|(last, _)| *last == listing).count();
        assert!(files <= brought as u64, "{files} of {brought}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn files_are_seen_as_if_each_were_recorded_each_time(nights in nights()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let dir = runtime.block_on(async {
            let (dir, ledger, batch) = ledger(&[]).await;
            let (mut listing, mut expected) = (1, Expected::new());
            for night in nights {
                listing += night.skipped.map_or(0, |skipped| skipped + 1);
                come(&ledger, batch, listing, &night, &mut expected).await;
                hold(&ledger, batch, listing, &expected);
            }
            dir
        });
        let view = batchferry::ledger::check(dir.path(), 8 << 20).unwrap();
        assert!(view.sound, "{view:#?}");
    }
}

/// Brings a page, and lets the process die at its third write.
async fn killed_in(dir: &std::path::Path, batch: BatchId, listing: u32, files: &[(String, u64)]) {
    let fuse = Some(Fuse::new(2, Blown::Before));
    let ledger = Ledger::open(dir, &LedgerOptions { fuse, ..options() }).unwrap();
    let files: Vec<(&str, u64)> = files.iter().map(|(key, size)| (key.as_str(), *size)).collect();
    ledger.writer().commit(page(batch, listing, &files), Durability::Later).await.unwrap_err();
}

#[tokio::test]
async fn a_page_that_was_cut_off_while_it_was_recorded_is_known_by_no_later_one() {
    let all: Vec<(String, u64)> = (0..250).map(|n| (format!("{n:03}"), 1)).collect();
    let without = |gone: &str| -> Vec<(String, u64)> { all.iter().filter(|(key, _)| key != gone).cloned().collect() };
    let mut grown = all.clone();
    grown[7].1 = 2;
    // What was cut off, what comes in its place, and what the next two listings bring.
    for (cut, comes) in [(without("100"), all.clone()), (grown.clone(), all.clone()), (all.clone(), without("007"))] {
        let (dir, first, batch) = ledger(&[]).await;
        let bring = |ledger: Ledger, listing: u32, files: Vec<(String, u64)>| async move {
            let files: Vec<(&str, u64)> = files.iter().map(|(key, size)| (key.as_str(), *size)).collect();
            commit(&ledger, page(batch, listing, &files)).await;
            ledger.close().unwrap();
        };
        bring(first, 1, if cut == all { without("200") } else { all.clone() }).await;
        killed_in(dir.path(), batch, 2, &cut).await;
        for listing in [2, 3, 4] {
            bring(open(dir.path()), listing, comes.clone()).await;
            let ledger = open(dir.path());
            let seen = seen(&ledger, batch);
            for (key, _) in &comes {
                assert_eq!(seen[key].1, listing, "{key}");
            }
            let gone: Vec<_> = seen.iter().filter(|(_, (_, last))| *last == listing).map(|(key, _)| key).collect();
            // What the page had that was cut off, its listing has seen.
            assert!(listing == 2 || gone.len() == comes.len(), "{} in {listing}", gone.len());
            let files = ledger.reader().listed_files(batch, None).unwrap().map(|file| file.unwrap().file.object);
            assert!(files.map(|object| object.size).all(|size| size == 1), "{listing}");
            ledger.close().unwrap();
        }
    }
}

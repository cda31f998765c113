//! What every kind of store does.

use batchferry::model::failure::{Code, Disposition};
use batchferry::model::receipt::Pin;
use batchferry::stores::{Carried, Part, PutIf, PutResult, Store};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};

use super::emulators;
use super::places::{self, Backslash, Place, all, keys, pages, part, pinned, put, put_if};

macro_rules! every_kind {
    ($($name:ident)+) => {
        mod google { $(#[tokio::test] async fn $name() { super::$name(super::places::google()).await; })+ }
        mod bucket { $(#[tokio::test] async fn $name() { super::$name(super::places::bucket()).await; })+ }
        mod folder { $(#[tokio::test] async fn $name() { super::$name(super::places::folder()).await; })+ }
        mod memory { $(#[tokio::test] async fn $name() { super::$name(super::places::memory()).await; })+ }

        mod azurite {
            $(#[tokio::test]
            #[ignore = "tests/clouds.sh starts the server"]
            async fn $name() { super::$name(super::emulators::azurite(stringify!($name)).await).await; })+
        }
        mod seaweedfs {
            $(#[tokio::test]
            #[ignore = "tests/clouds.sh starts the server"]
            async fn $name() { super::$name(super::emulators::seaweedfs(stringify!($name))).await; })+
        }
        mod google_seaweedfs {
            $(#[tokio::test]
            #[ignore = "tests/clouds.sh starts the server"]
            async fn $name() { super::$name(super::emulators::google_seaweedfs(stringify!($name))).await; })+
        }
    };
}

every_kind! {
    what_was_put_is_got_back
    an_object_is_replaced_only_if_that_is_wanted
    ranges_are_exact
    head_tells_what_is_there_and_nothing_else
    a_change_since_the_listing_is_noticed
    what_is_gone_is_missing
    odd_keys_are_the_same_bytes_everywhere
    keys_that_address_another_object_are_refused
    pages_are_in_order_and_go_on_where_the_last_one_ended
    a_page_is_asked_for_by_token_from_another_store_object
    what_is_behind_a_key_is_listed_where_that_can_be_asked_for
    directories_are_listed_as_such
    a_prefix_is_text
    parts_make_one_object
    an_aborted_upload_leaves_nothing
    a_probe_finds_the_store
    an_empty_object_is_an_object
    only_objects_of_a_trial_are_ever_removed
}

async fn what_was_put_is_got_back(place: Place) {
    let store = &place.store;
    let bytes = vec![7; 300_000];
    let written = put(store, "a/b.jpg", &bytes).await;
    assert_eq!(written.verified_by_store, store.abilities().checksum);
    let pin = pinned(store, "a/b.jpg").await;
    assert_eq!(pin.size, 300_000);
    assert_eq!(store.get("a/b.jpg", &pin).await.unwrap().bytes, bytes);
}

async fn an_object_is_replaced_only_if_that_is_wanted(place: Place) {
    let store = &place.store;
    put(store, "a.jpg", b"first").await;
    assert_eq!(put_if(store, "a.jpg", b"second", PutIf::Absent).await, PutResult::Exists);
    assert_eq!(read(store, "a.jpg").await, b"first".as_slice());
    assert!(matches!(put_if(store, "a.jpg", b"second", PutIf::Any).await, PutResult::Written(_)));
    assert_eq!(read(store, "a.jpg").await, b"second".as_slice());
}

async fn read(store: &Store, key: &str) -> Bytes {
    store.get(key, &pinned(store, key).await).await.unwrap().bytes
}

async fn ranges_are_exact(place: Place) {
    let store = &place.store;
    put(store, "a.bin", b"0123456789").await;
    let pin = pinned(store, "a.bin").await;
    for (range, expected) in [(0..1, "0"), (3..7, "3456"), (9..10, "9"), (0..10, "0123456789")] {
        assert_eq!(store.get_range("a.bin", &pin, range).await.unwrap().bytes, expected);
    }
}

async fn head_tells_what_is_there_and_nothing_else(place: Place) {
    let store = &place.store;
    assert_eq!(store.head("a/b.jpg").await.unwrap(), None);
    let written = put(store, "a/b.jpg", b"12345").await;
    let found = store.head("a/b.jpg").await.unwrap().unwrap();
    assert_eq!((found.size, &found.etag), (5, &written.etag));
    assert!(found.modified.duration_until(Timestamp::now()).abs() < SignedDuration::from_mins(5));
    assert_eq!(store.head("a/b.jp").await.unwrap(), None);
}

async fn a_change_since_the_listing_is_noticed(place: Place) {
    let store = &place.store;
    let written = put(store, "a.jpg", b"first").await;
    // Not every server lists entity tags.
    let listed = Pin { etag: written.etag, ..pinned(store, "a.jpg").await };
    put_if(store, "a.jpg", b"other", PutIf::Any).await;
    let changed = store.get("a.jpg", &listed).await.unwrap_err();
    assert_eq!((changed.code, changed.disposition), (Code::ChangedDuringRun, Disposition::Reject), "{changed}");
    let changed = store.get_range("a.jpg", &listed, 0..2).await.unwrap_err();
    assert_eq!(changed.code, Code::ChangedDuringRun, "{changed}");
    put_if(store, "a.jpg", b"longer than before", PutIf::Any).await;
    let changed = store.get("a.jpg", &listed).await.unwrap_err();
    assert_eq!(changed.code, Code::ChangedDuringRun, "{changed}");
    let nothing_known = Pin { size: 18, etag: None, modified: Timestamp::UNIX_EPOCH, version: None };
    assert_eq!(store.get("a.jpg", &nothing_known).await.unwrap_err().code, Code::ChangedDuringRun);
}

async fn what_is_gone_is_missing(place: Place) {
    let pin = Pin { size: 1, etag: None, modified: Timestamp::UNIX_EPOCH, version: None };
    for key in ["gone.jpg", "no/such/folder.jpg"] {
        let missing = place.store.get(key, &pin).await.unwrap_err();
        assert_eq!((missing.code, missing.disposition), (Code::SourceMissing, Disposition::Reject), "{missing}");
        assert_eq!(missing.key.as_deref(), Some(key));
    }
}

pub const ODD_KEYS: [&str; 12] = [
    "发票/2025 年/封面 001.tif",
    "emoji/😀.jpg",
    "percent/100%.jpg",
    "percent/a%20b.jpg",
    "percent/%2e%2e/a.jpg",
    "plus/a+b.jpg",
    "query/a?b=c&d.jpg",
    "hash/a#b.jpg",
    "quotes/'\"`<>|\\{}[]^~.jpg",
    "space/ a b .jpg",
    "dots/...jpg",
    "at/a=b@c:d;e,f!(g)*$.jpg",
];

async fn odd_keys_are_the_same_bytes_everywhere(place: Place) {
    let store = &place.store;
    let mut expected = ODD_KEYS.to_vec();
    if let Backslash::Refused | Backslash::Slash = place.gaps.backslash {
        expected.retain(|key| !key.contains('\\'));
    }
    if place.gaps.backslash == Backslash::Refused {
        assert_eq!(store.head("a\\b").await.unwrap_err().code, Code::UnsafeKey);
    }
    for key in &expected {
        put(store, key, key.as_bytes()).await;
    }
    let listed = all(store, "").await;
    expected.sort_unstable();
    assert_eq!(keys(&listed), expected);
    assert!(listed.unaddressable.is_empty());
    for key in expected {
        assert_eq!(read(store, key).await, key.as_bytes(), "{key}");
        assert!(store.head(key).await.unwrap().is_some(), "{key}");
    }
    let (prefix, _) = ODD_KEYS[0].split_at("发票/2025 年/封".len());
    assert_eq!(keys(&all(store, prefix).await), [ODD_KEYS[0]]);
}

async fn keys_that_address_another_object_are_refused(place: Place) {
    let pin = Pin { size: 1, etag: None, modified: Timestamp::UNIX_EPOCH, version: None };
    for key in ["a//b", "/a", "a/", "../a", "a/../b", "a\nb", ""] {
        let refused = place.store.get(key, &pin).await.unwrap_err();
        assert_eq!((refused.code, refused.disposition), (Code::UnsafeKey, Disposition::Reject), "{key:?} {refused}");
        assert_eq!(place.store.head(key).await.unwrap_err().code, Code::UnsafeKey, "{key:?}");
    }
}

/// More than two pages of keys, in directories and beside them, in which bytes and names sort differently.
async fn fill(store: &Store) -> Vec<String> {
    let mut keys: Vec<String> = (0..2100)
        .map(|n| match n % 3 {
            0 => format!("d{}/{n:04}.jpg", n % 7),
            1 => format!("d{}.{n:04}", n % 7),
            _ => format!("d{}-{n:04}/x", n % 7),
        })
        .collect();
    futures::future::join_all(keys.iter().map(|key| put(store, key, b""))).await;
    keys.sort();
    keys
}

async fn pages_are_in_order_and_go_on_where_the_last_one_ended(place: Place) {
    let store = &place.store;
    let expected = fill(store).await;
    let pages = pages(store, "", false).await;
    assert!(pages.iter().all(|page| page.objects.len() <= 1000 && page.requests == 1));
    let mut listed: Vec<&str> = pages.iter().flat_map(keys).collect();
    if !place.gaps.lists_in_order {
        listed.sort_unstable();
    }
    assert_eq!(listed, expected);
}

async fn a_page_is_asked_for_by_token_from_another_store_object(place: Place) {
    let store = &place.store;
    let expected = fill(store).await;
    let first = store.list("d", false, None).await.unwrap();
    let again = store.list("d", false, first.next.as_deref()).await.unwrap();
    // A page that is asked for a second time, as after a restart, is the same.
    let repeated = store.list("d", false, first.next.as_deref()).await.unwrap();
    assert_eq!(again, repeated);
    if place.gaps.lists_in_order {
        assert_eq!(keys(&again), expected[1000..2000]);
    }
}

async fn what_is_behind_a_key_is_listed_where_that_can_be_asked_for(place: Place) {
    let store = &place.store;
    fill(store).await;
    let pages = pages(store, "", false).await;
    let expected: Vec<&str> = pages.iter().flat_map(keys).collect();
    let after = async |key: &str| store.list_after("", key, 3).await;
    if !place.gaps.lists_after {
        let refused = after(expected[0]).await.unwrap_err();
        assert!(refused.to_string().contains("can begin behind no key"), "{refused}");
        return;
    }
    let first = after(expected[6]).await.unwrap();
    assert_eq!(keys(&first), expected[7..10]);
    let second = store.list("", false, first.next.as_deref()).await.unwrap();
    assert_eq!(keys(&second)[0], expected[10], "a token goes on from there");
    if place.gaps.lists_in_order {
        // A key that is not there has its place all the same.
        assert_eq!(keys(&after(&format!("{}!", expected[6])).await.unwrap()), expected[7..10]);
    }
}

async fn directories_are_listed_as_such(place: Place) {
    let store = &place.store;
    for key in ["a/1.jpg", "a/b/2.jpg", "a/b/3.jpg", "a/b.jpg", "a/c/d/4.jpg", "z.jpg"] {
        put(store, key, b"x").await;
    }
    let top = store.list("", true, None).await.unwrap();
    assert_eq!(keys(&top), ["z.jpg"]);
    assert_eq!(top.directories, ["a/"]);
    let below = store.list("a/", true, None).await.unwrap();
    assert_eq!(keys(&below), ["a/1.jpg", "a/b.jpg"]);
    assert_eq!(below.directories, ["a/b/", "a/c/"]);
    let partial = store.list("a/b", true, None).await.unwrap();
    assert_eq!(keys(&partial), ["a/b.jpg"]);
    assert_eq!(partial.directories, ["a/b/"]);
    assert_eq!(pages(store, "a/", true).await.len(), 1);
}

async fn a_prefix_is_text(place: Place) {
    let store = &place.store;
    for key in ["2025-01/a", "2025-02/b", "2025-1/c", "2024/d"] {
        put(store, key, b"x").await;
    }
    assert_eq!(keys(&all(store, "2025-0").await), ["2025-01/a", "2025-02/b"]);
    assert_eq!(keys(&all(store, "2025-01/").await), ["2025-01/a"]);
    assert!(keys(&all(store, "2025-01/a/").await).is_empty());
    assert!(keys(&all(store, "no/such/folder/").await).is_empty());
}

async fn parts_make_one_object(place: Place) {
    let store = &place.store;
    let mut upload = store.upload("big.tif", &Carried::default()).await.unwrap();
    let sent: Vec<Bytes> = [1_u8, 2, 3].iter().map(|n| Bytes::from(vec![*n; 5 << 20])).collect();
    // Side by side: their order is that of the calls, not of their ends.
    let parts: Vec<_> = sent.iter().map(|bytes| part(&mut upload, bytes)).collect();
    futures::future::try_join_all(parts.iter().rev().map(Part::send)).await.unwrap();
    let PutResult::Written(written) = upload.finish(PutIf::Absent).await.unwrap() else { panic!("nothing is there") };
    let found = store.head("big.tif").await.unwrap().unwrap();
    assert_eq!((found.size, found.etag), (15 << 20, written.etag));
    assert_eq!(read(store, "big.tif").await, sent.concat());
}

async fn an_aborted_upload_leaves_nothing(place: Place) {
    let store = &place.store;
    let mut upload = store.upload("big.tif", &Carried::default()).await.unwrap();
    part(&mut upload, &Bytes::from_static(b"part")).send().await.unwrap();
    assert_eq!(store.head("big.tif").await.unwrap(), None);
    upload.abort().await.unwrap();
    assert_eq!(store.head("big.tif").await.unwrap(), None);
    let left = all(store, "").await;
    assert!(left.objects.is_empty() && left.unaddressable.is_empty());
}

async fn a_probe_finds_the_store(place: Place) {
    place.store.probe().await.unwrap();
}

async fn an_empty_object_is_an_object(place: Place) {
    let store = &place.store;
    put(store, "empty.jpg", b"").await;
    assert_eq!(read(store, "empty.jpg").await.len(), 0);
    assert_eq!(store.head("empty.jpg").await.unwrap().unwrap().size, 0);
}

async fn only_objects_of_a_trial_are_ever_removed(place: Place) {
    let store = &place.store;
    let trial = format!("{}1", batchferry::stores::TRIAL);
    for key in ["a.jpg", &trial] {
        put(store, key, b"x").await;
    }
    store.discard_trial(&trial).await.unwrap();
    assert_eq!(store.head(&trial).await.unwrap(), None);
    store.discard_trial(&trial).await.unwrap();
    for key in ["a.jpg", &format!("x/{trial}")] {
        assert_eq!(store.discard_trial(key).await.unwrap_err().code, Code::UnsafeKey, "{key}");
    }
    assert!(store.head("a.jpg").await.unwrap().is_some());
}

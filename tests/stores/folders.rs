//! What folders do by themselves.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use batchferry::model::failure::{Code, Disposition};
use batchferry::model::ids::Digest;
use batchferry::model::receipt::Pin;
use batchferry::stores::{Carried, PutIf, Store, StoreError};
use bytes::Bytes;
use jiff::Timestamp;
use tempfile::TempDir;

use super::places::{all, keys, open_folder, pages, pinned, put};
use crate::support::file_config;
use crate::support::s3::write_file;

const NOWHERE: Pin = Pin { size: 1, etag: None, modified: Timestamp::UNIX_EPOCH, version: None };

fn folder() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = open_folder(folder.path());
    (folder, store)
}

async fn try_put(store: &Store, key: &str) -> Result<(), StoreError> {
    let bytes = Bytes::from_static(b"x");
    store.put(key, bytes, &Digest::of(b"x"), PutIf::Absent, &Carried::default()).await.map(drop)
}

fn verdict(error: &StoreError) -> (Code, Disposition) {
    (error.code, error.disposition)
}

#[tokio::test]
async fn keys_are_files_of_the_same_bytes() {
    let (folder, store) = folder();
    for key in ["发票 1/封面 %20+#x.tif", "a?b=c/'d'.jpg"] {
        put(&store, key, b"x").await;
        assert_eq!(fs::read(folder.path().join(key)).unwrap(), b"x");
    }
}

#[tokio::test]
async fn names_that_no_file_can_have_are_unsafe_keys() {
    let (folder, store) = folder();
    write_file(&folder.path().join("file"), b"x");
    fs::create_dir(folder.path().join("directory")).unwrap();
    for key in [&*"n".repeat(300), "scan#12", "file/below.jpg", "directory"] {
        let refused = try_put(&store, key).await.unwrap_err();
        assert_eq!(verdict(&refused), (Code::UnsafeKey, Disposition::Reject), "{key} {refused}");
    }
}

#[tokio::test]
async fn a_missing_source_folder_stalls() {
    let parent = TempDir::new().unwrap();
    let store = open_folder(&parent.path().join("no/such"));
    for error in [
        store.list("", false, None).await.unwrap_err(),
        store.get("a", &NOWHERE).await.unwrap_err(),
        store.head("a").await.unwrap_err(),
        store.probe().await.unwrap_err(),
        try_put(&store, "a").await.unwrap_err(),
    ] {
        assert_eq!(verdict(&error), (Code::StoreMissing, Disposition::Stall), "{error}");
    }
}

#[tokio::test]
async fn a_target_folder_is_made_by_the_first_write_and_never_again() {
    let parent = TempDir::new().unwrap();
    let root = parent.path().join("target");
    let store = open_folder(&root);
    store.probe().await.unwrap();
    assert_eq!(store.head("a").await.unwrap(), None);
    assert!(!root.exists());
    put(&store, "a", b"x").await;
    fs::rename(&root, parent.path().join("unmounted")).unwrap();
    let gone = try_put(&store, "b").await.unwrap_err();
    assert_eq!(verdict(&gone), (Code::StoreMissing, Disposition::Stall), "{gone}");
    assert!(!root.exists());
    let gone = store.get("a", &NOWHERE).await.unwrap_err();
    assert_eq!(gone.code, Code::StoreMissing, "{gone}");
    assert_eq!(store.head("a").await.unwrap_err().code, Code::StoreMissing);
}

#[tokio::test]
async fn what_cannot_be_read_by_its_key_is_named() {
    let (folder, store) = folder();
    let (root, outside) = (folder.path(), TempDir::new().unwrap());
    write_file(&outside.path().join("secret.jpg"), b"secret");
    write_file(&root.join("a.jpg"), b"x");
    write_file(&root.join("voucher#1"), b"x");
    write_file(&root.join("b.jpg#1"), b"an unfinished write");
    symlink(outside.path(), root.join("out")).unwrap();
    symlink(outside.path().join("secret.jpg"), root.join("out.jpg")).unwrap();
    symlink("nowhere", root.join("broken.jpg")).unwrap();
    symlink("a.jpg", root.join("good.jpg")).unwrap();
    fs::create_dir(root.join("d")).unwrap();
    symlink("..", root.join("d/loop")).unwrap();
    write_file(&root.join(as_name(b"gbk-\xB7\xA2.jpg")), b"x");
    write_file(&root.join("line\nbreak.jpg"), b"x");
    let listed = all(&store, "").await;
    assert_eq!(keys(&listed), ["a.jpg", "good.jpg"]);
    let mut odd: Vec<_> = listed.unaddressable.iter().map(|(object, _)| object.key.as_str()).collect();
    odd.sort_unstable();
    let expected = [
        "b.jpg#1",
        "broken.jpg",
        "d/loop",
        "gbk-\u{FFFD}\u{FFFD}.jpg",
        "line\nbreak.jpg",
        "out",
        "out.jpg",
        "voucher#1",
    ];
    assert_eq!(odd, expected);
}

fn as_name(bytes: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt as _;
    Path::new(std::ffi::OsStr::from_bytes(bytes))
}

#[tokio::test]
async fn a_prefix_cannot_lead_out_of_the_folder() {
    let (folder, store) = folder();
    let outside = TempDir::new().unwrap();
    write_file(&outside.path().join("secret.jpg"), b"secret");
    symlink(outside.path(), folder.path().join("out")).unwrap();
    for prefix in ["../", "a/../../", "out/", "a//b"] {
        let refused = store.list(prefix, false, None).await.unwrap_err();
        assert_eq!(verdict(&refused), (Code::UnsafeKey, Disposition::Reject), "{prefix} {refused}");
    }
}

#[tokio::test]
async fn the_configs_prefix_is_part_of_the_path() {
    let folder = TempDir::new().unwrap();
    write_file(&folder.path().join("tenant/a.jpg"), b"x");
    write_file(&folder.path().join("other/b.jpg"), b"x");
    let config = batchferry::model::config::StoreConfig { prefix: "/tenant/".into(), ..file_config(folder.path()) };
    let store = Store::open(&batchferry::model::ids::StoreName::new("folder"), &config, None).unwrap();
    assert_eq!(keys(&all(&store, "").await), ["a.jpg"]);
}

#[tokio::test]
async fn a_write_since_the_listing_is_noticed_by_its_time() {
    let (folder, store) = folder();
    put(&store, "a.jpg", b"first").await;
    let listed = pinned(&store, "a.jpg").await;
    let later = std::time::SystemTime::now() + std::time::Duration::from_millis(1);
    fs::write(folder.path().join("a.jpg"), b"other").unwrap();
    fs::File::options().write(true).open(folder.path().join("a.jpg")).unwrap().set_modified(later).unwrap();
    let changed = store.get("a.jpg", &listed).await.unwrap_err();
    assert_eq!(verdict(&changed), (Code::ChangedDuringRun, Disposition::Reject), "{changed}");
}

#[tokio::test]
async fn a_directory_is_no_object() {
    let (folder, store) = folder();
    write_file(&folder.path().join("a/b.jpg"), b"x");
    assert_eq!(store.head("a").await.unwrap(), None);
    assert_eq!(store.head("a/b.jpg/c").await.unwrap(), None);
    assert_eq!(store.get("a", &NOWHERE).await.unwrap_err().code, Code::SourceMissing);
}

#[tokio::test]
async fn a_page_with_names_that_are_no_text_goes_on_behind_them() {
    let (folder, store) = folder();
    for n in 0..999 {
        write_file(&folder.path().join(format!("a{n:04}")), b"");
    }
    for n in 0..5 {
        write_file(&folder.path().join(as_name(&[b'b', 0xFF, n + b'0'])), b"");
    }
    for n in 0..5 {
        write_file(&folder.path().join(format!("c{n}")), b"");
    }
    let first = store.list("", false, None).await.unwrap();
    let other = open_folder(folder.path());
    let second = other.list("", false, first.next.as_deref()).await.unwrap();
    assert_eq!((first.objects.len(), first.unaddressable.len()), (1000, 5));
    assert_eq!(keys(&second), ["c1", "c2", "c3", "c4"]);
}

#[tokio::test]
async fn a_folder_that_may_not_be_read_is_named_and_the_rest_is_listed() {
    let (folder, store) = folder();
    write_file(&folder.path().join("a/1.jpg"), b"x");
    write_file(&folder.path().join("b/2.jpg"), b"x");
    let closed = folder.path().join("a");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read_dir(&closed).is_ok() {
        // Root may read everything.
        return;
    }
    let listed = pages(&store, "", false).await.remove(0);
    assert_eq!(keys(&listed), ["b/2.jpg"]);
    assert_eq!(listed.unaddressable[0].0.key, "a/");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[tokio::test]
async fn an_immense_range_of_a_small_file_is_refused() {
    let (_folder, store) = folder();
    put(&store, "a.jpg", b"x").await;
    let listed = pinned(&store, "a.jpg").await;
    assert!(store.get_range("a.jpg", &listed, 0..u64::MAX).await.is_err());
    assert!(store.get_range("a.jpg", &listed, 5..9).await.is_err());
}

/// A folder with a link `out` to another one that holds `secret.jpg`.
fn linked() -> (TempDir, TempDir, Store) {
    let (folder, store) = folder();
    let outside = TempDir::new().unwrap();
    write_file(&outside.path().join("secret.jpg"), b"secret");
    symlink(outside.path(), folder.path().join("out")).unwrap();
    symlink(outside.path().join("secret.jpg"), folder.path().join("out.jpg")).unwrap();
    symlink(outside.path().join("not-yet"), folder.path().join("dangling")).unwrap();
    (folder, outside, store)
}

/// Files below a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn no_read_follows_a_link_out_of_the_folder() {
    let (_folder, outside, store) = linked();
    let secret = fs::metadata(outside.path().join("secret.jpg")).unwrap();
    let modified = Timestamp::try_from(secret.modified().unwrap()).unwrap();
    let pin = Pin { size: 6, etag: None, modified, version: None };
    for key in ["out.jpg", "out/secret.jpg", "dangling", "dangling/x"] {
        for refused in [
            store.get(key, &pin).await.unwrap_err(),
            store.get_range(key, &pin, 0..2).await.unwrap_err(),
            store.head(key).await.unwrap_err(),
        ] {
            assert_eq!(verdict(&refused), (Code::UnsafeKey, Disposition::Reject), "{key} {refused}");
        }
    }
}

#[tokio::test]
async fn no_write_follows_a_link_out_of_the_folder() {
    let (_folder, outside, store) = linked();
    write_file(&outside.path().join("x.jpg#1"), b"of somebody else");
    for key in ["out/x.jpg", "out/deep/x.jpg", "dangling/x.jpg"] {
        let refused = try_put(&store, key).await.unwrap_err();
        assert_eq!(verdict(&refused), (Code::UnsafeKey, Disposition::Reject), "{key} {refused}");
        let refused = store.upload(key, &Carried::default()).await.map(drop).unwrap_err();
        assert_eq!(refused.code, Code::UnsafeKey, "{key} {refused}");
        assert_eq!(store.discard_unfinished(key).await.unwrap_err().code, Code::UnsafeKey);
    }
    assert_eq!(names(outside.path()), ["secret.jpg", "x.jpg#1"]);
    // A link in place of the file itself is replaced, and what it led to stays.
    let bytes = Bytes::from_static(b"x");
    store.put("out.jpg", bytes, &Digest::of(b"x"), PutIf::Any, &Carried::default()).await.unwrap();
    assert_eq!(fs::read(outside.path().join("secret.jpg")).unwrap(), b"secret");
}

#[tokio::test]
async fn a_folder_that_becomes_a_link_while_parts_are_written_is_told() {
    let (folder, store) = folder();
    let outside = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("a")).unwrap();
    let mut upload = store.upload("a/x.bin", &Carried::default()).await.unwrap();
    upload.part(Bytes::from_static(b"first"), None).send().await.unwrap();
    fs::rename(folder.path().join("a"), outside.path().join("a")).unwrap();
    symlink(outside.path().join("a"), folder.path().join("a")).unwrap();
    let told = upload.finish(PutIf::Any).await.unwrap_err();
    assert_eq!(verdict(&told), (Code::UnsafeKey, Disposition::Reject), "{told}");
    assert!(told.to_string().contains("may lie outside"), "{told}");
}

#[tokio::test]
async fn links_that_stay_within_the_folder_are_followed() {
    let (folder, store) = folder();
    write_file(&folder.path().join("real/a.jpg"), b"x");
    symlink("real", folder.path().join("alias")).unwrap();
    let listed = pinned(&store, "alias/a.jpg").await;
    assert_eq!(store.get("alias/a.jpg", &listed).await.unwrap().bytes, b"x".as_slice());
    put(&store, "alias/b.jpg", b"y").await;
    assert!(folder.path().join("real/b.jpg").exists());
    // The folder may be reached by a link itself.
    let root = TempDir::new().unwrap();
    symlink(folder.path(), root.path().join("store")).unwrap();
    let other = open_folder(&root.path().join("store"));
    put(&other, "c.jpg", b"z").await;
    assert_eq!(other.get("c.jpg", &pinned(&other, "c.jpg").await).await.unwrap().bytes, b"z".as_slice());
}

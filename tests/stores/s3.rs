//! What S3 stores do by themselves.

use std::collections::BTreeMap;

use batchferry::model::config::{ChecksumAbility, StoreConfig};
use batchferry::model::credentials::{Credentials, S3Keys};
use batchferry::model::failure::{Code, Disposition};
use batchferry::model::ids::{Digest, StoreName};
use batchferry::model::receipt::Pin;
use batchferry::stores::{Abilities, Carried, PutIf, PutResult, RequestCounts, Store};
use bytes::Bytes;

use super::places::{all, keys, part, pinned, put};
use crate::support::configs::config;
use crate::support::{Fault, S3Server};

async fn put_carrying(store: &Store, key: &str, carried: &Carried) {
    let bytes = Bytes::from_static(b"x");
    store.put(key, bytes, &Digest::of(b"x"), PutIf::Any, carried).await.unwrap();
}

fn carried() -> Carried {
    Carried {
        content_type: Some("image/tiff".to_owned()),
        cache_control: Some("no-store".to_owned()),
        content_disposition: Some("inline".to_owned()),
        metadata: BTreeMap::from([("image-number".to_owned(), "IMG 0001".to_owned())]),
        ..Carried::default()
    }
}

#[tokio::test]
async fn content_type_and_metadata_travel_along() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    put_carrying(&store, "a.tif", &carried()).await;
    let pin = pinned(&store, "a.tif").await;
    assert_eq!(store.get("a.tif", &pin).await.unwrap().carried, carried());
    let mut upload = store.upload("b.tif", &carried()).await.unwrap();
    part(&mut upload, &Bytes::from_static(b"x")).send().await.unwrap();
    upload.finish(PutIf::Any).await.unwrap();
    let pin = pinned(&store, "b.tif").await;
    assert_eq!(store.get("b.tif", &pin).await.unwrap().carried, carried());
}

#[tokio::test]
async fn metadata_that_is_no_ascii_does_not_fail_the_read_and_travels_encoded() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    put(&store, "a.jpg", b"x").await;
    let pin = pinned(&store, "a.jpg").await;
    server.on_request(|_| Fault::Header("x-amz-meta-title", "发票".into()));
    let fetched = store.get("a.jpg", &pin).await.unwrap();
    assert_eq!(fetched.carried.metadata["title"], "=?UTF-8?B?5Y+R56Wo?=");
    server.heal();
    put_carrying(&store, "b.jpg", &fetched.carried).await;
    let pin = pinned(&store, "b.jpg").await;
    assert_eq!(store.get("b.jpg", &pin).await.unwrap().carried.metadata, fetched.carried.metadata);
    server.on_request(|_| Fault::Header("content-disposition", "inline; filename=\"发票\"".into()));
    let fetched = store.get("b.jpg", &pin).await.unwrap();
    assert_eq!(
        (fetched.carried.content_disposition, fetched.carried.lost),
        (None, vec!["content-disposition".to_owned()])
    );
}

#[tokio::test]
async fn what_cannot_stand_in_a_header_is_left_behind() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    let mut odd = carried();
    odd.cache_control = Some("line\nbreak".to_owned());
    odd.metadata.insert("发票".to_owned(), "x".to_owned());
    put_carrying(&store, "a.tif", &odd).await;
    let pin = pinned(&store, "a.tif").await;
    let expected = Carried { cache_control: None, ..carried() };
    assert_eq!(store.get("a.tif", &pin).await.unwrap().carried, expected);
}

#[tokio::test]
async fn abilities_are_those_declared_or_amazons_own() {
    let name = StoreName::new("s3");
    let abilities = |config: &StoreConfig| {
        Store::open(&name, config, Some(Credentials::S3(S3Server::credentials()))).unwrap().abilities()
    };
    let amazon = config("s3://scans");
    let other = StoreConfig { endpoint: Some("http://127.0.0.1:1".to_owned()), ..amazon.clone() };
    assert_eq!(abilities(&amazon), Abilities { conditional_put: true, checksum: true, copy: true, ordered: true });
    let in_no_order = config("s3://scans--euw1-az1--x-s3/2025");
    assert_eq!(abilities(&in_no_order), Abilities { ordered: false, ..abilities(&amazon) });
    assert_eq!(abilities(&other), Abilities { conditional_put: false, checksum: false, copy: false, ordered: false });
    let declared = StoreConfig {
        checksum: Some(ChecksumAbility::Sha256),
        conditional_put: Some(true),
        server_side_copy: Some(true),
        ordered_listing: Some(true),
        ..other
    };
    assert_eq!(abilities(&declared), Abilities { conditional_put: true, checksum: true, copy: true, ordered: true });
    let denied = StoreConfig {
        checksum: Some(ChecksumAbility::None),
        conditional_put: Some(false),
        server_side_copy: Some(false),
        ordered_listing: Some(false),
        ..amazon
    };
    assert_eq!(abilities(&denied), Abilities { conditional_put: false, checksum: false, copy: false, ordered: false });
}

#[tokio::test]
async fn an_ability_that_is_not_declared_is_neither_used_nor_relied_on() {
    let server = S3Server::with_bucket("scans");
    let store = server.store_with("scans", |config| (config.conditional_put, config.checksum) = (None, None));
    server.on_request(|request| {
        let asked = ["if-none-match", "x-amz-checksum-sha256"].iter().any(|name| request.headers.contains_key(*name));
        if asked { Fault::Status(400, "InvalidRequest", None) } else { Fault::None }
    });
    for _ in 0..2 {
        assert!(!put(&store, "a.jpg", b"x").await.verified_by_store);
    }
}

#[tokio::test]
async fn a_checksum_that_the_store_does_not_give_back_proves_nothing() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    assert!(put(&store, "a.jpg", b"x").await.verified_by_store);
    server.on_request(|request| match request.method.as_str() {
        "PUT" => Fault::Header("x-amz-checksum-sha256", b"bm90IHRoZSBkaWdlc3Q=".to_vec()),
        _ => Fault::None,
    });
    let differs = store
        .put("b.jpg", Bytes::from_static(b"x"), &Digest::of(b"x"), PutIf::Any, &Carried::default())
        .await
        .unwrap_err();
    assert_eq!((differs.code, differs.disposition), (Code::ChecksumMismatch, Disposition::Retry), "{differs}");
}

#[tokio::test]
async fn bytes_that_are_not_those_of_the_digest_are_noticed() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    let other = Digest::of(b"other");
    let (bytes, nothing) = (Bytes::from_static(b"x"), Carried::default());
    let put = || store.put("a.jpg", bytes.clone(), &other, PutIf::Any, &nothing);
    // This server finds out by itself, and has no better word for it.
    assert_eq!(put().await.unwrap_err().disposition, Disposition::Retry);
    assert!(store.head("a.jpg").await.unwrap().is_none(), "nothing was written");
    let told = other.to_string();
    server.on_request(move |request| match request.headers["x-amz-content-sha256"] == told {
        true => Fault::Status(400, "XAmzContentSHA256Mismatch", None),
        false => Fault::None,
    });
    let differs = put().await.unwrap_err();
    assert_eq!((differs.code, differs.disposition), (Code::ChecksumMismatch, Disposition::Retry), "{differs}");
}

#[tokio::test]
async fn parts_prove_the_whole_only_if_each_was_confirmed() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    for (echo, expected) in [(true, true), (false, false)] {
        server.on_request(move |request| match request.headers.get("x-amz-checksum-sha256") {
            Some(sent) if echo => Fault::Header("x-amz-checksum-sha256", sent.as_bytes().to_vec()),
            _ => Fault::None,
        });
        let mut upload = store.upload("a.tif", &Carried::default()).await.unwrap();
        part(&mut upload, &Bytes::from_static(b"part")).send().await.unwrap();
        let PutResult::Written(written) = upload.finish(PutIf::Any).await.unwrap() else { panic!("nothing refuses") };
        assert_eq!(written.verified_by_store, expected);
    }
}

#[tokio::test]
async fn a_part_that_is_not_what_its_digest_says_is_refused() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    let mut upload = store.upload("a.tif", &Carried::default()).await.unwrap();
    let broken = upload.part(Bytes::from_static(b"part"), Some(Digest::of(b"other")));
    assert!(broken.send().await.is_err());
    upload.abort().await.unwrap();
    assert_eq!(store.head("a.tif").await.unwrap(), None);
}

#[tokio::test]
async fn requests_are_counted_as_the_server_counts_them() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    put(&store, "a.jpg", b"x").await;
    let pin = pinned(&store, "a.jpg").await;
    store.get("a.jpg", &pin).await.unwrap();
    store.head("a.jpg").await.unwrap();
    let mut upload = store.upload("b.jpg", &Carried::default()).await.unwrap();
    part(&mut upload, &Bytes::from_static(b"x")).send().await.unwrap();
    upload.abort().await.unwrap();
    let counts = store.requests();
    assert_eq!(counts, RequestCounts { list: 1, get: 1, head: 1, put: 2, post: 1, delete: 1 });
    assert_eq!(counts.total(), server.all_requests());
}

#[tokio::test]
async fn a_listing_asks_for_nothing_else_than_its_prefix() {
    let server = S3Server::with_bucket("scans");
    server.plant("scans", "tenant/a+b c%20/1.jpg", b"x");
    server.plant("scans", "tenant/a b/2.jpg", b"x");
    server.plant("scans", "other/3.jpg", b"x");
    let store = server.store_with("scans", |config| config.prefix = "tenant".to_owned());
    assert_eq!(keys(&all(&store, "a+b c%20/").await), ["a+b c%20/1.jpg"]);
    assert_eq!(keys(&all(&store, "").await), ["a b/2.jpg", "a+b c%20/1.jpg"]);
    let path_in_url = server.store_with("scans", |config| config.url = "s3://scans/tenant".to_owned());
    assert_eq!(keys(&all(&path_in_url, "a b").await), ["a b/2.jpg"]);
}

#[tokio::test]
async fn wrong_credentials_and_a_missing_bucket_stall_whatever_was_asked() {
    let server = S3Server::with_bucket("scans");
    server.plant("scans", "a.jpg", b"x");
    let wrong = S3Keys { secret_access_key: "wrong".to_owned(), ..S3Server::credentials() };
    let unknown = S3Keys { access_key_id: "unknown".to_owned(), ..S3Server::credentials() };
    let pin = Pin { size: 1, etag: None, modified: jiff::Timestamp::UNIX_EPOCH, version: None };
    for credentials in [wrong, unknown] {
        let store =
            Store::open(&StoreName::new("scans"), &server.config("scans"), Some(Credentials::S3(credentials))).unwrap();
        for error in [
            store.list("", false, None).await.unwrap_err(),
            store.probe().await.unwrap_err(),
            store.get("a.jpg", &pin).await.unwrap_err(),
            store.head("a.jpg").await.unwrap_err(),
        ] {
            assert_eq!((error.code, error.disposition), (Code::CredentialsRejected, Disposition::Stall), "{error}");
            assert!(!error.to_string().contains("Signature="), "{error}");
        }
    }
    let store = server.store("gone-bucket");
    for error in [store.list("", false, None).await.unwrap_err(), store.probe().await.unwrap_err()] {
        assert_eq!((error.code, error.disposition), (Code::StoreMissing, Disposition::Stall), "{error}");
    }
}

#[tokio::test]
async fn urls_that_are_none_and_credentials_of_another_cloud_say_so() {
    let error = Store::open(&StoreName::new("x"), &config("ftp://x"), None).unwrap_err();
    assert!(error.to_string().contains("no URL"), "{error}");
    for url in ["az://archive", "gs://archive"] {
        let keys = Credentials::S3(S3Server::credentials());
        let error = Store::open(&StoreName::new("x"), &config(url), Some(keys)).unwrap_err();
        assert_eq!(error.code, Code::CredentialsRejected);
        assert!(error.to_string().contains("another cloud"), "{error}");
    }
}

#[tokio::test]
async fn racing_writers_are_told_that_an_object_is_there() {
    let server = S3Server::with_bucket("scans");
    let store = server.store("scans");
    server.on_request(|request| match request.method.as_str() {
        "PUT" => Fault::Status(409, "ConditionalRequestConflict", None),
        _ => Fault::None,
    });
    let bytes = || Bytes::from_static(b"x");
    let put = || store.put("a.jpg", bytes(), &DIGEST, PutIf::Absent, &NOTHING);
    let conflict = put().await.unwrap_err();
    assert_eq!((conflict.code, conflict.disposition), (Code::StoreUnavailable, Disposition::Retry), "{conflict}");
    for status in [409, 412] {
        server.on_request(move |_| Fault::Status(status, "PreconditionFailed", None));
        assert_eq!(put().await.unwrap(), PutResult::Exists);
    }
}

static NOTHING: Carried = Carried {
    content_type: None,
    cache_control: None,
    content_disposition: None,
    content_encoding: None,
    content_language: None,
    metadata: BTreeMap::new(),
    storage_class: None,
    tags: Vec::new(),
    may_have_tags: false,
    lost: Vec::new(),
};

/// The SHA-256 of `x`.
static DIGEST: std::sync::LazyLock<Digest> = std::sync::LazyLock::new(|| Digest::of(b"x"));

//! What the clouds do each in their own way, and what their emulators get wrong: written down here, relied on nowhere.

use batchferry::model::config::{ChecksumAbility, StoreConfig};
use batchferry::model::credentials::{AzureKeys, Credentials, ServiceAccount};
use batchferry::model::failure::{Code, Disposition};
use batchferry::model::ids::{Digest, StoreName};
use batchferry::model::receipt::Pin;
use batchferry::stores::{Carried, CopyFrom, CopyResult, PartResult, PutIf, PutResult, Store, StoreError};
use bytes::Bytes;

use super::emulators::{self, azure_config, azure_keys, juicefs_config, need, s3_keys};
use super::places::{self, Place, all, keys, pinned, put, put_if};
use crate::support::configs::config;
use crate::support::google::{Google, KEY};
use crate::support::s3::{ACCESS_KEY, S3Server, SECRET_KEY};

fn open(config: &StoreConfig, credentials: Credentials) -> Store {
    Store::open(&StoreName::new("x"), config, Some(credentials)).unwrap()
}

async fn write(store: &Store, key: &str, carried: &Carried) -> Result<PutResult, StoreError> {
    store.put(key, Bytes::from_static(b"x"), &Digest::of(b"x"), PutIf::Any, carried).await
}

/// One error for each thing that can be asked of a store.
async fn errors(store: &Store) -> Vec<StoreError> {
    let pin = Pin { size: 1, etag: None, modified: jiff::Timestamp::UNIX_EPOCH, version: None };
    vec![
        store.list("", false, None).await.unwrap_err(),
        store.probe().await.unwrap_err(),
        store.get("a.jpg", &pin).await.unwrap_err(),
        store.head("a.jpg").await.unwrap_err(),
        write(store, "a.jpg", &Carried::default()).await.unwrap_err(),
    ]
}

async fn all_fail(store: &Store, code: Code, disposition: Disposition) {
    for error in errors(store).await {
        assert_eq!((error.code, error.disposition), (code, disposition), "{error}");
        let said = error.to_string();
        assert!(!said.contains("sig=") && !said.contains("Bearer") && !said.contains("SharedKey"), "{said}");
    }
}

fn travelling(name: &str) -> Carried {
    Carried {
        content_type: Some("image/jpeg".to_owned()),
        cache_control: Some("no-store".to_owned()),
        content_disposition: Some("inline".to_owned()),
        content_language: Some("zh".to_owned()),
        metadata: [(name.to_owned(), "IMG 1".to_owned())].into(),
        ..Carried::default()
    }
}

/// Headers and metadata, of an object written at once and of one made of parts.
async fn headers_and_metadata_travel_along(place: Place, name: &str) {
    let (store, carried) = (&place.store, travelling(name));
    write(store, "small", &carried).await.unwrap();
    let mut upload = store.upload("large", &carried).await.unwrap();
    upload.part(Bytes::from(vec![1; 5 << 20]), None).send().await.unwrap();
    upload.part(Bytes::from_static(b"rest"), None).send().await.unwrap();
    upload.finish(PutIf::Any).await.unwrap();
    for key in ["small", "large"] {
        let found = store.get(key, &pinned(store, key).await).await.unwrap().carried;
        assert_eq!(found, carried, "{key}");
    }
}

fn google(server: &S3Server) -> Google {
    Google::before(&server.endpoint(), ACCESS_KEY, SECRET_KEY)
}

#[tokio::test]
async fn google_says_who_is_not_known_and_which_bucket_is_not_there() {
    let server = S3Server::with_bucket("scans");
    let google = google(&server);
    let stranger = ServiceAccount { key: KEY.replace("ferry@", "stranger@") };
    let store = open(&google.config("scans"), Credentials::Gcs(stranger));
    all_fail(&store, Code::CredentialsRejected, Disposition::Stall).await;
    let store = google.store_with("gone", |_| {});
    for error in [store.list("", false, None).await.unwrap_err(), store.probe().await.unwrap_err()] {
        assert_eq!((error.code, error.disposition), (Code::StoreMissing, Disposition::Stall), "{error}");
    }
}

#[tokio::test]
async fn google_counts_its_requests_and_is_not_relied_on_undeclared() {
    let place = places::google();
    put(&place.store, "a.jpg", b"x").await;
    assert_eq!(keys(&all(&place.store, "").await), ["a.jpg"]);
    let counts = place.store.requests();
    assert_eq!((counts.put, counts.list, counts.total()), (1, 1, 2));
    assert!(place.store.abilities().conditional_put && !place.store.abilities().checksum);
    let undeclared = StoreConfig { endpoint: Some("http://127.0.0.1:1".to_owned()), ..config("gs://scans") };
    let account = || Credentials::Gcs(ServiceAccount { key: KEY.to_owned() });
    assert!(!open(&undeclared, account()).abilities().conditional_put);
    assert!(open(&config("gs://scans"), account()).abilities().conditional_put);
    all_fail(&open(&undeclared, account()), Code::StoreUnavailable, Disposition::Reconnect).await;
}

#[tokio::test]
async fn a_signature_in_a_url_stands_in_no_error() {
    let endpoint = Some("http://127.0.0.1:1/scans".to_owned());
    let down = StoreConfig { endpoint, ..config("az://scans") };
    let sas_token = Some("sv=2023-01-03&sp=rwl&sig=c2VjcmV0".to_owned());
    let keys = AzureKeys { account_name: Some("scans".to_owned()), account_key: None, sas_token };
    all_fail(&open(&down, Credentials::Azure(keys)), Code::StoreUnavailable, Disposition::Reconnect).await;
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn google_carries_headers_and_metadata() {
    headers_and_metadata_travel_along(emulators::google_seaweedfs("travel"), "image-number").await;
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn azure_carries_headers_and_metadata() {
    headers_and_metadata_travel_along(emulators::azurite("travel").await, "image_number").await;
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn azure_says_who_is_not_known_and_which_container_is_not_there() {
    let place = emulators::azurite("strangers").await;
    put(&place.store, "a.jpg", b"x").await;
    let wrong = AzureKeys { account_key: Some("c2VjcmV0".to_owned()), ..azure_keys() };
    let expired = "sv=2023-01-03&ss=b&srt=sco&sp=rwl&se=2020-01-01T00:00:00Z&sig=c2VjcmV0";
    let expired = AzureKeys { account_key: None, sas_token: Some(expired.to_owned()), ..azure_keys() };
    for keys in [wrong, expired] {
        let store = open(&azure_config("strangers"), Credentials::Azure(keys));
        all_fail(&store, Code::CredentialsRejected, Disposition::Stall).await;
    }
    let store = open(&azure_config("no-such-container"), Credentials::Azure(azure_keys()));
    all_fail(&store, Code::StoreMissing, Disposition::Stall).await;
    let down = StoreConfig { endpoint: Some("http://127.0.0.1:1/devstoreaccount1".to_owned()), ..azure_config("x") };
    all_fail(&open(&down, Credentials::Azure(azure_keys())), Code::StoreUnavailable, Disposition::Reconnect).await;
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn azure_keeps_blobs_that_no_get_can_ask_for_and_we_name_them() {
    let place = emulators::azurite("odd-names").await;
    for name in ["tenant/a//b.jpg", "tenant/dir/", "tenant/ends.", "tenant/plain.jpg"] {
        emulators::plant_blob("odd-names", name).await;
    }
    let listed = all(&place.store, "").await;
    assert_eq!(keys(&listed), ["plain.jpg"]);
    let mut odd: Vec<&str> = listed.unaddressable.iter().map(|(object, _)| object.key.as_str()).collect();
    odd.sort_unstable();
    assert_eq!(odd, ["a//b.jpg", "dir/", "ends."]);
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn azure_takes_tiers_and_refuses_what_is_none() {
    let place = emulators::azurite("tiers").await;
    for (tier, key) in [("Cool", "cool"), ("Hot", "hot")] {
        let carried = Carried { storage_class: Some(tier.to_owned()), ..Carried::default() };
        write(&place.store, key, &carried).await.unwrap();
        let mut upload = place.store.upload(&format!("{key}-parts"), &carried).await.unwrap();
        upload.part(Bytes::from_static(b"part"), None).send().await.unwrap();
        upload.finish(PutIf::Any).await.unwrap();
        for key in [key.to_owned(), format!("{key}-parts")] {
            assert_eq!(emulators::tier_of("tiers", &format!("tenant/{key}")).await, tier, "{key}");
        }
    }
    let carried = Carried { storage_class: Some("Lukewarm".to_owned()), ..Carried::default() };
    let refused = write(&place.store, "no", &carried).await.unwrap_err();
    assert_eq!(refused.disposition, Disposition::Reject, "{refused}");
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn azure_makes_the_same_blob_when_asked_again() {
    let place = emulators::azurite("again").await;
    let mut upload = place.store.upload("big", &Carried::default()).await.unwrap();
    let part = upload.part(Bytes::from_static(b"part"), None);
    part.send().await.unwrap();
    part.send().await.unwrap();
    upload.finish(PutIf::Any).await.unwrap();
    // As after an answer that was lost on the way.
    upload.finish(PutIf::Any).await.unwrap();
    assert_eq!(place.store.head("big").await.unwrap().unwrap().size, 4);
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn azure_makes_no_blob_of_blocks_where_another_has_come() {
    let place = emulators::azurite("come").await;
    let mut upload = place.store.upload("big", &travelling("big")).await.unwrap();
    upload.part(Bytes::from_static(b"part"), None).send().await.unwrap();
    // After the key was looked at.
    write(&place.store, "big", &Carried::default()).await.unwrap();
    let theirs = place.store.head("big").await.unwrap().unwrap();
    assert_eq!(upload.finish(PutIf::Absent).await.unwrap(), PutResult::Exists);
    assert_eq!(place.store.head("big").await.unwrap().unwrap(), theirs);
    // Where the spec says to overwrite it, the blocks are still there.
    assert!(matches!(upload.finish(PutIf::Any).await.unwrap(), PutResult::Written(_)));
    assert_eq!(place.store.head("big").await.unwrap().unwrap().size, 4);
}

/// JuiceFS's gateway takes conditions and checksums, and ignores both: only where nothing is declared is it safe.
#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn juicefs_ignores_conditions_and_checksums() {
    let store = open(&juicefs_config("undeclared/"), Credentials::S3(s3_keys()));
    assert!(!store.abilities().conditional_put && !store.abilities().checksum);
    let believed = StoreConfig {
        conditional_put: Some(true),
        checksum: Some(ChecksumAbility::Sha256),
        ..juicefs_config("declared/")
    };
    let store = open(&believed, Credentials::S3(s3_keys()));
    let written = put(&store, "a.jpg", b"first").await;
    assert!(!written.verified_by_store, "it gave no checksum back, so it is read back");
    let again = put_if(&store, "a.jpg", b"other", PutIf::Absent).await;
    assert!(matches!(again, PutResult::Written(_)), "it overwrites: whoever declares this ability is wrong");
    let refused = write(&store, "a.jpg/b", &Carried::default()).await.unwrap_err();
    assert!(matches!(refused.code, Code::UnsafeKey | Code::StoreUnavailable), "{refused}");
}

#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn juicefs_loses_metadata() {
    let store = open(&juicefs_config("metadata/"), Credentials::S3(s3_keys()));
    write(&store, "a.jpg", &travelling("image-number")).await.unwrap();
    let found = store.get("a.jpg", &pinned(&store, "a.jpg").await).await.unwrap().carried;
    assert!(found.metadata.is_empty(), "{found:?}");
}

/// The emulator has no uploads by the XML interface, and its listing does not say whether it is whole. Both are errors here,
/// where a listing taken for a whole one would lose documents.
#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn fake_gcs_server_is_no_whole_google() {
    let config = StoreConfig { endpoint: Some(need("FAKE_GCS_ENDPOINT")), ..config("gs://scans") };
    let store = open(&config, Credentials::Gcs(ServiceAccount { key: KEY.to_owned() }));
    let listed = store.list("", false, None).await.unwrap_err();
    assert_eq!((listed.code, listed.disposition), (Code::UnlistableKeys, Disposition::Reject), "{listed}");
    let put = write(&store, "b.jpg", &Carried::default()).await.unwrap_err();
    assert!(put.to_string().contains("invalid uploadType"), "{put}");
    // The script has put it there by the other interface.
    let found = store.head("planted.txt").await.unwrap().unwrap();
    let pin = Pin { size: found.size, etag: found.etag, modified: found.modified, version: None };
    assert_eq!(store.get("planted.txt", &pin).await.unwrap().bytes, "planted");
    assert_eq!(store.get_range("planted.txt", &pin, 2..5).await.unwrap().bytes, "ant");
}

/// SeaweedFS lists folder by folder: whoever cut its keys by their bytes would miss some.
#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn seaweedfs_lists_folders_where_their_names_are() {
    let store = open(&emulators::seaweedfs_config("s3/order/"), Credentials::S3(s3_keys()));
    for key in ["a-1", "a.1", "a/1"] {
        write(&store, key, &Carried::default()).await.unwrap();
    }
    let listed = store.list("a", false, None).await.unwrap();
    assert_eq!(keys(&listed), ["a/1", "a-1", "a.1"]);
    assert!(!store.abilities().ordered, "nothing is declared of it");
}

/// A copy by the server, whole and in parts: pinned, conditional, with its checksum, with metadata and tags.
#[tokio::test]
#[ignore = "tests/clouds.sh starts the server"]
async fn seaweedfs_copies_by_itself() {
    let config = StoreConfig { server_side_copy: Some(true), ..emulators::seaweedfs_config("s3/copies/") };
    let store = open(&config, Credentials::S3(s3_keys()));
    assert!(store.copies_from(&store));
    let bytes = Bytes::from(vec![7; 11 << 20]);
    let sha256 = Digest::of(&bytes);
    let mut carried = travelling("image-number");
    carried.tags = vec![("class".to_owned(), "a b+c/d".to_owned())];
    store.put("from", bytes.clone(), &sha256, PutIf::Absent, &carried).await.unwrap();
    let pin = pinned(&store, "from").await;
    let from = CopyFrom { store: &store, key: "from", pin: &pin };
    assert!(store.get("from", &pin).await.unwrap().carried.may_have_tags);
    assert_eq!(store.tags("from").await.unwrap(), carried.tags);
    let copied = store.copy("whole", from, &sha256, PutIf::Absent, &carried).await.unwrap();
    let CopyResult::Done(PutResult::Written(written)) = copied else { panic!("{copied:?}") };
    println!("SeaweedFS gives the SHA-256 of a copy: {}", written.verified_by_store);
    println!("SeaweedFS tells the SHA-256 that it keeps: {:?}", store.describe("from", &pin).await.unwrap().sha256);
    let again = store.copy("whole", from, &sha256, PutIf::Absent, &Carried::default()).await.unwrap();
    assert_eq!(again, CopyResult::Done(PutResult::Exists));
    let another = Pin { etag: Some("\"00000000000000000000000000000000\"".to_owned()), ..pin.clone() };
    let changed = CopyFrom { pin: &another, ..from };
    let changed = store.copy("other", changed, &sha256, PutIf::Any, &Carried::default()).await.unwrap_err();
    assert_eq!(changed.code, Code::ChangedDuringRun, "{changed}");
    let upload = store.upload("parts", &carried).await.unwrap();
    for (index, range) in [(0, 0..5 << 20), (1, 5 << 20..11 << 20)] {
        let made = upload.copy_part(index, from, range.clone()).await.unwrap();
        println!("SeaweedFS answers to the copy of a part: {made:?}");
        assert!(matches!(made, PartResult::Made(_)), "{made:?}");
    }
    upload.finish(PutIf::Any).await.unwrap();
    for key in ["whole", "parts"] {
        let read = store.get(key, &pinned(&store, key).await).await.unwrap();
        assert_eq!(Digest::of(&read.bytes), sha256, "{key}");
        assert_eq!(read.carried.metadata, carried.metadata, "{key}");
        assert_eq!(store.tags(key).await.unwrap(), carried.tags, "{key}");
    }
}

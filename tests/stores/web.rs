//! Web servers as sources.

use std::process::Command;

use batchferry::model::config::StoreConfig;
use batchferry::model::credentials::{Credentials, WebUser};
use batchferry::model::failure::{Code, Disposition};
use batchferry::model::ids::{Digest, StoreName};
use batchferry::model::receipt::Pin;
use batchferry::stores::{Carried, PutIf, Store};
use bytes::Bytes;
use jiff::Timestamp;

use super::conformance::ODD_KEYS;
use super::places::{all, keys, pages, pinned};
use crate::support::WebDav;
use crate::support::configs::config;

fn open(server: &WebDav, prefix: &str) -> Store {
    let config = StoreConfig { prefix: prefix.to_owned(), ..config(server.url()) };
    Store::open(&StoreName::new("web"), &config, None).unwrap()
}

#[tokio::test]
async fn files_are_listed_by_their_names_and_read_as_listed() {
    let server = WebDav::start();
    for key in ODD_KEYS {
        server.put(&format!("in/{key}"), key.as_bytes());
    }
    let store = open(&server, "in");
    let listed = all(&store, "").await;
    let (mut found, mut expected) = (keys(&listed), ODD_KEYS.to_vec());
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    assert!(listed.unaddressable.is_empty(), "{listed:?}");
    for key in ODD_KEYS {
        let pin = pinned(&store, key).await;
        assert_eq!(store.get(key, &pin).await.unwrap().bytes, key.as_bytes(), "{key}");
        assert_eq!(store.get_range(key, &pin, 1..3).await.unwrap().bytes, key.as_bytes()[1..3], "{key}");
        assert!(store.head(key).await.unwrap().is_some());
    }
    assert_eq!(
        store.get("plus/a+b.jpg", &pinned(&store, "plus/a+b.jpg").await).await.unwrap().carried.content_type.as_deref(),
        Some("image/jpeg")
    );
    assert_eq!(store.requests().put, 0);
}

#[tokio::test]
async fn pages_directories_and_prefixes_are_those_of_any_store() {
    let server = WebDav::start();
    let mut expected: Vec<String> = (0..2500).map(|n| format!("d{}/s{}/{n:04}.jpg", n % 7, n % 3)).collect();
    expected.iter().for_each(|key| server.put(key, b"x"));
    server.put("top.jpg", b"x");
    expected.push("top.jpg".to_owned());
    expected.sort();
    let store = open(&server, "");
    let pages = pages(&store, "", false).await;
    assert!(pages.len() > 1);
    let mut found: Vec<&str> = pages.iter().flat_map(keys).collect();
    found.sort_unstable();
    assert_eq!(found, expected);
    let top = store.list("", true, None).await.unwrap();
    assert_eq!((keys(&top), top.directories.len()), (vec!["top.jpg"], 7));
    let below = store.list("d1/s", true, None).await.unwrap();
    assert_eq!(below.directories, ["d1/s0/", "d1/s1/", "d1/s2/"]);
    assert!(all(&store, "d1/s2/00").await.objects.iter().all(|object| object.key.starts_with("d1/s2/00")));
    assert!(all(&store, "no/such/folder/").await.objects.is_empty());
    assert_eq!(store.list("d", false, pages[0].next.as_deref()).await.unwrap().objects, pages[1].objects);
}

#[tokio::test]
async fn what_changed_or_is_gone_is_noticed_and_nothing_is_written() {
    let server = WebDav::start();
    server.put("a.jpg", b"first");
    let store = open(&server, "");
    let pin = pinned(&store, "a.jpg").await;
    server.put("a.jpg", b"other");
    let changed = store.get("a.jpg", &pin).await.unwrap_err();
    assert_eq!((changed.code, changed.disposition), (Code::ChangedDuringRun, Disposition::Reject), "{changed}");
    let nothing = Pin { size: 1, etag: None, modified: Timestamp::UNIX_EPOCH, version: None };
    assert_eq!(store.get("gone.jpg", &nothing).await.unwrap_err().code, Code::SourceMissing);
    assert_eq!(store.head("gone.jpg").await.unwrap(), None);
    let (bytes, digest) = (Bytes::from_static(b"x"), Digest::of(b"x"));
    let refused = store.put("b.jpg", bytes, &digest, PutIf::Any, &Carried::default()).await.unwrap_err();
    assert!(refused.to_string().contains("only be read"), "{refused}");
    assert!(store.upload("b.jpg", &Carried::default()).await.unwrap_err().to_string().contains("only be read"));
}

#[tokio::test]
async fn a_probe_tells_a_server_from_none_and_a_folder_from_none() {
    let server = WebDav::start();
    open(&server, "").probe().await.unwrap();
    let elsewhere = config(server.url().replace("/dav", "/elsewhere"));
    let gone = Store::open(&StoreName::new("web"), &elsewhere, None).unwrap();
    assert_eq!(gone.probe().await.unwrap_err().code, Code::StoreMissing);
    let down = Store::open(&StoreName::new("web"), &config("http://127.0.0.1:1/dav"), None).unwrap();
    assert_eq!(down.list("", false, None).await.unwrap_err().disposition, Disposition::Reconnect);
}

#[test]
fn a_batch_moves_documents_from_a_web_server_and_none_to_it() {
    let server = WebDav::start();
    let image = include_bytes!("../data/images/phys-300.png");
    server.put("scans/恒通/voucher/2025/01/05/IMG-1/cover-1.png", image);
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("jobs")).unwrap();
    let stores = format!("stores: {{web: {{url: \"{}\"}}, vault: {{url: \"file:vault\"}}}}", server.url());
    write("batchferry.yaml", stores);
    let spec = |name: &str, from: &str, to: &str| {
        format!(
            "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {{name: {name}}}\nspec:\n  \
             collected: {{from: 2025-01-01, to: 2025-01-31, timeZone: Asia/Shanghai}}\n  \
             source: {{store: {from}, prefix: scans/, catalog: {{keys: \"{{organization}}/{{documentType}}/{{collected:%Y/%m/%d}}/{{imageNumber}}/{{role}}-{{sequence}}.{{extension}}\"}}}}\n  \
             target: {{store: {to}, prefix: in/}}\n"
        )
    };
    write("jobs/down.yaml", spec("down", "web", "vault"));
    let run = |words: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_batchferry")).args(words).current_dir(folder.path()).output().unwrap()
    };
    let done = run(&["run"]);
    assert!(
        done.status.success(),
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    let copy = folder.path().join("vault/in/恒通/voucher/2025/01/05/IMG-1/cover-1.png");
    assert_eq!(std::fs::read(copy).unwrap(), image);
    write("jobs/up.yaml", spec("up", "vault", "web"));
    let said = run(&["validate", "jobs/up.yaml"]);
    let said = format!("{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    assert!(said.contains("an HTTP store can only be read from"), "{said}");
}

#[tokio::test]
async fn a_server_that_wants_to_know_who_asks_is_told_and_nobody_else_is() {
    // `archivist:o:pen sesame`
    let server = WebDav::start_for(Some("Basic YXJjaGl2aXN0Om86cGVuIHNlc2FtZQ=="));
    server.put("a.jpg", b"scan");
    let as_user = |username: &str, password: &str| {
        let user = WebUser { username: username.to_owned(), password: password.to_owned() };
        Store::open(&StoreName::new("web"), &config(server.url()), Some(Credentials::Http(user)))
    };
    let store = as_user("archivist", "o:pen sesame").unwrap();
    assert_eq!(keys(&all(&store, "").await), ["a.jpg"]);
    assert_eq!(store.get("a.jpg", &pinned(&store, "a.jpg").await).await.unwrap().bytes, "scan");
    for store in [open(&server, ""), as_user("archivist", "wrong").unwrap()] {
        let refused = store.list("", false, None).await.unwrap_err();
        assert_eq!((refused.code, refused.disposition), (Code::CredentialsRejected, Disposition::Stall), "{refused}");
        assert!(!refused.to_string().contains("wrong"), "{refused}");
    }
    for name in ["", "a:b"] {
        let refused = as_user(name, "pen sesame").unwrap_err();
        assert_eq!(refused.code, Code::CredentialsRejected);
        assert!(!refused.to_string().contains("sesame"), "{refused}");
    }
}

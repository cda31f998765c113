//! Empty stores of every kind, and short ways to use them.

use batchferry::model::document::SourceObject;
use batchferry::model::ids::{Digest, StoreName};
use batchferry::model::receipt::Pin;
use batchferry::stores::{Carried, Page, Part, PutIf, PutResult, Store, Upload, Written};
use bytes::Bytes;
use tempfile::TempDir;

use crate::support::s3::{ACCESS_KEY, SECRET_KEY};
use crate::support::{Google, S3Server, file_config, memory_config};

/// What a server makes of a `\\` in a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backslash {
    /// Itself.
    Kept,
    /// A `/`, without a word: two keys become one.
    Slash,
    /// It would do so, so we ask for no such key.
    Refused,
}

/// In what a server falls short of what its vendor says or S3 does.
#[derive(Debug, Clone, Copy)]
pub struct Gaps {
    pub backslash: Backslash,
    /// Listings go by the keys' bytes.
    pub lists_in_order: bool,
    /// A listing can begin behind any key, in order.
    pub lists_after: bool,
}

const NONE: Gaps = Gaps { backslash: Backslash::Kept, lists_in_order: true, lists_after: false };
pub const OF_S3: Gaps = Gaps { lists_after: true, ..NONE };
pub const OF_AZURE: Gaps = Gaps { backslash: Backslash::Refused, ..NONE };
pub const OF_SEAWEEDFS: Gaps = Gaps { backslash: Backslash::Slash, lists_in_order: false, ..OF_S3 };

/// A store and what must live as long.
pub struct Place {
    pub store: Store,
    pub gaps: Gaps,
    _server: Option<S3Server>,
    _google: Option<Google>,
    _folder: Option<TempDir>,
}

impl Place {
    /// A store that needs nothing else to live.
    pub fn of(store: Store) -> Self {
        Self { store, gaps: NONE, _server: None, _google: None, _folder: None }
    }

    /// The same, on a server that falls short.
    pub fn with(self, gaps: Gaps) -> Self {
        Self { gaps, ..self }
    }

    /// A store that Google's interface must outlive.
    pub fn before(store: Store, google: Google) -> Self {
        Self { _google: Some(google), ..Self::of(store) }
    }
}

/// An empty bucket.
pub fn bucket() -> Place {
    let server = S3Server::with_bucket("scans");
    let store = server.store_with("scans", |config| config.prefix = "tenant/".to_owned());
    Place { _server: Some(server), ..Place::of(store).with(OF_S3) }
}

/// An empty bucket of Google's.
pub fn google() -> Place {
    let server = S3Server::with_bucket("scans");
    let google = Google::before(&server.endpoint(), ACCESS_KEY, SECRET_KEY);
    let store = google.store_with("scans", |config| config.prefix = "tenant/".to_owned());
    Place { _server: Some(server), ..Place::before(store, google).with(OF_S3) }
}

/// An empty folder.
pub fn folder() -> Place {
    let folder = TempDir::new().unwrap();
    let store = open_folder(folder.path());
    Place { _folder: Some(folder), ..Place::of(store) }
}

/// An empty memory.
pub fn memory() -> Place {
    let unique = std::thread::current().name().unwrap_or_default().replace(':', "-");
    let store = Store::open(&StoreName::new("memory"), &memory_config(&unique), None).unwrap();
    Place::of(store)
}

/// A folder as a store.
pub fn open_folder(path: &std::path::Path) -> Store {
    Store::open(&StoreName::new("folder"), &file_config(path), None).unwrap()
}

/// Writes an object where none is.
pub async fn put(store: &Store, key: &str, bytes: &[u8]) -> Written {
    match put_if(store, key, bytes, PutIf::Absent).await {
        PutResult::Written(written) => written,
        PutResult::Exists => panic!("{key:?} is there"),
    }
}

/// Writes an object.
pub async fn put_if(store: &Store, key: &str, bytes: &[u8], only_if: PutIf) -> PutResult {
    let sha256 = Digest::of(bytes);
    store.put(key, Bytes::copy_from_slice(bytes), &sha256, only_if, &Carried::default()).await.unwrap()
}

/// The pin of an object as it was listed.
pub fn pin(object: &SourceObject) -> Pin {
    Pin { size: object.size, etag: object.etag.clone(), modified: object.modified, version: None }
}

/// The pin of the only object with this key.
pub async fn pinned(store: &Store, key: &str) -> Pin {
    let objects = all(store, key).await.objects;
    pin(objects.iter().find(|object| object.key == key).expect("a listed object"))
}

/// Every page below a prefix as one.
pub async fn all(store: &Store, prefix: &str) -> Page {
    pages(store, prefix, false).await.into_iter().fold(Page::default(), |mut all, page| {
        all.objects.extend(page.objects);
        all.unaddressable.extend(page.unaddressable);
        all.directories.extend(page.directories);
        all
    })
}

/// Every page below a prefix.
pub async fn pages(store: &Store, prefix: &str, by_directory: bool) -> Vec<Page> {
    let mut pages = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = store.list(prefix, by_directory, token.as_deref()).await.unwrap();
        token.clone_from(&page.next);
        pages.push(page);
        if token.is_none() {
            return pages;
        }
    }
}

/// The keys of a page.
pub fn keys(page: &Page) -> Vec<&str> {
    page.objects.iter().map(|object| object.key.as_str()).collect()
}

/// The next part, as a run sends it: with its digest.
pub fn part(upload: &mut Upload, bytes: &Bytes) -> Part {
    upload.part(bytes.clone(), Some(Digest::of(bytes)))
}

//! One open store and what can be asked of it.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::Timestamp;
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{
    Attributes, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutMultipartOptions,
    PutOptions, PutPayload,
};

use super::carried::Carried;
use super::error::{StoreError, class_of, class_of_io, detail};
use super::gate::Gate;
use super::local::{self, Local};
use super::object::{Abilities, Fetched, Page, PutIf, PutResult, TargetObject, Written};
use super::observe::{Observed, ObservedConnector, RequestCounts, observe};
use super::s3::{self, S3};
use super::upload::Upload;
use super::{local_list, s3_list};
use crate::model::config::{Credentials, StoreConfig};
use crate::model::document::SourceObject;
use crate::model::failure::{Code, Disposition};
use crate::model::ids::{Digest, StoreName};
use crate::model::receipt::Pin;
use crate::rules::places;

/// More requests to one store than this are never in flight, whatever specs ask for.
const MOST_IN_FLIGHT: usize = 4_096;

/// One open store. Clones share connections, counters and the gate.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    name: StoreName,
    kind: Kind,
    /// Put before every key, so that the store looks as if it held nothing else.
    prefix: String,
    gate: Gate,
    connector: ObservedConnector,
}

enum Kind {
    S3(S3),
    Local(Local),
    Memory(Arc<InMemory>),
}

impl Store {
    /// Opens a store. Sends nothing: whether it is there shows at the first request.
    ///
    /// # Errors
    /// A URL or option that does not do; always `Stall`, because it is the operator's to mend.
    pub fn open(name: &StoreName, config: &StoreConfig, credentials: Option<Credentials>) -> Result<Self, StoreError> {
        let connector = ObservedConnector::default();
        let kind = open_kind(config, credentials, &connector).map_err(|detail| StoreError {
            code: Code::StoreUnavailable,
            disposition: Disposition::Stall,
            store: name.clone(),
            key: None,
            detail,
            retry_after: None,
        })?;
        let gate = Gate::new(MOST_IN_FLIGHT);
        Ok(Self(Arc::new(Inner { name: name.clone(), kind, prefix: config.prefix.clone(), gate, connector })))
    }

    /// Its name in the config.
    pub fn name(&self) -> &StoreName {
        &self.0.name
    }

    /// What it is relied on to do.
    pub fn abilities(&self) -> Abilities {
        match &self.0.kind {
            Kind::S3(s3) => s3.abilities,
            Kind::Local(_) | Kind::Memory(_) => Abilities { conditional_put: true, checksum: false },
        }
    }

    /// Bounds its requests in flight.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// HTTP requests sent since it was opened.
    pub fn requests(&self) -> RequestCounts {
        self.0.connector.counters.read()
    }

    /// Asks whether the store is there and lets us in.
    ///
    /// # Errors
    /// Why not.
    pub async fn probe(&self) -> Result<(), StoreError> {
        match &self.0.kind {
            // A target that was never written to is made by its first write, if the folder that it lies in is there.
            Kind::Local(local) => self.local_root(local),
            _ => self.list_some("", false, None, Some(1)).await.map(drop),
        }
    }

    /// One page of what is below `prefix`, in the order of keys.
    ///
    /// # Errors
    /// What the store answered, or that its answer is no whole listing.
    pub async fn list(&self, prefix: &str, by_directory: bool, token: Option<&str>) -> Result<Page, StoreError> {
        self.list_some(prefix, by_directory, token, None).await
    }

    async fn list_some(
        &self,
        prefix: &str,
        by_directory: bool,
        token: Option<&str>,
        keys: Option<u32>,
    ) -> Result<Page, StoreError> {
        let whole = format!("{}{prefix}", self.0.prefix);
        let page = match &self.0.kind {
            Kind::S3(s3) => self.list_s3(s3, &whole, by_directory, token, keys).await?,
            Kind::Local(local) => self.list_local(local.root.clone(), whole, by_directory, token, keys).await?,
            Kind::Memory(memory) => self.list_memory(memory, &whole, by_directory).await?,
        };
        Ok(self.without_prefix(page))
    }

    async fn list_s3(
        &self,
        s3: &S3,
        prefix: &str,
        by_directory: bool,
        token: Option<&str>,
        keys: Option<u32>,
    ) -> Result<Page, StoreError> {
        let (page, observed) = observe(s3_list::list(s3, prefix, by_directory, token, keys)).await;
        page.map_err(|(code, disposition, detail)| StoreError {
            code: if code == Code::SourceMissing { Code::StoreMissing } else { code },
            disposition,
            store: self.0.name.clone(),
            key: Some(prefix.to_owned()),
            detail,
            retry_after: observed.retry_after,
        })
    }

    async fn list_local(
        &self,
        root: PathBuf,
        prefix: String,
        by_directory: bool,
        token: Option<&str>,
        keys: Option<u32>,
    ) -> Result<Page, StoreError> {
        let (token, at) = (token.map(str::to_owned), prefix.clone());
        let keys = keys.map(|keys| keys as usize);
        let work =
            tokio::task::spawn_blocking(move || local_list::list(&root, &prefix, by_directory, token.as_deref(), keys));
        // Listing does not panic.
        work.await.expect("listing does not panic").map_err(|error| {
            let (code, disposition) = match class_of_io(&error) {
                (Code::SourceMissing, _) => (Code::StoreMissing, Disposition::Stall),
                class => class,
            };
            self.plain_error(code, disposition, Some(&at), error.to_string())
        })
    }

    async fn list_memory(&self, memory: &InMemory, prefix: &str, by_directory: bool) -> Result<Page, StoreError> {
        let all: Result<Vec<ObjectMeta>, _> = memory.list(None).try_collect().await;
        let all = all.map_err(|error| self.error("LIST", Some(prefix), &error, &Observed::default()))?;
        let mut page = Page { requests: 1, ..Page::default() };
        for meta in all.into_iter().filter(|meta| meta.location.as_ref().starts_with(prefix)) {
            let key = meta.location.as_ref();
            match key[prefix.len()..].find('/').filter(|_| by_directory) {
                Some(at) => page.directories.push(key[..=prefix.len() + at].to_owned()),
                None => page.objects.push(SourceObject {
                    key: key.to_owned(),
                    size: meta.size,
                    etag: meta.e_tag.clone(),
                    modified: timestamp(&meta),
                }),
            }
        }
        page.directories.dedup();
        Ok(page)
    }

    fn without_prefix(&self, mut page: Page) -> Page {
        let strip = |key: &mut String| drop(key.drain(..self.0.prefix.len().min(key.len())));
        page.objects.iter_mut().for_each(|object| strip(&mut object.key));
        page.unaddressable.iter_mut().for_each(|(object, _)| strip(&mut object.key));
        page.directories.iter_mut().for_each(strip);
        page
    }

    /// A whole object, as it was listed.
    ///
    /// # Errors
    /// `ChangedDuringRun` if it is not what `pin` says; else what the store answered.
    pub async fn get(&self, key: &str, pin: &Pin) -> Result<Fetched, StoreError> {
        self.read(key, pin, None).await
    }

    /// A range of an object, as it was listed.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn get_range(&self, key: &str, pin: &Pin, range: Range<u64>) -> Result<Fetched, StoreError> {
        self.read(key, pin, Some(range)).await
    }

    async fn read(&self, key: &str, pin: &Pin, range: Option<Range<u64>>) -> Result<Fetched, StoreError> {
        let path = self.path(key)?;
        let wanted = range.as_ref().map_or(pin.size, |range| range.end - range.start);
        let options =
            GetOptions { if_match: pin.etag.clone(), range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let (read, observed) = observe(async {
            let result = self.object_store().get_opts(&path, options).await?;
            let (meta, attributes) = (result.meta.clone(), result.attributes.clone());
            Ok((meta, attributes, body(result).await?))
        })
        .await;
        let (meta, attributes, bytes) = read.map_err(|error| self.error("GET", Some(key), &error, &observed))?;
        self.compare(key, pin, &meta)?;
        if bytes.len() as u64 != wanted {
            let detail = format!("GET: the body has {} bytes instead of {wanted}", bytes.len());
            return Err(self.plain_error(Code::StoreUnavailable, Disposition::Retry, Some(key), detail));
        }
        Ok(Fetched { bytes, carried: Carried::from_read(&attributes) })
    }

    /// Some servers ignore `If-Match`, so what comes back is compared as well.
    fn compare(&self, key: &str, pin: &Pin, meta: &ObjectMeta) -> Result<(), StoreError> {
        let same = match (&pin.etag, &meta.e_tag) {
            (Some(then), Some(now)) => same_tag(then, now),
            (Some(_), None) => true,
            (None, _) => pin.modified == timestamp(meta),
        };
        if same && meta.size == pin.size {
            return Ok(());
        }
        let show = |etag: Option<&str>, size: u64, at: Timestamp| {
            format!("{size} bytes, {}", etag.map_or_else(|| at.to_string(), |tag| format!("ETag {tag}")))
        };
        let listed = show(pin.etag.as_deref(), pin.size, pin.modified);
        let now = show(meta.e_tag.as_deref().filter(|_| pin.etag.is_some()), meta.size, timestamp(meta));
        Err(self.plain_error(
            Code::ChangedDuringRun,
            Disposition::Reject,
            Some(key),
            format!("listed with {listed}; now it has {now}"),
        ))
    }

    /// What is at a key; `None`: nothing.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn head(&self, key: &str) -> Result<Option<TargetObject>, StoreError> {
        if let Kind::Local(local) = &self.0.kind {
            self.local_root(local)?;
        }
        let path = self.path(key)?;
        let (meta, observed) = observe(self.object_store().head(&path)).await;
        match meta {
            Ok(meta) => {
                let modified = timestamp(&meta);
                Ok(Some(TargetObject { size: meta.size, etag: meta.e_tag, version: meta.version, modified }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error("HEAD", Some(key), &error, &observed)),
        }
    }

    /// Writes an object. `Absent` is enforced by the store only where its abilities say so.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn put(
        &self,
        key: &str,
        bytes: Bytes,
        sha256: &Digest,
        only_if: PutIf,
        carried: &Carried,
    ) -> Result<PutResult, StoreError> {
        // object_store digests the payload itself where a checksum is sent; ours is what it must come to.
        let _ = sha256;
        self.make_root()?;
        let path = self.path(key)?;
        let mode = match only_if {
            PutIf::Absent if self.abilities().conditional_put => PutMode::Create,
            PutIf::Absent | PutIf::Any => PutMode::Overwrite,
        };
        let options = PutOptions { mode, attributes: self.attributes(carried), ..PutOptions::default() };
        let (put, observed) =
            observe(self.object_store().put_opts(&path, PutPayload::from_bytes(bytes), options)).await;
        match put {
            Ok(done) => {
                let verified_by_store = self.abilities().checksum;
                Ok(PutResult::Written(Written { etag: done.e_tag, version: done.version, verified_by_store }))
            }
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(PutResult::Exists)
            }
            Err(error) => Err(self.error("PUT", Some(key), &error, &observed)),
        }
    }

    /// Begins to write an object in parts. Never conditional: the caller has looked.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn upload(&self, key: &str, carried: &Carried) -> Result<Upload, StoreError> {
        self.make_root()?;
        let path = self.path(key)?;
        let options = PutMultipartOptions { attributes: self.attributes(carried), ..PutMultipartOptions::default() };
        let (parts, observed) = observe(self.object_store().put_multipart_opts(&path, options)).await;
        let parts = parts.map_err(|error| self.error("create upload", Some(key), &error, &observed))?;
        Ok(Upload { store: self.clone(), key: key.to_owned(), parts })
    }

    /// The error of a request that was given up after `after` without progress.
    pub fn timed_out(&self, after: Duration) -> StoreError {
        let detail = format!("no answer within {}", crate::model::units::Span(after));
        self.plain_error(Code::Timeout, Disposition::Retry, None, detail)
    }

    pub(super) fn error(
        &self,
        operation: &str,
        key: Option<&str>,
        error: &object_store::Error,
        observed: &Observed,
    ) -> StoreError {
        let (code, disposition) = class_of(error, observed);
        let detail = format!("{operation}: {}", detail(error, observed));
        StoreError { retry_after: observed.retry_after, ..self.plain_error(code, disposition, key, detail) }
    }

    fn plain_error(&self, code: Code, disposition: Disposition, key: Option<&str>, detail: String) -> StoreError {
        StoreError {
            code,
            disposition,
            store: self.0.name.clone(),
            key: key.map(str::to_owned),
            detail,
            retry_after: None,
        }
    }

    fn object_store(&self) -> &dyn ObjectStore {
        match &self.0.kind {
            Kind::S3(s3) => &*s3.store,
            Kind::Local(local) => &*local.store,
            Kind::Memory(memory) => &**memory,
        }
    }

    fn attributes(&self, carried: &Carried) -> Attributes {
        match &self.0.kind {
            Kind::S3(_) | Kind::Memory(_) => carried.attributes(),
            Kind::Local(_) => Attributes::default(),
        }
    }

    /// The whole path of a key; a key that would be changed on the way is refused.
    fn path(&self, key: &str) -> Result<Key, StoreError> {
        let whole = format!("{}{key}", self.0.prefix);
        if let Some(reason) = s3_list::unaddressable(&whole) {
            return Err(self.plain_error(Code::UnsafeKey, Disposition::Reject, Some(key), reason));
        }
        let whole = match &self.0.kind {
            Kind::Local(local) => format!("{}/{whole}", local.root.display()),
            Kind::S3(_) | Kind::Memory(_) => whole,
        };
        Key::parse(&whole)
            .map_err(|error| self.plain_error(Code::UnsafeKey, Disposition::Reject, Some(key), error.to_string()))
    }

    fn make_root(&self) -> Result<(), StoreError> {
        let Kind::Local(local) = &self.0.kind else { return Ok(()) };
        local::make_root(&local.root).map_err(|error| self.root_error(local, &error))
    }

    /// The root, or at least the folder in which the first write will make it.
    fn local_root(&self, local: &Local) -> Result<(), StoreError> {
        let there = local.root.is_dir() || local.root.parent().is_some_and(Path::is_dir);
        if there { Ok(()) } else { Err(self.root_error(local, &std::io::ErrorKind::NotFound.into())) }
    }

    fn root_error(&self, local: &Local, error: &std::io::Error) -> StoreError {
        let (code, disposition) = match class_of_io(error) {
            (Code::QuotaExceeded, stall) => (Code::QuotaExceeded, stall),
            _ => (Code::StoreMissing, Disposition::Stall),
        };
        let detail = format!(
            "the folder {} is not there and cannot be made: {error}; is its disk mounted?",
            local.root.display()
        );
        self.plain_error(code, disposition, None, detail)
    }
}

fn open_kind(
    config: &StoreConfig,
    credentials: Option<Credentials>,
    connector: &ObservedConnector,
) -> Result<Kind, String> {
    let (scheme, rest) = config
        .url
        .split_once(':')
        .ok_or_else(|| format!("url {:?} has no scheme such as s3:// or file:", config.url))?;
    match scheme {
        "s3" => {
            s3::open(rest.trim_start_matches('/').trim_end_matches('/'), config, credentials, connector).map(Kind::S3)
        }
        "file" => match places::folder_of(&config.url) {
            Some(root) => Ok(Kind::Local(local::open(Path::new(&root)))),
            None => Err(format!("url {:?} names no folder", config.url)),
        },
        "memory" => Ok(Kind::Memory(memory(rest))),
        "az" | "gs" => Err(format!("stores of the kind {scheme}:// are not built in yet")),
        _ => Err(format!("url {:?}: expected s3://BUCKET, file:PATH or memory:NAME", config.url)),
    }
}

/// Stores in memory, one for each name, for as long as the process lives.
fn memory(name: &str) -> Arc<InMemory> {
    static STORES: LazyLock<Mutex<HashMap<String, Arc<InMemory>>>> = LazyLock::new(Mutex::default);
    // A panic while the lock is held leaves a map that is still sound.
    STORES.lock().unwrap_or_else(PoisonError::into_inner).entry(name.to_owned()).or_default().clone()
}

async fn body(result: GetResult) -> object_store::Result<Bytes> {
    result.bytes().await
}

fn timestamp(meta: &ObjectMeta) -> Timestamp {
    let nanos = meta.last_modified.timestamp_nanos_opt().unwrap_or_default();
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Entity tags come with and without quotes, from listings and from headers.
fn same_tag(a: &str, b: &str) -> bool {
    a.trim_matches('"') == b.trim_matches('"')
}

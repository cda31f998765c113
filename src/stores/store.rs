//! One store of the config.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;

use super::encodings::percent_decoded;
use super::error::{Operation, Reason, StoreError, root_cause};
use super::file::{self, Folder, Touch};
use super::gate::Gate;
use super::keys::{self, MAX_S3_KEY};
use super::listing::{PAGE_SIZE, Page};
use super::memory;
use super::outage::Outage;
use super::s3::{self, Query, RequestCounts, S3, Seen};
use crate::model::config::{ChecksumAbility, Credentials, StoreConfig};
use crate::model::document::SourceObject;
use crate::model::failure::Code::{AccessDenied, StoreMissing, StoreUnavailable, UnsafeKey};
use crate::model::failure::Disposition::{Reject, Stall};
use crate::model::ids::StoreName;

/// One store of the config: a bucket, a folder or a memory of this process. Clones are the same store.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

/// Reads credentials anew; `None`: there are none to be had now.
#[derive(Clone)]
struct Renewal(Arc<dyn Fn() -> Option<Credentials> + Send + Sync>);

impl std::fmt::Debug for Renewal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Renewal")
    }
}

#[derive(Debug)]
struct Shared {
    name: StoreName,
    /// Empty, or ends in `/`; before every key.
    prefix: String,
    abilities: Abilities,
    gate: Gate,
    outage: Outage,
    renewal: OnceLock<Renewal>,
    kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    S3(S3),
    File(Arc<Folder>),
    Memory(Arc<InMemory>),
}

/// What of a store may be relied on: what the config declares, what Amazon's own endpoint does, what a folder does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abilities {
    /// A write can be made to fail where an object is.
    pub conditional_put: bool,
    /// The store verifies a SHA-256 on upload.
    pub checksum: bool,
}

impl Abilities {
    fn of_s3(config: &StoreConfig) -> Self {
        let is_amazon = config.endpoint.is_none();
        let checksum = config.checksum.map(|checksum| checksum == ChecksumAbility::Sha256);
        Self { conditional_put: config.conditional_put.unwrap_or(is_amazon), checksum: checksum.unwrap_or(is_amazon) }
    }

    /// A hard link, or a lock on our own memory, never takes another's place; nobody verifies what we write.
    const LOCAL: Self = Self { conditional_put: true, checksum: false };
}

/// Most requests at one store at once; what a batch or the config allows is less.
const MAX_REQUESTS: usize = 4096;

impl Store {
    /// Opens a store; asks it nothing yet. Without credentials an S3 store is asked with those that the platform gives this
    /// workload (web identity, container, instance), never with access keys from the environment.
    ///
    /// # Errors
    /// What in the config cannot be used.
    pub fn open(name: &StoreName, config: &StoreConfig, credentials: Option<Credentials>) -> Result<Self, StoreError> {
        let opened = open_kind(config, credentials).map_err(|reason| reason.about(name, Operation::Open, None));
        let (kind, prefix, abilities) = opened?;
        let shared = Shared {
            name: name.clone(),
            prefix,
            abilities,
            gate: Gate::new(MAX_REQUESTS),
            outage: Outage::default(),
            renewal: OnceLock::new(),
            kind,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// From now on every probe reads the credentials anew: a file of them may have been replaced since. Only the first such
    /// way counts.
    #[must_use]
    pub fn renewing(self, read: impl Fn() -> Option<Credentials> + Send + Sync + 'static) -> Self {
        self.shared.renewal.get_or_init(|| Renewal(Arc::new(read)));
        self
    }

    /// Its name in the config.
    pub fn name(&self) -> &StoreName {
        &self.shared.name
    }

    /// What may be relied on.
    pub fn abilities(&self) -> Abilities {
        self.shared.abilities
    }

    /// How many requests may be at it; callers pass it around every request and tell it of throttling and success.
    pub fn gate(&self) -> &Gate {
        &self.shared.gate
    }

    /// Callers tell that they have given the store up: everyone else need not find out by themselves.
    pub fn went_down(&self, error: &StoreError) {
        self.shared.outage.begins(error);
    }

    /// Callers tell that it answered.
    pub fn answered(&self) {
        self.shared.outage.ends();
    }

    /// Why it was given up, if nothing was answered since.
    pub fn outage(&self) -> Option<StoreError> {
        self.shared.outage.reason()
    }

    /// Requests sent since it was opened.
    pub fn requests(&self) -> RequestCounts {
        match &self.shared.kind {
            Kind::S3(s3) => s3.counts.read(),
            Kind::File(_) | Kind::Memory(_) => RequestCounts::default(),
        }
    }

    /// One page of what lies below `prefix` (any text, not only a whole directory), in the server's order; folders and memory
    /// go by the keys' bytes. `by_directory` stops at the next `/` behind the prefix and names what lies there as a directory.
    /// `token` is the `next` of the page before; it also serves after a restart.
    ///
    /// # Errors
    /// The page could not be had whole.
    pub async fn list(&self, prefix: &str, by_directory: bool, token: Option<&str>) -> Result<Page, StoreError> {
        let whole = format!("{}{prefix}", self.shared.prefix);
        let page = match &self.shared.kind {
            Kind::S3(s3) => {
                let query = Query { prefix: &whole, by_directory, token, max_keys: PAGE_SIZE };
                let (page, seen) = s3::watch(s3::list_page(s3, &query)).await;
                page.map_err(|error| s3::explain(Operation::List, &seen, &error))
            }
            Kind::File(folder) => file::list_page(folder, &whole, by_directory, token).await,
            Kind::Memory(objects) => memory::list_page(objects, &whole, by_directory, token).await,
        };
        let page = page.map_err(|reason| self.failed(Operation::List, Some(prefix), reason))?;
        Ok(self.below_prefix(page))
    }

    /// Asks for next to nothing: is the store there, and does it know us. A refusal of this one request counts as yes, since
    /// not everyone who may write may list.
    ///
    /// # Errors
    /// Why not.
    pub async fn probe(&self) -> Result<(), StoreError> {
        self.renew().await;
        let outcome = match &self.shared.kind {
            Kind::S3(s3) => {
                let query = Query { prefix: &self.shared.prefix, by_directory: false, token: None, max_keys: 1 };
                let (page, seen) = s3::watch(s3::list_page(s3, &query)).await;
                match page.map_err(|error| s3::explain(Operation::List, &seen, &error)) {
                    Err(reason) if reason.code == AccessDenied => Ok(()),
                    other => other.map(drop),
                }
            }
            Kind::File(folder) => file::probe(folder).await,
            Kind::Memory(_) => Ok(()),
        };
        outcome.map_err(|reason| self.failed(Operation::List, None, reason))
    }

    async fn renew(&self) {
        let (Kind::S3(S3 { keys: Some(keys), .. }), Some(Renewal(read))) =
            (&self.shared.kind, self.shared.renewal.get().cloned())
        else {
            return;
        };
        // Whatever goes wrong there, the keys that are known are tried.
        if let Ok(Some(credentials)) = tokio::task::spawn_blocking(move || read()).await {
            keys.replace(credentials);
        }
    }

    /// Removes what writes of `key` that were cut off by a kill have left in a folder under names of their own. Nobody may be
    /// writing there. Other stores keep nothing of an unfinished write.
    ///
    /// # Errors
    /// What the store said.
    pub async fn discard_unfinished(&self, key: &str) -> Result<(), StoreError> {
        let Kind::File(folder) = &self.shared.kind else { return Ok(()) };
        let path = self.address(Operation::Put, key)?;
        let within = self.stays_within(&path, Touch::Write).await;
        within.map_err(|reason| self.failed(Operation::Put, Some(key), reason))?;
        let discarded = file::discard_unfinished(folder, path.as_ref()).await;
        discarded.map_err(|reason| self.failed(Operation::Put, Some(key), reason))
    }

    /// Refuses a path that a link in a folder leads out of it.
    pub(super) async fn stays_within(&self, path: &Path, touch: Touch) -> Result<(), Reason> {
        match &self.shared.kind {
            Kind::File(folder) => file::stays_within(folder, path.as_ref(), touch).await,
            _ => Ok(()),
        }
    }

    pub(super) fn kind(&self) -> &Kind {
        &self.shared.kind
    }

    /// The objects behind the store, to read from or to write to.
    pub(super) async fn objects(&self, to_write: bool) -> Result<Arc<dyn ObjectStore>, Reason> {
        Ok(match &self.shared.kind {
            Kind::S3(s3) => Arc::clone(&s3.objects) as _,
            Kind::Memory(objects) => Arc::clone(objects) as _,
            Kind::File(folder) => Arc::new(folder.objects(to_write).await?),
        })
    }

    /// The path that asks for a key below the store's prefix.
    pub(super) fn address(&self, operation: Operation, key: &str) -> Result<Path, StoreError> {
        let longest = if matches!(self.shared.kind, Kind::S3(_)) { MAX_S3_KEY } else { usize::MAX };
        keys::address(&format!("{}{key}", self.shared.prefix), longest).map_err(|why| {
            self.failed(operation, Some(key), Reason::new((UnsafeKey, Reject), format!("the key {why}")))
        })
    }

    /// Why `object_store` failed, in our terms.
    pub(super) fn explain(&self, operation: Operation, seen: &Seen, error: &object_store::Error) -> Reason {
        match &self.shared.kind {
            Kind::S3(_) => s3::explain(operation, seen, error),
            Kind::File(folder) => file::explain(operation, folder, error),
            Kind::Memory(_) => memory::explain(error),
        }
    }

    pub(super) fn failed(&self, operation: Operation, key: Option<&str>, mut reason: Reason) -> StoreError {
        if let Kind::S3(S3 { keys: Some(keys), .. }) = &self.shared.kind {
            // A server, or a box between us, may repeat what it was sent.
            reason.said = keys.hidden(&reason.said);
        }
        reason.about(&self.shared.name, operation, key)
    }

    fn below_prefix(&self, mut page: Page) -> Page {
        let depth = self.shared.prefix.len();
        let objects = page.objects.iter_mut();
        let unaddressable = page.unaddressable.iter_mut().map(|(object, _): &mut (SourceObject, String)| object);
        for object in objects.chain(unaddressable) {
            object.key.drain(..depth);
        }
        page.directories.iter_mut().for_each(|directory| drop(directory.drain(..depth)));
        page
    }
}

/// One constructor per kind of store.
fn open_kind(config: &StoreConfig, credentials: Option<Credentials>) -> Result<(Kind, String, Abilities), Reason> {
    let (scheme, rest) = config.url.split_once(':').unwrap_or((&config.url, ""));
    let prefix = keys::folder(&config.prefix);
    match (scheme.to_ascii_lowercase().as_str(), rest.strip_prefix("//")) {
        ("s3", Some(place)) => {
            let (bucket, path) = place.split_once('/').unwrap_or((place, ""));
            let abilities = Abilities::of_s3(config);
            let s3 = s3::open(bucket, config, credentials, abilities.checksum)?;
            Ok((Kind::S3(s3), keys::folder(path) + &prefix, abilities))
        }
        ("file", Some(path)) => Ok((Kind::File(Arc::new(folder(&config.url, path)?)), prefix, Abilities::LOCAL)),
        ("memory", _) => Ok((Kind::Memory(memory::open(rest.trim_matches('/'))), prefix, Abilities::LOCAL)),
        ("az" | "azure" | "gs", Some(_)) => {
            Err(unusable(format!("{:?}: this kind of store is not built in yet", config.url)))
        }
        _ => Err(unusable(format!(
            "{:?} is no URL of a store; expected s3://bucket, file:///absolute/path or memory:name",
            config.url
        ))),
    }
}

fn folder(url: &str, path: &str) -> Result<Folder, Reason> {
    let path = path.strip_prefix("localhost").filter(|rest| rest.starts_with('/')).unwrap_or(path);
    match percent_decoded(path, false).filter(|path| path.starts_with('/') && !path.contains('\0')) {
        Some(path) => Ok(Folder::new(PathBuf::from(path))),
        None => Err(unusable(format!(
            "{url:?} is no absolute path in valid percent-encoding; expected one such as file:///srv/archive"
        ))),
    }
}

fn unusable(said: String) -> Reason {
    Reason::new((StoreUnavailable, Stall), said)
}

impl Reason {
    /// The folder or bucket itself is not there.
    pub(super) fn missing(said: impl Into<String>) -> Self {
        Self::new((StoreMissing, Stall), said)
    }

    /// Work on another thread died.
    pub(super) fn lost(error: &tokio::task::JoinError) -> Self {
        Self::new((StoreUnavailable, Stall), root_cause(error))
    }
}

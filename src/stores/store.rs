//! One store of the config.

use std::sync::{Arc, OnceLock};

use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;

use super::error::{Operation, Reason, StoreError, root_cause};
use super::file::{self, Folder, Touch};
use super::gate::Gate;
use super::http::{self, RequestCounts, Seen, unusable};
use super::keys;
use super::listing::{PAGE_SIZE, Page, Query};
use super::memory;
use super::open::{self, Abilities, Opened};
use super::outage::Outage;
use super::redact::Hidden;
use super::remote::Remote;
use crate::model::config::StoreConfig;
use crate::model::credentials::Credentials;
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
    hidden: Hidden,
    kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Remote(Arc<Remote>),
    File(Arc<Folder>),
    Memory(Arc<InMemory>),
}

/// Most requests at one store at once; what a batch or the config allows is less.
const MAX_REQUESTS: usize = 4096;

impl Store {
    /// Opens a store; asks it nothing yet. Without credentials a cloud is asked with those that the platform gives this
    /// workload (web identity, container, instance), never with keys from the environment.
    ///
    /// # Errors
    /// What in the config cannot be used.
    pub fn open(name: &StoreName, config: &StoreConfig, credentials: Option<Credentials>) -> Result<Self, StoreError> {
        let hidden = Hidden::default();
        credentials.iter().for_each(|credentials| hidden.add(credentials));
        let opened = open::open_kind(config, credentials).map_err(|reason| reason.about(name, Operation::Open, None));
        let Opened { kind, prefix, abilities } = opened?;
        let shared = Shared {
            name: name.clone(),
            prefix,
            abilities,
            gate: Gate::new(MAX_REQUESTS),
            outage: Outage::default(),
            renewal: OnceLock::new(),
            hidden,
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

    /// A key of the whole bucket as one of this store, which may be a part of it; `None`: it lies outside.
    pub fn below_own_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        key.strip_prefix(&self.shared.prefix)
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
            Kind::Remote(remote) => remote.requests(),
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
            Kind::Remote(remote) => {
                let query = Query { prefix: &whole, by_directory, token, after: None, max_keys: PAGE_SIZE };
                let (page, seen) = http::watch(remote.list_page(&query)).await;
                page.map_err(|error| http::explain(Operation::List, &seen, &error))
            }
            Kind::File(folder) => file::list_page(folder, &whole, by_directory, token).await,
            Kind::Memory(objects) => memory::list_page(objects, &whole, by_directory, token).await,
        };
        let page = page.map_err(|reason| self.failed(Operation::List, Some(prefix), reason))?;
        Ok(self.below_prefix(page))
    }

    /// The first page, of `most` keys, of what lies below `prefix` and behind a key, which need not be there. What
    /// that means is told by [`Abilities::ordered`] alone.
    ///
    /// # Errors
    /// The page could not be had whole.
    pub async fn list_after(&self, prefix: &str, after: &str, most: usize) -> Result<Page, StoreError> {
        let [whole, after] = [prefix, after].map(|text| format!("{}{text}", self.shared.prefix));
        let page = match &self.shared.kind {
            Kind::Remote(remote) if remote.lists_after() => {
                let max_keys = most.min(PAGE_SIZE);
                let query = Query { prefix: &whole, by_directory: false, token: None, after: Some(&after), max_keys };
                let (page, seen) = http::watch(remote.list_page(&query)).await;
                page.map_err(|error| http::explain(Operation::List, &seen, &error))
            }
            _ => Err(unusable("its listings can begin behind no key")),
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
            Kind::Remote(remote) => {
                let query =
                    Query { prefix: &self.shared.prefix, by_directory: false, token: None, after: None, max_keys: 1 };
                let (page, seen) = http::watch(remote.list_page(&query)).await;
                match page.map_err(|error| http::explain(Operation::List, &seen, &error)) {
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
        let Kind::Remote(remote) = &self.shared.kind else { return };
        let (Some(keys), Some(Renewal(read))) = (remote.keys(), self.shared.renewal.get().cloned()) else { return };
        // Whatever goes wrong there, the credentials that are known are tried.
        if let Ok(Some(credentials)) = tokio::task::spawn_blocking(move || read()).await {
            self.shared.hidden.add(&credentials);
            keys.replace(&credentials);
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
        self.writable(to_write)?;
        Ok(match &self.shared.kind {
            Kind::Remote(remote) => remote.objects(),
            Kind::Memory(objects) => Arc::clone(objects) as _,
            Kind::File(folder) => Arc::new(folder.objects(to_write).await?),
        })
    }

    /// Refuses to write to what can only be read.
    pub(super) fn writable(&self, to_write: bool) -> Result<(), Reason> {
        match &self.shared.kind {
            Kind::Remote(remote) if to_write && matches!(**remote, Remote::Web(_)) => {
                Err(unusable("an HTTP store can only be read from"))
            }
            _ => Ok(()),
        }
    }

    /// The path that asks for a key below the store's prefix.
    pub(super) fn address(&self, operation: Operation, key: &str) -> Result<Path, StoreError> {
        let whole = format!("{}{key}", self.shared.prefix);
        let path = match &self.shared.kind {
            Kind::Remote(remote) => remote.address(&whole),
            Kind::File(_) | Kind::Memory(_) => keys::address(&whole, usize::MAX),
        };
        path.map_err(|why| {
            self.failed(operation, Some(key), Reason::new((UnsafeKey, Reject), format!("the key {why}")))
        })
    }

    /// Why `object_store` failed, in our terms.
    pub(super) fn explain(&self, operation: Operation, seen: &Seen, error: &object_store::Error) -> Reason {
        match &self.shared.kind {
            Kind::Remote(_) => http::explain(operation, seen, error),
            Kind::File(folder) => file::explain(operation, folder, error),
            Kind::Memory(_) => memory::explain(error),
        }
    }

    pub(super) fn failed(&self, operation: Operation, key: Option<&str>, mut reason: Reason) -> StoreError {
        reason.said = self.shared.hidden.hide(&reason.said);
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

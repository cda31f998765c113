//! One open store and what can be asked of it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use object_store::memory::InMemory;
use object_store::path::Path as Key;
use object_store::{Attributes, ObjectMeta, ObjectStore};

use super::carried::Carried;
use super::error::{StoreError, class_of, class_of_io, detail};
use super::gate::Gate;
use super::local::{self, Local};
use super::object::Abilities;
use super::observe::{Observed, ObservedConnector, RequestCounts};
use super::s3::{self, S3};
use super::s3_list;
use crate::model::config::{Credentials, StoreConfig};
use crate::model::failure::{Code, Disposition};
use crate::model::ids::StoreName;
use crate::rules::places;

/// More requests to one store than this are never in flight, whatever specs ask for.
const MOST_IN_FLIGHT: usize = 4_096;

/// One open store. Clones share connections, counters and the gate.
#[derive(Clone)]
pub struct Store(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) name: StoreName,
    pub(super) kind: Kind,
    /// Put before every key, so that the store looks as if it held nothing else.
    pub(super) prefix: String,
    pub(super) gate: Gate,
    pub(super) connector: ObservedConnector,
}

pub(super) enum Kind {
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

    pub(super) fn plain_error(
        &self,
        code: Code,
        disposition: Disposition,
        key: Option<&str>,
        detail: String,
    ) -> StoreError {
        StoreError {
            code,
            disposition,
            store: self.0.name.clone(),
            key: key.map(str::to_owned),
            detail,
            retry_after: None,
        }
    }

    pub(super) fn object_store(&self) -> &dyn ObjectStore {
        match &self.0.kind {
            Kind::S3(s3) => &*s3.store,
            Kind::Local(local) => &*local.store,
            Kind::Memory(memory) => &**memory,
        }
    }

    pub(super) fn attributes(&self, carried: &Carried) -> Attributes {
        match &self.0.kind {
            Kind::S3(_) | Kind::Memory(_) => carried.attributes(),
            Kind::Local(_) => Attributes::default(),
        }
    }

    /// The whole path of a key; a key that would be changed on the way is refused.
    pub(super) fn path(&self, key: &str) -> Result<Key, StoreError> {
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

    pub(super) fn make_root(&self) -> Result<(), StoreError> {
        let Kind::Local(local) = &self.0.kind else { return Ok(()) };
        local::make_root(&local.root).map_err(|error| self.root_error(local, &error))
    }

    /// The root, or at least the folder in which the first write will make it.
    pub(super) fn local_root(&self, local: &Local) -> Result<(), StoreError> {
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

pub(super) fn timestamp(meta: &ObjectMeta) -> Timestamp {
    let nanos = meta.last_modified.timestamp_nanos_opt().unwrap_or_default();
    Timestamp::from_nanosecond(i128::from(nanos)).unwrap_or(Timestamp::UNIX_EPOCH)
}

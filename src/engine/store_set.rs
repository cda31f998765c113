//! The stores that the config names, each opened once and shared by every batch.

use std::collections::HashMap;
use std::sync::Mutex;

use super::copier::CopySizes;
use crate::model::config::{Config, StoreConfig};
use crate::model::credentials::Credentials;
use crate::model::ids::StoreName;
use crate::model::store_kind::StoreKind;
use crate::rules::places::{self, Location};
use crate::specs;
use crate::stores::{Store, StoreError};

/// Why a named store cannot be used. Always the operator's to mend, never a document's failure.
#[derive(Debug, thiserror::Error)]
pub enum StoreSetError {
    /// No such name.
    #[error("store {name:?} is not in the config; it names: {known}")]
    Unknown {
        /// The name asked for.
        name: StoreName,
        /// The names there are.
        known: String,
    },
    /// Its credentials cannot be read.
    #[error("store {name:?}: {source}")]
    Credentials {
        /// Which store.
        name: StoreName,
        /// Why.
        source: Box<specs::ConfigError>,
    },
    /// Its URL does not say where it is.
    #[error("store {name:?}: {reason}")]
    Place {
        /// Which store.
        name: StoreName,
        /// Why.
        reason: String,
    },
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] StoreError),
}

impl StoreSetError {
    /// Whether the store may be usable later on with the spec as it is: the file that is missing may come yet.
    pub fn may_be_mended(&self) -> bool {
        !matches!(self, Self::Unknown { .. })
    }
}

/// A store and where it really is.
#[derive(Clone)]
pub struct OpenStore {
    /// The handle.
    pub store: Store,
    /// Where it is, whatever the config calls it.
    pub location: Location,
}

/// The stores of one config.
pub struct StoreSet {
    config: Config,
    copy_sizes: CopySizes,
    open: Mutex<HashMap<StoreName, OpenStore>>,
}

impl StoreSet {
    /// Opens nothing yet.
    pub fn new(config: Config) -> Self {
        Self { config, copy_sizes: CopySizes::default(), open: Mutex::new(HashMap::new()) }
    }

    /// The same, whose servers are asked to copy so much at once.
    #[must_use]
    pub fn copying(self, copy_sizes: CopySizes) -> Self {
        Self { copy_sizes, ..self }
    }

    /// How large what a server copies at once may be.
    pub fn copy_sizes(&self) -> CopySizes {
        self.copy_sizes
    }

    /// The config that the stores are named in.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The store of that name, opened at its first use.
    ///
    /// # Errors
    /// An unknown name, unreadable credentials, or a URL or option that the store does not take.
    pub fn open(&self, name: &StoreName) -> Result<OpenStore, StoreSetError> {
        // A panic while the lock is held leaves a map that is still sound: entries are inserted whole.
        let mut open = self.open.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(store) = open.get(name) {
            return Ok(store.clone());
        }
        let config = self.config.stores.get(name).ok_or_else(|| self.unknown(name))?;
        let store = open_store(name, config)?;
        open.insert(name.clone(), store.clone());
        Ok(store)
    }

    fn unknown(&self, name: &StoreName) -> StoreSetError {
        let known = self.config.stores.keys().map(StoreName::as_str).collect::<Vec<_>>().join(", ");
        StoreSetError::Unknown { name: name.clone(), known }
    }
}

fn open_store(name: &StoreName, config: &StoreConfig) -> Result<OpenStore, StoreSetError> {
    let place = |reason| StoreSetError::Place { name: name.clone(), reason };
    let kind = StoreKind::of(&config.url).ok_or_else(|| place(places::unknown_kind(&config.url)))?;
    let credentials = config
        .credentials
        .as_ref()
        .map(|from| specs::credentials(kind, from, &|variable| std::env::var(variable).ok()))
        .transpose()
        .map_err(|source| StoreSetError::Credentials { name: name.clone(), source: Box::new(source) })?;
    let account = credentials.as_ref().and_then(Credentials::account);
    let location = Location::of(config, account).map_err(place)?;
    let store = Store::open(name, config, credentials)?;
    let store = match config.credentials.clone() {
        // The environment of a process stays as it is; a file may be replaced by newer credentials.
        Some(from) if from.file.is_some() => store.renewing(move || specs::credentials(kind, &from, &|_| None).ok()),
        _ => store,
    };
    Ok(OpenStore { store, location })
}

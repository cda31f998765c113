//! What a config is made into.

use std::path::Path;
use std::sync::Arc;

use crate::engine::limits::GlobalLimits;
use crate::engine::run::{Engine, Patience};
use crate::engine::store_set::StoreSet;
use crate::ledger::{Ledger, LedgerError, LedgerOptions};
use crate::model::config::Config;

/// Opens the ledger of the config's state.
///
/// # Errors
/// The ledger's.
pub fn ledger(config: &Config, state: &Path) -> Result<Ledger, LedgerError> {
    let options = LedgerOptions { cache: config.limits.ledger_cache.0, instance: config.instance.clone(), fuse: None };
    Ledger::open(state, &options)
}

/// An engine of a config; `scratch`: the directory of its ledger.
pub fn engine(
    config: &Config,
    scratch: &Path,
    ledger: Arc<Ledger>,
    limits: Arc<GlobalLimits>,
    patience: Patience,
) -> Arc<Engine> {
    let stores = Arc::new(StoreSet::new(config.clone()));
    Arc::new(Engine { ledger, stores, limits, patience, scratch: scratch.to_owned() })
}

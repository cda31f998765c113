//! What a config is made into.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::limits::GlobalLimits;
use crate::engine::run::{Engine, Patience};
use crate::engine::store_set::StoreSet;
use crate::ledger::{Ledger, LedgerError, LedgerOptions};
use crate::model::config::Config;

/// How long another process may have the ledger before a daemon does not begin: a command that only asks has it for a moment, which
/// a slow disk makes longer.
const HELD: Duration = Duration::from_secs(10);

/// Opens the ledger of the config's state; blocks.
///
/// # Errors
/// The ledger's.
pub fn ledger(config: &Config, state: &Path) -> Result<Ledger, LedgerError> {
    let options = LedgerOptions { cache: config.limits.ledger_cache.0, instance: config.instance.clone(), fuse: None };
    let began = Instant::now();
    loop {
        match Ledger::open(state, &options) {
            // It has waited for half a second itself.
            Err(LedgerError::Held { .. }) if began.elapsed() < HELD => {}
            opened => return opened,
        }
    }
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

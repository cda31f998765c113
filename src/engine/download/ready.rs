//! The spec of a batch, ready to read its stores.

use std::sync::Arc;

use crate::engine::setup::Setup;
use crate::engine::store_set::StoreSet;
use crate::model::bag::SpecText;
use crate::model::config::Config;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::spec::BatchFile;

/// Makes a spec ready under a config, with stores of its own.
///
/// # Errors
/// The spec cannot be read, or not be used with this config.
pub fn ready(config: &Config, spec: &SpecText) -> Result<Arc<Setup>, Refusal> {
    let unavailable = |message: String| Refusal::new(RefusalKind::Unavailable, message);
    let file: BatchFile = serde_json::from_str(&spec.json)
        .map_err(|error| unavailable(format!("the spec in the ledger cannot be read: {error}")))?;
    Setup::new(file, &StoreSet::new(config.clone())).map_err(|error| unavailable(error.to_string()))
}

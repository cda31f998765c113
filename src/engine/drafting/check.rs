//! What can be said of a spec from its text and the config alone.

use crate::model::config::Config;
use crate::model::draft::{Choices, SpecCheck, StoreChoice};
use crate::model::store_kind::StoreKind;
use crate::specs;

/// What a config gives to choose from.
pub fn choices(config: &Config) -> Choices {
    let stores = config.stores.iter().map(|(name, store)| StoreChoice {
        name: name.clone(),
        is_writable: StoreKind::of(&store.url) != Some(StoreKind::Http),
    });
    Choices { stores: stores.collect(), writes: config.allow_spec_writes }
}

/// Judges a text as the spec of a file below the jobs directory.
pub fn check(config: &Config, file: &str, text: &str) -> SpecCheck {
    match specs::check_text(file, text, Some(config)) {
        Ok((spec, digest)) => {
            SpecCheck { valid: true, name: Some(spec.metadata.name), digest: Some(digest), diagnostics: Vec::new() }
        }
        Err(diagnostics) => SpecCheck { valid: false, name: None, digest: None, diagnostics },
    }
}

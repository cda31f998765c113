//! A spec made ready to run: templates parsed, globs compiled, zones and stores resolved.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::store_set::{OpenStore, StoreSet, StoreSetError};
use super::virus;
use crate::catalogs::{KeyParts, KeyTemplate, TargetTemplate, TemplateError, Zones};
use crate::model::document::{CatalogRecord, FileRecord};
use crate::model::failure::{Code, Failure};
use crate::model::spec::BatchFile;
use crate::rules::keys;
use crate::rules::layout::Layout;
use crate::rules::roles::RoleRules;
use crate::rules::selection::Selector;
use crate::scanners::Scanner;

/// Why a spec that once was valid cannot run: the config or this program has changed since.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A store of it cannot be used.
    #[error(transparent)]
    Store(#[from] StoreSetError),
    /// A template of it does not parse.
    #[error("{field}: {source}")]
    Template {
        /// The field of the spec.
        field: &'static str,
        /// Why.
        source: TemplateError,
    },
    /// Its zone or a glob of it is not understood.
    #[error("{0}")]
    Value(String),
}

/// A spec made ready to run.
pub struct Setup {
    /// The spec itself.
    pub file: BatchFile,
    /// Where documents come from.
    pub source: OpenStore,
    /// Where they go.
    pub target: OpenStore,
    /// `source.catalog.keys`.
    pub template: KeyTemplate,
    /// The zones of the catalog and of the range.
    pub zones: Zones,
    /// `filters` and the range.
    pub selector: Selector,
    /// `source.catalog.roles`.
    pub roles: RoleRules,
    /// The virus scanners that its checks name.
    pub scanners: HashMap<String, Scanner>,
    /// What keys the target can hold.
    pub layout: Layout,
    key: Option<TargetTemplate>,
    manifest: Option<TargetTemplate>,
}

impl Setup {
    /// Prepares a spec.
    ///
    /// # Errors
    /// Whatever `validate` would say of the spec, if it is not valid with this config.
    pub fn new(file: BatchFile, stores: &StoreSet) -> Result<Arc<Self>, SetupError> {
        let spec = &file.spec;
        let catalog = &spec.source.catalog;
        let template = KeyTemplate::parse(&catalog.keys)
            .map_err(|source| SetupError::Template { field: "spec.source.catalog.keys", source })?;
        let known: Vec<&str> = template.fields().collect();
        let key = spec.target.key.as_deref().map(|text| TargetTemplate::parse(text, &known)).transpose();
        let key = key.map_err(|source| SetupError::Template { field: "spec.target.key", source })?;
        let manifest =
            spec.target.manifest.as_deref().map(|text| TargetTemplate::parse_manifest(text, &known)).transpose();
        let manifest = manifest.map_err(|source| SetupError::Template { field: "spec.target.manifest", source })?;
        let range = zone(&spec.collected.time_zone)?;
        let zones =
            Zones { catalog: catalog.time_zone.as_deref().map(zone).transpose()?.unwrap_or(range.clone()), range };
        let target = stores.open(&spec.target.store)?;
        // One that was opened is in the config.
        let layout = stores.config().stores.get(&spec.target.store).map(Layout::of).unwrap_or_default();
        let value = |error: &dyn std::fmt::Display| SetupError::Value(error.to_string());
        Ok(Arc::new(Self {
            source: stores.open(&spec.source.store)?,
            target,
            selector: Selector::new(&spec.filters, &spec.collected).map_err(|error| value(&error))?,
            roles: RoleRules::new(&catalog.roles).map_err(|error| value(&error))?,
            scanners: virus::scanners(&spec.checks, stores.config()).map_err(SetupError::Value)?,
            layout,
            template,
            zones,
            key,
            manifest,
            file,
        }))
    }

    /// The part of a source key that templates and filters look at.
    pub fn below_prefix<'a>(&self, key: &'a str) -> &'a str {
        // Listings below the prefix give no others.
        keys::below(&self.file.spec.source.prefix, key).unwrap_or(key)
    }

    /// The whole key at the target of one file.
    ///
    /// # Errors
    /// The file's failure: a field that the template needs is missing, or the key would not be safe.
    pub fn target_key(&self, source_key: &str, record: &CatalogRecord) -> Result<String, Failure> {
        let below = self.below_prefix(source_key);
        let key = match &self.key {
            None => below.to_owned(),
            Some(template) => template.render(&KeyParts {
                fields: &record.fields,
                image_number: &record.image_number,
                role: Some((record.role, record.role_label.as_deref())),
                sequence: record.sequence.as_deref(),
                file_name: Some(keys::file_name(below)),
                zone: &self.zones.range,
            })?,
        };
        self.at_target(&key)
    }

    fn at_target(&self, key: &str) -> Result<String, Failure> {
        let key = format!("{}{key}", self.file.spec.target.prefix);
        match self.layout.fault(&key) {
            None => Ok(key),
            Some(fault) => Err(Failure::new(Code::UnsafeKey, key).with("a key that the target can hold", fault)),
        }
    }

    /// The whole key of a document's manifest, if the spec wants one: by the fields of its first recognised file, since
    /// the key of another one tells only some of them.
    pub fn manifest_key(&self, files: &[FileRecord]) -> Option<Result<String, Failure>> {
        let template = self.manifest.as_ref()?;
        let record = &files.iter().find(|file| file.record.recognised).or(files.first())?.record;
        let parts = KeyParts {
            fields: &record.fields,
            image_number: &record.image_number,
            role: None,
            sequence: None,
            file_name: None,
            zone: &self.zones.range,
        };
        Some(template.render(&parts).and_then(|key| self.at_target(&key)))
    }

    /// The one text for a key at the target, whatever the store is called: what claims are about.
    pub fn address(&self, target_key: &str) -> String {
        self.target.location.address(target_key)
    }

    /// The one text for all keys at the target that are one file to some systems; `None`: the target is no folder.
    pub fn folded_address(&self, target_key: &str) -> Option<String> {
        self.layout.folded(&self.address(target_key)).map(|folded| format!("folded:{folded}"))
    }

    /// The one text for the source store: half of a document's identity.
    pub fn source_identity(&self) -> String {
        self.source.location.address("")
    }
}

fn zone(name: &str) -> Result<TimeZone, SetupError> {
    TimeZone::get(name).map_err(|error| SetupError::Value(format!("time zone {name:?}: {error}")))
}

//! A spec made ready to run: templates parsed, globs compiled, zones and stores resolved.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

use super::catalog::{Catalog, CatalogError};
use super::copier::CopySizes;
use super::stamp::Stamp;
use super::store_set::{OpenStore, StoreSet, StoreSetError};
use super::virus;
use crate::catalogs::{self, KeyParts, TargetTemplate, TemplateError, Zones};
use crate::model::document::{CatalogRecord, FileRecord};
use crate::model::failure::{Code, Failure};
use crate::model::ids::StoreName;
use crate::model::spec::BatchFile;
use crate::model::work::FileWork;
use crate::rules::keys;
use crate::rules::layout::Layout;
use crate::rules::roles::RoleRules;
use crate::rules::selection::Selector;
use crate::scanners::Scanner;
use crate::stores::Carried;

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
    /// The source's bucket, if it is one of S3.
    pub source_bucket: Option<String>,
    /// Where the inventory is, if the spec names one.
    pub inventory: Option<OpenStore>,
    /// `source.catalog`, but for its roles.
    pub catalog: Catalog,
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
    /// How large what the target's server copies at once may be.
    pub copy_sizes: CopySizes,
    key: Option<TargetTemplate>,
    manifest: Option<TargetTemplate>,
    stamp: Stamp,
}

impl From<CatalogError<StoreSetError>> for SetupError {
    fn from(error: CatalogError<StoreSetError>) -> Self {
        match error {
            CatalogError::Keys(source) => Self::Template { field: "spec.source.catalog.keys", source },
            CatalogError::Value(text) => Self::Value(text),
            CatalogError::Store(error) => Self::Store(error),
        }
    }
}

impl Setup {
    /// Prepares a spec.
    ///
    /// # Errors
    /// Whatever `validate` would say of the spec, if it is not valid with this config.
    pub fn new(file: BatchFile, stores: &StoreSet) -> Result<Arc<Self>, SetupError> {
        let spec = &file.spec;
        let range = zone(&spec.collected.time_zone)?;
        let catalog = &spec.source.catalog;
        let zones =
            Zones { catalog: catalog.time_zone.as_deref().map(zone).transpose()?.unwrap_or(range.clone()), range };
        let ready = Catalog::new(catalog, &zones, |name| stores.open(name.unwrap_or(&spec.source.store)))?;
        // Its template was read just now.
        let fields = catalogs::fields(catalog).unwrap_or_default();
        let known: Vec<&str> = fields.iter().map(String::as_str).collect();
        let key = spec.target.key.as_deref().map(|text| TargetTemplate::parse(text, &known)).transpose();
        let key = key.map_err(|source| SetupError::Template { field: "spec.target.key", source })?;
        let manifest =
            spec.target.manifest.as_deref().map(|text| TargetTemplate::parse_manifest(text, &known)).transpose();
        let manifest = manifest.map_err(|source| SetupError::Template { field: "spec.target.manifest", source })?;
        let inventory = spec
            .source
            .inventory
            .as_ref()
            .map(|inventory| stores.open(inventory.store.as_ref().unwrap_or(&spec.source.store)));
        let stamp = Stamp::new(&spec.target, &known);
        let stamp = stamp.map_err(|source| SetupError::Template { field: "spec.target.metadata", source })?;
        let target = stores.open(&spec.target.store)?;
        // One that was opened is in the config.
        let layout = stores.config().stores.get(&spec.target.store).map(Layout::of).unwrap_or_default();
        let value = |error: &dyn std::fmt::Display| SetupError::Value(error.to_string());
        Ok(Arc::new(Self {
            source: stores.open(&spec.source.store)?,
            target,
            layout,
            copy_sizes: stores.copy_sizes(),
            inventory: inventory.transpose()?,
            source_bucket: bucket(stores, &spec.source.store),
            selector: Selector::new(&spec.filters, &spec.collected).map_err(|error| value(&error))?,
            roles: RoleRules::new(&catalog.roles).map_err(|error| value(&error))?,
            scanners: virus::scanners(&spec.checks, stores.config()).map_err(SetupError::Value)?,
            catalog: ready,
            zones,
            key,
            manifest,
            stamp,
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
        let parts = self.parts(source_key, record);
        let key = match &self.key {
            None => self.below_prefix(source_key).to_owned(),
            Some(template) => template.render(&parts)?,
        };
        // Told now, before anything of the document is copied.
        self.stamp.metadata(&parts)?;
        self.at_target(&key)
    }

    fn at_target(&self, key: &str) -> Result<String, Failure> {
        let key = format!("{}{key}", self.file.spec.target.prefix);
        match self.layout.fault(&key) {
            None => Ok(key),
            Some(fault) => Err(Failure::new(Code::UnsafeKey, key).with("a key that the target can hold", fault)),
        }
    }

    /// Adds what the spec wants on every file at the target to what travels along with one.
    pub fn stamp(&self, carried: &mut Carried, file: &FileWork) {
        self.stamp.add(carried, &self.parts(&file.object.key, &file.record));
    }

    fn parts<'a>(&'a self, source_key: &'a str, record: &'a CatalogRecord) -> KeyParts<'a> {
        KeyParts {
            fields: &record.fields,
            image_number: &record.image_number,
            role: Some((record.role, record.role_label.as_deref())),
            sequence: record.sequence.as_deref(),
            file_name: Some(keys::file_name(self.below_prefix(source_key))),
            zone: &self.zones.range,
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

fn bucket(stores: &StoreSet, name: &StoreName) -> Option<String> {
    let bucket = stores.config().stores.get(name)?.url.strip_prefix("s3://")?;
    Some(bucket.split('/').next().unwrap_or(bucket).to_owned())
}

fn zone(name: &str) -> Result<TimeZone, SetupError> {
    TimeZone::get(name).map_err(|error| SetupError::Value(format!("time zone {name:?}: {error}")))
}

//! `source.catalog` made ready to run.

use crate::catalogs::table::{Mapping, MappingError};
use crate::catalogs::{KeyTemplate, TemplateError, Zones};
use crate::engine::store_set::OpenStore;
use crate::model::catalog::{self, Index, Sidecar};
use crate::model::ids::StoreName;
use crate::rules::names::NameGlobs;

/// How business fields are found for each object.
pub enum Catalog {
    /// By its key alone.
    Keys(KeyTemplate),
    /// By rows of a table.
    Rows(Box<RowCatalog>),
}

/// Rows, and which objects belong to them.
pub struct RowCatalog {
    /// Which objects belong to a row.
    pub join: Join,
    /// Where each field stands in a row.
    pub mapping: Mapping,
    /// Where the rows are.
    pub from: RowSource,
}

/// Which objects belong to a row.
pub enum Join {
    /// The one at its key.
    Key,
    /// All below its directory.
    Directory,
    /// Those whose keys tell its image number.
    Image(KeyTemplate),
}

/// Where the rows are.
pub enum RowSource {
    /// In a table.
    Index(Index, OpenStore),
    /// In an object beside each document.
    Sidecar(Sidecar, NameGlobs),
}

impl Catalog {
    /// Prepares a catalog; `stores` opens the store of an index, which is the source where it names none.
    ///
    /// # Errors
    /// What `validate` would say.
    pub fn new<E>(
        spec: &catalog::Catalog,
        zones: &Zones,
        store: impl FnOnce(Option<&StoreName>) -> Result<OpenStore, E>,
    ) -> Result<Self, CatalogError<E>> {
        let beside = |text: &str| KeyTemplate::parse_beside_rows(text).map_err(CatalogError::Keys);
        let (columns, from) = match (&spec.index, &spec.sidecar) {
            (Some(index), _) => {
                let store = store(index.store.as_ref()).map_err(CatalogError::Store)?;
                (&index.columns, RowSource::Index(index.clone(), store))
            }
            (None, Some(sidecar)) => {
                let globs = NameGlobs::new(&sidecar.files).map_err(|error| CatalogError::Value(error.to_string()))?;
                (&sidecar.fields, RowSource::Sidecar(sidecar.clone(), globs))
            }
            (None, None) => {
                let keys = spec.keys.as_deref().unwrap_or_default();
                return KeyTemplate::parse(keys).map(Self::Keys).map_err(CatalogError::Keys);
            }
        };
        let join = match &spec.keys {
            Some(keys) => Join::Image(beside(keys)?),
            None if columns.contains_key("key") => Join::Key,
            None => Join::Directory,
        };
        let mapping = match &from {
            RowSource::Index(..) => Mapping::new(columns, zones.clone()),
            RowSource::Sidecar(..) => Mapping::of_sidecar(columns, zones.clone()),
        };
        let mapping = mapping.map_err(|errors| CatalogError::Value(first(&errors)))?;
        Ok(Self::Rows(Box::new(RowCatalog { join, mapping, from })))
    }

    /// The template of keys, where there is one.
    pub fn template(&self) -> Option<&KeyTemplate> {
        match self {
            Self::Keys(template) => Some(template),
            Self::Rows(rows) => match &rows.join {
                Join::Image(template) => Some(template),
                Join::Key | Join::Directory => None,
            },
        }
    }
}

/// Why a catalog cannot be used.
pub enum CatalogError<E> {
    /// Its template does not parse.
    Keys(TemplateError),
    /// Its columns or globs are not understood.
    Value(String),
    /// Its store cannot be opened.
    Store(E),
}

fn first(errors: &[MappingError]) -> String {
    errors.first().map_or_else(String::new, |error| format!("source.catalog: {}: {}", error.field, error.message))
}

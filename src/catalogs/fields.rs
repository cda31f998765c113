//! The fields that a catalog gives its documents.

use std::collections::BTreeMap;

use super::error::TemplateError;
use super::key_template::KeyTemplate;
use crate::model::catalog::{Catalog, Column};

/// Columns that say where a row belongs, and are no fields of a document.
pub const PLACES: [&str; 2] = ["key", "directory"];

/// The template of a catalog's keys, where it has one; beside rows it need not tell the day.
///
/// # Errors
/// What is wrong with it.
pub fn template(catalog: &Catalog) -> Option<Result<KeyTemplate, TemplateError>> {
    let parse = if columns(catalog).is_some() { KeyTemplate::parse_beside_rows } else { KeyTemplate::parse };
    catalog.keys.as_deref().map(parse)
}

/// The fields that documents may have; `None`: the template cannot be read.
pub fn fields(catalog: &Catalog) -> Option<Vec<String>> {
    let template = template(catalog).transpose().ok()?;
    let of_keys = template.iter().flat_map(KeyTemplate::fields).map(str::to_owned);
    let of_rows = columns(catalog).into_iter().flat_map(BTreeMap::keys);
    Some(of_keys.chain(of_rows.filter(|name| !PLACES.contains(&name.as_str())).cloned()).collect())
}

/// The columns of an index, or the fields of sidecars.
fn columns(catalog: &Catalog) -> Option<&BTreeMap<String, Column>> {
    match (&catalog.index, &catalog.sidecar) {
        (Some(index), _) => Some(&index.columns),
        (None, Some(sidecar)) => Some(&sidecar.fields),
        (None, None) => None,
    }
}

//! One listed object: a file of a document in scope, out of scope by a filter, or unrecognised.

use std::borrow::Cow;
use std::io;

use super::catalog::{Catalog, Joined, Told, join};
use super::setup::Setup;
use crate::catalogs::KeyReading;
use crate::model::document::{FileRecord, FileState, SourceObject};
use crate::model::outcomes::Outcomes;
use crate::rules::selection::Scope;
use crate::tables::Table;

/// The filter that leaves out zero-byte `folder/` objects, which consoles make to show a folder.
pub const FOLDER_MARKER: &str = "folderMarkers";

/// What one listed object is to the batch.
#[derive(Debug)]
pub enum Classified {
    /// A file of a document in scope.
    File(Box<FileRecord>),
    /// Left out by the filter of this name.
    OutOfScope(Cow<'static, str>),
    /// Nothing tells of it, and it lies in no document's directory.
    Unrecognised(SourceObject),
}

/// Classifies an object of listing number `listing`; `unaddressable`: why no request can ask for it. Blocks on the disk
/// where a catalog has rows.
///
/// # Errors
/// The catalog's rows cannot be read.
pub fn classify(
    setup: &Setup,
    rows: Option<&Table>,
    object: SourceObject,
    listing: u32,
    unaddressable: Option<String>,
) -> io::Result<Classified> {
    if object.size == 0 && object.key.ends_with('/') {
        return Ok(Classified::OutOfScope(FOLDER_MARKER.into()));
    }
    let below = setup.below_prefix(&object.key);
    if let Some(filter) = setup.selector.excluded(below) {
        return Ok(Classified::OutOfScope(filter.into()));
    }
    let told = match (&setup.catalog, rows) {
        (Catalog::Keys(template), _) => match template.read(below, &setup.zones) {
            KeyReading::File(fields) => Told::of_key(fields, true),
            KeyReading::InDirectory(fields) => Told::of_key(fields, false),
            KeyReading::Unrecognised => return Ok(Classified::Unrecognised(object)),
        },
        (Catalog::Rows(catalog), Some(table)) => match join(catalog, table, below, &setup.zones)? {
            // Rows were looked at by the filters when they were sorted.
            Joined::File(told) => {
                return Ok(Classified::File(Box::new(file(setup, object, *told, listing, unaddressable))));
            }
            Joined::OutOfScope(filter) => return Ok(Classified::OutOfScope(filter.into())),
            Joined::Unrecognised => return Ok(Classified::Unrecognised(object)),
        },
        (Catalog::Rows(_), None) => return Err(io::Error::other("the rows of the catalog are not there")),
    };
    match setup.selector.document(&told.image_number, &told.fields) {
        Scope::Out(filter) => Ok(Classified::OutOfScope(filter.into())),
        Scope::In => Ok(Classified::File(Box::new(file(setup, object, told, listing, unaddressable)))),
    }
}

fn file(setup: &Setup, object: SourceObject, told: Told, listing: u32, unaddressable: Option<String>) -> FileRecord {
    let record = told.record(&setup.roles, setup.below_prefix(&object.key));
    let (state, findings, checks) = (FileState::Pending, Vec::new(), Outcomes::default());
    FileRecord { object, record, state, findings, unaddressable, seen: listing, checks }
}

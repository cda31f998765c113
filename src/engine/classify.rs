//! One listed object: a file of a document in scope, out of scope by a filter, or unrecognised.

use super::setup::Setup;
use crate::catalogs::{KeyFields, KeyReading};
use crate::model::document::{CatalogRecord, FileRecord, FileState, SourceObject};
use crate::model::outcomes::Outcomes;
use crate::rules::keys;
use crate::rules::selection::Scope;

/// The filter that leaves out zero-byte `folder/` objects, which consoles make to show a folder.
pub const FOLDER_MARKER: &str = "folderMarkers";

/// What one listed object is to the batch.
#[derive(Debug)]
pub enum Classified {
    /// A file of a document in scope.
    File(Box<FileRecord>),
    /// Left out by the filter of this name.
    OutOfScope(&'static str),
    /// Matches no template and lies in no document's directory.
    Unrecognised(SourceObject),
}

/// Classifies an object of listing number `listing`; `unaddressable`: why no request can ask for it.
pub fn classify(setup: &Setup, object: SourceObject, listing: u32, unaddressable: Option<String>) -> Classified {
    if object.size == 0 && object.key.ends_with('/') {
        return Classified::OutOfScope(FOLDER_MARKER);
    }
    let below = setup.below_prefix(&object.key);
    if let Some(filter) = setup.selector.excluded(below) {
        return Classified::OutOfScope(filter);
    }
    let (fields, recognised) = match setup.template.read(below, &setup.zones) {
        KeyReading::File(fields) => (fields, true),
        KeyReading::InDirectory(fields) => (fields, false),
        KeyReading::Unrecognised => return Classified::Unrecognised(object),
    };
    if let Scope::Out(filter) = setup.selector.scope(below, &fields.image_number, &fields.fields) {
        return Classified::OutOfScope(filter);
    }
    let record = record(setup, below, fields, recognised);
    Classified::File(Box::new(FileRecord {
        object,
        record,
        state: FileState::Pending,
        findings: Vec::new(),
        unaddressable,
        seen: listing,
        checks: Outcomes::default(),
    }))
}

fn record(setup: &Setup, below: &str, fields: KeyFields, recognised: bool) -> CatalogRecord {
    let (role, role_label) = setup.roles.role(keys::file_name(below), fields.role_word.as_deref());
    CatalogRecord {
        image_number: fields.image_number,
        fields: fields.fields,
        unreadable: fields.unreadable,
        role,
        role_label,
        sequence: fields.sequence,
        recognised,
    }
}

//! Which files of a document go into the bag, and what is known of them.

use bytes::Bytes;

use crate::engine::manifest::manifest_of;
use crate::engine::setup::Setup;
use crate::model::bag::RecordRow;
use crate::model::document::{FileRecord, FileState, Role};
use crate::model::ids::{Digest, ImageNumber};
use crate::model::receipt::Pin;
use crate::model::text::one_line;
use crate::reports::bag::Names;
use crate::rules::keys;

/// From where a bag's files come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Where documents are moved to: what is migrated or was there already.
    Target,
    /// Where they come from: every file as it was listed.
    Source,
}

/// What goes into a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// From where.
    pub side: Side,
    /// Only files of this role.
    pub role: Option<Role>,
}

impl Choice {
    /// What a bag of these documents (none named: all) is made of, in one line: a folder is gone on with only for the same.
    pub fn selection(self, batch: &str, documents: &[String]) -> String {
        let side = if self.side == Side::Target { "target" } else { "source" };
        let role = self.role.map_or("all roles", Role::as_str);
        let documents = match documents {
            [] => "all documents".to_owned(),
            [one] => format!("document {}", one_line(one)),
            many => format!("{} documents ({})", many.len(), Digest::of(many.join("\0").as_bytes())),
        };
        format!("{batch} from the {side}: {documents}, {role}")
    }
}

/// Which object a file is read from.
#[derive(Debug, Clone)]
pub(super) enum Object {
    /// The one that was listed at the source, and no other.
    Listed(Pin),
    /// What is at the target, with its entity tag when it was left there, if that is known.
    Left(Option<String>),
}

/// A file that goes into the bag.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) image: ImageNumber,
    /// Its place among the document's files; `None`: the manifest.
    pub(super) file: Option<usize>,
    /// The whole key in the store.
    pub(super) key: String,
    /// Its path in the bag.
    pub(super) path: String,
    pub(super) size: u64,
    /// What its bytes must be, if that is known.
    pub(super) sha256: Option<Digest>,
    /// Which object it is.
    pub(super) object: Object,
    /// Why no request can ask for it.
    pub(super) unaddressable: Option<String>,
}

/// The files of a document that go into the bag.
pub(super) fn wanted(setup: &Setup, choice: Choice, names: &mut Names, record: &RecordRow) -> Vec<Wanted> {
    let RecordRow { document, files } = record;
    if choice.side == Side::Target && !document.state.status().is_synced() {
        return Vec::new();
    }
    let fits = |file: &FileRecord| choice.role.is_none_or(|role| role == file.record.role);
    let chosen = files.iter().enumerate().filter(|(_, file)| fits(file));
    let mut found: Vec<Wanted> = chosen.filter_map(|(at, file)| one(choice.side, at, file)).collect();
    if choice.side == Side::Target && choice.role.is_none() {
        found.extend(manifest(setup, record));
    }
    if !found.is_empty() {
        let mut folder = names.document(document.fields.organization.as_deref(), document.image_number.as_str());
        for wanted in &mut found {
            wanted.path = folder.file(keys::file_name(&wanted.key), &wanted.key);
        }
    }
    found
}

fn one(side: Side, at: usize, file: &FileRecord) -> Option<Wanted> {
    let (key, size, sha256, object) = match (side, &file.state) {
        (Side::Target, FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt)) => {
            (&receipt.target_key, receipt.size, Some(receipt.sha256), Object::Left(receipt.etag.clone()))
        }
        (Side::Target, FileState::TargetKept(kept)) => {
            (&kept.target_key, kept.target_size, Some(kept.target_sha256), Object::Left(None))
        }
        (Side::Target, FileState::Pending | FileState::Failed(_)) => return None,
        (Side::Source, state) => {
            (&file.object.key, file.object.size, source_digest(state, file), Object::Listed(listed(file)))
        }
    };
    let unaddressable = file.unaddressable.clone().filter(|_| side == Side::Source);
    Some(Wanted {
        image: file.record.image_number.clone(),
        file: Some(at),
        key: key.clone(),
        path: String::new(),
        size,
        sha256,
        object,
        unaddressable,
    })
}

fn listed(file: &FileRecord) -> Pin {
    let object = &file.object;
    Pin { size: object.size, etag: object.etag.clone(), modified: object.modified, version: None }
}

/// What the source's bytes were when they were read, if the object is still the one that was read.
pub(super) fn source_digest(state: &FileState, file: &FileRecord) -> Option<Digest> {
    match state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
            receipt.source.is_of(&file.object).then_some(receipt.sha256)
        }
        FileState::TargetKept(kept) => kept.source.is_of(&file.object).then_some(kept.source_sha256),
        FileState::Pending | FileState::Failed(_) => None,
    }
}

fn manifest(setup: &Setup, record: &RecordRow) -> Option<Wanted> {
    let key = setup.manifest_key(&record.files)?.ok()?;
    let is_kept = |finding: &crate::model::failure::Finding| {
        finding.failure.code == crate::model::failure::Code::TargetKept && finding.failure.item == key
    };
    if record.document.findings.iter().any(is_kept) {
        return None;
    }
    let bytes: Bytes = manifest_of(&record.document, &record.files, &setup.file.spec.target.prefix);
    Some(Wanted {
        image: record.document.image_number.clone(),
        file: None,
        key,
        path: String::new(),
        size: bytes.len() as u64,
        sha256: Some(Digest::of(&bytes)),
        object: Object::Left(None),
        unaddressable: None,
    })
}

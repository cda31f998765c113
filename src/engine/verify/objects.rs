//! What must be at the target: the copied files of a document, and its manifest.

use crate::engine::manifest::manifest_of;
use crate::engine::setup::Setup;
use crate::model::document::{DocumentRecord, FileRecord, FileState};
use crate::model::failure::Code;
use crate::model::ids::{Digest, ImageNumber};

/// An object that must be at the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) image: ImageNumber,
    /// The whole key in the target store.
    pub(super) key: String,
    pub(super) size: u64,
    pub(super) sha256: Digest,
    /// Its entity tag when it was left, if that is known.
    pub(super) etag: Option<String>,
    /// The source key of the file; `None`: the manifest.
    pub(super) file: Option<String>,
}

/// The objects of one document, in order of its files' keys.
pub(super) fn objects(setup: &Setup, document: &DocumentRecord, files: &[FileRecord]) -> Vec<Expected> {
    let objects = files.iter().filter_map(|file| of_file(&document.image_number, file));
    objects.chain(of_manifest(setup, document, files)).collect()
}

/// The object of one file, if it has one of which something is known.
pub(super) fn of_file(image: &ImageNumber, file: &FileRecord) -> Option<Expected> {
    let (key, size, sha256, etag) = match &file.state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
            (&receipt.target_key, receipt.size, receipt.sha256, receipt.etag.clone())
        }
        FileState::TargetKept(kept) => (&kept.target_key, kept.target_size, kept.target_sha256, None),
        FileState::Pending | FileState::Failed(_) => return None,
    };
    let (image, source) = (image.clone(), Some(file.object.key.clone()));
    Some(Expected { image, key: key.clone(), size, sha256, etag, file: source })
}

/// A manifest is written once the document is whole; one of others that was kept on purpose is not ours to judge.
fn of_manifest(setup: &Setup, document: &DocumentRecord, files: &[FileRecord]) -> Option<Expected> {
    if !document.state.status().is_synced() {
        return None;
    }
    let key = setup.manifest_key(files)?.ok()?;
    let is_kept = |finding: &crate::model::failure::Finding| {
        finding.failure.code == Code::TargetKept && finding.failure.item == key
    };
    if document.findings.iter().any(is_kept) {
        return None;
    }
    let bytes = manifest_of(document, files, &setup.file.spec.target.prefix);
    let (size, sha256) = (bytes.len() as u64, Digest::of(&bytes));
    Some(Expected { image: document.image_number.clone(), key, size, sha256, etag: None, file: None })
}

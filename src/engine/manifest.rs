//! `document.json`: what a whole document at the target consists of. No batch, run or time, so that equal documents
//! give equal bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use crate::model::document::{CatalogRecord, DocumentRecord, Fields, FileRecord, FileState};
use crate::model::ids::{Digest, ImageNumber};
use crate::model::work::DocumentWork;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    format_version: u32,
    image_number: &'a ImageNumber,
    organization: Option<&'a str>,
    document_type: Option<&'a str>,
    document_number: Option<&'a str>,
    collected: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: &'a BTreeMap<String, String>,
    files: Vec<ManifestFile<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ManifestFile<'a> {
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<&'a str>,
    key: &'a str,
    size: u64,
    sha256: Digest,
}

/// The manifest of a document whose files all are at the target; a file that was kept is described as it is there.
///
/// Keys stand in it as they are below `prefix`, so that an archive can be moved as a whole.
pub fn manifest(work: &DocumentWork, states: &[FileState], prefix: &str) -> Bytes {
    let files = work.files.iter().zip(states).map(|(file, state)| (&file.record, state));
    written(&work.image_number, &work.fields, files, prefix)
}

/// The manifest of a document as the ledger has it: the same bytes.
pub fn manifest_of(document: &DocumentRecord, files: &[FileRecord], prefix: &str) -> Bytes {
    let files = files.iter().map(|file| (&file.record, &file.state));
    written(&document.image_number, &document.fields, files, prefix)
}

fn written<'a>(
    image_number: &ImageNumber,
    fields: &Fields,
    files: impl Iterator<Item = (&'a CatalogRecord, &'a FileState)>,
    prefix: &str,
) -> Bytes {
    let Fields { organization, document_type, document_number, collected, extra } = fields;
    let files = files.filter_map(|(record, state)| {
        let (key, size, sha256) = at_target(state)?;
        let role = record.role_label.as_deref().unwrap_or(record.role.as_str());
        let key = key.strip_prefix(prefix).unwrap_or(key);
        Some(ManifestFile { role, sequence: record.sequence.as_deref(), key, size, sha256 })
    });
    let manifest = Manifest {
        format_version: 1,
        image_number,
        organization: organization.as_deref(),
        document_type: document_type.as_deref(),
        document_number: document_number.as_deref(),
        collected: collected.map(|collected| collected.day.to_string()),
        fields: extra,
        files: files.collect(),
    };
    // Plain data with string keys, written into memory: this cannot fail.
    let mut bytes = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain data");
    bytes.push(b'\n');
    bytes.into()
}

fn at_target(state: &FileState) -> Option<(&str, u64, Digest)> {
    match state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
            Some((&receipt.target_key, receipt.size, receipt.sha256))
        }
        FileState::TargetKept(kept) => Some((&kept.target_key, kept.target_size, kept.target_sha256)),
        FileState::Pending | FileState::Failed(_) => None,
    }
}

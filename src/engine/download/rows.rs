//! Rows of the manifests in a bag's evidence.

use crate::model::bag::{RecordRow, SourceRow, TargetRow};
use crate::model::document::{FileRecord, FileState};
use crate::model::ids::ImageNumber;

use super::wanted::source_digest;

/// Every file of a document as the source listed it. `path`: where a file is in the bag.
pub(super) fn source<'a>(
    record: &'a RecordRow,
    path: impl Fn(usize) -> Option<String>,
) -> impl Iterator<Item = SourceRow<'a>> {
    record.files.iter().enumerate().map(move |(at, file)| SourceRow {
        image_number: &record.document.image_number,
        role: file.record.role_label.as_deref().unwrap_or(file.record.role.as_str()),
        key: &file.object.key,
        size: file.object.size,
        etag: file.object.etag.as_deref(),
        modified: file.object.modified.to_string(),
        sha256: source_digest(&file.state, file),
        status: file.state.status(),
        bag_path: path(at),
    })
}

/// Every file of a document that is at the target.
pub(super) fn target<'a>(
    record: &'a RecordRow,
    path: impl Fn(usize) -> Option<String>,
) -> impl Iterator<Item = TargetRow<'a>> {
    let image = &record.document.image_number;
    record.files.iter().enumerate().filter_map(move |(at, file)| {
        let row = of_file(image, file)?;
        Some(TargetRow { bag_path: path(at), ..row })
    })
}

fn of_file<'a>(image_number: &'a ImageNumber, file: &'a FileRecord) -> Option<TargetRow<'a>> {
    let row = |key, size, sha256| TargetRow {
        image_number,
        source_key: &file.object.key,
        key,
        size,
        etag: None,
        version: None,
        sha256,
        digest_by: concat!("batchferry ", env!("CARGO_PKG_VERSION")),
        proof: None,
        at: None,
        bag_path: None,
    };
    match &file.state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => Some(TargetRow {
            etag: receipt.etag.as_deref(),
            version: receipt.version.as_deref(),
            proof: Some(receipt.proof),
            at: Some(receipt.at.to_string()),
            ..row(&receipt.target_key, receipt.size, receipt.sha256)
        }),
        FileState::TargetKept(kept) => Some(row(&kept.target_key, kept.target_size, kept.target_sha256)),
        FileState::Pending | FileState::Failed(_) => None,
    }
}

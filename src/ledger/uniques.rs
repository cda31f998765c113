//! Documents by the content of their files: written with the receipts, so that the two never differ.

use super::error::LedgerError;
use super::keys;
use super::rows::FileRow;
use super::stage::Stage;
use crate::model::batch::BatchId;
use crate::model::document::FileState;
use crate::model::ids::{Digest, ImageNumber};

/// A document that has a file of some content at its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentOwner {
    /// Its batch.
    pub batch: BatchId,
    /// The document.
    pub image_number: ImageNumber,
}

/// The content that a file has at its target.
pub(super) fn digest(state: &FileState) -> Option<&Digest> {
    match state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => Some(&receipt.sha256),
        FileState::Pending | FileState::TargetKept(_) | FileState::Failed(_) => None,
    }
}

/// Stages what changes in the index when a file of a document does. `others`: reads the document's files as they are after
/// the change; asked only where a content may be gone.
pub(super) fn index(
    stage: &mut Stage,
    batch: BatchId,
    image: &ImageNumber,
    (old, new): (Option<&FileState>, Option<&FileState>),
    others: impl FnOnce(&Stage) -> Result<Vec<FileRow>, LedgerError>,
) -> Result<(), LedgerError> {
    let (old, new) = (old.and_then(digest), new.and_then(digest));
    if old == new {
        return Ok(());
    }
    if let Some(gone) = old
        && !others(stage)?.iter().any(|row| digest(&row.file.state) == Some(gone))
    {
        stage.remove(keys::content_of(gone, batch, image));
    }
    if let Some(new) = new {
        stage.put(keys::content_of(new, batch, image), &());
    }
    Ok(())
}

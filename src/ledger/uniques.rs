//! Documents by what no other should have too: written with their outcomes, so that the two never differ.

use std::collections::BTreeSet;

use super::error::LedgerError;
use super::keys::{self, Table};
use super::rows::{self, FileRow};
use super::stage::Stage;
use crate::model::batch::BatchId;
use crate::model::document::FileState;
use crate::model::ids::ImageNumber;
use crate::model::work::Unique;

/// A document that has something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its batch.
    pub batch: BatchId,
    /// The document.
    pub image_number: ImageNumber,
}

/// The content that a file has at its target.
pub(super) fn content(state: &FileState) -> Option<Unique> {
    match state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => Some(Unique::Content(receipt.sha256)),
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
    let (old, new) = (old.and_then(content), new.and_then(content));
    if old == new {
        return Ok(());
    }
    if let Some(gone) = old
        && !others(stage)?.iter().any(|row| content(&row.file.state) == Some(gone))
    {
        stage.remove(keys::unique_of(&gone, batch, image));
    }
    if let Some(new) = new {
        stage.put(keys::unique_of(&new, batch, image), &());
    }
    Ok(())
}

/// Stages what a document has besides the content that its files have at the target, in place of what it had.
pub(super) fn replace(
    stage: &mut Stage,
    batch: BatchId,
    image: &ImageNumber,
    new: &BTreeSet<Unique>,
) -> Result<(), LedgerError> {
    let own = keys::of_text(Table::Uniques, batch, image.as_str());
    let old = rows::read::<BTreeSet<Unique>>(stage, &own)?.unwrap_or_default();
    for gone in old.difference(new) {
        stage.remove(keys::unique_of(gone, batch, image));
    }
    for come in new.difference(&old) {
        stage.put(keys::unique_of(come, batch, image), &());
    }
    match (old == *new, new.is_empty()) {
        (true, _) => {}
        (false, true) => stage.remove(own),
        (false, false) => stage.put(own, new),
    }
    Ok(())
}

//! Documents by what no other should have too: written with their outcomes, so that the two never differ.

use std::collections::BTreeSet;

use super::error::LedgerError;
use super::keys::{self, Table};
use super::rows;
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

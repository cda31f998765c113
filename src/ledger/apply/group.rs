//! Listed files become documents.

use jiff::Timestamp;

use super::document::Whole;
use crate::ledger::change::GroupedDocument;
use crate::ledger::claim::{self, RefusedClaim};
use crate::ledger::error::LedgerError;
use crate::ledger::rows;
use crate::ledger::stage::Stage;
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::event::Operator;

/// Why a document changes.
#[derive(Clone)]
pub(super) struct Cause {
    pub(super) run: u32,
    pub(super) at: Timestamp,
    pub(super) operator: Operator,
}

/// Stages documents one by one; returns the claims that others hold.
pub(super) fn group(
    stage: &mut Stage,
    batch: BatchId,
    listing: u32,
    cause: &Cause,
    documents: Vec<GroupedDocument>,
) -> Result<Vec<RefusedClaim>, LedgerError> {
    let batch = stage.known_batch(batch)?;
    let mut refused = Vec::new();
    for grouped in documents {
        refused.extend(one(stage, &batch, listing, grouped, cause)?);
        stage.part()?;
    }
    Ok(refused)
}

fn one(
    stage: &mut Stage,
    batch: &BatchRecord,
    listing: u32,
    grouped: GroupedDocument,
    cause: &Cause,
) -> Result<Vec<RefusedClaim>, LedgerError> {
    let mut whole = Whole::read(stage, batch.id, &grouped.record.image_number)?;
    let mut counts = rows::counts(stage, batch.id)?;
    for key in grouped.removed {
        whole.remove_file(stage, &mut counts, &key)?;
    }
    for file in grouped.files {
        whole.put_file(stage, &mut counts, file)?;
    }
    let mut refused = Vec::new();
    for asked in grouped.claims {
        refused.extend(claim::stake(stage, batch.id, listing, asked)?);
    }
    whole.put(stage, counts, batch, grouped.record, cause)?;
    Ok(refused)
}

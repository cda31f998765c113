//! Listed files become documents.

use jiff::Timestamp;

use super::document;
use crate::ledger::change::GroupedDocument;
use crate::ledger::claim::{self, RefusedClaim};
use crate::ledger::counters;
use crate::ledger::error::LedgerError;
use crate::ledger::keys;
use crate::ledger::rows::{self, FileRow};
use crate::ledger::stage::Stage;
use crate::ledger::uniques;
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
    let batch = rows::known_batch(stage, batch)?;
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
    let told = document::told(stage, batch.id, &grouped.record.image_number)?;
    let mut counts = rows::counts(stage, batch.id)?;
    for key in grouped.removed {
        let key = keys::file(batch.id, &grouped.record.image_number, &key);
        if let Some(row) = rows::read::<FileRow>(stage, &key)? {
            counters::remove_file(&mut counts, &row)?;
            stage.remove(key);
            let image = &grouped.record.image_number;
            uniques::index(stage, batch.id, image, (Some(&row.file.state), None), |stage| {
                rows::files(stage, batch.id, image)
            })?;
        }
    }
    for file in grouped.files {
        document::put_file(stage, &mut counts, batch, file)?;
    }
    let mut refused = Vec::new();
    for asked in grouped.claims {
        refused.extend(claim::stake(stage, batch.id, listing, asked)?);
    }
    document::put(stage, counts, batch, grouped.record, cause, told)?;
    Ok(refused)
}

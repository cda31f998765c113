//! What came of a document is recorded.

use std::collections::BTreeSet;

use super::document;
use super::group::Cause;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::{self, FileRow};
use crate::ledger::stage::Stage;
use crate::ledger::uniques;
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::counts::Counts;
use crate::model::document::{DocumentRecord, FileRecord};
use crate::model::ids::ImageNumber;
use crate::model::status::ItemStatus;
use crate::model::work::{DocumentOutcome, FileOutcome};

/// Stages the outcome of one document.
pub(super) fn finish(
    stage: &mut Stage,
    batch: BatchId,
    outcome: DocumentOutcome,
    generation: u32,
    cause: &Cause,
) -> Result<(), LedgerError> {
    let batch = rows::known_batch(stage, batch)?;
    let image = outcome.image_number;
    let old = rows::document(stage, batch.id, &image)?
        .ok_or_else(|| LedgerError::NoDocument { batch: batch.id, image_number: image.clone() })?;
    let told = document::told(stage, batch.id, &image)?;
    let mut counts = rows::counts(stage, batch.id)?;
    for file in outcome.files {
        put_outcome(stage, &mut counts, &batch, &image, file)?;
    }
    let decided = outcome.state.status() != ItemStatus::Pending;
    let unproven = outcome.findings.iter().any(|finding| finding.unproven_key().is_some());
    if decided && !unproven {
        // A pending or unproven document may have objects of ours at the target: the mark is what tells.
        stage.remove(keys::of_text(Table::Started, batch.id, image.as_str()));
    }
    // Nobody is refused for what stands in a document that failed.
    let is_failed = outcome.state.status() == ItemStatus::Failed;
    if let Some(has) = if is_failed { Some(BTreeSet::new()) } else { outcome.uniques } {
        uniques::replace(stage, batch.id, &image, &has)?;
    }
    let by = if decided { (cause.run, generation) } else { (old.run, old.generation) };
    let record = DocumentRecord {
        state: outcome.state,
        findings: outcome.findings,
        attempts: outcome.attempt,
        run: by.0,
        generation: by.1,
        ..old
    };
    document::put(stage, counts, &batch, record, cause, told)
}

fn put_outcome(
    stage: &mut Stage,
    counts: &mut Counts,
    batch: &BatchRecord,
    image: &ImageNumber,
    outcome: FileOutcome,
) -> Result<(), LedgerError> {
    let key = keys::file(batch.id, image, &outcome.key);
    let Some(old) = rows::read::<FileRow>(stage, &key)? else {
        return Err(LedgerError::NoFile { batch: batch.id, image_number: image.clone(), key: outcome.key });
    };
    let file = FileRecord { state: outcome.state, findings: outcome.findings, checks: outcome.checks, ..old.file };
    document::put_file(stage, counts, batch, file)
}

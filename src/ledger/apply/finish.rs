//! What came of a document is recorded.

use std::collections::BTreeSet;

use super::document::Whole;
use super::group::Cause;
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows;
use crate::ledger::stage::Stage;
use crate::ledger::uniques;
use crate::model::batch::BatchId;
use crate::model::document::{DocumentRecord, FileRecord};
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
    let batch = stage.known_batch(batch)?;
    let image = outcome.image_number;
    let mut whole = Whole::read(stage, batch.id, &image)?;
    let old = whole.record.clone();
    let old = old.ok_or_else(|| LedgerError::NoDocument { batch: batch.id, image_number: image.clone() })?;
    let mut counts = rows::counts(stage, batch.id)?;
    for FileOutcome { key, state, findings, checks } in outcome.files {
        let Some(row) = whole.file(&key) else {
            return Err(LedgerError::NoFile { batch: batch.id, image_number: image.clone(), key });
        };
        let file = FileRecord { state, findings, checks, ..row.file.clone() };
        whole.put_file(stage, &mut counts, file)?;
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
    whole.put(stage, counts, &batch, record, cause)
}

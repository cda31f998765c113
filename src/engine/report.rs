//! The report of a batch: a pure function of the ledger, in bounded memory whatever the batch.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::report_rows::Rows;
use super::timing;
use super::view::{self, ViewError};
use crate::ledger::{Item, LedgerError, Reader};
use crate::model::batch::BatchRecord;
use crate::model::config::Reports;
use crate::model::counts::Unreconciled;
use crate::model::report::Report;
use crate::model::status::RunStatus;
use crate::model::timeline::Timeline;
use crate::model::view::FiltersView;
use crate::reports::{self, Rendered};

/// How often a report is made anew because its batch has changed meanwhile.
const TRIES: u32 = 3;

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The batch cannot be shown.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Totals do not add up, so that no figure may be published.
    #[error("batch {name}: {source}; nothing is reported until the ledger is mended")]
    Unreconciled {
        /// Which batch.
        name: String,
        /// Which total.
        source: Unreconciled,
    },
    /// The folder cannot be written.
    #[error(transparent)]
    Write(#[from] reports::ReportError),
}

/// Makes the report of a batch.
///
/// # Errors
/// An unreadable ledger, or totals that do not add up.
pub fn make(reader: &Reader, batch: &BatchRecord) -> Result<Report, MakeError> {
    let mut batch = batch.clone();
    for _ in 0..TRIES {
        let (before, _) = reader.head(batch.id)?;
        let made = made(reader, &batch);
        if !matches!(made, Err(MakeError::Unreconciled { .. })) || reader.head(batch.id)?.0 == before {
            return made;
        }
        // A run has begun or ended meanwhile: what was counted belongs to no one moment.
        batch = reader.batch(batch.id)?.ok_or(LedgerError::NoBatch { batch: batch.id })?;
    }
    made(reader, &batch)
}

fn made(reader: &Reader, batch: &BatchRecord) -> Result<Report, MakeError> {
    let unreconciled = |source| MakeError::Unreconciled { name: batch.name.to_string(), source };
    let counts = reader.counts(batch.id)?;
    let mut rows = Rows::default();
    let mut timeline = Timeline::default();
    let running = batch.run_status == RunStatus::Running;
    let not_listed;
    if running {
        counts.check().map_err(unreconciled)?;
        not_listed = view::not_listed(reader, batch, &counts)?;
    } else {
        timeline = timing::timeline(reader, batch)?;
        let see = |item: Item<'_>| match item {
            Item::Document(document) => rows.document(reader, batch, document),
            Item::File(file) => {
                timing::copied(&mut timeline, file);
                Ok(())
            }
        };
        let recounted = reader.recount(batch.id, batch.whole_listing(), see)?;
        counts.reconcile(&recounted.counts).map_err(unreconciled)?;
        // Whatever the totals say: it is one side of an identity. While a listing is on its way, nothing is missed yet.
        not_listed = if batch.is_frozen() { recounted.not_listed } else { 0 };
        rows.unrecognised(reader, batch)?;
    }
    let spec = view::spec(batch)?.spec;
    let filters = FiltersView {
        organizations: spec.filters.organizations,
        document_types: spec.filters.document_types,
        image_numbers: spec.filters.image_numbers,
        files: spec.filters.files,
    };
    // Strays beyond those that were read are counted all the same.
    rows.warnings.total += batch.listed.unrecognised.saturating_sub(rows.strays);
    Ok(Report {
        batch: view::view_with(reader, batch, &counts, not_listed, &rows.examples)?,
        breakdown: rows.breakdown(),
        partial_documents: rows.partial,
        warning_items: rows.warnings,
        documents: rows.documents,
        failed: rows.failed,
        details: rows.details.in_order(),
        timeline,
        filters,
        verify: spec.transfer.verify,
        unlistable: batch.unlistable.clone(),
        left_out: BTreeMap::new(),
    })
}

/// Makes the report and writes its folder beside the spec, or where the config says.
///
/// # Errors
/// Why there is no report; the batch itself is not touched.
pub fn write(reader: &Reader, batch: &BatchRecord, jobs: &Path, config: &Reports) -> Result<PathBuf, MakeError> {
    Ok(reports::publish(jobs, &batch.spec.path, config, &rendered(reader, batch, config)?)?)
}

fn rendered(reader: &Reader, batch: &BatchRecord, config: &Reports) -> Result<Vec<Rendered>, MakeError> {
    let running = batch.run_status == RunStatus::Running;
    Ok(reports::render(&make(reader, batch)?, &config.languages, running).map_err(reports::ReportError::from)?)
}

//! One batch, as its page shows it: figures from the counters, never by reading all documents.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::view::{self, ViewError};
use crate::ledger::Reader;
use crate::model::batch::BatchRecord;
use crate::model::report::{Capped, Report};
use crate::model::status::RunStatus;
use crate::model::timeline::Timeline;
use crate::model::view::FiltersView;
use crate::rules::scheduling;

/// The report of a batch without any list of documents.
///
/// # Errors
/// An unreadable ledger or spec.
pub(super) fn report(reader: &Reader, batch: &BatchRecord) -> Result<Report, ViewError> {
    let spec = view::spec(batch)?.spec;
    Ok(Report {
        batch: view::batch_view(reader, batch)?,
        breakdown: Capped::default(),
        partial_documents: Capped::default(),
        warning_items: Capped::default(),
        documents: Capped::default(),
        failed: Capped::default(),
        details: Capped::default(),
        timeline: Timeline::default(),
        filters: FiltersView {
            organizations: spec.filters.organizations,
            document_types: spec.filters.document_types,
            image_numbers: spec.filters.image_numbers,
            files: spec.filters.files,
        },
        verify: spec.transfer.verify,
        unlistable: batch.unlistable.clone(),
        left_out: BTreeMap::new(),
    })
}

/// Whether a batch that has ended begins a run by itself, sooner or later.
pub(super) fn runs_again(batch: &BatchRecord, now: Timestamp) -> bool {
    let ended = batch.run().and_then(|run| run.ended).filter(|_| batch.run_status == RunStatus::Ended);
    let (Some((last, _)), Ok(file)) = (ended, view::spec(batch)) else { return false };
    let zone = TimeZone::get(&file.spec.collected.time_zone);
    zone.is_ok_and(|zone| scheduling::runs_again(&file.spec.into(), last, &zone, now))
}

/// The spec in force, laid out for people. JSON, which is YAML too.
pub(super) fn spec(batch: &BatchRecord) -> String {
    let value: serde_json::Value = serde_json::from_str(&batch.spec.json).unwrap_or_default();
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

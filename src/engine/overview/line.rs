//! The line of a batch in a list, with what it is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::engine::view::{self, ViewError};
use crate::ledger::Reader;
use crate::model::batch::BatchRecord;
use crate::model::ids::Digest;
use crate::model::overview::{BatchLine, WindowView};
use crate::model::status::{RunStatus, SyncFacts, SyncStatus};
use crate::model::window::Window;
use crate::rules::windows;

/// What a line takes from the spec: read again only when the spec is another.
pub(super) struct Terms {
    digest: Digest,
    labels: BTreeMap<String, String>,
    organizations: Vec<String>,
    collected: (Date, Date),
    allow_empty: bool,
    windows: Vec<Window>,
    zone: TimeZone,
}

/// A line, and what stands behind it.
#[derive(Clone)]
pub(super) struct Kept {
    pub(super) line: Arc<BatchLine>,
    pub(super) terms: Arc<Terms>,
    /// The change with which it became what it is.
    pub(super) change: u64,
}

impl Terms {
    fn of(batch: &BatchRecord) -> Result<Self, ViewError> {
        let file = view::spec(batch)?;
        let spec = file.spec;
        let zone = TimeZone::get(&spec.collected.time_zone)
            .map_err(|error| ViewError::Spec { name: batch.name.to_string(), reason: error.to_string() })?;
        Ok(Self {
            digest: batch.spec.digest,
            labels: file.metadata.labels,
            organizations: spec.filters.organizations,
            collected: (spec.collected.from, spec.collected.to),
            allow_empty: spec.allow_empty,
            windows: spec.transfer.windows,
            zone,
        })
    }

    /// Whether documents may move now, and when that changes.
    pub(super) fn window(&self, now: Timestamp) -> Option<WindowView> {
        (!self.windows.is_empty()).then(|| WindowView {
            open: windows::is_open(&self.windows, &self.zone, now),
            changes: windows::next_change(&self.windows, &self.zone, now),
        })
    }
}

/// The line of a batch; `before`: what was kept of it.
pub(super) fn kept(reader: &Reader, batch: BatchRecord, before: Option<&Kept>, change: u64) -> Result<Kept, ViewError> {
    let same = before.map(|kept| &kept.terms).filter(|terms| terms.digest == batch.spec.digest);
    let terms = match same {
        Some(terms) => Arc::clone(terms),
        None => Arc::new(Terms::of(&batch)?),
    };
    let documents = reader.counts(batch.id)?.documents;
    let facts = SyncFacts {
        ended: batch.run_status == RunStatus::Ended,
        allow_empty: terms.allow_empty,
        incomplete: !batch.unlistable.is_empty() || batch.population.is_none(),
    };
    let line = BatchLine {
        id: batch.id,
        run: batch.run().map(|run| (run.number, run.started)),
        number: batch.number,
        name: batch.name,
        labels: terms.labels.clone(),
        organizations: terms.organizations.clone(),
        created: batch.accepted,
        collected: terms.collected,
        run_status: batch.run_status,
        sync_status: SyncStatus::of(&documents, facts),
        conditions: batch.conditions,
        documents,
    };
    Ok(Kept { line: Arc::new(line), terms, change })
}

//! The report of a batch: a pure function of the ledger, in bounded memory whatever the batch.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::view::{self, ViewError};
use crate::ledger::{DocumentFilter, LedgerError, Reader};
use crate::model::batch::{BatchRecord, Stage};
use crate::model::config::{Language, Reports};
use crate::model::counts::{Tally, Unreconciled};
use crate::model::document::{DocumentRecord, FileRecord, FileState};
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::report::{Capped, FailedItem, PartialDocument, Report, WarningItem};
use crate::model::status::{ItemStatus, RunStatus};
use crate::model::view::{BreakdownRow, DocumentView, FiltersView};
use crate::reports::{self, Rendered};

/// Rows of each kind kept for the report; the files themselves are capped by size.
const ROWS: usize = 5_000;
/// Organizations × types in the table; more are not a table that people read.
const BREAKDOWN_ROWS: usize = 1_000;
/// How often a report is made anew because its batch has changed meanwhile.
const TRIES: u32 = 3;
/// Documents read from the ledger at once.
const PAGE: usize = 512;

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
    let running = batch.run_status == RunStatus::Running;
    if running {
        counts.check().map_err(unreconciled)?;
    } else {
        counts.reconcile(&reader.recount(batch.id)?).map_err(unreconciled)?;
        rows.collect(reader, batch)?;
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
    let mut batch_view = view::view_with(reader, batch, &counts, &rows.examples)?;
    if !running && batch.stage == Stage::Moving {
        // Counted whatever the totals say: it is one side of an identity.
        batch_view.not_listed = reader.not_listed(batch.id, batch.whole_listing())?;
    }
    Ok(Report {
        batch: batch_view,
        breakdown: rows.breakdown(),
        partial_documents: rows.partial,
        warning_items: rows.warnings,
        documents: rows.documents,
        failed: rows.failed,
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

#[derive(Default)]
struct Rows {
    examples: BTreeMap<Code, Vec<ImageNumber>>,
    groups: BTreeMap<(Option<String>, Option<String>), (Tally, u64)>,
    partial: Capped<PartialDocument>,
    warnings: Capped<WarningItem>,
    documents: Capped<DocumentView>,
    failed: Capped<FailedItem>,
    strays: u64,
}

impl Rows {
    fn collect(&mut self, reader: &Reader, batch: &BatchRecord) -> Result<(), LedgerError> {
        let mut after: Option<ImageNumber> = None;
        loop {
            let page = reader.documents(batch.id, DocumentFilter::default(), after.as_ref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.image_number.clone());
            for document in &page {
                self.document(reader, batch, document)?;
            }
        }
        self.unrecognised(reader, batch)
    }

    fn document(&mut self, reader: &Reader, batch: &BatchRecord, document: &DocumentRecord) -> Result<(), LedgerError> {
        let row = view::document_view(document, Language::English);
        let group = (row.organization.clone(), row.document_type.clone());
        let (tally, bytes) = self.groups.entry(group).or_default();
        tally.add(document.state.status(), document.state.is_kept(), 1);
        *bytes += document.bytes;
        for finding in &document.findings {
            let failure = finding.failure.clone();
            push(&mut self.warnings, || WarningItem {
                image_number: Some(document.image_number.clone()),
                code: failure.code,
                outcome: finding.outcome,
                item: failure.item,
                expected: failure.expected,
                actual: failure.actual,
            });
        }
        if view::is_gone(document) {
            push(&mut self.warnings, || gone(document));
        }
        if document.state.status() == ItemStatus::Failed {
            view::add_example(&mut self.examples, document);
            let files = reader.files(batch.id, &document.image_number)?;
            let unproven = document.findings.iter().any(|finding| finding.unproven_key().is_some());
            if document.files.synced > 0 || unproven {
                push(&mut self.partial, || partial(document, &files));
            }
            if let Some(failure) = document.state.failure() {
                push(&mut self.failed, || failed(row.clone(), failure.clone(), &files));
            }
        }
        push(&mut self.documents, || row);
        Ok(())
    }

    fn unrecognised(&mut self, reader: &Reader, batch: &BatchRecord) -> Result<(), LedgerError> {
        for object in reader.unrecognised(batch.id, None, ROWS)? {
            self.strays += 1;
            push(&mut self.warnings, || WarningItem {
                image_number: None,
                code: Code::UnrecognisedFile,
                outcome: Outcome::Warn,
                item: object.key,
                expected: Some("a key that the template describes".to_owned()),
                actual: None,
            });
        }
        Ok(())
    }

    fn breakdown(&self) -> Capped<BreakdownRow> {
        let rows = self.groups.iter().take(BREAKDOWN_ROWS).map(|((organization, document_type), (tally, bytes))| {
            BreakdownRow {
                organization: organization.clone(),
                document_type: document_type.clone(),
                documents: (*tally).into(),
                bytes: *bytes,
            }
        });
        Capped { rows: rows.collect(), total: self.groups.len() as u64 }
    }
}

fn push<T>(list: &mut Capped<T>, row: impl FnOnce() -> T) {
    list.total += 1;
    if list.rows.len() < ROWS {
        list.rows.push(row());
    }
}

fn failed(document: DocumentView, failure: Failure, files: &[FileRecord]) -> FailedItem {
    let failed = files.iter().filter(|file| matches!(file.state, FileState::Failed(_)));
    FailedItem { document, failure, files: failed.map(|file| view::file_view(file, Language::English)).collect() }
}

fn gone(document: &DocumentRecord) -> WarningItem {
    WarningItem {
        image_number: Some(document.image_number.clone()),
        code: Code::SourceMissing,
        outcome: Outcome::Warn,
        item: document.image_number.to_string(),
        expected: Some("its objects at the source".to_owned()),
        actual: Some("none since it was synced".to_owned()),
    }
}

fn partial(document: &DocumentRecord, files: &[FileRecord]) -> PartialDocument {
    let (there, missing): (Vec<_>, Vec<_>) = files.iter().partition(|file| file.state.status().is_synced());
    let at_target = there.iter().filter_map(|file| view::file_view(file, Language::English).target_key);
    let unproven = document.findings.iter().filter_map(|finding| finding.unproven_key().map(str::to_owned));
    PartialDocument {
        image_number: document.image_number.clone(),
        at_target: at_target.chain(unproven).collect(),
        missing: missing.iter().map(|file| file.object.key.clone()).collect(),
    }
}

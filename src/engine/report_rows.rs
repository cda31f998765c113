//! The lists of a report, gathered as its documents pass by, in bounded memory.

use std::collections::BTreeMap;

use super::report_details::Details;
use super::view;
use crate::ledger::{LedgerError, Reader};
use crate::model::batch::BatchRecord;
use crate::model::config::Language;
use crate::model::counts::Tally;
use crate::model::document::{DocumentRecord, FileRecord, FileState};
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::report::{Capped, FailedItem, PartialDocument, WarningItem};
use crate::model::view::{BreakdownRow, DocumentView};

/// Rows of each kind kept for the report; the files themselves are capped by size.
const ROWS: usize = 5_000;
/// Organizations × types in the table; more are not a table that people read.
const BREAKDOWN_ROWS: usize = 1_000;

/// What a report lists.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) examples: BTreeMap<Code, Vec<ImageNumber>>,
    groups: BTreeMap<(Option<String>, Option<String>), (Tally, u64)>,
    pub(super) partial: Capped<PartialDocument>,
    pub(super) warnings: Capped<WarningItem>,
    pub(super) documents: Capped<DocumentView>,
    pub(super) failed: Capped<FailedItem>,
    pub(super) details: Details,
    /// Unrecognised objects that were read.
    pub(super) strays: u64,
}

impl Rows {
    /// Takes a document in, and reads the files of those that are shown with theirs.
    ///
    /// # Errors
    /// An unreadable ledger.
    pub(super) fn document(
        &mut self,
        reader: &Reader,
        batch: &BatchRecord,
        document: &DocumentRecord,
    ) -> Result<(), LedgerError> {
        self.count(document);
        self.warn(document);
        if let Some(failure) = document.state.failure() {
            let files = reader.files(batch.id, &document.image_number)?;
            self.failed(document, failure, &files);
            self.details.add(document, || Ok(files))?;
        } else {
            self.details.add(document, || reader.files(batch.id, &document.image_number))?;
        }
        push(&mut self.documents, || row(document));
        Ok(())
    }

    fn count(&mut self, document: &DocumentRecord) {
        let group = (document.fields.organization.clone(), document.fields.document_type.clone());
        let (tally, bytes) = self.groups.entry(group).or_default();
        tally.add(document.state.status(), document.state.is_kept(), 1);
        *bytes += document.bytes;
    }

    fn failed(&mut self, document: &DocumentRecord, failure: &Failure, files: &[FileRecord]) {
        view::add_example(&mut self.examples, document);
        let unproven = document.findings.iter().any(|finding| finding.unproven_key().is_some());
        if document.files.synced > 0 || unproven {
            push(&mut self.partial, || partial(document, files));
        }
        push(&mut self.failed, || failed(document, failure, files));
    }

    fn warn(&mut self, document: &DocumentRecord) {
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
    }

    /// Reads the objects that no document is told of.
    ///
    /// # Errors
    /// An unreadable ledger.
    pub(super) fn unrecognised(&mut self, reader: &Reader, batch: &BatchRecord) -> Result<(), LedgerError> {
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

    /// Documents by organization and type.
    pub(super) fn breakdown(&self) -> Capped<BreakdownRow> {
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

fn row(document: &DocumentRecord) -> DocumentView {
    view::document_view(document, Language::English)
}

fn failed(document: &DocumentRecord, failure: &Failure, files: &[FileRecord]) -> FailedItem {
    let failed = files.iter().filter(|file| matches!(file.state, FileState::Failed(_)));
    let files = failed.map(|file| view::file_view(file, Language::English)).collect();
    FailedItem { document: row(document), failure: failure.clone(), files }
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

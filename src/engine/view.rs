//! A batch as people and scripts see it, made from the ledger alone.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ledger::{DocumentFilter, LedgerError, Reader};
use crate::model::batch::{BatchRecord, ConditionKind, EndReason, RunRecord};
use crate::model::catalogue;
use crate::model::config::Language;
use crate::model::counts::Counts;
use crate::model::document::{DocumentRecord, FieldOrigin, FileRecord, FileState};
use crate::model::failure::Code;
use crate::model::ids::ImageNumber;
use crate::model::spec::{BatchFile, CollectedRange};
use crate::model::status::{ItemStatus, RunStatus, SyncFacts, SyncStatus};
use crate::model::view::{
    AuditView, BatchView, CollectedView, DocumentView, FORMAT_VERSION, FileView, PlaceView, RunView, SpecView,
};
use crate::rules::{days, reporting};

/// Image numbers named for each code.
const EXAMPLES: usize = 3;
/// Failed documents looked at for examples; more would make `show` slow on a batch of millions.
const EXAMPLES_WITHIN: usize = 2_000;

/// Why a batch cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The spec in the ledger cannot be read.
    #[error("the spec of batch {name} in the ledger cannot be read: {reason}; was it written by a newer version?")]
    Spec {
        /// Which batch.
        name: String,
        /// Why.
        reason: String,
    },
}

/// A batch as `show` gives it.
///
/// # Errors
/// An unreadable ledger or spec.
pub fn batch_view(reader: &Reader, batch: &BatchRecord) -> Result<BatchView, ViewError> {
    let counts = reader.counts(batch.id)?;
    let examples = examples(reader, batch, &counts)?;
    view_with(reader, batch, &counts, not_listed(reader, batch, &counts)?, &examples)
}

/// The same, with what the caller has counted and found.
///
/// # Errors
/// An unreadable ledger or spec.
pub fn view_with(
    reader: &Reader,
    batch: &BatchRecord,
    counts: &Counts,
    not_listed: u64,
    examples: &BTreeMap<Code, Vec<ImageNumber>>,
) -> Result<BatchView, ViewError> {
    let file = spec(batch)?;
    let (events, head) = reader.head(batch.id)?;
    let facts = SyncFacts {
        ended: batch.run_status == RunStatus::Ended,
        allow_empty: file.spec.allow_empty,
        incomplete: !batch.unlistable.is_empty() || batch.population.is_none(),
    };
    let mut failures = reporting::failure_views(&counts.failures, examples, &batch.name);
    let unread = batch.run().and_then(|run| run.ended).is_some_and(|(_, why)| why == EndReason::CatalogUnreadable);
    if facts.ended && unread {
        failures.push(reporting::failure_view(Code::CatalogUnreadable, 0, &[], &batch.name));
    } else if facts.ended && counts.documents.in_scope() == 0 && !facts.allow_empty {
        failures.push(reporting::failure_view(Code::NothingSelected, 0, &[], &batch.name));
    }
    Ok(BatchView {
        format_version: FORMAT_VERSION,
        batch_number: batch.number.clone(),
        name: batch.name.clone(),
        labels: file.metadata.labels.clone(),
        created: utc(batch.accepted),
        spec: spec_view(batch),
        run_status: batch.run_status,
        sync_status: SyncStatus::of(&counts.documents, facts),
        suspended: batch.condition(ConditionKind::Suspended).is_some(),
        conditions: batch.conditions.clone(),
        collected: collected_view(&file.spec.collected)
            .map_err(|reason| ViewError::Spec { name: batch.name.to_string(), reason })?,
        source: PlaceView { store: file.spec.source.store.to_string(), prefix: file.spec.source.prefix.clone() },
        target: PlaceView { store: file.spec.target.store.to_string(), prefix: file.spec.target.prefix.clone() },
        documents: counts.documents.into(),
        files: counts.files.into(),
        bytes: counts.bytes.into(),
        listed: batch.listed.clone(),
        not_listed,
        synced: counts.documents.synced(),
        unsynced: counts.documents.unsynced(),
        failures,
        warnings: reporting::warning_views(&counts.warnings, &batch.name),
        runs: batch.runs.iter().map(run_view).collect(),
        runs_left_out: batch.runs_left_out(),
        audit: AuditView { events, head },
        // While the scope is listed again, no population is frozen.
        population: batch.population.filter(|_| batch.is_frozen()),
    })
}

/// Files in scope that the last whole listing did not find. They are only looked for where the totals tell that there
/// are some, because that reads every file.
///
/// # Errors
/// An unreadable ledger.
pub fn not_listed(reader: &Reader, batch: &BatchRecord, counts: &Counts) -> Result<u64, LedgerError> {
    let listed = &batch.listed;
    if !batch.is_frozen() || listed.objects == counts.files.in_scope() + listed.out_of_scope + listed.unrecognised {
        return Ok(0);
    }
    reader.not_listed(batch.id, batch.whole_listing())
}

/// The spec that a batch has in force.
///
/// # Errors
/// It was written by a version that knows more.
pub fn spec(batch: &BatchRecord) -> Result<BatchFile, ViewError> {
    serde_json::from_str(&batch.spec.json)
        .map_err(|error| ViewError::Spec { name: batch.name.to_string(), reason: error.to_string() })
}

fn spec_view(batch: &BatchRecord) -> SpecView {
    SpecView {
        path: batch.spec.path.clone(),
        digest: batch.spec.digest,
        generation: batch.spec.generation,
        commit: batch.spec.operator.commit.clone(),
        operator: batch.spec.operator.name.clone(),
    }
}

fn collected_view(range: &CollectedRange) -> Result<CollectedView, String> {
    let (from, to) = days::range_utc(range).map_err(|error| error.to_string())?;
    Ok(CollectedView {
        from: range.from.to_string(),
        to: range.to.to_string(),
        time_zone: range.time_zone.clone(),
        from_utc: utc(from),
        to_utc: utc(to),
    })
}

fn run_view(run: &RunRecord) -> RunView {
    RunView {
        number: run.number,
        cause: run.cause,
        generation: run.generation,
        started: utc(run.started),
        ended: run.ended.map(|(at, _)| utc(at)),
        reason: run.ended.map(|(_, reason)| reason),
        operator: run.operator.name.clone(),
    }
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn examples(
    reader: &Reader,
    batch: &BatchRecord,
    counts: &Counts,
) -> Result<BTreeMap<Code, Vec<ImageNumber>>, LedgerError> {
    if counts.documents.failed == 0 {
        return Ok(BTreeMap::new());
    }
    let failed = DocumentFilter { status: Some(ItemStatus::Failed), code: None };
    let mut examples = BTreeMap::new();
    for document in reader.documents(batch.id, failed, None, EXAMPLES_WITHIN)? {
        add_example(&mut examples, &document);
    }
    Ok(examples)
}

/// Remembers a failed document as an example of its code, if there are not enough yet.
pub fn add_example(examples: &mut BTreeMap<Code, Vec<ImageNumber>>, document: &DocumentRecord) {
    if let Some(failure) = document.state.failure() {
        let of_code = examples.entry(failure.code).or_default();
        if of_code.len() < EXAMPLES {
            of_code.push(document.image_number.clone());
        }
    }
}

/// A document as `documents` gives it.
pub fn document_view(document: &DocumentRecord, language: Language) -> DocumentView {
    let failure = document.state.failure();
    let code = failure.map(|failure| failure.code).or(document.state.is_kept().then_some(Code::TargetKept));
    DocumentView {
        image_number: document.image_number.clone(),
        organization: document.fields.organization.clone(),
        document_type: document.fields.document_type.clone(),
        collected: document.fields.collected.map(|collected| collected.day.to_string()),
        status: document.state.status(),
        code,
        reason: failure.map(|failure| catalogue::sentence(failure, language)).or_else(|| gone(document, language)),
        files: document.files,
    }
}

/// What is said of a document, and of its files, whose objects are no longer where they were copied from.
pub fn gone(document: &DocumentRecord, language: Language) -> Option<String> {
    let word = match language {
        Language::English => "gone from the source since it was synced",
        Language::Chinese => "同步后已从数据源消失",
    };
    is_gone(document).then(|| word.to_owned())
}

/// Whether a document is at the target, and no longer at the source.
pub fn is_gone(document: &DocumentRecord) -> bool {
    document.gone_from_source && document.state.status().is_synced()
}

/// A file as `files` gives it.
pub fn file_view(file: &FileRecord, language: Language) -> FileView {
    let record = &file.record;
    let mut view = FileView {
        role: record.role_label.clone().unwrap_or_else(|| record.role.as_str().to_owned()),
        source_key: file.object.key.clone(),
        target_key: None,
        size: file.bytes(),
        sha256: None,
        status: file.state.status(),
        code: None,
        reason: None,
        source_version: file.state.source_version().map(str::to_owned),
        target_version: None,
        proof: None,
        origin: (record.origin != FieldOrigin::Key).then(|| record.origin.to_string()),
        checks: Vec::new(),
    };
    match &file.state {
        FileState::Pending => {}
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
            view.target_key = Some(receipt.target_key.clone());
            view.sha256 = Some(receipt.sha256);
            view.target_version.clone_from(&receipt.version);
            view.proof = Some(receipt.proof);
        }
        FileState::TargetKept(kept) => {
            view.target_key = Some(kept.target_key.clone());
            view.sha256 = Some(kept.source_sha256);
            view.code = Some(Code::TargetKept);
        }
        FileState::Failed(failure) => {
            view.code = Some(failure.code);
            view.reason = Some(catalogue::sentence(failure, language));
        }
    }
    view
}

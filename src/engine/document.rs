//! One document from judgement to proof: all files are judged before the first byte is written, and the manifest
//! is written after the last one is proven.
//!
//! ```text
//! known failures? ── yes ──> refused, nothing read
//!   no
//! fits a quarter of the buffers? ── no ──> heads read, judged, then each file in ranges and parts
//!   yes
//! every file fetched once ∥ start flushed to the ledger ──> judged ──> target keys looked at ──> put, proven ──> manifest
//! ```

use std::sync::Arc;

use futures::future::{join_all, try_join_all};
use tokio::sync::OwnedSemaphorePermit;

use super::conclude::conclude;
use super::context::RunContext;
use super::fetch::{self, Fetched};
use super::large;
use super::leftovers::{self, Refusal};
use super::manifest::manifest;
use super::place::{Look, Placed, Placement, Wanted, look, place};
use super::readback;
use super::receipts;
use super::retry::Unanswered;
use super::twins;
use crate::ledger::{Change, Durability, LedgerError};
use crate::model::document::FileState;
use crate::model::failure::{Code, Failure, Finding, Outcome};
use crate::model::ids::Digest;
use crate::model::spec::OnConflict;
use crate::model::work::{DocumentOutcome, DocumentWork, FileWork};
use crate::stores::Carried;

/// Why a document has no outcome and stays pending.
#[derive(Debug)]
pub enum Unfinished {
    /// A store, or a request to stop.
    Unanswered(Unanswered),
    /// The ledger: nothing may go on.
    Ledger(LedgerError),
    /// The index, the sidecars or the inventory: which, and what is wrong with it.
    Catalog(String),
}

impl From<Unanswered> for Unfinished {
    fn from(unanswered: Unanswered) -> Self {
        Self::Unanswered(unanswered)
    }
}

/// Judges and moves one document.
///
/// # Errors
/// Why the document stays pending: a stalled store, a request to stop, or the ledger.
pub async fn move_document(context: &Arc<RunContext>, work: DocumentWork) -> Result<DocumentOutcome, Unfinished> {
    if work.unrecorded_start {
        leftovers::sweep(context, &work).await?;
    }
    match judge_and_move(context, work).await? {
        Ok(outcome) => Ok(outcome),
        Err(refusal) => Ok(leftovers::refuse(context, refusal).await?),
    }
}

async fn judge_and_move(
    context: &Arc<RunContext>,
    mut work: DocumentWork,
) -> Result<Result<DocumentOutcome, Refusal>, Unfinished> {
    if work.is_refused() {
        let verdicts = work.files.iter().map(FileWork::verdict).collect();
        let findings = vec![Vec::new(); work.files.len()];
        return Ok(Err(Refusal { work, verdicts, findings, memory: None }));
    }
    if let Some(states) = receipts::still_fit(context, &work).await? {
        context.turns.has_buffers(&work.image_number);
        // They were checked then.
        work.files.iter_mut().for_each(|file| file.checks.keep(&file.earlier_checks));
        let warnings = work.files.iter_mut().map(|file| std::mem::take(&mut file.earlier_warnings)).collect();
        return finish(context, work, states, warnings, None).await.map(Ok);
    }
    let small = context.limiter.small_document();
    if work.bytes() > small {
        return large::move_document(context, work).await;
    }
    let mut bytes = buffers(&work, context.setup.file.spec.target.on_conflict);
    if work.unrecorded_start {
        bytes = bytes.max(leftovers::piece_bytes(&work));
    }
    let memory = context.reserve(&work.image_number, bytes).await;
    let (fetched, started) = futures::join!(fetch::fetch_all(context, &work), start(context, &work));
    started.map_err(Unfinished::Ledger)?;
    move_fetched(context, work, fetched?, memory).await
}

/// Bytes of buffers that a document held in memory may need at once: every file, and what is read back of every one of
/// them side by side. Of an object that is kept and differs, any size may be there.
fn buffers(work: &DocumentWork, on_conflict: OnConflict) -> u64 {
    let read_back = |size: u64| match on_conflict {
        OnConflict::KeepTarget => readback::piece(size),
        OnConflict::Fail | OnConflict::Overwrite => readback::piece(size).min(size),
    };
    work.files.iter().map(|file| file.object.size + read_back(file.object.size)).sum()
}

/// Records the intent, durably, before the first byte is written.
///
/// # Errors
/// The ledger's.
pub async fn start(context: &RunContext, work: &DocumentWork) -> Result<(), LedgerError> {
    if context.plan.is_some() {
        return Ok(());
    }
    let change = Change::Start {
        batch: context.batch,
        image_number: work.image_number.clone(),
        attempt: work.attempt,
        run: context.run,
        at: context.now(),
    };
    context.writer.commit(change, Durability::Flushed).await.map(drop)
}

async fn move_fetched(
    context: &RunContext,
    mut work: DocumentWork,
    fetched: Vec<Result<Fetched, Failure>>,
    memory: OwnedSemaphorePermit,
) -> Result<Result<DocumentOutcome, Refusal>, Unfinished> {
    let mut findings: Vec<_> =
        fetched.iter().map(|file| file.as_ref().map(|file| file.findings.clone()).unwrap_or_default()).collect();
    for (file, fetched) in work.files.iter_mut().zip(&fetched) {
        file.checks.take(&fetched.as_ref().map(|fetched| fetched.checks).unwrap_or_default());
        if let Ok(fetched) = fetched {
            (file.invoice, file.version) = (fetched.invoice.clone(), fetched.version.clone());
        }
    }
    let files = match sound(fetched) {
        Ok(files) => files,
        Err(verdicts) => {
            context.turns.leave(&work.image_number);
            return Ok(Err(Refusal { work, verdicts, findings, memory: None }));
        }
    };
    let contents: Vec<_> = files.iter().map(|file| Some(file.sha256)).collect();
    let twins = twins::look_whole(context, &mut work, &contents, &mut findings).await?;
    if twins.iter().any(Result::is_err) {
        let verdicts = twins;
        return Ok(Err(Refusal { work, verdicts, findings, memory: Some(memory) }));
    }
    let placements = placements(&work, &files);
    let looks = try_join_all(placements.iter().map(|placement| look(context, placement))).await?;
    if work.files.iter().zip(&looks).any(|(file, look)| look.is_refused() && looks_first(context, file)) {
        let verdicts = looks.into_iter().map(Look::verdict).collect();
        return Ok(Err(Refusal { work, verdicts, findings, memory: Some(memory) }));
    }
    if context.plan.is_some() {
        let states = planned(context, &work, &files, looks);
        return Ok(Ok(conclude(work, states, findings, None)));
    }
    let placed = join_all(placements.iter().zip(looks).map(|(placement, look)| place(context, placement, look))).await;
    let (mut states, mut own) = (Vec::with_capacity(placed.len()), None);
    for (((answer, file), content), findings) in placed.into_iter().zip(&work.files).zip(&files).zip(&mut findings) {
        let placed = leftovers::named(context, answer, file, findings).await?;
        let state = placed.map_or_else(FileState::Failed, |placed| {
            state(context, file, work.unrecorded_start, (content.sha256, content.bytes.len() as u64), placed)
        });
        states.push(leftovers::keep_receipt(file, state, findings, &mut own));
    }
    drop(files);
    finish(context, work, states, findings, own).await.map(Ok)
}

/// Whether a file's target key is looked at before the first PUT of its document, however often that was started: where
/// the store itself refuses to overwrite, a kill in between must not turn files that were copied into files held back.
fn looks_first(context: &RunContext, file: &FileWork) -> bool {
    !context.setup.target.store.abilities().conditional_put || file.copied().is_some() || context.plan.is_some()
}

/// What a plan says of files that may move: pending where a run would write.
fn planned(context: &RunContext, work: &DocumentWork, files: &[Fetched], looks: Vec<Look>) -> Vec<FileState> {
    let looked = work.files.iter().zip(files).zip(looks);
    let state = |((file, content), look): ((&FileWork, &Fetched), Look)| match look.settled() {
        None => FileState::Pending,
        Some(placed) => state(context, file, false, (content.sha256, content.bytes.len() as u64), placed),
    };
    looked.map(state).collect()
}

/// Every file, or the verdict on each if one is not sound.
fn sound(fetched: Vec<Result<Fetched, Failure>>) -> Result<Vec<Fetched>, Vec<Result<(), Failure>>> {
    let failed = |file: &Result<Fetched, Failure>| !matches!(file, Ok(Fetched { failure: None, .. }));
    if !fetched.iter().any(failed) {
        return Ok(fetched.into_iter().flatten().collect());
    }
    let verdict = |file: Result<Fetched, Failure>| file?.failure.map_or(Ok(()), Err);
    Err(fetched.into_iter().map(verdict).collect())
}

fn placements<'a>(work: &'a DocumentWork, files: &'a [Fetched]) -> Vec<Placement<'a>> {
    let pairs = work.files.iter().zip(files);
    let placement = |(file, fetched): (&'a FileWork, &'a Fetched)| {
        let key = file.target_key.as_deref().ok()?;
        let wanted = Wanted::of(file, key, fetched.sha256);
        let ours = file.is_ours(work.unrecorded_start, fetched.sha256);
        Some(Placement {
            wanted,
            bytes: Some(fetched.bytes.clone()),
            file: Some(file),
            carried: &fetched.carried,
            ours,
        })
    };
    // A document with a file without a target key was refused before anything was fetched.
    pairs.filter_map(placement).collect()
}

/// The state of a file after its placement; `started`: an earlier attempt was, and has no outcome.
pub fn state(
    context: &RunContext,
    file: &FileWork,
    started: bool,
    (sha256, size): (Digest, u64),
    placed: Placed,
) -> FileState {
    let ours = file.is_ours(started, sha256);
    match placed {
        Placed::Written { etag, version, proof } => {
            FileState::Migrated(receipts::receipt(context, file, (sha256, size), (etag, version), proof))
        }
        Placed::Identical(object, proof) => {
            let receipt = receipts::receipt(context, file, (sha256, size), (object.etag, object.version), proof);
            if ours { FileState::Migrated(receipt) } else { FileState::AlreadyAtTarget(receipt) }
        }
        Placed::Kept { sha256: target, size } => FileState::TargetKept(receipts::kept(file, sha256, target, size)),
        Placed::Refused(failure) => FileState::Failed(failure),
    }
}

/// Writes the manifest if every file is at the target, and concludes. `own`: why the document fails although its files
/// keep the receipts that they have.
///
/// # Errors
/// Why the document stays pending.
pub async fn finish(
    context: &RunContext,
    work: DocumentWork,
    states: Vec<FileState>,
    mut findings: Vec<Vec<Finding>>,
    mut own: Option<Failure>,
) -> Result<DocumentOutcome, Unfinished> {
    findings.resize(work.files.len(), Vec::new());
    let whole = own.is_none() && states.iter().all(|state| state.status().is_synced());
    let mut work = work;
    if let Some(Ok(key)) = work.manifest_key.clone().filter(|_| whole && context.plan.is_none()) {
        let (failure, finding) = put_manifest(context, &work, &key, &states).await?;
        own = failure;
        work.findings.extend(finding);
    }
    Ok(conclude(work, states, findings, own))
}

/// Why the document fails for its manifest, and a warning about it. A manifest that differs and was kept on purpose is
/// only the latter: the document itself is at the target.
async fn put_manifest(
    context: &RunContext,
    work: &DocumentWork,
    key: &str,
    states: &[FileState],
) -> Result<(Option<Failure>, Option<Finding>), Unanswered> {
    let bytes = manifest(work, states, &context.setup.file.spec.target.prefix);
    let carried = Carried { content_type: Some("application/json".to_owned()), ..Carried::default() };
    let (size, sha256) = (bytes.len() as u64, Digest::of(&bytes));
    let wanted = Wanted { key, size, sha256, receipt: None, earlier: None, told: false };
    let placement =
        Placement { wanted, bytes: Some(bytes), file: None, carried: &carried, ours: work.unrecorded_start };
    let placed = async {
        let look = look(context, &placement).await?;
        place(context, &placement, look).await
    };
    let answer = placed.await;
    let unproven = leftovers::unproven(context, &answer, key, None).await?;
    Ok(match fetch::own_failure(answer, key)? {
        Err(failure) => (Some(failure), unproven),
        Ok(Placed::Refused(failure)) => (Some(failure), None),
        Ok(Placed::Written { .. } | Placed::Identical(..)) => (None, None),
        Ok(Placed::Kept { .. }) => {
            let failure = Failure::new(Code::TargetKept, key).with("the manifest of this document", "another object");
            (None, Some(Finding { failure, outcome: Outcome::Warn }))
        }
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::document::{CatalogRecord, FieldOrigin, Fields, Role, SourceObject};
    use crate::model::ids::ImageNumber;
    use crate::model::outcomes::Outcomes;

    fn work(sizes: &[u64]) -> DocumentWork {
        let record = CatalogRecord {
            image_number: ImageNumber::new("IMG-1"),
            fields: Fields::default(),
            unreadable: Vec::new(),
            role: Role::Cover,
            role_label: None,
            sequence: None,
            recognised: true,
            origin: FieldOrigin::default(),
            absent: false,
        };
        let file = |size: &u64| FileWork {
            object: SourceObject { key: "k".to_owned(), size: *size, etag: None, modified: Timestamp::UNIX_EPOCH },
            record: record.clone(),
            target_key: Ok("t".to_owned()),
            known: None,
            earlier: None,
            checks: Outcomes::default(),
            earlier_checks: Outcomes::default(),
            earlier_warnings: Vec::new(),
            invoice: None,
            version: None,
        };
        DocumentWork {
            image_number: ImageNumber::new("IMG-1"),
            fields: Fields::default(),
            files: sizes.iter().map(file).collect(),
            manifest_key: None,
            known: Vec::new(),
            findings: Vec::new(),
            attempt: 1,
            unrecorded_start: false,
            uniques: None,
        }
    }

    #[test]
    fn a_document_reserves_what_it_holds_when_all_its_files_are_read_back_side_by_side() {
        let kib = |n: u64| n * 1024;
        let files = work(&[kib(1), kib(100), kib(6 * 1024)]);
        let all = kib(1 + 100 + 6 * 1024);
        assert_eq!(buffers(&files, OnConflict::Fail), all + kib(1 + 100 + 5 * 1024));
        assert_eq!(buffers(&files, OnConflict::KeepTarget), all + kib(64 + 100 + 5 * 1024));
    }
}

//! The work of a run: pending documents, read from the ledger a page at a time and made self-contained.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::context::RunContext;
use super::group::MAX_FILES;
use super::namesakes;
use crate::ledger::{ClaimRecord, DocumentFilter, LedgerError};
use crate::model::document::{DocumentRecord, FileRecord, FileState};
use crate::model::failure::{Code, Failure, Outcome};
use crate::model::ids::ImageNumber;
use crate::model::outcomes::Outcomes;
use crate::model::status::ItemStatus;
use crate::model::work::{DocumentWork, EarlierReceipt, FileWork, Origin};
use crate::rules::inspection;

/// Documents read from the ledger at once.
const PAGE: usize = 128;
/// Documents waiting for a free place, so that none ever waits for the ledger.
const AHEAD: usize = 64;

/// Feeds pending documents, in the ledger's order, until there are no more or nobody listens. Whoever takes them looks
/// at the task's end too: the channel also closes where it panics.
pub fn feed(context: &Arc<RunContext>) -> (mpsc::Receiver<Result<DocumentWork, LedgerError>>, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let context = context.clone();
    let task = tokio::task::spawn_blocking(move || {
        let mut after: Option<ImageNumber> = None;
        loop {
            let pending = DocumentFilter { status: Some(ItemStatus::Pending), code: None };
            let page = match context.reader.documents(context.batch, pending, after.as_ref(), PAGE) {
                Ok(page) => page,
                Err(error) => return drop(sender.blocking_send(Err(error))),
            };
            let Some(last) = page.last() else { return };
            after = Some(last.image_number.clone());
            for document in page {
                if sender.blocking_send(work(&context, document)).is_err() {
                    return;
                }
            }
        }
    });
    (receiver, task)
}

/// Makes a document self-contained: its files with their target keys, earlier receipts, and what is known against it.
///
/// # Errors
/// The ledger's.
pub fn work(context: &RunContext, document: DocumentRecord) -> Result<DocumentWork, LedgerError> {
    let image = &document.image_number;
    let files = context.reader.files(context.batch, image)?;
    let checks = context.setup.file.spec.checks.of_type(document.fields.document_type.as_deref());
    let verdict = inspection::listing(&checks, &files);
    let mut known = verdict.document;
    if files.len() > MAX_FILES {
        let found = format!("{} files", files.len());
        known.push(Failure::new(Code::TooManyFiles, image.as_str()).with(format!("at most {MAX_FILES} files"), found));
    }
    let manifest_key = context.setup.manifest_key(&files);
    if let Some(key) = &manifest_key {
        known.extend(claim_failure(context, image, key)?);
    }
    let mut work: Vec<FileWork> = Vec::with_capacity(files.len());
    for ((file, failure), checks) in files.into_iter().zip(verdict.files).zip(verdict.outcomes) {
        work.push(FileWork { checks, ..file_work(context, image, file, failure)? });
    }
    let manifest = manifest_key.as_ref().and_then(|key| key.as_deref().ok());
    collide_within(&mut work, manifest);
    let (namesake, findings) = namesakes::look(context, image, &mut work, manifest)?;
    known.extend(namesake);
    Ok(DocumentWork {
        unrecorded_start: context.reader.started(context.batch, image)?.is_some(),
        fields: document.fields,
        files: work,
        manifest_key,
        known,
        findings: verdict.findings.into_iter().chain(findings).collect(),
        attempt: document.attempts + 1,
        uniques: None,
        image_number: document.image_number,
    })
}

fn file_work(
    context: &RunContext,
    image: &ImageNumber,
    file: FileRecord,
    failure: Option<Failure>,
) -> Result<FileWork, LedgerError> {
    let target_key = context.setup.target_key(&file.object.key, &file.record);
    let mut known = failure;
    let mut earlier = own_receipt(&file.state);
    if let Ok(key) = &target_key {
        let claim = claim(context, image, &context.setup.address(key))?;
        known = known.or(collision(context, image, key, claim.as_ref()));
        if earlier.is_none() {
            earlier = others_receipt(context, claim.as_ref())?;
        }
    }
    Ok(FileWork {
        object: file.object,
        record: file.record,
        target_key,
        known,
        earlier,
        checks: Outcomes::default(),
        earlier_checks: file.checks,
        earlier_warnings: file.findings.into_iter().filter(|finding| finding.outcome == Outcome::Warn).collect(),
        invoice: None,
        version: None,
    })
}

fn own_receipt(state: &FileState) -> Option<EarlierReceipt> {
    match state {
        FileState::Migrated(receipt) => Some(EarlierReceipt { receipt: receipt.clone(), origin: Origin::Copied }),
        FileState::AlreadyAtTarget(receipt) => Some(EarlierReceipt { receipt: receipt.clone(), origin: Origin::Found }),
        FileState::Pending | FileState::TargetKept(_) | FileState::Failed(_) => None,
    }
}

/// The receipt of an earlier batch for the same key, which can only be the same document's.
fn others_receipt(context: &RunContext, claim: Option<&ClaimRecord>) -> Result<Option<EarlierReceipt>, LedgerError> {
    let Some((claim, key)) = claim.and_then(|claim| Some((claim, claim.file_key.as_ref()?))) else { return Ok(None) };
    if claim.batch == context.batch {
        return Ok(None);
    }
    let file = context.reader.file(claim.batch, &claim.image_number, key)?;
    Ok(file.and_then(|file| match file.state {
        FileState::Migrated(receipt) | FileState::AlreadyAtTarget(receipt) => {
            Some(EarlierReceipt { receipt, origin: Origin::OtherBatch })
        }
        _ => None,
    }))
}

fn claim_failure(
    context: &RunContext,
    image: &ImageNumber,
    key: &Result<String, Failure>,
) -> Result<Option<Failure>, LedgerError> {
    match key {
        Err(failure) => Ok(Some(failure.clone())),
        Ok(key) => {
            let claim = claim(context, image, &context.setup.address(key))?;
            Ok(collision(context, image, key, claim.as_ref()))
        }
    }
}

/// Who claimed a target address; for a plan, real batches come before its own throw-away claims.
fn claim(context: &RunContext, image: &ImageNumber, address: &str) -> Result<Option<ClaimRecord>, LedgerError> {
    let real = context.plan.as_ref().and_then(|plan| plan.claims.as_ref());
    let claimed = real.map(|ledger| ledger.claim(address)).transpose()?.flatten();
    let claimed =
        claimed.filter(|claim| claim.image_number != *image || claim.source != context.setup.source_identity());
    Ok(match claimed {
        Some(claim) => Some(claim),
        None => context.reader.claim(address)?,
    })
}

/// The other document that a target address belongs to, or that wants it too.
///
/// # Errors
/// The ledger's.
pub fn rival(context: &RunContext, image: &ImageNumber, address: &str) -> Result<Option<ImageNumber>, LedgerError> {
    Ok(claim(context, image, address)?.and_then(|claim| contender(context, image, &claim)))
}

/// A target key belongs to the document that claimed it first; where two of one batch want it, neither gets it.
fn collision(context: &RunContext, image: &ImageNumber, key: &str, claim: Option<&ClaimRecord>) -> Option<Failure> {
    let rival = contender(context, image, claim?)?;
    Some(
        Failure::new(Code::TargetCollision, key)
            .with("one document for this target key", format!("also wanted by {rival}")),
    )
}

fn contender(context: &RunContext, image: &ImageNumber, claim: &ClaimRecord) -> Option<ImageNumber> {
    let mine = claim.image_number == *image && claim.source == context.setup.source_identity();
    match (mine, &claim.contested) {
        (false, _) => Some(claim.image_number.clone()),
        (true, Some(contest)) if contest.batch == context.batch && contest.listing == context.listing => {
            Some(contest.image_number.clone())
        }
        (true, _) => None,
    }
}

/// Two files of one document with one target key, or one with the key of the manifest.
fn collide_within(files: &mut [FileWork], manifest: Option<&str>) {
    let mut wanted: HashMap<&str, usize> = manifest.map(|key| (key, 1)).into_iter().collect();
    for file in files.iter() {
        if let Ok(key) = &file.target_key {
            *wanted.entry(key).or_default() += 1;
        }
    }
    let twice: Vec<bool> =
        files.iter().map(|file| file.target_key.as_ref().is_ok_and(|key| wanted[key.as_str()] > 1)).collect();
    for (file, _) in files.iter_mut().zip(twice).filter(|(_, twice)| *twice) {
        let key = file.target_key.clone().unwrap_or_default();
        let rest = Failure::new(Code::TargetCollision, key)
            .with("one object for this target key", "several files of this document, or a file and its manifest");
        file.known.get_or_insert(rest);
    }
}

//! A document too large to hold in memory: heads are read and judged first, then each file is streamed in parts.

use std::sync::Arc;

use super::context::{Meters, RunContext};
use super::document::{self, Unfinished, finish};
use super::fetch::{self, own_failure, pin};
use super::heads::{self, Begun, Room};
use super::leftovers::{self, Refusal};
use super::place::{Look, Placement, Wanted, compare, place};
use super::readback::PART_BYTES;
use super::retry::Unanswered;
use super::{copy_whole, invoices, stream, travelling, twins};
use crate::model::document::FileState;
use crate::model::failure::Finding;
use crate::model::ids::Digest;
use crate::model::spec::OnConflict;
use crate::model::work::{DocumentOutcome, DocumentWork, FileWork};
use crate::stores::{Fetched, TargetObject};

/// Judges and moves one document whose files do not fit in its share of the buffers.
///
/// # Errors
/// Why the document stays pending.
pub async fn move_document(
    context: &Arc<RunContext>,
    mut work: DocumentWork,
) -> Result<Result<DocumentOutcome, Refusal>, Unfinished> {
    // One part being read while the one before it is being written.
    let part = work.files.iter().map(stream::part_bytes).max().unwrap_or(PART_BYTES);
    let memory = Some(context.reserve(&work.image_number, 2 * part).await);
    let mut room = Room::new(context, &work, part);
    let (mut verdicts, mut findings, mut begun) = (Vec::new(), Vec::new(), Vec::new());
    let checks = fetch::checks(context, &work).into_owned();
    for file in &mut work.files {
        let judged = heads::judge(context, &checks, file, &mut room).await?;
        file.checks.take(&judged.verdict.outcomes);
        verdicts.push(judged.verdict.failure.map_or(Ok(()), Err));
        findings.push(judged.verdict.findings);
        begun.push(judged.begun);
    }
    if verdicts.iter().all(Result::is_ok) {
        verdicts = invoices::look(context, &mut work, &mut findings).await?;
    }
    if verdicts.iter().any(Result::is_err) {
        return Ok(Err(Refusal { work, verdicts, findings, memory }));
    }
    let looked = look_at_all(context, &work, &begun).await?;
    if looked.iter().any(|looked| looked.look.is_refused()) {
        let verdicts = looked.into_iter().map(|looked| looked.look.verdict()).collect();
        return Ok(Err(Refusal { work, verdicts, findings, memory }));
    }
    document::start(context, &work).await.map_err(Unfinished::Ledger)?;
    let moved = move_files(context, &work, looked.into_iter().zip(begun).collect(), &mut findings).await?;
    let mut own = None;
    let kept = work.files.iter().zip(moved).zip(&findings);
    let states: Vec<_> =
        kept.map(|((file, state), findings)| leftovers::keep_receipt(file, state, findings, &mut own)).collect();
    twins::warn(context, &mut work, &states, &mut findings).await?;
    finish(context, work, states, findings, own).await.map(Ok)
}

/// Moves the files: first those that take room since they were looked at. Gives their states in the order of the files.
async fn move_files(
    context: &Arc<RunContext>,
    work: &DocumentWork,
    looked: Vec<(Looked, Option<Begun>)>,
    findings: &mut [Vec<Finding>],
) -> Result<Vec<FileState>, Unanswered> {
    let mut files: Vec<_> = work.files.iter().zip(looked).zip(findings).enumerate().collect();
    files.sort_by_key(|(_, ((_, (_, begun)), _))| begun.is_none());
    let mut states = Vec::new();
    for (at, ((file, (looked, begun)), findings)) in files {
        let answer = move_file(context, file, looked, begun, work.unrecorded_start).await;
        let state = leftovers::named(context, answer, file, findings).await?.unwrap_or_else(FileState::Failed);
        states.push((at, state));
    }
    states.sort_by_key(|(at, _)| *at);
    Ok(states.into_iter().map(|(_, state)| state).collect())
}

/// What is at a file's target key, and the digest of the source if it was needed to tell.
struct Looked {
    look: Look,
    sha256: Digest,
    there: Option<TargetObject>,
}

/// Uploads in parts cannot be conditional, so every key is looked at before the first byte is written.
async fn look_at_all(
    context: &Arc<RunContext>,
    work: &DocumentWork,
    begun: &[Option<Begun>],
) -> Result<Vec<Looked>, Unanswered> {
    let mut looked = Vec::new();
    for (file, begun) in work.files.iter().zip(begun) {
        let key = file.target_key.as_deref().unwrap_or_default();
        let refused = |failure| Looked { look: Look::Refused(failure), sha256: Digest::ZERO, there: None };
        looked.push(own_failure(look_at(context, file, begun.as_ref(), key).await, key)?.unwrap_or_else(refused));
    }
    Ok(looked)
}

async fn look_at(
    context: &Arc<RunContext>,
    file: &FileWork,
    begun: Option<&Begun>,
    key: &str,
) -> Result<Looked, Unanswered> {
    let Some(there) = stream::there(context, key).await? else {
        return Ok(Looked { look: Look::Free, sha256: Digest::ZERO, there: None });
    };
    let size = file.object.size;
    let keep = context.setup.file.spec.target.on_conflict == OnConflict::KeepTarget;
    // Of two sizes the content need not be compared; but of what is kept both digests are recorded.
    let sha256 = match begun.and_then(|begun| begun.sha256) {
        _ if there.size != size && !keep => Digest::ZERO,
        Some(sha256) => sha256,
        None => stream::digest_source(context, file, begun.map(|begun| &begun.part)).await?,
    };
    let wanted = Wanted::of(file, key, sha256);
    Ok(Looked { look: compare(context, &wanted, there.clone()).await?, sha256, there: Some(there) })
}

async fn move_file(
    context: &Arc<RunContext>,
    file: &FileWork,
    Looked { look, sha256, there }: Looked,
    begun: Option<Begun>,
    started: bool,
) -> Result<FileState, Unanswered> {
    if look.is_settled() || context.plan.is_some() {
        let placed = look.settled();
        let content = (sha256, file.object.size);
        return Ok(placed.map_or(FileState::Pending, |placed| document::state(context, file, started, content, placed)));
    }
    let read = begun.as_ref().and_then(|begun| begun.sha256).or((sha256 != Digest::ZERO).then_some(sha256));
    let is_at_hand = begun.as_ref().is_some_and(|begun| begun.sha256.is_some());
    if !is_at_hand {
        let first = begun.as_ref().map(|begun| &begun.part);
        if let Some(state) = copy_whole::copy(context, file, &look, (read, first), started).await? {
            return Ok(state);
        }
    }
    if file.object.size > PART_BYTES {
        return stream::copy_until_done(context, file, there, begun.map(|begun| begun.part)).await;
    }
    move_small(context, file, look, begun, started).await
}

async fn move_small(
    context: &Arc<RunContext>,
    file: &FileWork,
    look: Look,
    begun: Option<Begun>,
    started: bool,
) -> Result<FileState, Unanswered> {
    let (mut part, sha256) = match begun {
        Some(Begun { part, sha256: Some(sha256) }) => (part, sha256),
        _ => fetch_small(context, file).await?,
    };
    travelling::complete(context, &mut part.carried, file).await?;
    let (key, size) = (file.target_key.as_deref().unwrap_or_default(), file.object.size);
    let ours = file.is_ours(started, sha256);
    let placement = Placement {
        wanted: Wanted::of(file, key, sha256),
        bytes: Some(part.bytes),
        file: Some(file),
        carried: &part.carried,
        ours,
    };
    let placed = place(context, &placement, look).await?;
    Ok(document::state(context, file, started, (sha256, size), placed))
}

async fn fetch_small(context: &RunContext, file: &FileWork) -> Result<(Fetched, Digest), Unanswered> {
    let (source, pin) = (&context.setup.source.store, pin(file));
    context.limiter.bandwidth(pin.size).await;
    let fetched = context.retrier().ask(source, || source.get(&file.object.key, &pin)).await?;
    Meters::add(&context.meters.bytes_read, pin.size);
    let sha256 = Digest::of(&fetched.bytes);
    Ok((fetched, sha256))
}

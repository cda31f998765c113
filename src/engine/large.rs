//! A document too large to hold in memory: heads are read and judged first, then each file is streamed in parts.

use std::io::{Read, Seek};
use std::sync::Arc;

use tokio::runtime::Handle;

use super::context::{Meters, RunContext};
use super::document::{self, Unfinished, finish};
use super::fetch::{self, own_failure, pin};
use super::leftovers::{self, Refusal};
use super::place::{Look, Placement, Wanted, compare, place};
use super::ranged::RangedReader;
use super::readback::PART_BYTES;
use super::retry::Unanswered;
use super::{stream, twins, virus};
use crate::formats;
use crate::model::checks::Checks;
use crate::model::document::FileState;
use crate::model::facts::FileFacts;
use crate::model::ids::Digest;
use crate::model::outcomes::Check;
use crate::model::spec::OnConflict;
use crate::model::work::{DocumentOutcome, DocumentWork, FileWork};
use crate::rules::inspection::{self, ContentVerdict};
use crate::stores::TargetObject;

/// Bytes that one request of a ranged reader brings: a file of no more is looked at as a whole.
const ONE_REQUEST: u64 = 64 * 1024;

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
    let _memory = context.limiter.reserve(2 * part).await;
    let (mut verdicts, mut findings) = (Vec::new(), Vec::new());
    let checks = fetch::checks(context, &work).into_owned();
    for file in &mut work.files {
        let judged = judge(context, &checks, file).await?;
        file.checks.take(&judged.outcomes);
        verdicts.push(judged.failure.map_or(Ok(()), Err));
        findings.push(judged.findings);
    }
    if verdicts.iter().any(Result::is_err) {
        return Ok(Err(Refusal { work, verdicts, findings }));
    }
    let looked = look_at_all(context, &work).await?;
    if looked.iter().any(|looked| looked.look.is_refused()) {
        let verdicts = looked.into_iter().map(|looked| looked.look.verdict()).collect();
        return Ok(Err(Refusal { work, verdicts, findings }));
    }
    document::start(context, &work).await.map_err(Unfinished::Ledger)?;
    let (mut states, mut own) = (Vec::new(), None);
    for ((file, looked), findings) in work.files.iter().zip(looked).zip(&mut findings) {
        let answer = move_file(context, file, looked, work.unrecorded_start).await;
        let state = leftovers::named(context, answer, file, findings).await?.unwrap_or_else(FileState::Failed);
        states.push(leftovers::keep_receipt(file, state, findings, &mut own));
    }
    twins::warn(context, &mut work, &states, &mut findings)?;
    finish(context, work, states, findings, own).await.map(Ok)
}

async fn judge(context: &Arc<RunContext>, checks: &Checks, file: &FileWork) -> Result<ContentVerdict, Unanswered> {
    let probed = probe(context.clone(), fetch::is_full(checks), file.clone()).await;
    let (facts, lost) = match own_failure(probed, &file.object.key)? {
        Ok(Some((facts, lost))) => (Some(facts), lost),
        Ok(None) => (None, Vec::new()),
        Err(failure) => return Ok(ContentVerdict { failure: Some(failure), ..ContentVerdict::default() }),
    };
    let ContentVerdict { mut failure, mut findings, mut outcomes } = fetch::judged(checks, file, facts.as_ref());
    findings.extend(fetch::lost(&file.object.key, &lost));
    if failure.is_none() && checks.virus.is_some() {
        let scanned = virus::scan_large(context, checks, file, &mut findings).await;
        failure = own_failure(scanned, &file.object.key)?.unwrap_or_else(Some);
        outcomes.set(Check::Virus, inspection::told(Check::Virus, failure.as_ref(), &findings));
    }
    Ok(ContentVerdict { failure, findings, outcomes })
}

/// Reads no more of the file than its format needs; off the threads that do I/O, because formats are read
/// synchronously. Also gives the names of headers that stay behind. `None`: the reader of the format panicked.
async fn probe(
    context: Arc<RunContext>,
    full: bool,
    file: FileWork,
) -> Result<Option<(FileFacts, Vec<String>)>, Unanswered> {
    let _leave = if full { context.limiter.decode().await } else { context.limiter.probe().await };
    let handle = Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let (source, pin) = (&context.setup.source.store, pin(&file));
        let (mut unanswered, mut lost) = (None, Vec::new());
        let mut reader = RangedReader::new(pin.size, |range| {
            let retrier = context.retrier();
            let request = retrier.ask(source, || source.get_range(&file.object.key, &pin, range.clone()));
            match handle.block_on(request) {
                Ok(part) => {
                    lost = part.carried.lost;
                    Ok(part.bytes)
                }
                Err(error) => {
                    unanswered = Some(error);
                    Err(std::io::Error::other("no answer"))
                }
            }
        });
        let facts = fetch::guarded(|| look(&mut reader, file.object.size, full));
        drop(reader);
        match (facts, unanswered) {
            (_, Some(unanswered)) => Err(unanswered),
            (facts, None) => Ok(facts.map(|facts| (facts, lost))),
        }
    });
    // A panic of probing is caught, and the closure has no other.
    work.await.expect("guarded probing does not panic")
}

/// The facts of a file behind a reader. Where it fails, whoever made it knows why.
fn look<R: Read + Seek>(reader: &mut R, size: u64, full: bool) -> FileFacts {
    let mut facts = if size <= ONE_REQUEST {
        let mut bytes = Vec::new();
        let read = reader.take(size).read_to_end(&mut bytes);
        read.map(|_| formats::probe_whole(&bytes)).unwrap_or_default()
    } else {
        formats::probe(reader, size).unwrap_or_default()
    };
    if full {
        formats::decode(reader, size, &mut facts, &fetch::time_is_up());
    }
    facts
}

/// What is at a file's target key, and the digest of the source if it was needed to tell.
struct Looked {
    look: Look,
    sha256: Digest,
    there: Option<TargetObject>,
}

/// Uploads in parts cannot be conditional, so every key is looked at before the first byte is written.
async fn look_at_all(context: &Arc<RunContext>, work: &DocumentWork) -> Result<Vec<Looked>, Unanswered> {
    let mut looked = Vec::new();
    for file in &work.files {
        let key = file.target_key.as_deref().unwrap_or_default();
        let refused = |failure| Looked { look: Look::Refused(failure), sha256: Digest::ZERO, there: None };
        looked.push(own_failure(look_at(context, file, key).await, key)?.unwrap_or_else(refused));
    }
    Ok(looked)
}

async fn look_at(context: &Arc<RunContext>, file: &FileWork, key: &str) -> Result<Looked, Unanswered> {
    let Some(there) = stream::there(context, key).await? else {
        return Ok(Looked { look: Look::Free, sha256: Digest::ZERO, there: None });
    };
    let size = file.object.size;
    let keep = context.setup.file.spec.target.on_conflict == OnConflict::KeepTarget;
    // Of two sizes the content need not be compared; but of what is kept both digests are recorded.
    let sha256 = if there.size == size || keep { stream::digest_source(context, file).await? } else { Digest::ZERO };
    let wanted = Wanted::of(file, key, sha256);
    Ok(Looked { look: compare(context, &wanted, there.clone()).await?, sha256, there: Some(there) })
}

async fn move_file(
    context: &Arc<RunContext>,
    file: &FileWork,
    Looked { look, sha256, there }: Looked,
    started: bool,
) -> Result<FileState, Unanswered> {
    if look.is_settled() || context.plan.is_some() {
        let placed = look.settled();
        let content = (sha256, file.object.size);
        return Ok(placed.map_or(FileState::Pending, |placed| document::state(context, file, started, content, placed)));
    }
    if file.object.size > PART_BYTES {
        return stream::copy_until_done(context, file, there).await;
    }
    move_small(context, file, look, started).await
}

async fn move_small(
    context: &Arc<RunContext>,
    file: &FileWork,
    look: Look,
    started: bool,
) -> Result<FileState, Unanswered> {
    let (source, pin) = (&context.setup.source.store, pin(file));
    context.limiter.bandwidth(pin.size).await;
    let mut fetched = context.retrier().ask(source, || source.get(&file.object.key, &pin)).await?;
    context.setup.stamp(&mut fetched.carried, file);
    Meters::add(&context.meters.bytes_read, pin.size);
    let (key, sha256) = (file.target_key.as_deref().unwrap_or_default(), Digest::of(&fetched.bytes));
    let wanted = Wanted::of(file, key, sha256);
    let ours = file.is_ours(started, sha256);
    let placement = Placement { wanted, bytes: fetched.bytes, carried: &fetched.carried, ours };
    let placed = place(context, &placement, look).await?;
    Ok(document::state(context, file, started, (sha256, pin.size), placed))
}

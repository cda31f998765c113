//! A document too large to hold in memory: heads are read and judged first, then each file is streamed in parts.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::conclude::{Sound, refuse};
use super::context::RunContext;
use super::document::{self, Unfinished, finish};
use super::fetch::{own_failure, pin};
use super::place::{Look, Placement, compare, look, place};
use super::ranged::RangedReader;
use super::readback::PART_BYTES;
use super::retry::Unanswered;
use super::stream;
use crate::formats;
use crate::model::document::FileState;
use crate::model::facts::FileFacts;
use crate::model::failure::Finding;
use crate::model::ids::Digest;
use crate::model::work::{DocumentOutcome, DocumentWork, FileWork};
use crate::rules::inspection;

/// Judges and moves one document whose files do not fit in its share of the buffers.
///
/// # Errors
/// Why the document stays pending.
pub async fn move_document(context: &Arc<RunContext>, work: DocumentWork) -> Result<DocumentOutcome, Unfinished> {
    // One part being read while the one before it is being written.
    let _memory = context.limiter.reserve(2 * PART_BYTES).await;
    let (mut verdicts, mut findings) = (Vec::new(), Vec::new());
    for file in &work.files {
        let (verdict, found) = judge(context, file).await?;
        verdicts.push(verdict);
        findings.push(found);
    }
    if verdicts.iter().any(Result::is_err) {
        return Ok(refuse(work, verdicts, findings));
    }
    let verdicts = find_conflicts(context, &work).await?;
    if verdicts.iter().any(Result::is_err) {
        return Ok(refuse(work, verdicts, findings));
    }
    document::start(context, &work).await.map_err(Unfinished::Ledger)?;
    let mut states = Vec::new();
    for file in &work.files {
        let answer = move_file(context, file, work.unrecorded_start).await;
        states.push(own_failure(answer, &file.object.key)?.unwrap_or_else(FileState::Failed));
    }
    finish(context, work, states, findings).await
}

async fn judge(context: &Arc<RunContext>, file: &FileWork) -> Result<(Sound, Vec<Finding>), Unanswered> {
    let facts = match own_failure(probe(context.clone(), file.clone()).await, &file.object.key)? {
        Ok(facts) => facts,
        Err(failure) => return Ok((Err(failure), Vec::new())),
    };
    let verdict = inspection::content(&context.setup.file.spec.checks, &file.object, &facts);
    Ok((verdict.failure.map_or(Ok(()), Err), verdict.findings))
}

/// Reads no more of the file than its format needs; off the threads that do I/O, because formats are read
/// synchronously.
async fn probe(context: Arc<RunContext>, file: FileWork) -> Result<FileFacts, Unanswered> {
    let handle = Handle::current();
    let work = tokio::task::spawn_blocking(move || {
        let (source, pin, mut unanswered) = (&context.setup.source.store, pin(&file), None);
        let mut reader = RangedReader::new(pin.size, |range| {
            let retrier = context.retrier();
            let request = retrier.ask(source, || source.get_range(&file.object.key, &pin, range.clone()));
            handle.block_on(request).map(|part| part.bytes).map_err(|error| {
                unanswered = Some(error);
                std::io::Error::other("no answer")
            })
        });
        let facts = formats::probe(&mut reader, file.object.size);
        drop(reader);
        match (facts, unanswered) {
            (_, Some(unanswered)) => Err(unanswered),
            (facts, None) => Ok(facts.unwrap_or_default()),
        }
    });
    // The closure does not panic: probing is fuzzed for that.
    work.await.expect("probing does not panic")
}

/// Multipart uploads cannot be conditional, so every key is looked at first; what is there is compared by size now
/// and by content when the file's turn comes.
async fn find_conflicts(context: &Arc<RunContext>, work: &DocumentWork) -> Result<Vec<Sound>, Unanswered> {
    let mut verdicts = Vec::new();
    for file in &work.files {
        let key = file.target_key.as_deref().unwrap_or_default();
        verdicts.push(match stream::there(context, key).await? {
            Some(there) if there.size != file.object.size => {
                match compare(context, key, there, file.object.size, Digest::ZERO).await? {
                    Look::Conflict(failure) => Err(failure),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        });
    }
    Ok(verdicts)
}

async fn move_file(context: &Arc<RunContext>, file: &FileWork, ours: bool) -> Result<FileState, Unanswered> {
    if file.object.size > PART_BYTES {
        return stream::move_file(context, file, ours).await;
    }
    let (source, pin) = (&context.setup.source.store, pin(file));
    context.limiter.bandwidth(pin.size).await;
    let fetched = context.retrier().ask(source, || source.get(&file.object.key, &pin)).await?;
    let content = (Digest::of(&fetched.bytes), pin.size);
    let key = file.target_key.as_deref().unwrap_or_default();
    let placement = Placement { key, bytes: fetched.bytes, sha256: content.0, carried: &fetched.carried, ours };
    let look = look(context, &placement).await?;
    if context.plan.is_some() {
        let settled = look.settled();
        return Ok(settled.map_or(FileState::Pending, |placed| document::state(context, file, ours, content, placed)));
    }
    let placed = place(context, &placement, look).await?;
    Ok(document::state(context, file, ours, content, placed))
}

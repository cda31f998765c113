//! Reading a document's files from the source: once each, pinned, checked as they come.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::join_all;

use super::context::{Meters, RunContext};
use super::retry::Unanswered;
use super::{travelling, virus};
use crate::formats;
use crate::model::checks::{Checks, Depth};
use crate::model::document::SourceObject;
use crate::model::facts::{FileFacts, InvoiceId};
use crate::model::failure::{Code, Failure, Finding, Outcome};
use crate::model::ids::Digest;
use crate::model::outcomes::{Check, Outcomes};
use crate::model::receipt::Pin;
use crate::model::work::{DocumentWork, FileWork};
use crate::rules::inspection::{self, ContentVerdict};
use crate::stores::{self, Carried};

/// Longest time for decoding one file to its end; then whether it can be is unknown.
const DECODE_TIME: Duration = Duration::from_secs(60);

/// Above this size, hashing and probing move off the threads that do I/O: about 0.2 ms of work.
const INLINE_BYTES: usize = 256 * 1024;

/// A file in memory, with what it says.
pub struct Fetched {
    /// Its content.
    pub bytes: Bytes,
    /// SHA-256 of the content.
    pub sha256: Digest,
    /// Content type and user metadata.
    pub carried: Carried,
    /// Why it may not move.
    pub failure: Option<Failure>,
    /// What checks found without failing it.
    pub findings: Vec<Finding>,
    /// What came of the checks of its content.
    pub checks: Outcomes,
    /// The invoice that it is.
    pub invoice: Option<InvoiceId>,
    /// Which version was read.
    pub version: Option<String>,
}

/// What a listed object is pinned to: once it was read, to the version that was.
pub fn pin(file: &FileWork) -> Pin {
    let SourceObject { size, etag, modified, .. } = &file.object;
    Pin { size: *size, etag: etag.clone(), modified: *modified, version: file.version.clone() }
}

/// Fetches and checks every file; a file that cannot be read fails by itself.
///
/// # Errors
/// The first reason that is no file's own: a stalled store, or a request to stop.
pub async fn fetch_all(context: &RunContext, work: &DocumentWork) -> Result<Vec<Result<Fetched, Failure>>, Unanswered> {
    let checks = checks(context, work);
    let answers = join_all(work.files.iter().map(|file| fetch(context, &checks, file))).await;
    answers.into_iter().zip(&work.files).map(|(answer, file)| own_failure(answer, &file.object.key)).collect()
}

/// Tells a file's own failure from a reason to leave the document pending.
///
/// # Errors
/// The latter.
pub fn own_failure<T>(answer: Result<T, Unanswered>, key: &str) -> Result<Result<T, Failure>, Unanswered> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(unanswered) => unanswered.into_failure(key).map(Err),
    }
}

/// What the spec asks of a document of this type.
pub fn checks<'c>(context: &'c RunContext, work: &DocumentWork) -> Cow<'c, Checks> {
    context.setup.file.spec.checks.of_type(work.fields.document_type.as_deref())
}

async fn fetch(context: &RunContext, checks: &Checks, file: &FileWork) -> Result<Fetched, Unanswered> {
    let store = &context.setup.source.store;
    let pin = pin(file);
    context.limiter.bandwidth(pin.size).await;
    let mut fetched = context.retrier().ask(store, || store.get(&file.object.key, &pin)).await?;
    travelling::complete(context, &mut fetched.carried, file).await?;
    Meters::add(&context.meters.bytes_read, fetched.bytes.len() as u64);
    let (sha256, facts) = examine(context, is_full(checks), fetched.bytes.clone()).await;
    let ContentVerdict { mut failure, mut findings, mut outcomes } = judged(checks, file, facts.as_ref());
    findings.extend(lost(&file.object.key, &fetched.carried.lost));
    if failure.is_none() && checks.virus.is_some() {
        failure = virus::scan(context, checks, file, &fetched.bytes, &mut findings).await?;
        outcomes.set(Check::Virus, inspection::told(Check::Virus, failure.as_ref(), &findings));
    }
    let invoice = facts.and_then(|facts| facts.invoice);
    let stores::Fetched { bytes, carried, version } = fetched;
    Ok(Fetched { bytes, sha256, carried, failure, findings, checks: outcomes, invoice, version })
}

/// What the facts of a file say; `None`: the reader of its format panicked.
pub fn judged(checks: &Checks, file: &FileWork, facts: Option<&FileFacts>) -> ContentVerdict {
    match facts {
        Some(facts) => inspection::content(checks, &file.object, facts),
        None => ContentVerdict::failed(unforeseen(&file.object.key)),
    }
}

/// Warns of headers that stay behind.
pub fn lost(key: &str, headers: &[String]) -> Option<Finding> {
    let failure = Failure::new(Code::HeaderLost, key).with("ASCII", headers.join(", "));
    (!headers.is_empty()).then_some(Finding { outcome: Outcome::Warn, failure })
}

/// SHA-256 of a file in memory, and what it says; `None`: the reader of its format panicked.
pub async fn examine(context: &RunContext, full: bool, bytes: Bytes) -> (Digest, Option<FileFacts>) {
    if bytes.len() <= INLINE_BYTES && !full {
        return (Digest::of(&bytes), guarded(|| formats::probe_whole(&bytes)));
    }
    let _leave = if full { context.limiter.decode().await } else { context.limiter.look().await };
    let work = tokio::task::spawn_blocking(move || (Digest::of(&bytes), guarded(|| facts(&bytes, full))));
    // Hashing cannot panic, and a panic of probing goes no further than `guarded`.
    work.await.expect("hashing and guarded probing do not panic")
}

/// Whether files are to be decoded to the end.
pub fn is_full(checks: &Checks) -> bool {
    checks.readable.as_ref().is_some_and(|readable| readable.depth == Depth::Full)
}

fn facts(bytes: &[u8], full: bool) -> FileFacts {
    let mut facts = formats::probe_whole(bytes);
    if full {
        let over = time_is_up();
        formats::decode(&mut std::io::Cursor::new(bytes), bytes.len() as u64, &mut facts, &over);
    }
    facts
}

/// Says when one file has been decoded for too long.
pub fn time_is_up() -> impl Fn() -> bool {
    let begin = Instant::now();
    move || begin.elapsed() > DECODE_TIME
}

/// What `read` gives; `None` if it panics. A file that no parser was made for must not end the run of all others, and
/// then again at every restart.
pub fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    // What the closure could leave half done is dropped with it.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).ok()
}

/// The failure of a file that cannot be read as its format, in a way that nobody has foreseen.
fn unforeseen(key: &str) -> Failure {
    Failure::new(Code::Unreadable, key).with("a readable file", "content that the reader of its format fails on")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_reader_is_the_failure_of_its_file() {
        assert_eq!(guarded(|| 1), Some(1));
        assert_eq!(guarded(|| -> u32 { [0][std::hint::black_box(1)] }), None);
        assert_eq!(unforeseen("a").code, Code::Unreadable);
    }
}

//! Files of a large document are looked at before any of them is copied. What was read of their beginnings is kept for the
//! copy, as far as there is room.

use std::io::{Read, Seek};
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::context::RunContext;
use super::fetch::{self, own_failure, pin};
use super::ranged::RangedReader;
use super::readback::PART_BYTES;
use super::retry::Unanswered;
use super::{stream, virus};
use crate::formats;
use crate::model::checks::Checks;
use crate::model::facts::{FileFacts, FileKind};
use crate::model::ids::Digest;
use crate::model::outcomes::Check;
use crate::model::work::{DocumentWork, FileWork};
use crate::rules::inspection::{self, ContentVerdict};
use crate::stores::Fetched;

/// A file of no more bytes is read as a whole, in one request in place of two.
const SMALL: u64 = 256 * 1024;

/// Room for beginnings of files, from the look at them until they are copied.
pub struct Room {
    free: u64,
    _spare: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// `part` bytes, which the caller has reserved, and what else is free now. A plan copies nothing and keeps nothing.
    pub fn new(context: &RunContext, work: &DocumentWork, part: u64) -> Self {
        if context.plan.is_some() {
            return Self { free: 0, _spare: None };
        }
        let spare = context.limiter.spare(work.bytes().saturating_sub(part));
        let (spare, more) = spare.map_or((None, 0), |(spare, bytes)| (Some(spare), bytes));
        Self { free: part + more, _spare: spare }
    }

    fn take(&mut self, bytes: u64) -> bool {
        let fits = bytes > 0 && bytes <= self.free;
        if fits {
            self.free -= bytes;
        }
        fits
    }
}

/// The first part of a file, which may be all of it.
pub struct Begun {
    /// The bytes, and what travels along with them.
    pub part: Fetched,
    /// SHA-256 of the file, if this is all of it.
    pub sha256: Option<Digest>,
}

/// What came of a look.
#[derive(Default)]
pub struct Judged {
    /// What checks say.
    pub verdict: ContentVerdict,
    /// What the copy need not read again.
    pub begun: Option<Begun>,
}

/// What was read of a file.
struct Seen {
    /// `None`: the reader of its format panicked.
    facts: Option<FileFacts>,
    /// Names of headers that stay behind.
    lost: Vec<String>,
    begun: Option<Begun>,
}

/// Looks at one file.
///
/// # Errors
/// Why the document stays pending.
pub async fn judge(
    context: &Arc<RunContext>,
    checks: &Checks,
    file: &mut FileWork,
    room: &mut Room,
) -> Result<Judged, Unanswered> {
    let keep = room.take(file.object.size.min(stream::part_bytes(file)));
    let seen = see(context, checks, file, keep).await;
    let Seen { facts, lost, begun } = match own_failure(seen, &file.object.key)? {
        Ok(seen) => seen,
        Err(failure) => {
            let verdict = ContentVerdict { failure: Some(failure), ..ContentVerdict::default() };
            return Ok(Judged { verdict, begun: None });
        }
    };
    let mut verdict = fetch::judged(checks, file, facts.as_ref());
    file.invoice = facts.and_then(|facts| facts.invoice);
    verdict.findings.extend(fetch::lost(&file.object.key, &lost));
    if verdict.failure.is_none() && checks.virus.is_some() {
        let findings = &mut verdict.findings;
        let scanned = match &begun {
            Some(Begun { part, sha256: Some(_) }) => virus::scan(context, checks, file, &part.bytes, findings).await,
            _ => virus::scan_large(context, checks, file, findings).await,
        };
        verdict.failure = own_failure(scanned, &file.object.key)?.unwrap_or_else(Some);
        verdict.outcomes.set(Check::Virus, inspection::told(Check::Virus, verdict.failure.as_ref(), &verdict.findings));
    }
    Ok(Judged { verdict, begun: begun.filter(|_| keep) })
}

/// From the first answer on, the file is pinned to the version that was read.
async fn see(context: &Arc<RunContext>, checks: &Checks, file: &mut FileWork, keep: bool) -> Result<Seen, Unanswered> {
    let (full, size) = (fetch::is_full(checks), file.object.size);
    let fits = (1..=PART_BYTES).contains(&size);
    let at_once = fits && (size <= SMALL || inspection::promised(&file.object.key).is_some_and(needs_all));
    let first = if keep || at_once { Some(stream::part(context, file, 0).await?) } else { None };
    file.version = first.as_ref().and_then(|part| part.version.clone());
    let first = match first {
        Some(part) if part.bytes.len() as u64 == size => return Ok(see_all(context, full, part).await),
        first => first,
    };
    let seen = see_blocks(context, full, file, first).await?;
    let kind = seen.facts.as_ref().and_then(|facts| facts.kind);
    // What is known of a file does not depend on what it is called.
    match kind.is_some_and(needs_all) && fits {
        true => Ok(see_all(context, full, stream::part(context, file, 0).await?).await),
        false => Ok(seen),
    }
}

/// Whether the format tells more where all of the file is at hand.
fn needs_all(kind: FileKind) -> bool {
    matches!(kind, FileKind::Pdf | FileKind::Ofd | FileKind::Xml)
}

async fn see_all(context: &RunContext, full: bool, part: Fetched) -> Seen {
    let (sha256, facts) = fetch::examine(context, full, part.bytes.clone()).await;
    Seen { facts, lost: part.carried.lost.clone(), begun: Some(Begun { part, sha256: Some(sha256) }) }
}

/// Reads no more of the file than its format needs, besides what was read already; off the threads that do I/O, because
/// formats are read synchronously.
async fn see_blocks(
    context: &Arc<RunContext>,
    full: bool,
    file: &mut FileWork,
    first: Option<Fetched>,
) -> Result<Seen, Unanswered> {
    let _leave = if full { context.limiter.decode().await } else { context.limiter.probe().await };
    let (handle, context, key, mut pin) = (Handle::current(), context.clone(), file.object.key.clone(), pin(file));
    let work = tokio::task::spawn_blocking(move || {
        let source = &context.setup.source.store;
        let mut lost = first.as_ref().map(|part| part.carried.lost.clone()).unwrap_or_default();
        let head = first.as_ref().map(|part| part.bytes.clone()).unwrap_or_default();
        let mut unanswered = None;
        let size = pin.size;
        let mut reader = RangedReader::new(size, head, full, |range| {
            let retrier = context.retrier();
            let request = retrier.ask(source, || source.get_range(&key, &pin, range.clone()));
            match handle.block_on(request) {
                Ok(part) => {
                    lost = part.carried.lost;
                    pin.version = pin.version.take().or(part.version);
                    Ok(part.bytes)
                }
                Err(error) => {
                    unanswered = Some(error);
                    Err(std::io::Error::other("no answer"))
                }
            }
        });
        let facts = fetch::guarded(|| look(&mut reader, size, full));
        drop(reader);
        match unanswered {
            Some(unanswered) => Err(unanswered),
            None => Ok((Seen { facts, lost, begun: first.map(|part| Begun { part, sha256: None }) }, pin.version)),
        }
    });
    // A panic of probing is caught, and the closure has no other.
    let (seen, version) = work.await.expect("guarded probing does not panic")?;
    file.version = version;
    Ok(seen)
}

/// The facts of a file behind a reader. Where it fails, whoever made it knows why.
fn look<R: Read + Seek>(reader: &mut R, size: u64, full: bool) -> FileFacts {
    let mut facts = formats::probe(reader, size).unwrap_or_default();
    if full {
        formats::decode(reader, size, &mut facts, &fetch::time_is_up());
    }
    facts
}

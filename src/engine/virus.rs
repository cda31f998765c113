//! Files are shown to the scanner that the spec names: those in memory as they are, large ones in ranges.

use std::collections::HashMap;
use std::ops::Range;

use bytes::Bytes;
use futures::stream;

use super::context::{Meters, RunContext};
use super::fetch::pin;
use super::retry::Unanswered;
use crate::model::checks::{Checks, Severity};
use crate::model::config::Config;
use crate::model::failure::{Code, Failure, Finding, Outcome};
use crate::model::work::FileWork;
use crate::scanners::{Scanner, Verdict};

/// Bytes of a large file that are read for the scanner at once.
const PIECE: u64 = 1 << 20;

/// The scanners that a spec names, ready to be asked.
///
/// # Errors
/// A name that the config does not have, or a scanner that cannot be used.
pub fn scanners(checks: &Checks, config: &Config) -> Result<HashMap<String, Scanner>, String> {
    let ready = checks.scanners().map(|name| {
        let scanner = config.scanners.get(name).ok_or_else(|| format!("scanner {name:?} is not in the config"))?;
        let scanner = Scanner::new(scanner).map_err(|error| format!("scanner {name:?}: {error}"))?;
        Ok((name.to_owned(), scanner))
    });
    ready.collect()
}

/// What the scanner says against a file in memory. A file that fails otherwise is not shown to it.
///
/// # Errors
/// None of its own.
pub async fn scan(
    context: &RunContext,
    checks: &Checks,
    file: &FileWork,
    bytes: &Bytes,
    findings: &mut Vec<Finding>,
) -> Result<Option<Failure>, Unanswered> {
    let Some((scanner, severity)) = asked(context, checks) else { return Ok(None) };
    let _leave = context.limiter.scan().await;
    let verdict = scanner.scan(stream::iter([Ok::<_, Unanswered>(bytes.clone())])).await?;
    Ok(judged(file, verdict, severity, findings))
}

/// The same of a large file, which is read for it once more.
///
/// # Errors
/// Why the source does not give the file.
pub async fn scan_large(
    context: &RunContext,
    checks: &Checks,
    file: &FileWork,
    findings: &mut Vec<Finding>,
) -> Result<Option<Failure>, Unanswered> {
    let Some((scanner, severity)) = asked(context, checks) else { return Ok(None) };
    let _leave = context.limiter.scan().await;
    let pieces = stream::unfold(Some(0_u64), |at| async move {
        let (at, size) = (at?, file.object.size);
        let end = at.saturating_add(PIECE).min(size);
        match piece(context, file, at..end).await {
            Ok(bytes) => Some((Ok(bytes), Some(end).filter(|end| *end < size))),
            Err(unanswered) => Some((Err(unanswered), None)),
        }
    });
    let verdict = scanner.scan(pieces).await?;
    Ok(judged(file, verdict, severity, findings))
}

async fn piece(context: &RunContext, file: &FileWork, range: Range<u64>) -> Result<Bytes, Unanswered> {
    let (source, pin) = (&context.setup.source.store, pin(file));
    context.limiter.bandwidth(range.end - range.start).await;
    let part = context.retrier().ask(source, || source.get_range(&file.object.key, &pin, range.clone())).await?;
    Meters::add(&context.meters.bytes_read, part.bytes.len() as u64);
    Ok(part.bytes)
}

fn asked<'c>(context: &'c RunContext, checks: &Checks) -> Option<(&'c Scanner, Severity)> {
    let virus = checks.virus.as_ref()?;
    // Every scanner that a spec names was made ready with it.
    Some((context.setup.scanners.get(&virus.scanner)?, virus.severity))
}

fn judged(file: &FileWork, verdict: Verdict, severity: Severity, findings: &mut Vec<Finding>) -> Option<Failure> {
    let failure = |code, actual: String| Failure::new(code, &file.object.key).with("a clean file", actual);
    let failure = match verdict {
        Verdict::Clean => return None,
        Verdict::Infected(name) => failure(Code::Infected, name),
        Verdict::Unscannable(reason) => failure(Code::Unscannable, reason),
    };
    match severity {
        Severity::Fail => Some(failure),
        Severity::Warn => {
            findings.push(Finding { outcome: Outcome::Warn, failure });
            None
        }
    }
}

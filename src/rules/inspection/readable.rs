//! Whether a file is whole, can be read and has as many pages as it may: three-valued, since what was not looked at is
//! neither good nor bad.

use crate::model::checks::{Checks, Depth, Pages, Readable};
use crate::model::facts::{Decoded, Ending, FileFacts, FileKind};
use crate::model::failure::{Code, Failure};

use super::content::word;
use super::verdict::Verdict;

pub(super) fn check_readable(checks: &Checks, key: &str, facts: &FileFacts, verdict: &mut Verdict) {
    let Readable { depth, severity } = checks.readable.clone().unwrap_or_default();
    // From the most telling to the least.
    for failure in [bomb(key, facts), unreadable(key, facts), truncated(key, facts)].into_iter().flatten() {
        verdict.add(severity, failure);
    }
    if let (Depth::Full, Decoded::Unknown(reason)) = (depth, &facts.decoded) {
        verdict.unknown(Failure::new(Code::Unreadable, key).with("content that can be decoded to the end", reason));
    }
}

fn bomb(key: &str, facts: &FileFacts) -> Option<Failure> {
    let found = facts.bomb.as_ref()?;
    Some(Failure::new(Code::DecompressionBomb, key).with("content that grows no more than documents do", found))
}

fn unreadable(key: &str, facts: &FileFacts) -> Option<Failure> {
    let (kind, reason) = (facts.kind?, facts.unreadable.as_ref()?);
    Some(Failure::new(Code::Unreadable, key).with(format!("a readable {}", word(kind)), reason))
}

fn truncated(key: &str, facts: &FileFacts) -> Option<Failure> {
    (facts.ending == Ending::Truncated).then(|| {
        let expected = format!("the end of the {}", facts.kind.map_or("file", word));
        Failure::new(Code::Truncated, key).with(expected, "the file ends before it")
    })
}

pub(super) fn check_pages(asked: &Pages, key: &str, facts: &FileFacts, verdict: &mut Verdict) {
    let expected = match (asked.min, asked.max) {
        (Some(min), Some(max)) if min == max => counted(min),
        (Some(min), Some(max)) => format!("{min} to {}", counted(max)),
        (Some(min), None) => format!("at least {}", counted(min)),
        (None, Some(max)) => format!("at most {}", counted(max)),
        (None, None) => return,
    };
    // What is none of ours, and XML, has no pages.
    if !facts.kind.is_some_and(FileKind::has_pages) {
        return;
    }
    let failure = |actual: String| Failure::new(Code::PageCount, key).with(expected, actual);
    match facts.pages {
        None => verdict.unknown(failure("the file does not say".to_owned())),
        Some(pages) if asked.min.is_some_and(|min| pages < min) || asked.max.is_some_and(|max| pages > max) => {
            verdict.add(asked.severity, failure(counted(pages)));
        }
        Some(_) => {}
    }
}

fn counted(pages: u32) -> String {
    if pages == 1 { "1 page".to_owned() } else { format!("{pages} pages") }
}

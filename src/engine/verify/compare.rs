//! One object at the target, read again.

use super::look::Looking;
use super::objects::{self, Expected};
use crate::engine::pieces::pieces;
use crate::engine::readback::pin_of;
use crate::engine::retry::Unanswered;
use crate::ledger::LedgerError;
use crate::model::failure::Code;
use crate::model::ids::Digest;
use crate::model::verify::{Difference, VerifyFinding};
use crate::stores::TargetObject;

/// How often an object that changes while it is read is read from its beginning.
const READS: u32 = 3;

/// Why there is no finding about an object, nor that it is sound.
#[derive(Debug)]
pub(super) enum Unseen {
    /// The store as such fails, or someone asked to stop.
    Unanswered(Unanswered),
    /// The ledger cannot be read.
    Ledger(LedgerError),
}

/// What was read of an object.
enum Read {
    Is(u64, Digest),
    Gone,
    /// Other bytes, as its size tells.
    OfSize(u64),
    Changing,
}

/// Reads an object and compares it; `None`: it is as it was left.
pub(super) async fn compare(looking: &Looking<'_>, expected: Expected) -> Result<Option<VerifyFinding>, Unseen> {
    let mut expected = expected;
    loop {
        let finding = match read(looking, &expected).await {
            Ok(read) => judged(&expected, &read),
            Err(Unanswered::Failed(error)) => Some(found(&expected, Difference::Unread, error.detail)),
            Err(other) => return Err(Unseen::Unanswered(other)),
        };
        // A run may have written it anew meanwhile, with a receipt that says so.
        match finding {
            Some(finding) => match newer(looking, &expected).map_err(Unseen::Ledger)? {
                Some(newer) => expected = newer,
                None => return Ok(Some(finding)),
            },
            None => return Ok(None),
        }
    }
}

/// What must be there by now, if it is something else.
fn newer(looking: &Looking<'_>, expected: &Expected) -> Result<Option<Expected>, LedgerError> {
    let Some(key) = &expected.file else { return Ok(None) };
    let file = looking.reader.file(looking.batch, &expected.image, key)?;
    Ok(file.and_then(|file| objects::of_file(&expected.image, &file)).filter(|newer| newer != expected))
}

fn judged(expected: &Expected, read: &Read) -> Option<VerifyFinding> {
    match read {
        Read::Is(_, sha256) if *sha256 == expected.sha256 => None,
        Read::Is(size, sha256) => Some(found(expected, Difference::Changed, format!("{size} bytes, SHA-256 {sha256}"))),
        Read::OfSize(size) => Some(found(expected, Difference::Changed, format!("{size} bytes"))),
        Read::Gone => Some(found(expected, Difference::Missing, "nothing".to_owned())),
        Read::Changing => Some(found(expected, Difference::Unread, "it changed while it was read".to_owned())),
    }
}

fn found(expected: &Expected, difference: Difference, actual: String) -> VerifyFinding {
    VerifyFinding {
        difference,
        image_number: Some(expected.image.clone()),
        key: expected.key.clone(),
        expected: Some(format!("{} bytes, SHA-256 {}", expected.size, expected.sha256)),
        actual: Some(actual),
    }
}

async fn read(looking: &Looking<'_>, expected: &Expected) -> Result<Read, Unanswered> {
    for _ in 0..READS {
        let target = &looking.setup.target.store;
        let Some(object) = looking.retrier().ask(target, || target.head(&expected.key)).await? else {
            return Ok(Read::Gone);
        };
        if object.size != expected.size {
            return Ok(Read::OfSize(object.size));
        }
        match digest(looking, &expected.key, &object).await {
            Ok(digest) => return Ok(Read::Is(object.size, digest)),
            Err(Unanswered::Failed(error)) if matches!(error.code, Code::SourceMissing | Code::ChangedDuringRun) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Read::Changing)
}

async fn digest(looking: &Looking<'_>, key: &str, object: &TargetObject) -> Result<Digest, Unanswered> {
    let count = |bytes: &[u8]| looking.looked.bytes(bytes.len() as u64);
    pieces(&looking.retrier(), &looking.setup.target.store, key, &pin_of(object), count).await
}

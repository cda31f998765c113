//! One object at the target, read again.

use super::look::Looking;
use super::objects::{self, Expected};
use crate::engine::pieces::{self, Found, Left, Piece};
use crate::engine::retry::Unanswered;
use crate::ledger::LedgerError;
use crate::model::verify::{Difference, VerifyFinding};

/// Why there is no finding about an object, nor that it is sound.
#[derive(Debug)]
pub(super) enum Unseen {
    /// The store as such fails, or someone asked to stop.
    Unanswered(Unanswered),
    /// The ledger cannot be read.
    Ledger(LedgerError),
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

fn judged(expected: &Expected, read: &Found) -> Option<VerifyFinding> {
    match read {
        Found::Is(sha256) if *sha256 == expected.sha256 => None,
        Found::Is(sha256) => {
            let actual = format!("{} bytes, SHA-256 {sha256}", expected.size);
            Some(found(expected, Difference::Changed, actual))
        }
        Found::OfSize(size) => Some(found(expected, Difference::Changed, format!("{size} bytes"))),
        Found::Gone => Some(found(expected, Difference::Missing, "nothing".to_owned())),
        Found::Changing => Some(found(expected, Difference::Unread, "it changed while it was read".to_owned())),
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

async fn read(looking: &Looking<'_>, expected: &Expected) -> Result<Found, Unanswered> {
    let left = Left { key: &expected.key, size: expected.size, etag: expected.etag.as_deref() };
    let count = |piece: Piece<'_>| {
        if let Piece::Bytes(bytes) = piece {
            looking.looked.bytes(bytes.len() as u64);
        }
    };
    pieces::left(&looking.retrier(), &looking.setup.target.store, left, count).await
}

//! The audit chains: one per batch, each event naming the digest of the one before it.

use serde::Serialize;

use super::change::EventDraft;
use super::error::LedgerError;
use super::keys::{self, Table};
use super::rows::{self, Head};
use super::stage::Stage;
use crate::model::batch::BatchRecord;
use crate::model::document::{CatalogRecord, DocumentRecord, FileRecord, FileState};
use crate::model::event::AuditEvent;
use crate::model::failure::Finding;
use crate::model::ids::Digest;
use crate::model::outcomes::Outcomes;

/// Appends an event to a batch's chain; `attempt` 0: none.
pub(super) fn append(
    stage: &mut Stage,
    batch: &BatchRecord,
    draft: EventDraft,
    attempt: u32,
) -> Result<(), LedgerError> {
    let head = rows::head(stage, batch.id)?;
    let event = AuditEvent {
        sequence: head.events + 1,
        at: draft.at,
        batch: batch.number.clone(),
        run: draft.run,
        attempt,
        operator: draft.operator,
        spec: batch.spec.digest,
        change: draft.change,
        previous: head.digest,
    };
    stage.put(keys::event(batch.id, event.sequence), &event);
    stage.put(keys::of_batch(Table::Head, batch.id), &Head { events: event.sequence, digest: event.digest() });
    Ok(())
}

/// What a document's events call its record: SHA-256 of the document and of what was decided about its files (by key), as
/// compact JSON in field order.
///
/// What a listing alone replaces (size, entity tag, time and number of the listing) is not in it: a document that is listed
/// again and is as it was has no new event. What a synced file was at the source stands in its receipt.
pub fn record_digest(document: &DocumentRecord, files: &[&FileRecord]) -> Digest {
    #[derive(Serialize)]
    struct Decided<'a> {
        document: &'a DocumentRecord,
        files: Vec<DecidedFile<'a>>,
    }
    #[derive(Serialize)]
    struct DecidedFile<'a> {
        key: &'a str,
        record: &'a CatalogRecord,
        state: &'a FileState,
        findings: &'a [Finding],
        // Absent where nothing is known, as in the records of versions that did not keep it.
        #[serde(skip_serializing_if = "Outcomes::is_empty")]
        checks: Outcomes,
        #[serde(rename = "sourceVersion", skip_serializing_if = "Option::is_none")]
        source_version: Option<&'a str>,
    }
    let files = files.iter().map(|file| DecidedFile {
        key: &file.object.key,
        record: &file.record,
        state: &file.state,
        findings: &file.findings,
        checks: file.checks,
        source_version: file.state.source_version(),
    });
    digest_of(&Decided { document, files: files.collect() })
}

/// What the first versions called a record: everything, so that it stood only until the next listing.
pub(super) fn first_record_digest(document: &DocumentRecord, files: &[&FileRecord]) -> Digest {
    #[derive(Serialize)]
    struct Whole<'a> {
        document: &'a DocumentRecord,
        files: &'a [&'a FileRecord],
    }
    digest_of(&Whole { document, files })
}

fn digest_of(records: &impl Serialize) -> Digest {
    // Plain data with string keys, written to memory, cannot fail.
    Digest::of(&serde_json::to_vec(records).expect("records are plain data"))
}

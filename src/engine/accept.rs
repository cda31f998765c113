//! From a spec in the jobs directory to a batch in the ledger: accepted once, edited within what may change.

use jiff::Timestamp;

use super::begin::{draft, is_unfinished};
use super::conditions;
use crate::ledger::{Durability, EventDraft, Ledger, LedgerError, NewBatch};
use crate::model::batch::ConditionKind::{Retired, Stalled, Suspended};
use crate::model::batch::{BatchId, BatchRecord, SpecRecord};
use crate::model::event::{Change, Operator};
use crate::model::failure::Code;
use crate::model::spec::{BatchFile, Resync};
use crate::model::status::RunStatus;
use crate::specs::LoadedSpec;

/// A valid spec, ready to be compared with the ledger.
pub struct Offered<'a> {
    /// The spec.
    pub spec: &'a LoadedSpec,
    /// Who committed it.
    pub operator: Operator,
}

/// Brings the ledger level with one spec and gives the batch back. A retired batch stays as it is and says so.
///
/// # Errors
/// The ledger's.
pub async fn accept(ledger: &Ledger, offered: Offered<'_>, now: Timestamp) -> Result<BatchRecord, LedgerError> {
    let spec = record(&offered, 1);
    let (new, file) = (new_batch(&offered, spec.clone()), offered.spec.file.clone());
    match ledger.reader().batch_by_name(&offered.spec.file.metadata.name)? {
        // In one write: a batch that its spec suspends must not be found without the suspension.
        None => ledger.writer().accept_with(new, now, move |record| edit(record, spec, &file, now)).await,
        Some(batch) if is_level(&batch, &spec, &file) => Ok(batch),
        Some(batch) => {
            let edit = move |record: &mut BatchRecord| edit(record, spec, &file, now);
            ledger.writer().update(batch.id, Durability::Flushed, edit).await
        }
    }
}

fn new_batch(offered: &Offered<'_>, spec: SpecRecord) -> NewBatch {
    let file = &offered.spec.file;
    NewBatch {
        name: file.metadata.name.clone(),
        spec,
        operator: offered.operator.clone(),
        // What the first spec asks for is its first run.
        handled_resync: file.spec.resync.as_ref().map(|resync| resync.request.clone()),
    }
}

fn record(offered: &Offered<'_>, generation: u32) -> SpecRecord {
    SpecRecord {
        path: offered.spec.file_name.clone(),
        digest: offered.spec.digest,
        generation,
        json: offered.spec.json.clone(),
        operator: offered.operator.clone(),
    }
}

/// Whether an edit would change nothing.
fn is_level(batch: &BatchRecord, spec: &SpecRecord, file: &BatchFile) -> bool {
    let at_odds = [Code::ImmutableFieldChanged, Code::InvalidSpec, Code::PolicyDenied, Code::SpecVanished];
    batch.spec.digest == spec.digest
        && batch.spec.path == spec.path
        && batch.has(Code::SuspendedBySpec) == file.spec.suspend
        && !at_odds.into_iter().any(|reason| batch.has(reason))
        && batch.condition(Retired).is_none()
}

fn edit(batch: &mut BatchRecord, spec: SpecRecord, file: &BatchFile, now: Timestamp) -> Vec<EventDraft> {
    let operator = spec.operator.clone();
    let by = (&operator, now);
    if batch.condition(Retired).is_some() {
        return conditions::set(batch, Stalled, Code::Retired, retired(), by);
    }
    let changed = if batch.runs.is_empty() { Vec::new() } else { immutable_changes(batch, file) };
    if !changed.is_empty() {
        let mut events = conditions::clear(batch, Stalled, Code::InvalidSpec, by);
        events.extend(conditions::clear(batch, Stalled, Code::PolicyDenied, by));
        events.extend(conditions::clear(batch, Suspended, Code::SpecVanished, by));
        events.extend(conditions::set(batch, Stalled, Code::ImmutableFieldChanged, fixed(&changed), by));
        return events;
    }
    let mut events = take(batch, spec, by);
    let at_odds = [
        (Stalled, Code::ImmutableFieldChanged),
        (Stalled, Code::InvalidSpec),
        (Stalled, Code::PolicyDenied),
        (Suspended, Code::InvalidSpec),
        (Suspended, Code::SpecVanished),
    ];
    for (kind, reason) in at_odds {
        events.extend(conditions::clear(batch, kind, reason, by));
    }
    events.extend(match file.spec.suspend {
        true => {
            let message = "the spec says `suspend: true`; set it to false to go on".to_owned();
            conditions::set(batch, Suspended, Code::SuspendedBySpec, message, by)
        }
        false => conditions::clear(batch, Suspended, Code::SuspendedBySpec, by),
    });
    events
}

/// The spec comes into force: as a new generation if it says something else.
fn take(batch: &mut BatchRecord, spec: SpecRecord, (operator, now): (&Operator, Timestamp)) -> Vec<EventDraft> {
    if batch.spec.digest == spec.digest {
        let (generation, operator) = (batch.spec.generation, batch.spec.operator.clone());
        batch.spec = SpecRecord { generation, operator, ..spec };
        return Vec::new();
    }
    let generation = batch.spec.generation + 1;
    if batch.run_spec.is_none() && is_unfinished(batch) {
        batch.run_spec = Some(batch.spec.json.clone());
    }
    batch.spec = SpecRecord { generation, ..spec };
    requeue(batch);
    vec![draft(batch, operator, now, Change::SpecChanged { generation })]
}

/// The spec of a batch that is in the ledger is not accepted any more, because it is not valid or not allowed; the last good
/// generation stays in force.
///
/// # Errors
/// The ledger's.
pub async fn refuse(
    ledger: &Ledger,
    batch: BatchId,
    (code, message): (Code, String),
    operator: Operator,
    now: Timestamp,
) -> Result<BatchRecord, LedgerError> {
    let edit = move |record: &mut BatchRecord| {
        let by = (&operator, now);
        let mut events = conditions::clear(record, Suspended, Code::SpecVanished, by);
        for other in [Code::InvalidSpec, Code::PolicyDenied].into_iter().filter(|other| *other != code) {
            events.extend(conditions::clear(record, Stalled, other, by));
        }
        events.extend(conditions::set(record, Stalled, code, message, by));
        events
    };
    ledger.writer().update(batch, Durability::Flushed, edit).await
}

/// The file of a batch's spec is gone: the batch pauses, and nothing of it is lost.
///
/// # Errors
/// The ledger's.
pub async fn vanish(
    ledger: &Ledger,
    batch: BatchId,
    operator: Operator,
    now: Timestamp,
) -> Result<BatchRecord, LedgerError> {
    let edit = move |record: &mut BatchRecord| {
        if record.condition(Retired).is_some() {
            return conditions::clear(record, Stalled, Code::Retired, (&operator, now));
        }
        let message = format!(
            "{} is gone from the jobs directory; put it back to go on, or `batchferry delete {}` retires the batch",
            record.spec.path, record.name
        );
        conditions::set(record, Suspended, Code::SpecVanished, message, (&operator, now))
    };
    ledger.writer().update(batch, Durability::Flushed, edit).await
}

fn retired() -> String {
    "the batch was retired by `batchferry delete`, and its name is not used again; commit the spec under a new \
     metadata.name"
        .to_owned()
}

/// The spec's parts that are fixed once a batch has started, and differ.
fn immutable_changes(batch: &BatchRecord, new: &BatchFile) -> Vec<&'static str> {
    let Ok(old) = serde_json::from_str::<BatchFile>(&batch.spec.json) else { return Vec::new() };
    let (old, new) = (&old.spec, &new.spec);
    let parts = [
        ("collected", old.collected == new.collected),
        ("source", old.source == new.source),
        ("target", old.target == new.target),
        ("filters", old.filters == new.filters),
        ("allowEmpty", old.allow_empty == new.allow_empty),
    ];
    parts.into_iter().filter(|(_, same)| !same).map(|(part, _)| part).collect()
}

fn fixed(parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| format!("spec.{part}")).collect::<Vec<_>>().join(", ");
    format!(
        "{parts} cannot change once the batch has started; the spec as it was stays in force. \
         Put the file back as it was, and commit a new spec with a new metadata.name for the new scope"
    )
}

/// An ended batch of which another pass is asked for waits for it.
pub fn requeue(batch: &mut BatchRecord) {
    let is_asked = batch.asked.is_some() || requested_resync(batch).is_some();
    if batch.run_status == RunStatus::Ended && is_asked {
        batch.run_status = RunStatus::Queued;
    }
}

/// The resync that the spec in force asks for and that was not acted on yet.
pub fn requested_resync(batch: &BatchRecord) -> Option<Resync> {
    let file: BatchFile = serde_json::from_str(&batch.spec.json).ok()?;
    let resync = file.spec.resync?;
    (batch.handled_resync.as_ref() != Some(&resync.request)).then_some(resync)
}

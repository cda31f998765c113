//! From a spec in the jobs directory to a batch in the ledger: accepted once, edited within what may change.

use jiff::Timestamp;

use crate::ledger::{Change, Durability, EventDraft, Ledger, LedgerError, NewBatch};
use crate::model::batch::{BatchRecord, Condition, ConditionKind, SpecRecord};
use crate::model::event::Operator;
use crate::model::failure::Code;
use crate::model::spec::{BatchFile, Resync};
use crate::specs::LoadedSpec;

/// A valid spec, ready to be compared with the ledger.
pub struct Offered<'a> {
    /// The spec.
    pub spec: &'a LoadedSpec,
    /// Who committed it.
    pub operator: Operator,
}

/// Brings the ledger level with one spec and gives the batch back.
///
/// # Errors
/// The ledger's.
pub async fn accept(ledger: &Ledger, offered: Offered<'_>, now: Timestamp) -> Result<BatchRecord, LedgerError> {
    let reader = ledger.reader();
    match reader.batch_by_name(&offered.spec.file.metadata.name)? {
        None => ledger.writer().accept(new_batch(offered), now).await,
        Some(batch) => edit(ledger, batch, offered, now).await,
    }
}

fn new_batch(offered: Offered<'_>) -> NewBatch {
    let file = &offered.spec.file;
    NewBatch {
        name: file.metadata.name.clone(),
        spec: record(&offered, 1),
        operator: offered.operator,
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

async fn edit(
    ledger: &Ledger,
    batch: BatchRecord,
    offered: Offered<'_>,
    now: Timestamp,
) -> Result<BatchRecord, LedgerError> {
    let same = batch.spec.digest == offered.spec.digest && batch.spec.path == offered.spec.file_name;
    let stalled =
        batch.condition(ConditionKind::Stalled).is_some_and(|stalled| stalled.reason == Code::ImmutableFieldChanged);
    if same && !stalled {
        return Ok(batch);
    }
    let changed = if batch.runs.is_empty() { Vec::new() } else { immutable_changes(&batch, &offered.spec.file) };
    let mut conditions: Vec<Condition> =
        batch.conditions.iter().filter(|condition| condition.reason != Code::ImmutableFieldChanged).cloned().collect();
    let mut next = batch.clone();
    if changed.is_empty() {
        let is_new = batch.spec.digest != offered.spec.digest;
        let generation = batch.spec.generation + u32::from(is_new);
        if is_new && next.run_spec.is_none() && batch.run().is_some_and(|run| run.ended.is_none()) {
            next.run_spec = Some(batch.spec.json.clone());
        }
        next.spec = record(&offered, generation);
    } else {
        conditions.push(fixed(&changed, now));
    }
    next.conditions = conditions;
    if next == batch {
        return Ok(batch);
    }
    let change = Change::Batch { record: Box::new(next.clone()), events: Vec::<EventDraft>::new() };
    ledger.writer().commit(change, Durability::Flushed).await?;
    Ok(next)
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

fn fixed(parts: &[&str], now: Timestamp) -> Condition {
    let parts = parts.iter().map(|part| format!("spec.{part}")).collect::<Vec<_>>().join(", ");
    Condition {
        kind: ConditionKind::Stalled,
        reason: Code::ImmutableFieldChanged,
        message: format!(
            "{parts} cannot change once the batch has started; the spec as it was stays in force. \
             Put the file back as it was, and commit a new spec with a new metadata.name for the new scope"
        ),
        since: now,
    }
}

/// The resync that the spec in force asks for and that was not acted on yet.
pub fn requested_resync(batch: &BatchRecord) -> Option<Resync> {
    let file: BatchFile = serde_json::from_str(&batch.spec.json).ok()?;
    let resync = file.spec.resync?;
    (batch.handled_resync.as_ref() != Some(&resync.request)).then_some(resync)
}

//! What holds of a batch besides its statuses: begun and ended with an event, and never twice.

use jiff::Timestamp;

use super::begin::draft;
use crate::ledger::EventDraft;
use crate::model::batch::{BatchRecord, Condition, ConditionKind};
use crate::model::event::{Change, Operator};
use crate::model::failure::Code;

/// A condition begins, or changes its words. One that held keeps the moment since when.
pub fn set(
    record: &mut BatchRecord,
    kind: ConditionKind,
    reason: Code,
    message: String,
    (operator, now): (&Operator, Timestamp),
) -> Vec<EventDraft> {
    if let Some(held) = record.conditions.iter_mut().find(|held| (held.kind, held.reason) == (kind, reason)) {
        held.message = message;
        return Vec::new();
    }
    record.conditions.push(Condition { kind, reason, message, since: now });
    let change = match kind {
        ConditionKind::Suspended => Change::Suspended { code: reason },
        ConditionKind::Stalled => Change::Stalled { code: reason },
        ConditionKind::Retired => Change::Retired,
        // Not a change of state: nothing but time or the next write ends it.
        ConditionKind::Warning | ConditionKind::Waiting => return Vec::new(),
    };
    vec![draft(record, operator, now, change)]
}

/// A condition ends, if it holds.
pub fn clear(
    record: &mut BatchRecord,
    kind: ConditionKind,
    reason: Code,
    (operator, now): (&Operator, Timestamp),
) -> Vec<EventDraft> {
    let before = record.conditions.len();
    record.conditions.retain(|held| (held.kind, held.reason) != (kind, reason));
    let change = match kind {
        _ if record.conditions.len() == before => None,
        ConditionKind::Suspended => Some(Change::Released { code: reason }),
        ConditionKind::Stalled => Some(Change::Resumed),
        ConditionKind::Retired | ConditionKind::Warning | ConditionKind::Waiting => None,
    };
    change.map(|change| draft(record, operator, now, change)).into_iter().collect()
}

//! A run begins, or goes on where it stopped.

use jiff::Timestamp;

use super::accept;
use super::run::ended;
use super::stall::is_kept;
use crate::ledger::EventDraft;
use crate::model::batch::{BatchRecord, EndReason, RunCause, RunRecord, Stage};
use crate::model::counts::Listed;
use crate::model::event::{Change, Operator};
use crate::model::spec::ResyncScope;
use crate::model::status::RunStatus;

/// What is asked for besides what the ledger says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// A resync, by a command.
    Resync(ResyncScope),
    /// `spec.repeat` is due.
    Repeat,
}

/// Whether a run has begun and not ended.
pub fn is_unfinished(batch: &BatchRecord) -> bool {
    batch.run().is_some_and(|run| run.ended.is_none())
}

/// Records that a run begins or goes on; leaves the record as it is if there is nothing to do.
pub fn begin(record: &mut BatchRecord, again: Option<Again>, operator: &Operator, now: Timestamp) -> Vec<EventDraft> {
    if record.cancelled.is_some() && is_unfinished(record) {
        // The process died before it could act on the command.
        return ended(record, EndReason::Cancelled, operator, now);
    }
    let mut events = Vec::new();
    if !is_unfinished(record) {
        let requested = accept::requested_resync(record);
        let asked = record.asked.take();
        let Some(cause) = cause(record, again, [requested.as_ref().map(|r| r.scope), asked.as_ref().map(|a| a.scope)])
        else {
            return Vec::new();
        };
        let operator = asked.map_or_else(|| operator.clone(), |asked| asked.operator);
        start_run(record, cause, &operator, now);
        if let RunCause::Resync(scope) = cause {
            let all = scope == ResyncScope::All;
            events.push(draft(record, &operator, now, Change::ResyncRequested { all }));
        }
        record.handled_resync = requested.map(|asked| asked.request).or(record.handled_resync.take());
    }
    // Whatever stalled it or held it up is looked at anew.
    record.conditions.retain(is_kept);
    record.run_status = RunStatus::Running;
    events.push(draft(record, operator, now, Change::RunStarted));
    events
}

/// Why a run begins; of several wishes the widest.
fn cause(batch: &BatchRecord, again: Option<Again>, scopes: [Option<ResyncScope>; 2]) -> Option<RunCause> {
    if batch.runs.is_empty() {
        return Some(RunCause::First);
    }
    let commanded = match again {
        Some(Again::Resync(scope)) => Some(scope),
        Some(Again::Repeat) | None => None,
    };
    let scopes: Vec<ResyncScope> = scopes.into_iter().chain([commanded]).flatten().collect();
    match (scopes.contains(&ResyncScope::All), again, scopes.first()) {
        (true, ..) => Some(RunCause::Resync(ResyncScope::All)),
        (false, Some(Again::Repeat), _) => Some(RunCause::Repeat),
        (false, _, Some(scope)) => Some(RunCause::Resync(*scope)),
        (false, _, None) => None,
    }
}

/// The record of a run that begins now.
pub fn start_run(batch: &mut BatchRecord, cause: RunCause, operator: &Operator, now: Timestamp) {
    batch.runs.push(RunRecord {
        number: batch.run_number() + 1,
        cause,
        generation: batch.spec.generation,
        started: now,
        ended: None,
        operator: operator.clone(),
    });
    batch.run_spec = None;
    batch.listing += 1;
    batch.stage = match cause {
        RunCause::Resync(ResyncScope::Failed) => Stage::Listing,
        RunCause::First | RunCause::Resync(ResyncScope::All) | RunCause::Repeat => {
            batch.listed = Listed::default();
            batch.unlistable.clear();
            // Until everything is listed anew, no total is known to be whole.
            batch.population = None;
            Stage::Discovering
        }
    };
}

/// An event of the batch's present run.
pub fn draft(batch: &BatchRecord, operator: &Operator, at: Timestamp, change: Change) -> EventDraft {
    EventDraft { run: batch.run_number(), operator: operator.clone(), at, change }
}

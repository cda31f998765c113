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
    batch.add_run(RunRecord {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::batch::{AskedResync, Condition, ConditionKind, SpecRecord};
    use crate::model::failure::Code;
    use crate::model::ids::{BatchNumber, Digest};

    fn operator(name: &str) -> Operator {
        Operator { name: name.to_owned(), commit: None }
    }

    /// A batch that never ran; its spec asks for nothing.
    fn batch() -> BatchRecord {
        let spec = SpecRecord {
            path: "a.yaml".to_owned(),
            digest: Digest::ZERO,
            generation: 3,
            json: "{}".to_owned(),
            operator: operator("author"),
        };
        BatchRecord {
            id: 1,
            number: BatchNumber::generate(None, jiff::civil::date(2025, 4, 2), 1),
            name: "a".parse().unwrap(),
            accepted: Timestamp::UNIX_EPOCH,
            spec,
            run_spec: None,
            run_status: RunStatus::Queued,
            stage: Stage::Listing,
            runs: Vec::new(),
            conditions: Vec::new(),
            handled_resync: None,
            listing: 0,
            listed: Listed::default(),
            population: None,
            unlistable: Vec::new(),
            suspended: false,
            asked: None,
            cancelled: None,
            grouped: None,
        }
    }

    fn began(record: &mut BatchRecord, again: Option<Again>) -> Vec<Change> {
        let events = begin(record, again, &operator("daemon"), Timestamp::UNIX_EPOCH);
        events.into_iter().map(|event| event.change).collect()
    }

    fn finished() -> BatchRecord {
        let mut record = batch();
        began(&mut record, None);
        ended(&mut record, EndReason::Finished, &operator("daemon"), Timestamp::UNIX_EPOCH);
        record
    }

    #[test]
    fn the_first_run_begins_by_itself_and_no_other_does() {
        let mut record = batch();
        assert_eq!(began(&mut record, None), [Change::RunStarted]);
        assert_eq!((record.run_status, record.runs[0].generation), (RunStatus::Running, 3));
        let mut record = finished();
        assert_eq!(began(&mut record, None), []);
        assert_eq!(record.run_status, RunStatus::Ended);
    }

    #[test]
    fn what_a_command_asked_for_begins_in_the_name_of_who_asked_and_only_once() {
        let mut record = finished();
        record.asked = Some(AskedResync { scope: ResyncScope::All, operator: operator("ana") });
        assert_eq!(began(&mut record, None), [Change::ResyncRequested { all: true }, Change::RunStarted]);
        let run = record.run().unwrap();
        assert_eq!((run.cause, run.operator.name.as_str()), (RunCause::Resync(ResyncScope::All), "ana"));
        assert_eq!((record.asked, record.population, record.stage), (None, None, Stage::Discovering));
    }

    #[test]
    fn a_repetition_gives_way_to_the_whole_scope_that_someone_asked_for() {
        let mut record = finished();
        began(&mut record, Some(Again::Repeat));
        assert_eq!(record.run().unwrap().cause, RunCause::Repeat);
    }

    #[test]
    fn a_run_that_was_cancelled_before_its_process_died_ends_and_does_not_go_on() {
        let mut record = batch();
        began(&mut record, None);
        record.run_status = RunStatus::Queued;
        record.cancelled = Some(operator("ana"));
        let events = begin(&mut record, None, &operator("daemon"), Timestamp::UNIX_EPOCH);
        assert_eq!(events[0].operator.name, "ana");
        assert_eq!((record.run_status, record.cancelled.is_none()), (RunStatus::Ended, true));
        assert_eq!(record.run().unwrap().ended.map(|(_, reason)| reason), Some(EndReason::Cancelled));
    }

    #[test]
    fn a_command_to_cancel_outweighs_a_pause_and_leaves_an_end_as_it_is() {
        for (reason, expected) in
            [(EndReason::Suspended, EndReason::Cancelled), (EndReason::Finished, EndReason::Finished)]
        {
            let mut record = batch();
            began(&mut record, None);
            record.cancelled = Some(operator("ana"));
            ended(&mut record, reason, &operator("daemon"), Timestamp::UNIX_EPOCH);
            assert_eq!(record.run().unwrap().ended.map(|(_, reason)| reason), Some(expected));
        }
    }

    #[test]
    fn a_resync_asked_for_during_a_run_is_queued_behind_it() {
        let mut record = batch();
        began(&mut record, None);
        record.asked = Some(AskedResync { scope: ResyncScope::Failed, operator: operator("ana") });
        ended(&mut record, EndReason::Finished, &operator("daemon"), Timestamp::UNIX_EPOCH);
        assert_eq!(record.run_status, RunStatus::Queued);
        began(&mut record, None);
        assert_eq!(record.run().unwrap().number, 2);
    }

    #[test]
    fn of_very_many_runs_the_first_the_last_and_the_last_whole_listing_are_kept() {
        let mut record = finished();
        let mut again = |again, times| {
            for _ in 0..times {
                began(&mut record, Some(again));
                ended(&mut record, EndReason::Finished, &operator("daemon"), Timestamp::UNIX_EPOCH);
            }
            let numbers: Vec<u32> = record.runs.iter().map(|run| run.number).collect();
            (numbers, record.runs_left_out(), record.whole_listing())
        };
        assert_eq!(again(Again::Repeat, 100), ((1..=101).collect(), 0, 101));
        let kept = |whole: &[u32], last| [&[1], whole, &Vec::from_iter(last)].concat();
        assert_eq!(again(Again::Repeat, 500), (kept(&[], 502..=601), 500, 601));
        let failed = Again::Resync(ResyncScope::Failed);
        assert_eq!(again(failed, 300), (kept(&[601], 802..=901), 799, 601));
    }

    #[test]
    fn what_only_a_person_ends_outlives_the_beginning_and_the_rest_is_looked_at_anew() {
        let held = |kind, reason| Condition { kind, reason, message: String::new(), since: Timestamp::UNIX_EPOCH };
        let mut record = batch();
        record.conditions = vec![
            held(ConditionKind::Stalled, Code::StoreUnavailable),
            held(ConditionKind::Stalled, Code::InvalidSpec),
            held(ConditionKind::Waiting, Code::OutsideWindow),
        ];
        began(&mut record, None);
        let reasons: Vec<Code> = record.conditions.iter().map(|held| held.reason).collect();
        assert_eq!(reasons, [Code::InvalidSpec]);
    }
}

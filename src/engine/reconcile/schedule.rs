//! Which batches run now: decided for each from its record, started in order of priority, as many as the config says.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::Timestamp;

use super::entry::Entry;
use super::notice::Notice;
use super::reconciler::Reconciler;
use super::runner::{Ended, Run, Running};
use crate::engine::conditions;
use crate::engine::context::Meters;
use crate::engine::run::{Ran, RunError};
use crate::engine::stop::Stop;
use crate::engine::view;
use crate::ledger::{Durability, LedgerError};
use crate::model::batch::{BatchId, BatchRecord, ConditionKind, EndReason, RunCause};
use crate::model::control::{Refusal, RefusalKind};
use crate::model::event::Operator;
use crate::model::failure::Code;
use crate::model::ids::{BatchName, Digest};
use crate::model::view::BatchView;
use crate::rules::scheduling::{Decision, Waiting, rank};

/// Runs under way for each place, those that wait for their stores included.
const WAITING: usize = 4;

/// A batch that may run: its place in the order, and whether it is a repetition.
type Ready = ((Reverse<i32>, BatchId), bool);

impl Reconciler {
    /// Decides for every batch what it may do, stops what may not run any more, and starts what may.
    ///
    /// # Errors
    /// The ledger's: nothing may go on.
    pub(super) async fn schedule(&mut self) -> Result<(), LedgerError> {
        let (ready, held) = self.decide(Timestamp::now());
        for (id, waiting) in held {
            self.hold(id, waiting).await?;
        }
        self.start(ready)
    }

    fn decide(&mut self, now: Timestamp) -> (Vec<Ready>, Vec<(BatchId, Option<Waiting>)>) {
        let (mut ready, mut held, mut wake) = (Vec::new(), Vec::new(), None);
        for entry in self.entries.values() {
            let (decision, again) = entry.decide(|name| self.is_complete(name), now);
            wake = [wake, again].into_iter().flatten().min();
            match decision {
                Decision::Begin(_) | Decision::Continue if self.runs.contains_key(&entry.id) => {}
                Decision::Begin(cause) => {
                    ready.push((rank(entry.priority(), entry.id), cause == RunCause::Repeat));
                }
                Decision::Continue => ready.push((rank(entry.priority(), entry.id), false)),
                Decision::Wait(waiting) => held.push((entry.id, Some(waiting))),
                Decision::Suspended(_) => held.push((entry.id, None)),
                Decision::Idle if entry.holds(ConditionKind::Waiting) => held.push((entry.id, None)),
                Decision::Idle => {}
            }
        }
        self.wake = wake;
        ready.sort_unstable();
        (ready, held)
    }

    fn is_complete(&self, name: &BatchName) -> bool {
        self.by_name.get(name).and_then(|id| self.entries.get(id)).is_some_and(|entry| entry.is_complete)
    }

    /// A batch that may not move: one that does is stopped; of one that does not, the record says what it waits for.
    async fn hold(&mut self, id: BatchId, waiting: Option<Waiting>) -> Result<(), LedgerError> {
        if let Some(run) = self.runs.get(&id) {
            run.stop.request(EndReason::Suspended);
            return Ok(());
        }
        let Some(entry) = self.entries.get(&id) else { return Ok(()) };
        let wanted = waiting.map(|waiting| (waiting.code(), words(&waiting)));
        let held = entry.conditions.iter().find(|(kind, ..)| *kind == ConditionKind::Waiting);
        if held.map(|(_, code, message)| (*code, message)) == wanted.as_ref().map(|(code, message)| (*code, message)) {
            return Ok(());
        }
        let now = Timestamp::now();
        let edit = move |record: &mut BatchRecord| {
            record.conditions.retain(|held| held.kind != ConditionKind::Waiting);
            let set =
                |(code, message)| conditions::set(record, ConditionKind::Waiting, code, message, (&daemon(), now));
            wanted.map(set).unwrap_or_default()
        };
        let record = self.engine.ledger.writer().update(id, Durability::Later, edit).await?;
        self.changed(&record)?;
        self.publish(id);
        Ok(())
    }

    /// Starts batches while there are places; one that waits for its store takes none.
    fn start(&mut self, ready: Vec<Ready>) -> Result<(), LedgerError> {
        let shares = self.engine.limits.shares();
        let waiting: Vec<BatchId> = self.runs.keys().copied().filter(|id| shares.is_waiting(*id)).collect();
        let moving = self.runs.len() - waiting.len();
        // One that could not even begin comes back for a place once it can.
        let begun = waiting.iter().filter(|id| self.entries.get(id).is_some_and(Entry::is_running)).count();
        let most = self.config.config.limits.batches as usize;
        // Those that wait take no place, but all of them go on at once when their store is back.
        let places = most.saturating_sub(moving).min((most * WAITING).saturating_sub(moving + begun));
        let ready = ready.into_iter().filter(|_| self.is_level);
        for ((_, id), repeat) in ready.take(places).collect::<Vec<_>>() {
            let batch = self.engine.batch(id)?;
            let (stop, meters) = (Stop::default(), Arc::new(Meters::default()));
            self.runs.insert(id, Running { stop: stop.clone(), before: batch.run_number() });
            self.shown.figures.begin(&meters);
            let (engine, places, grace, begun) =
                (self.engine.clone(), self.places.clone(), self.grace(), self.begun.clone());
            let run = Run { engine, places, batch, repeat, stop, meters, grace, begun };
            self.tasks.spawn(run.run());
        }
        Ok(())
    }

    /// A run has begun, or goes on.
    ///
    /// # Errors
    /// The ledger's: nothing may go on.
    pub(super) fn begun(&mut self, id: BatchId) -> Result<(), LedgerError> {
        let record = self.engine.batch(id)?;
        tracing::info!(batch = %record.name, number = %record.number, run = record.run_number(), "run begins");
        self.changed(&record)?;
        let Some(run) = self.runs.get_mut(&id).filter(|run| run.before < record.run_number()) else { return Ok(()) };
        run.before = record.run_number();
        if let Ok(view) = self.view(&record) {
            self.tell(Notice::Started(Box::new(view)));
        }
        Ok(())
    }

    /// A run has ended, or stopped where it can go on.
    ///
    /// # Errors
    /// The ledger's: nothing may go on.
    pub(super) async fn ended(&mut self, ended: Ended) -> Result<(), LedgerError> {
        let id = ended.id;
        self.runs.remove(&id);
        self.is_dirty = true;
        self.shown.figures.end(&ended.meters);
        let record = match &ended.ran {
            Ok(_) => self.engine.batch(id)?,
            Err(RunError::Ledger(error)) => return Err(error.clone()),
            // What the config does not allow any more, or another version wrote: until a person acts.
            Err(error) => self.cannot_run(id, error).await?,
        };
        tracing::info!(batch = %record.name, number = %record.number, status = ?record.run_status, "run stops");
        self.changed(&record)?;
        self.publish(id);
        let has_ended = matches!(ended.ran, Ok(Ran::Until(reason)) if !reason.goes_on());
        if let Some(view) = self.view(&record).ok().filter(|_| has_ended) {
            self.tell(Notice::Ended(Box::new(view)));
        }
        Ok(())
    }

    async fn cannot_run(&mut self, id: BatchId, error: &RunError) -> Result<BatchRecord, LedgerError> {
        tracing::error!(%error, "a batch cannot run");
        let (now, message) = (Timestamp::now(), error.to_string());
        let edit = move |record: &mut BatchRecord| {
            conditions::set(record, ConditionKind::Suspended, Code::InvalidSpec, message, (&daemon(), now))
        };
        self.engine.ledger.writer().update(id, Durability::Flushed, edit).await
    }

    /// Runs write records of their own.
    ///
    /// # Errors
    /// The ledger's: nothing may go on.
    pub(super) fn renew_running(&mut self) -> Result<(), LedgerError> {
        for id in self.runs.keys().copied().collect::<Vec<_>>() {
            let record = self.engine.batch(id)?;
            let differs = self.entries.get(&id).is_some_and(|entry| entry.conditions.len() != record.conditions.len());
            self.changed(&record)?;
            if differs {
                self.publish(id);
            }
        }
        Ok(())
    }

    /// A record was written: what follows from it is decided anew.
    ///
    /// # Errors
    /// The ledger's: nothing may go on.
    pub(super) fn changed(&mut self, record: &BatchRecord) -> Result<(), LedgerError> {
        let entry = Entry::of(record, &self.engine.ledger.reader())?;
        if let Some(transfer) = entry.transfer().filter(|_| self.runs.contains_key(&record.id)) {
            self.engine.limits.shares().adjust(record.id, transfer);
        }
        self.is_dirty = true;
        self.by_name.insert(entry.name.clone(), entry.id);
        if entry.has_file() {
            self.by_file.insert(entry.file.clone(), entry.id);
        } else if self.by_file.get(&entry.file) == Some(&entry.id) {
            self.by_file.remove(&entry.file);
        }
        let before = self.entries.insert(entry.id, entry);
        if let Some(before) = before.as_ref().filter(|before| !before.has_started()) {
            self.look_again(record, before.digest);
        }
        let moved = before.filter(|before| self.entries[&before.id].file != before.file);
        if let Some(before) = moved.filter(|before| self.by_file.get(&before.file) == Some(&before.id)) {
            self.by_file.remove(&before.file);
        }
        Ok(())
    }

    /// A batch that waits for its stores before it starts may name others by now.
    fn look_again(&self, record: &BatchRecord, before: Digest) {
        let waiting = self.runs.get(&record.id).filter(|_| self.engine.limits.shares().is_waiting(record.id));
        if let Some(run) = waiting.filter(|_| record.spec.digest != before) {
            run.stop.request(EndReason::Interrupted);
        }
    }

    /// A batch as people see it.
    pub(super) fn view(&self, record: &BatchRecord) -> Result<BatchView, Refusal> {
        view::batch_view(&self.engine.ledger.reader(), record)
            .map_err(|error| Refusal::new(RefusalKind::Unavailable, error))
    }
}

/// What the daemon does by itself.
pub(super) fn daemon() -> Operator {
    Operator { name: env!("CARGO_PKG_NAME").to_owned(), commit: None }
}

fn words(waiting: &Waiting) -> String {
    match waiting {
        Waiting::Window(Some(opens)) => {
            let opens = opens.strftime("%Y-%m-%dT%H:%M:%SZ");
            format!("no window of `transfer.windows` is open; the next one opens at {opens}")
        }
        Waiting::Window(None) => "no window of `transfer.windows` ever opens; mend the spec".to_owned(),
        Waiting::Batches(names) => {
            let names = names.iter().map(BatchName::as_str).collect::<Vec<_>>().join(", ");
            format!("starts when these batches are complete: {names}")
        }
    }
}

//! One run of one batch, from where the ledger says it stands to its end: discovering, listing, grouping, moving.
//!
//! Every stage is durable before the next begins. A store that does not answer stalls the run where it is.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::accept;
use super::context::{Meters, Plan, RunContext};
use super::document::Unfinished;
use super::limits::{GlobalLimits, Limiter};
use super::moving::{Bounds, Halt, move_all};
use super::retry::Unanswered;
use super::setup::{Setup, SetupError};
use super::stall::{Stall, is_kept};
use super::stop::Stop;
use super::store_set::StoreSet;
use super::{freeze, group, relist};
use crate::ledger::{Change as LedgerChange, Durability, EventDraft, Ledger, LedgerError, Reader};
use crate::model::batch::{BatchId, BatchRecord, EndReason, RunCause, RunRecord, Stage};
use crate::model::counts::Listed;
use crate::model::event::{Change, Operator};
use crate::model::failure::Code;
use crate::model::spec::{BatchFile, ResyncScope};
use crate::model::status::RunStatus;

/// What every run of the process shares.
pub struct Engine {
    /// The ledger.
    pub ledger: Ledger,
    /// The stores of the config.
    pub stores: StoreSet,
    /// The operator's bounds.
    pub limits: Arc<GlobalLimits>,
    /// A request to stop.
    pub stop: Stop,
}

/// Why a run could not be carried on at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The spec in force does not fit the config any more.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The spec in the ledger was written by another version and cannot be read.
    #[error("the spec of batch {name} in the ledger cannot be read: {source}; was it written by a newer version?")]
    Spec {
        /// Which batch.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The ledger cannot be read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// What a call to [`Engine::run`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// Had ended before and nothing new was asked for.
    Nothing,
    /// Is suspended.
    Suspended,
    /// Ran, and stopped for this reason.
    Until(EndReason),
}

impl Engine {
    /// Runs a batch until it ends, stalls for too long or is asked to stop.
    ///
    /// `resync`: another pass is asked for by a command. `operator`: who asks.
    ///
    /// # Errors
    /// What no waiting can mend.
    pub async fn run(
        &self,
        batch: BatchRecord,
        resync: Option<ResyncScope>,
        operator: &Operator,
        meters: &Arc<Meters>,
    ) -> Result<Ran, RunError> {
        let file = spec(&batch)?;
        if file.spec.suspend || batch.suspended {
            return Ok(Ran::Suspended);
        }
        let (id, goes_on) = (batch.id, batch.run().is_some_and(|run| run.ended.is_none()));
        let Some(reason) = self.pass(batch, resync, operator, meters).await? else { return Ok(Ran::Nothing) };
        if !goes_on || matches!(reason, EndReason::Interrupted | EndReason::StoreWait) {
            return Ok(Ran::Until(reason));
        }
        // A resync asked for while a run was unfinished begins when that run has ended.
        let next = self.pass(self.batch(id)?, resync, operator, meters).await?;
        Ok(Ran::Until(next.unwrap_or(reason)))
    }

    /// Begins a run or goes on with one; `None`: there is nothing to do.
    async fn pass(
        &self,
        batch: BatchRecord,
        resync: Option<ResyncScope>,
        operator: &Operator,
        meters: &Arc<Meters>,
    ) -> Result<Option<EndReason>, RunError> {
        let Some(batch) = self.begin(batch, resync, operator).await? else { return Ok(None) };
        let setup = Setup::new(spec_of_run(&batch)?, &self.stores)?;
        let context = Arc::new(self.context(&batch, setup, operator, meters));
        self.carry_on(&context).await.map(Some)
    }

    /// Judges a batch without writing to its target. The ledger of this engine must be one to throw away.
    ///
    /// # Errors
    /// What no waiting can mend.
    pub async fn plan(
        &self,
        batch: BatchRecord,
        operator: &Operator,
        meters: &Arc<Meters>,
        claims: Option<Reader>,
    ) -> Result<Ran, RunError> {
        let setup = Setup::new(spec(&batch)?, &self.stores)?;
        let Some(batch) = self.begin(batch, None, operator).await? else { return Ok(Ran::Nothing) };
        let context = RunContext { plan: Some(Plan { claims }), ..self.context(&batch, setup, operator, meters) };
        Ok(Ran::Until(self.carry_on(&Arc::new(context)).await?))
    }

    fn context(&self, batch: &BatchRecord, setup: Arc<Setup>, operator: &Operator, meters: &Arc<Meters>) -> RunContext {
        RunContext {
            batch: batch.id,
            run: batch.run_number(),
            listing: batch.listing,
            generation: batch.run().map_or(batch.spec.generation, |run| run.generation),
            limiter: Limiter::new(self.limits.clone(), &setup.file.spec.transfer),
            setup,
            reader: self.ledger.reader(),
            writer: self.ledger.writer(),
            stop: self.stop.clone(),
            operator: operator.clone(),
            meters: meters.clone(),
            plan: None,
        }
    }

    /// Records that a run begins or goes on; `None`: there is nothing to do.
    async fn begin(
        &self,
        batch: BatchRecord,
        resync: Option<ResyncScope>,
        operator: &Operator,
    ) -> Result<Option<BatchRecord>, RunError> {
        let now = Timestamp::now();
        let mut next = batch.clone();
        let mut events = Vec::new();
        let unfinished = batch.run().is_some_and(|run| run.ended.is_none());
        if !unfinished {
            let asked = accept::requested_resync(&batch);
            let scope = wider(resync, asked.as_ref().map(|asked| asked.scope));
            let cause = match (batch.runs.is_empty(), scope) {
                (true, _) => RunCause::First,
                (false, Some(scope)) => RunCause::Resync(scope),
                (false, None) => return Ok(None),
            };
            if let RunCause::Resync(scope) = cause {
                events.push(draft(&next, operator, Change::ResyncRequested { all: scope == ResyncScope::All }));
            }
            next.handled_resync = asked.map(|asked| asked.request).or(next.handled_resync);
            start_run(&mut next, cause, operator, now);
        }
        // Whatever stalled it is looked at anew.
        next.conditions.retain(is_kept);
        next.run_status = RunStatus::Running;
        events.push(draft(&next, operator, Change::RunStarted));
        self.save(&next, events).await?;
        Ok(Some(next))
    }

    /// Writes the batch's record with its events, durably.
    ///
    /// # Errors
    /// The ledger's.
    pub async fn save(&self, record: &BatchRecord, events: Vec<EventDraft>) -> Result<(), LedgerError> {
        let change = LedgerChange::Batch { record: Box::new(record.clone()), events };
        self.ledger.writer().commit(change, Durability::Flushed).await.map(drop)
    }

    fn batch(&self, id: BatchId) -> Result<BatchRecord, LedgerError> {
        // The batch was written before its run began, and batches are never removed.
        Ok(self.ledger.reader().batch(id)?.expect("the batch of a run is in the ledger"))
    }

    /// The batch's record as it is now.
    ///
    /// # Errors
    /// The ledger's.
    pub fn record(&self, context: &RunContext) -> Result<BatchRecord, LedgerError> {
        self.batch(context.batch)
    }

    /// Goes through the stages; stalls and goes on by itself.
    async fn carry_on(&self, context: &Arc<RunContext>) -> Result<EndReason, RunError> {
        let transfer = &context.setup.file.spec.transfer;
        let bounds = Bounds {
            deadline: self.deadline(context)?,
            max_failures: transfer.max_failures,
            concurrency: transfer.concurrency.max(1) as usize,
        };
        let mut stall = Stall::none();
        loop {
            let halt = match self.prepare(context).await {
                Ok(()) => move_all(context, bounds).await,
                Err(halt) => halt,
            };
            let reason = match halt {
                Halt::Ended(reason) => reason,
                Halt::Ledger(error) => return Err(error.into()),
                Halt::Stalled(error) => {
                    match self.wait_for_store(context, &error, &mut stall, bounds.deadline).await? {
                        None => continue,
                        Some(reason) => reason,
                    }
                }
            };
            self.end(context, reason).await?;
            return Ok(reason);
        }
    }

    /// Every stage before moving, from where the ledger says the run stands.
    async fn prepare(&self, context: &Arc<RunContext>) -> Result<(), Halt> {
        loop {
            let record = self.record(context).map_err(Halt::Ledger)?;
            let failed_only = record.run().is_some_and(|run| run.cause == RunCause::Resync(ResyncScope::Failed));
            let listing = record.listing;
            match record.stage {
                Stage::Moving => return Ok(()),
                Stage::Discovering => {
                    freeze::discover(context, listing).await.map_err(halt)?;
                    self.advance(context, Stage::Listing).await?;
                }
                Stage::Listing if failed_only => {
                    relist::relist(context, listing).await.map_err(halt)?;
                    self.relisted(context).await?;
                }
                Stage::Listing => {
                    freeze::list_all(context, listing).await.map_err(halt)?;
                    self.advance(context, Stage::Grouping).await?;
                }
                Stage::Grouping => self.group(context, listing).await?,
            }
        }
    }

    async fn advance(&self, context: &Arc<RunContext>, next: Stage) -> Result<(), Halt> {
        let mut record = self.record(context).map_err(Halt::Ledger)?;
        record.stage = next;
        self.save(&record, Vec::new()).await.map_err(Halt::Ledger)
    }

    async fn group(&self, context: &Arc<RunContext>, listing: u32) -> Result<(), Halt> {
        let population = group::group(context, listing).await.map_err(halt)?;
        // Grouping added to the record what it could not tell from documents.
        let mut record = self.record(context).map_err(Halt::Ledger)?;
        record.population = Some(population.digest);
        record.stage = Stage::Moving;
        let frozen = Change::Frozen { population: population.digest, documents: population.documents };
        let events = vec![draft(&record, &context.operator, frozen)];
        self.save(&record, events).await.map_err(Halt::Ledger)
    }

    /// Files have come and gone since the scope was listed: what was listed is counted from what is known now.
    async fn relisted(&self, context: &Arc<RunContext>) -> Result<(), Halt> {
        let mut record = self.record(context).map_err(Halt::Ledger)?;
        let files = context.reader.counts(context.batch).map_err(Halt::Ledger)?.files.in_scope();
        record.listed.objects = files + record.listed.out_of_scope + record.listed.unrecognised;
        record.listed.requests += context.meters.requests.load(Ordering::Relaxed);
        record.stage = Stage::Moving;
        self.save(&record, Vec::new()).await.map_err(Halt::Ledger)
    }

    /// When the run's deadline passes: counted from its beginning, however often it was interrupted.
    fn deadline(&self, context: &RunContext) -> Result<Option<Instant>, LedgerError> {
        let Some(deadline) = context.setup.file.spec.transfer.deadline else { return Ok(None) };
        let started = self.record(context)?.run().map_or_else(Timestamp::now, |run| run.started);
        let passed = Duration::try_from(Timestamp::now().duration_since(started)).unwrap_or_default();
        Ok(Some(Instant::now() + deadline.0.saturating_sub(passed)))
    }

    async fn end(&self, context: &Arc<RunContext>, reason: EndReason) -> Result<(), LedgerError> {
        let mut record = self.record(context)?;
        let goes_on = matches!(reason, EndReason::Interrupted | EndReason::StoreWait);
        record.run_status = if goes_on { RunStatus::Queued } else { RunStatus::Ended };
        if let Some(run) = record.runs.last_mut().filter(|_| !goes_on) {
            run.ended = Some((Timestamp::now(), reason));
        }
        let ended = Change::RunEnded { status: record.run_status, code: code(reason) };
        let events = vec![draft(&record, &context.operator, ended)];
        self.save(&record, events).await
    }
}

/// What both a command and the spec ask for.
fn wider(one: Option<ResyncScope>, other: Option<ResyncScope>) -> Option<ResyncScope> {
    if other == Some(ResyncScope::All) { other } else { one.or(other) }
}

fn spec(batch: &BatchRecord) -> Result<BatchFile, RunError> {
    parse(batch, &batch.spec.json)
}

/// The spec that the run began with, but for what acts at once.
fn spec_of_run(batch: &BatchRecord) -> Result<BatchFile, RunError> {
    let newest = spec(batch)?;
    let Some(json) = &batch.run_spec else { return Ok(newest) };
    let mut file = parse(batch, json)?;
    file.spec.transfer.concurrency = newest.spec.transfer.concurrency;
    file.spec.transfer.bandwidth = newest.spec.transfer.bandwidth;
    Ok(file)
}

fn parse(batch: &BatchRecord, json: &str) -> Result<BatchFile, RunError> {
    serde_json::from_str(json).map_err(|source| RunError::Spec { name: batch.name.to_string(), source })
}

fn start_run(batch: &mut BatchRecord, cause: RunCause, operator: &Operator, now: Timestamp) {
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
            Stage::Discovering
        }
    };
}

/// An event of the batch's present run.
pub fn draft(batch: &BatchRecord, operator: &Operator, change: Change) -> EventDraft {
    EventDraft { run: batch.run_number(), operator: operator.clone(), at: Timestamp::now(), change }
}

fn code(reason: EndReason) -> Option<Code> {
    match reason {
        EndReason::Finished | EndReason::Interrupted => None,
        EndReason::DeadlineExceeded => Some(Code::DeadlineExceeded),
        EndReason::TooManyFailures => Some(Code::TooManyFailures),
        EndReason::Cancelled => Some(Code::Cancelled),
        EndReason::StoreWait => Some(Code::StoreUnavailable),
    }
}

fn halt(unfinished: Unfinished) -> Halt {
    match unfinished {
        Unfinished::Ledger(error) => Halt::Ledger(error),
        Unfinished::Unanswered(Unanswered::Stopped) => Halt::Ended(EndReason::Interrupted),
        Unfinished::Unanswered(Unanswered::Stalled(error) | Unanswered::Failed(error)) => Halt::Stalled(error),
    }
}

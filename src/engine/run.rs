//! One run of one batch, from where the ledger says it stands to its end: discovering, listing, grouping, moving.
//!
//! Every stage is durable before the next begins. A store that does not answer stalls the run where it is.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::accept;
use super::begin::{Again, begin, draft, is_unfinished};
use super::context::{Meters, Plan, RunContext};
use super::copier::Copier;
use super::limits::{GlobalLimits, Limiter};
use super::moving::{Bounds, Halt, move_all};
use super::setup::{Setup, SetupError};
use super::stages::prepare;
use super::stall::{Stall, is_kept};
use super::stop::Stop;
use super::store_set::StoreSet;
use super::travelling::TagReading;
use super::turns::Turns;
use super::twins::Twins;
use crate::ledger::{Durability, EventDraft, Ledger, LedgerError};
use crate::model::batch::{BatchId, BatchRecord, EndReason};
use crate::model::event::{Change, Operator};
use crate::model::spec::BatchFile;
use crate::model::status::RunStatus;

/// What every run of the process shares.
pub struct Engine {
    /// The ledger.
    pub ledger: Arc<Ledger>,
    /// The stores of the config.
    pub stores: Arc<StoreSet>,
    /// The operator's bounds.
    pub limits: Arc<GlobalLimits>,
    /// How long a store is waited for.
    pub patience: Patience,
    /// Where tables lie that are larger than memory.
    pub scratch: PathBuf,
}

/// How long a store that does not answer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// As long as `transfer.storeWait` says.
    StoreWait,
    /// For ever: a daemon goes on by itself whenever the store is back.
    Endless,
}

/// How a batch is to be run.
pub struct Ask<'a> {
    /// Another pass, asked for besides what the ledger says.
    pub again: Option<Again>,
    /// Who asks.
    pub operator: &'a Operator,
    /// Where figures go.
    pub meters: &'a Arc<Meters>,
    /// How it can be stopped.
    pub stop: &'a Stop,
    /// Longest time for documents in flight after a request to stop.
    pub grace: Duration,
    /// Told when a run has begun, or goes on.
    pub begun: Option<&'a (dyn Fn(&BatchRecord) + Send + Sync)>,
}

/// Why a run could not be carried on at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The spec in force does not fit the config any more.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The operator's policies do not let it move.
    #[error("{0}")]
    Denied(String),
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
    /// Is suspended or retired.
    Suspended,
    /// Ran, and stopped for this reason.
    Until(EndReason),
}

impl Engine {
    /// Runs a batch until it ends, stalls for too long or is asked to stop.
    ///
    /// # Errors
    /// What no waiting can mend.
    pub async fn run(&self, batch: BatchRecord, ask: Ask<'_>) -> Result<Ran, RunError> {
        if batch.suspension().is_some() {
            return Ok(Ran::Suspended);
        }
        let (id, goes_on) = (batch.id, is_unfinished(&batch));
        let Some(reason) = self.pass(id, &ask).await? else { return Ok(Ran::Nothing) };
        // A daemon takes up what is asked for next when its turn comes.
        if !goes_on || reason.goes_on() || self.patience == Patience::Endless {
            return Ok(Ran::Until(reason));
        }
        // A resync asked for while a run was unfinished begins when that run has ended.
        Ok(Ran::Until(self.pass(id, &ask).await?.unwrap_or(reason)))
    }

    /// Begins a run or goes on with one; `None`: there is nothing to do.
    async fn pass(&self, batch: BatchId, ask: &Ask<'_>) -> Result<Option<EndReason>, RunError> {
        // A spec that does not fit the config any more must not begin what it cannot do.
        if !self.can_begin(batch, ask).await? {
            return Ok(None);
        }
        let Some(batch) = self.begin(batch, ask).await? else { return Ok(None) };
        if let Some(begun) = ask.begun {
            begun(&batch);
        }
        let setup = Setup::new(spec_of_run(&batch)?, &self.stores)?;
        let context = Arc::new(self.context(&batch, setup, ask, None));
        self.carry_on(&context).await.map(Some)
    }

    /// Judges a batch without writing to its target. The ledger of this engine must be one to throw away; `plan` tells of
    /// the real batches.
    ///
    /// # Errors
    /// What no waiting can mend.
    pub async fn plan(&self, batch: BatchRecord, ask: Ask<'_>, plan: Plan) -> Result<Ran, RunError> {
        let setup = Setup::new(spec(&batch)?, &self.stores)?;
        let Some(batch) = self.begin(batch.id, &ask).await? else { return Ok(Ran::Nothing) };
        let context = self.context(&batch, setup, &ask, Some(plan));
        Ok(Ran::Until(self.carry_on(&Arc::new(context)).await?))
    }

    fn context(&self, batch: &BatchRecord, setup: Arc<Setup>, ask: &Ask<'_>, plan: Option<Plan>) -> RunContext {
        let in_ledger = plan.is_none().then_some(batch.id);
        RunContext {
            batch: batch.id,
            run: batch.run_number(),
            listing: batch.listing,
            generation: batch.run().map_or(batch.spec.generation, |run| run.generation),
            copier: Copier::new(&setup, plan.is_some()),
            tag_reading: TagReading::default(),
            turns: Turns::new(&setup.file.spec.checks),
            limiter: Limiter::new(self.limits.clone(), &setup.file.spec.transfer, in_ledger),
            setup,
            reader: self.ledger.reader(),
            writer: self.ledger.writer(),
            stop: ask.stop.clone(),
            grace: ask.grace,
            abandoned: Stop::default(),
            operator: ask.operator.clone(),
            meters: ask.meters.clone(),
            twins: Twins::default(),
            beside: plan.as_ref().map_or_else(|| self.beside(batch), |plan| plan.beside.clone()),
            scratch: self.scratch.clone(),
            rows: Mutex::new(None),
            objects: Mutex::new(None),
            requests_before: ask.meters.requests.load(Ordering::Relaxed),
            plan,
        }
    }

    /// The directory of a batch's spec.
    fn beside(&self, batch: &BatchRecord) -> PathBuf {
        let jobs = &self.stores.config().jobs;
        let spec = jobs.join(&batch.spec.path);
        spec.parent().unwrap_or(jobs).to_owned()
    }

    /// Records that a run begins or goes on; `None`: there is nothing to do.
    async fn begin(&self, batch: BatchId, ask: &Ask<'_>) -> Result<Option<BatchRecord>, RunError> {
        let (again, operator, now) = (ask.again, ask.operator.clone(), Timestamp::now());
        let edit = move |record: &mut BatchRecord| begin(record, again, &operator, now);
        let record = self.ledger.writer().update(batch, Durability::Flushed, edit).await?;
        Ok(Some(record).filter(|record| record.run_status == RunStatus::Running))
    }

    /// A batch that is in the ledger.
    ///
    /// # Errors
    /// The ledger's.
    pub fn batch(&self, id: BatchId) -> Result<BatchRecord, LedgerError> {
        self.ledger.reader().batch(id)?.ok_or(LedgerError::NoBatch { batch: id })
    }

    /// Goes through the stages; stalls and goes on by itself.
    async fn carry_on(&self, context: &Arc<RunContext>) -> Result<EndReason, RunError> {
        let transfer = &context.setup.file.spec.transfer;
        let bounds = Bounds { deadline: deadline(context)?, max_failures: transfer.max_failures };
        let mut stall = Stall::none();
        loop {
            let halt = match prepare(context).await {
                Ok(()) => move_all(context, bounds).await,
                Err(halt) => halt,
            };
            let reason = match halt {
                Halt::Ended(reason) => reason,
                Halt::Ledger(error) => return Err(error.into()),
                Halt::Stalled(error) => {
                    let reason = self.wait_for_store(context, &error, &mut stall, bounds.deadline).await?;
                    context.limiter.set_active(true);
                    match reason {
                        None => continue,
                        Some(reason) => reason,
                    }
                }
            };
            // Who asked to stop may have changed their mind since, from pausing to cancelling.
            let reason = context.stop.reason().filter(|_| reason.goes_on()).unwrap_or(reason);
            end(context, reason).await?;
            return Ok(reason);
        }
    }
}

/// When the run's deadline passes: counted from its beginning, however often it was interrupted.
fn deadline(context: &RunContext) -> Result<Option<Instant>, LedgerError> {
    let Some(deadline) = context.setup.file.spec.transfer.deadline else { return Ok(None) };
    let started = context.record()?.run().map_or_else(Timestamp::now, |run| run.started);
    let passed = Duration::try_from(Timestamp::now().duration_since(started)).unwrap_or_default();
    // One that is further away than clocks can tell is none.
    Ok(Instant::now().checked_add(deadline.0.saturating_sub(passed)))
}

async fn end(context: &RunContext, reason: EndReason) -> Result<(), LedgerError> {
    let (operator, now) = (context.operator.clone(), Timestamp::now());
    let edit = move |record: &mut BatchRecord| ended(record, reason, &operator, now);
    context.writer.update(context.batch, Durability::Flushed, edit).await.map(drop)
}

/// The record of a run that ends, or stops where it can go on.
pub fn ended(record: &mut BatchRecord, reason: EndReason, operator: &Operator, now: Timestamp) -> Vec<EventDraft> {
    // A command to cancel outweighs whatever else stopped the run.
    let cancelled = record.cancelled.take();
    let reason = if cancelled.is_some() && reason.goes_on() { EndReason::Cancelled } else { reason };
    let operator = cancelled.as_ref().unwrap_or(operator);
    record.run_status = if reason.goes_on() { RunStatus::Queued } else { RunStatus::Ended };
    if let Some(run) = record.runs.last_mut().filter(|_| !reason.goes_on()) {
        run.ended = Some((now, reason));
    }
    if !matches!(reason, EndReason::StoreWait | EndReason::Interrupted) {
        // A store that was waited for is no longer.
        record.conditions.retain(is_kept);
    }
    let change = Change::RunEnded { status: record.run_status, code: reason.code() };
    let events = vec![draft(record, operator, now, change)];
    // A resync asked for meanwhile comes next.
    accept::requeue(record);
    events
}

/// The spec in force.
///
/// # Errors
/// Another version wrote it.
pub(super) fn spec(batch: &BatchRecord) -> Result<BatchFile, RunError> {
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

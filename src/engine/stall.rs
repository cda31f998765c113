//! Waiting for a store that does not answer: no document's failure, and the run goes on by itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::begin::draft;
use super::context::RunContext;
use super::run::{Engine, Patience, RunError};
use crate::ledger::{Durability, LedgerError};
use crate::model::batch::{BatchRecord, Condition, ConditionKind, EndReason, Stage};
use crate::model::event::Change;
use crate::model::failure::Code;
use crate::rules::retrying;
use crate::stores::StoreError;

/// How long the last probe may take when waiting is over.
const LAST_PROBE: Duration = Duration::from_secs(1);

/// Since when a store has been waited for without any progress.
pub struct Stall {
    since: Instant,
    progress: Option<Progress>,
    attempt: u32,
}

/// How far a run has come.
#[derive(Debug, PartialEq, Eq)]
struct Progress {
    stage: Stage,
    listed: u64,
    grouped: u64,
    decided: u64,
}

impl Stall {
    /// None so far.
    pub fn none() -> Self {
        Self { since: Instant::now(), progress: None, attempt: 0 }
    }
}

impl Engine {
    /// `None`: the store answers again. Otherwise why the run ends.
    ///
    /// # Errors
    /// The ledger's.
    pub async fn wait_for_store(
        &self,
        context: &Arc<RunContext>,
        error: &StoreError,
        stall: &mut Stall,
        deadline: Option<Instant>,
    ) -> Result<Option<EndReason>, RunError> {
        self.stalled(context, Some(error)).await?;
        if self.patience == Patience::Endless {
            // Others show the condition themselves.
            tracing::warn!(batch = %context.setup.file.metadata.name, code = %error.code, %error, "the batch stalls");
        }
        // Told once the record says so.
        context.limiter.set_active(false);
        let store = if error.store == *context.setup.target.store.name() {
            &context.setup.target.store
        } else {
            &context.setup.source.store
        };
        // A store that answers probes and nothing else has not come back: waiting goes on where it was.
        let progress = Some(self.progress(context)?);
        if stall.progress != progress {
            *stall = Stall { since: Instant::now(), progress, attempt: 0 };
        }
        let give_up = self.give_up(context, stall);
        // Until everything is listed there is nothing to end: what was not listed would be in no total.
        let moving = context.record()?.stage == Stage::Moving;
        let deadline = deadline.filter(|_| moving);
        loop {
            stall.attempt += 1;
            let is_late = || give_up.is_some_and(|give_up| Instant::now() >= give_up);
            if stall.attempt > 1 && is_late() {
                return Ok(Some(EndReason::StoreWait));
            }
            let rest = give_up.map_or(Duration::MAX, |give_up| give_up.saturating_duration_since(Instant::now()));
            let pause = retrying::store_probe_delay(stall.attempt).min(rest);
            let probed = async {
                tokio::time::sleep(pause).await;
                context.retrier().probe(store).await
            };
            let probed = tokio::select! {
                probed = probed => probed,
                reason = context.stop.wait() => return Ok(Some(reason)),
                () = passes(deadline) => return Ok(Some(EndReason::DeadlineExceeded)),
                // The last probe has a moment of its own, and no store can hold it for longer.
                () = passes(give_up.and_then(|at| at.checked_add(LAST_PROBE))) => {
                    return Ok(Some(EndReason::StoreWait));
                }
            };
            if probed.is_ok() && !is_late() {
                self.stalled(context, None).await?;
                return Ok(None);
            }
        }
    }

    /// When waiting is given up; `None`: never.
    fn give_up(&self, context: &RunContext, stall: &Stall) -> Option<Instant> {
        match self.patience {
            Patience::Endless => None,
            Patience::StoreWait => stall.since.checked_add(context.setup.file.spec.transfer.store_wait.0),
        }
    }

    fn progress(&self, context: &RunContext) -> Result<Progress, LedgerError> {
        let (record, counts) = (context.record()?, self.ledger.reader().counts(context.batch)?.documents);
        let decided = counts.synced() + counts.failed;
        Ok(Progress { stage: record.stage, listed: record.listed.objects, grouped: counts.in_scope(), decided })
    }

    async fn stalled(&self, context: &Arc<RunContext>, error: Option<&StoreError>) -> Result<(), LedgerError> {
        let (operator, now) = (context.operator.clone(), Timestamp::now());
        let error = error.map(|error| (error.code, error.to_string()));
        let edit = move |record: &mut BatchRecord| {
            record.conditions.retain(is_kept);
            let change = match error {
                None => Change::Resumed,
                Some((code, message)) => {
                    let stalled = Condition { kind: ConditionKind::Stalled, reason: code, message, since: now };
                    record.conditions.push(stalled);
                    Change::Stalled { code }
                }
            };
            vec![draft(record, &operator, now, change)]
        };
        context.writer.update(context.batch, Durability::Flushed, edit).await.map(drop)
    }
}

async fn passes(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Whether a condition outlives the beginning of a run: only a person ends it.
pub fn is_kept(condition: &Condition) -> bool {
    match condition.kind {
        ConditionKind::Stalled => {
            matches!(condition.reason, Code::ImmutableFieldChanged | Code::InvalidSpec | Code::Retired)
        }
        ConditionKind::Waiting => false,
        ConditionKind::Suspended | ConditionKind::Retired | ConditionKind::Warning => true,
    }
}

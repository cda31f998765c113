//! Waiting for a store that does not answer: no document's failure, and the run goes on by itself.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::context::RunContext;
use super::run::{Engine, RunError, draft};
use crate::ledger::LedgerError;
use crate::model::batch::{Condition, ConditionKind, EndReason, Stage};
use crate::model::event::Change;
use crate::model::failure::Code;
use crate::rules::retrying;
use crate::stores::StoreError;

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
        let give_up = stall.since + context.setup.file.spec.transfer.store_wait.0;
        // Until everything is listed there is nothing to end: what was not listed would be in no total.
        let moving = self.record(context)?.stage == Stage::Moving;
        let deadline = deadline.filter(|_| moving).unwrap_or(give_up + Duration::from_secs(1));
        loop {
            stall.attempt += 1;
            if stall.attempt > 1 && Instant::now() >= give_up {
                return Ok(Some(EndReason::StoreWait));
            }
            let pause =
                retrying::store_probe_delay(stall.attempt).min(give_up.saturating_duration_since(Instant::now()));
            let probed = async {
                tokio::time::sleep(pause).await;
                context.retrier().probe(store).await
            };
            let probed = tokio::select! {
                probed = probed => probed,
                () = context.stop.wait() => return Ok(Some(EndReason::Interrupted)),
                () = tokio::time::sleep_until(deadline) => return Ok(Some(EndReason::DeadlineExceeded)),
            };
            if probed.is_ok() && Instant::now() < give_up {
                self.stalled(context, None).await?;
                return Ok(None);
            }
        }
    }

    fn progress(&self, context: &RunContext) -> Result<Progress, LedgerError> {
        let (record, counts) = (self.record(context)?, self.ledger.reader().counts(context.batch)?.documents);
        let decided = counts.synced() + counts.failed;
        Ok(Progress { stage: record.stage, listed: record.listed.objects, grouped: counts.in_scope(), decided })
    }

    async fn stalled(&self, context: &Arc<RunContext>, error: Option<&StoreError>) -> Result<(), LedgerError> {
        let mut record = self.record(context)?;
        record.conditions.retain(is_kept);
        let change = match error {
            None => Change::Resumed,
            Some(error) => {
                record.conditions.push(Condition {
                    kind: ConditionKind::Stalled,
                    reason: error.code,
                    message: error.to_string(),
                    since: Timestamp::now(),
                });
                Change::Stalled { code: error.code }
            }
        };
        let events = vec![draft(&record, &context.operator, change)];
        self.save(&record, events).await
    }
}

/// Whether a condition outlives the cause of a stall: only a person ends it.
pub fn is_kept(condition: &Condition) -> bool {
    condition.kind != ConditionKind::Stalled || condition.reason == Code::ImmutableFieldChanged
}

//! Waiting to begin: for a store that cannot be set up, since credentials are not there yet or a certificate is missing, or
//! for a policy that lets the batch move.

use jiff::Timestamp;

use super::conditions;
use super::limits::Limiter;
use super::run::{Ask, Engine, Patience, RunError, spec};
use super::setup::{Setup, SetupError};
use super::stall::is_kept;
use crate::ledger::{Durability, EventDraft, LedgerError};
use crate::model::batch::{BatchId, BatchRecord, ConditionKind, EndReason};
use crate::model::failure::Code;
use crate::model::spec::{BatchFile, Transfer};
use crate::model::status::RunStatus;
use crate::rules::retrying;

/// The conditions of a batch that waits here.
const WAITED_FOR: [Code; 2] = [Code::StoreUnusable, Code::PolicyDenied];

/// Why a batch waits here: a code, and what to do.
type Why = (Code, String);

impl Engine {
    /// Whether a batch can begin now, because policies let it and its stores can be set up. Where nobody waits for ever, one that cannot is an
    /// error at once: whoever typed the command can mend it. Else this waits until they can, and leaves it to the caller to
    /// take the batch up again: meanwhile others have its place. It also returns when someone asks to stop.
    ///
    /// # Errors
    /// What no waiting can mend.
    pub(super) async fn can_begin(&self, batch: BatchId, ask: &Ask<'_>) -> Result<bool, RunError> {
        let mut waiting = None;
        let mut attempt = 0;
        loop {
            // Until it starts, its spec may come to name other stores.
            let record = self.batch(batch)?;
            let file = spec(&record)?;
            let (name, transfer) = (file.metadata.name.clone(), file.spec.transfer.clone());
            let why = match self.held(&record, file)? {
                None if waiting.is_none() => return Ok(true),
                None => return self.usable(batch, ask).await.map(|()| false),
                Some(why) => why,
            };
            attempt += 1;
            self.unusable(batch, ask, why.clone()).await?;
            if waiting.is_none() {
                tracing::warn!(batch = %name, code = %why.0, error = why.1, "the batch stalls");
                waiting = Some(self.without_share(batch, &transfer));
            }
            tokio::select! {
                () = tokio::time::sleep(retrying::store_probe_delay(attempt)) => {}
                reason = ask.stop.wait() => return self.stopped(batch, reason).await.map(|()| false),
            }
        }
    }

    /// Why a batch cannot begin, if waiting may mend it.
    fn held(&self, record: &BatchRecord, file: BatchFile) -> Result<Option<Why>, RunError> {
        let endless = self.patience == Patience::Endless;
        match self.denied_to(record, &file) {
            Some(denied) if endless => return Ok(Some((Code::PolicyDenied, denied))),
            Some(denied) => return Err(RunError::Denied(denied)),
            None => {}
        }
        match Setup::new(file, &self.stores) {
            Ok(_) => Ok(None),
            Err(SetupError::Store(why)) if endless && why.may_be_mended() => {
                Ok(Some((Code::StoreUnusable, why.to_string())))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// One that waits takes no place from others, and is known to wait.
    fn without_share(&self, batch: BatchId, transfer: &Transfer) -> Limiter {
        let limiter = Limiter::new(self.limits.clone(), transfer, Some(batch));
        limiter.set_active(false);
        limiter
    }

    async fn unusable(&self, batch: BatchId, ask: &Ask<'_>, (code, message): Why) -> Result<(), LedgerError> {
        let (operator, again, now) = (ask.operator.clone(), ask.again, Timestamp::now());
        self.edit(batch, move |record| {
            if record.run_status == RunStatus::Ended && again.is_none() {
                // Cancelled a moment ago.
                return Vec::new();
            }
            // What stalled the process before this one is looked at when the batch moves again.
            record.conditions.retain(|held| is_kept(held) || held.reason == code);
            conditions::set(record, ConditionKind::Stalled, code, message, (&operator, now))
        })
        .await
    }

    async fn usable(&self, batch: BatchId, ask: &Ask<'_>) -> Result<(), RunError> {
        let (operator, now) = (ask.operator.clone(), Timestamp::now());
        let clear = move |record: &mut BatchRecord| {
            let clear = |code| conditions::clear(record, ConditionKind::Stalled, code, (&operator, now));
            WAITED_FOR.into_iter().flat_map(clear).collect()
        };
        Ok(self.edit(batch, clear).await?)
    }

    /// Like a run that stops: only one that is taken up again at once still waits for its store.
    async fn stopped(&self, batch: BatchId, reason: EndReason) -> Result<(), RunError> {
        let forget = |record: &mut BatchRecord| {
            record.conditions.retain(is_kept);
            Vec::new()
        };
        match reason {
            EndReason::Interrupted => Ok(()),
            _ => Ok(self.edit(batch, forget).await?),
        }
    }

    async fn edit(
        &self,
        batch: BatchId,
        edit: impl FnOnce(&mut BatchRecord) -> Vec<EventDraft> + Send + 'static,
    ) -> Result<(), LedgerError> {
        self.ledger.writer().update(batch, Durability::Flushed, edit).await.map(drop)
    }
}

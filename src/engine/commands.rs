//! What people may ask of a batch besides looking at it. Each is one write of its record with its event; whoever runs
//! the batch acts on the record that comes back.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::accept::{requested_resync, requeue};
use super::begin::{draft, is_unfinished, start_run};
use super::conditions;
use super::find::{find, unavailable};
use super::run::ended;
use crate::ledger::{Durability, EventDraft, Ledger};
use crate::model::batch::ConditionKind::{Retired, Suspended};
use crate::model::batch::{AskedResync, BatchRecord, EndReason, RunCause};
use crate::model::control::{Refusal, RefusalKind, Request};
use crate::model::event::{Change, Operator};
use crate::model::failure::Code;
use crate::model::spec::ResyncScope;
use crate::model::status::RunStatus;
use crate::specs;

type Edited = Result<Vec<EventDraft>, String>;

/// Acts on a command about one batch; `is_gone` tells whether the batch's spec is. A running batch that is cancelled is
/// stopped by whoever runs it.
///
/// # Errors
/// The command is refused, or is none about one batch, or the ledger cannot be written.
pub async fn obey(
    ledger: &Ledger,
    jobs: &Path,
    request: &Request,
    operator: Operator,
    is_gone: impl Fn(&BatchRecord) -> Result<bool, Refusal>,
) -> Result<BatchRecord, Refusal> {
    let named = |batch: &str| find(&ledger.reader(), jobs, batch);
    match request {
        Request::Suspend { batch } => suspend(ledger, &named(batch)?, operator).await,
        Request::Resume { batch } => {
            let batch = named(batch)?;
            let line = specs::line_of(&jobs.join(&batch.spec.path), &["spec", "suspend"]);
            resume(ledger, &batch, operator, line).await
        }
        Request::Cancel { batch } => cancel(ledger, &named(batch)?, operator).await,
        Request::Delete { batch } => {
            let batch = named(batch)?;
            let is_gone = is_gone(&batch)?;
            delete(ledger, &batch, operator, is_gone).await
        }
        Request::Resync { batch, scope } => ask_resync(ledger, &named(batch)?, operator, *scope).await,
        _ => Err(Refusal::new(RefusalKind::Unavailable, "only a daemon does this, and none is running")),
    }
}

/// Pauses a batch at the next document boundary.
///
/// # Errors
/// It is retired, or the ledger cannot be written.
async fn suspend(ledger: &Ledger, batch: &BatchRecord, operator: Operator) -> Result<BatchRecord, Refusal> {
    edit(ledger, batch, move |record, now| {
        record.suspended = true;
        let message = format!("suspended by {}; `batchferry resume {}` goes on", operator.name, record.name);
        Ok(conditions::set(record, Suspended, Code::SuspendedByCommand, message, (&operator, now)))
    })
    .await
}

/// Takes a command's `suspend` back; the spec's own stays. `spec_line` says where the spec says so.
///
/// # Errors
/// Only the spec, or nothing, suspends it; it is retired; or the ledger cannot be written.
async fn resume(
    ledger: &Ledger,
    batch: &BatchRecord,
    operator: Operator,
    spec_line: Option<u32>,
) -> Result<BatchRecord, Refusal> {
    edit(ledger, batch, move |record, now| {
        if record.suspended {
            record.suspended = false;
            return Ok(conditions::clear(record, Suspended, Code::SuspendedByCommand, (&operator, now)));
        }
        Err(match record.suspension() {
            Some(Code::SuspendedBySpec) => {
                let line = spec_line.map(|line| format!(":{line}")).unwrap_or_default();
                format!(
                    "batch {} is suspended by its spec: set `suspend: false` in {}{line}",
                    record.name, record.spec.path
                )
            }
            Some(Code::SpecVanished) => {
                format!("batch {} is suspended because {} is gone; put the file back", record.name, record.spec.path)
            }
            Some(Code::InvalidSpec) => {
                format!("batch {} cannot run; `batchferry show {}` says why, and it goes on by itself when that is mended and the config reloaded", record.name, record.name)
            }
            _ => format!("batch {} is not suspended", record.name),
        })
    })
    .await
}

/// Ends a batch that nobody runs: the rest stays pending. One that runs is stopped by whoever runs it.
///
/// # Errors
/// It has ended, is retired, or the ledger cannot be written.
async fn cancel(ledger: &Ledger, batch: &BatchRecord, operator: Operator) -> Result<BatchRecord, Refusal> {
    edit(ledger, batch, move |record, now| {
        if record.run_status == RunStatus::Ended {
            return Err(format!("batch {} has ended; there is nothing to cancel", record.name));
        }
        // What was asked for and not begun is taken back too.
        record.asked = None;
        record.handled_resync = requested_resync(record).map(|asked| asked.request).or(record.handled_resync.take());
        if record.run_status == RunStatus::Running {
            record.cancelled = Some(operator);
            return Ok(Vec::new());
        }
        if !is_unfinished(record) && !record.runs.is_empty() {
            record.run_status = RunStatus::Ended;
            let change = Change::RunEnded { status: RunStatus::Ended, code: Some(Code::Cancelled) };
            return Ok(vec![draft(record, &operator, now, change)]);
        }
        let mut events = Vec::new();
        if !is_unfinished(record) {
            start_run(record, RunCause::First, &operator, now);
            events.push(draft(record, &operator, now, Change::RunStarted));
        }
        events.extend(ended(record, EndReason::Cancelled, &operator, now));
        Ok(events)
    })
    .await
}

/// Hides a batch whose spec is gone: records, events, name and number are kept.
///
/// # Errors
/// Its spec is there, it runs, or the ledger cannot be written.
async fn delete(
    ledger: &Ledger,
    batch: &BatchRecord,
    operator: Operator,
    is_gone: bool,
) -> Result<BatchRecord, Refusal> {
    edit(ledger, batch, move |record, now| {
        if !is_gone {
            let (name, path) = (&record.name, &record.spec.path);
            return Err(format!("batch {name} still has its spec: remove {path} from the jobs directory first"));
        }
        if record.run_status == RunStatus::Running {
            return Err(format!("batch {} has documents in flight; try again in a moment", record.name));
        }
        let message = format!("retired by {}; records and events are kept", operator.name);
        Ok(conditions::set(record, Retired, Code::Retired, message, (&operator, now)))
    })
    .await
}

/// Asks for another pass, which begins when the batch may run.
///
/// # Errors
/// It is retired or has not run yet, or the ledger cannot be written.
async fn ask_resync(
    ledger: &Ledger,
    batch: &BatchRecord,
    operator: Operator,
    scope: ResyncScope,
) -> Result<BatchRecord, Refusal> {
    edit(ledger, batch, move |record, _| {
        if record.runs.is_empty() {
            return Err(format!("batch {} has not run yet: there is nothing to take again", record.name));
        }
        let wider = record.asked.as_ref().is_some_and(|asked| asked.scope == ResyncScope::All);
        if !wider {
            record.asked = Some(AskedResync { scope, operator });
        }
        requeue(record);
        Ok(Vec::new())
    })
    .await
}

/// Why nothing can be asked of a retired batch.
pub fn retired(batch: &BatchRecord) -> String {
    format!("batch {} is retired; its records are kept and nothing moves", batch.name)
}

/// Edits the record of a batch that is not retired.
async fn edit(
    ledger: &Ledger,
    batch: &BatchRecord,
    edit: impl FnOnce(&mut BatchRecord, Timestamp) -> Edited + Send + 'static,
) -> Result<BatchRecord, Refusal> {
    let (refused, now) = (Arc::new(OnceLock::new()), Timestamp::now());
    let told = Arc::clone(&refused);
    let edit = move |record: &mut BatchRecord| {
        let edited = match record.condition(Retired) {
            Some(_) => Err(retired(record)),
            None => edit(record, now),
        };
        edited.unwrap_or_else(|why| {
            // Set once: an edit is made once.
            let _ = told.set(why);
            Vec::new()
        })
    };
    let record = ledger.writer().update(batch.id, Durability::Flushed, edit).await.map_err(unavailable)?;
    match refused.get() {
        Some(why) => Err(Refusal::new(RefusalKind::Refused, why)),
        None => Ok(record),
    }
}

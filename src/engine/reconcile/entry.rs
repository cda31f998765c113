//! What the loop keeps of a batch in memory: enough to decide what it may do, no more.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::engine::accept::requested_resync;
use crate::engine::begin::is_unfinished;
use crate::ledger::{LedgerError, Reader};
use crate::model::batch::{BatchId, BatchRecord, ConditionKind};
use crate::model::failure::Code;
use crate::model::ids::{BatchName, Digest};
use crate::model::spec::{BatchFile, ResyncScope, Transfer};
use crate::model::status::{RunStatus, SyncFacts, SyncStatus};
use crate::rules::scheduling::{Decision, Orders, Progress, Standing, decide};

/// A batch as it stood when its record was last written.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its short name.
    pub id: BatchId,
    /// Its name.
    pub name: BatchName,
    /// The file of the spec in force.
    pub file: String,
    /// The digest of the spec in force.
    pub digest: Digest,
    /// Whether a run is under way.
    pub run_status: RunStatus,
    /// Every document is at the target.
    pub is_complete: bool,
    /// Conditions that hold.
    pub conditions: Vec<(ConditionKind, Code, String)>,
    progress: Progress,
    asked: Option<ResyncScope>,
    /// `None`: the spec in the ledger is one of a newer version, so nothing may run.
    orders: Option<(Orders, TimeZone)>,
}

impl Entry {
    /// Of a record.
    ///
    /// # Errors
    /// The ledger's.
    pub fn of(record: &BatchRecord, reader: &Reader) -> Result<Self, LedgerError> {
        let file: Option<BatchFile> = serde_json::from_str(&record.spec.json).ok();
        let allow_empty = file.as_ref().is_some_and(|file| file.spec.allow_empty);
        let orders = file.and_then(|file| {
            let zone = TimeZone::get(&file.spec.collected.time_zone).ok()?;
            Some((file.spec.into(), zone))
        });
        let conditions = record.conditions.iter().map(|held| (held.kind, held.reason, held.message.clone()));
        Ok(Self {
            id: record.id,
            name: record.name.clone(),
            file: record.spec.path.clone(),
            digest: record.spec.digest,
            run_status: record.run_status,
            is_complete: is_complete(record, allow_empty, reader)?,
            conditions: conditions.collect(),
            progress: progress(record),
            asked: wanted(record),
            orders,
        })
    }

    /// Whether a run of it ever began.
    pub fn has_started(&self) -> bool {
        self.progress != Progress::New
    }

    /// Whether a run of it is under way, as far as the ledger knows.
    pub fn is_running(&self) -> bool {
        self.run_status == RunStatus::Running
    }

    /// Whether it is at odds with its file, so that the file must be looked at again though it is as it was.
    pub fn is_at_odds(&self) -> bool {
        self.conditions.iter().any(|(kind, reason, _)| match kind {
            ConditionKind::Suspended => matches!(reason, Code::SpecVanished | Code::InvalidSpec),
            ConditionKind::Stalled => {
                matches!(reason, Code::InvalidSpec | Code::PolicyDenied | Code::ImmutableFieldChanged | Code::Retired)
            }
            _ => false,
        })
    }

    /// Whether its file is there, as far as is known.
    pub fn has_file(&self) -> bool {
        !self.holds(ConditionKind::Retired)
            && !self.conditions.iter().any(|(_, reason, _)| *reason == Code::SpecVanished)
    }

    /// Whether a condition of a kind holds.
    pub fn holds(&self, kind: ConditionKind) -> bool {
        self.conditions.iter().any(|(held, ..)| *held == kind)
    }

    /// The batches that it comes after.
    pub fn after(&self) -> &[BatchName] {
        self.orders.as_ref().map_or(&[], |(orders, _)| &orders.after)
    }

    /// What may change while it runs.
    pub fn transfer(&self) -> Option<&Transfer> {
        self.orders.as_ref().map(|(orders, _)| &orders.transfer)
    }

    /// Whether its report could not be written.
    pub fn is_unreported(&self) -> bool {
        self.conditions.iter().any(|(_, reason, _)| *reason == Code::ReportUnwritable)
    }

    /// The order in which batches are started: see [`crate::rules::scheduling::rank`].
    pub fn priority(&self) -> i32 {
        self.orders.as_ref().map_or(0, |(orders, _)| orders.priority)
    }

    /// What it may do now, and when to ask again.
    pub fn decide(&self, is_complete: impl Fn(&BatchName) -> bool, now: Timestamp) -> (Decision, Option<Timestamp>) {
        let Some((orders, zone)) = &self.orders else { return (Decision::Idle, None) };
        // A spec that was never good enough to begin with is not begun.
        if !self.has_started() && self.conditions.iter().any(|(_, reason, _)| *reason == Code::InvalidSpec) {
            return (Decision::Idle, None);
        }
        let suspended = self.conditions.iter().find(|(kind, ..)| *kind == ConditionKind::Suspended);
        let standing = Standing {
            orders,
            progress: self.progress,
            asked: self.asked,
            suspended: suspended.map(|(_, reason, _)| *reason),
            is_retired: self.holds(ConditionKind::Retired),
        };
        decide(&standing, is_complete, zone, now)
    }
}

fn is_complete(record: &BatchRecord, allow_empty: bool, reader: &Reader) -> Result<bool, LedgerError> {
    if record.run_status != RunStatus::Ended {
        return Ok(false);
    }
    let incomplete = !record.unlistable.is_empty() || record.population.is_none();
    let facts = SyncFacts { ended: true, allow_empty, incomplete };
    Ok(SyncStatus::of(&reader.counts(record.id)?.documents, facts) == SyncStatus::Complete)
}

fn progress(record: &BatchRecord) -> Progress {
    match record.run() {
        None => Progress::New,
        Some(_) if is_unfinished(record) => Progress::Unfinished,
        Some(run) => Progress::Ended(run.ended.map_or(run.started, |(at, _)| at)),
    }
}

/// The widest resync that is asked for, by a command or by the spec.
fn wanted(record: &BatchRecord) -> Option<ResyncScope> {
    let scopes = [record.asked.as_ref().map(|asked| asked.scope), requested_resync(record).map(|asked| asked.scope)];
    let mut scopes = scopes.into_iter().flatten();
    let first = scopes.next()?;
    Some(if scopes.any(|scope| scope == ResyncScope::All) { ResyncScope::All } else { first })
}

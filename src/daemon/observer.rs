//! What the loop tells, passed on to whoever watches: metrics, health, systemd, the webhook.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::systemd;
use crate::engine::figures::{Figures, Totals};
use crate::engine::reconcile::{Notice, Standings};
use crate::model::status::{ItemStatus, RunStatus};
use crate::web::{self, Health, Hook, Metrics, NoticeEvent};

/// How often figures are taken.
const TICK: Duration = Duration::from_secs(1);

/// The check that the jobs directory was looked through.
pub const JOBS: &str = "jobs";

/// Watches the loop.
pub struct Observer {
    /// What runs have done.
    pub figures: Arc<Figures>,
    /// Rises with every turn of the loop.
    pub pulse: Arc<AtomicU64>,
    /// Where figures go.
    pub metrics: Arc<Metrics>,
    /// Where health goes.
    pub health: Arc<Health>,
    /// Where starts and ends go.
    pub hook: Option<Hook>,
}

/// What was told before.
#[derive(Default)]
struct Before {
    pulse: u64,
    totals: Totals,
    overflows: u64,
    is_ready: bool,
    is_blind: bool,
}

impl Observer {
    /// Works until the loop has ended.
    pub async fn run(self, mut notices: mpsc::UnboundedReceiver<Notice>) {
        let mut before = Before::default();
        let watched = systemd::patience().is_some();
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                notice = notices.recv() => match notice {
                    Some(notice) => self.notice(notice, &mut before),
                    None => return self.count(&mut before),
                },
                _ = tick.tick() => {
                    self.beat(watched, &mut before);
                    self.count(&mut before);
                }
            }
        }
    }

    /// Only a loop that has turned since is alive.
    fn beat(&self, watched: bool, before: &mut Before) {
        let pulse = self.pulse.load(Ordering::Relaxed);
        if pulse != before.pulse {
            before.pulse = pulse;
            self.health.beat();
            if watched {
                systemd::alive();
            }
        }
    }

    fn count(&self, before: &mut Before) {
        let (now, was) = (self.figures.totals(), before.totals);
        let statuses = [ItemStatus::Migrated, ItemStatus::AlreadyAtTarget, ItemStatus::Failed];
        for (place, status) in statuses.into_iter().enumerate() {
            self.metrics.add_documents(status, now.documents[place] - was.documents[place]);
            self.metrics.add_files(status, now.files[place] - was.files[place]);
        }
        self.metrics.add_read_bytes(now.bytes_read - was.bytes_read);
        self.metrics.add_transferred_bytes(now.bytes_written - was.bytes_written);
        self.metrics.add_list_requests(now.requests - was.requests);
        before.totals = now;
    }

    fn notice(&self, notice: Notice, before: &mut Before) {
        match notice {
            Notice::Started(view) => self.hook(NoticeEvent::BatchStarted, *view),
            Notice::Ended(view) => self.hook(NoticeEvent::BatchEnded, *view),
            Notice::Standings(standings) => self.standings(standings),
            Notice::ReportFailed => self.metrics.report_failed(),
            Notice::Looked { found, healthy, took, overflows, blind } => {
                self.metrics.scanned(took, Timestamp::now());
                self.metrics.set_specs(found.valid, found.invalid);
                for _ in before.overflows..overflows {
                    self.metrics.watch_overflowed();
                }
                before.overflows = overflows;
                self.sight(blind, before);
                self.health.set_check(JOBS, healthy);
                if !std::mem::replace(&mut before.is_ready, true) {
                    tracing::info!(valid = found.valid, invalid = found.invalid, "ready");
                    systemd::ready();
                }
            }
        }
    }

    fn sight(&self, blind: Option<String>, before: &mut Before) {
        let is_blind = blind.is_some();
        if let Some(reason) = blind.filter(|_| !before.is_blind) {
            tracing::warn!(reason, "changes are only noticed at the next rescan");
            self.metrics.watch_failed();
        }
        before.is_blind = is_blind;
    }

    fn standings(&self, standings: Standings) {
        self.metrics.set_batches(RunStatus::Queued, standings.queued);
        self.metrics.set_batches(RunStatus::Running, standings.running);
        self.metrics.set_batches(RunStatus::Ended, standings.ended);
        self.metrics.set_stalled(standings.stalled);
    }

    fn hook(&self, event: NoticeEvent, view: crate::model::view::BatchView) {
        if let Some(hook) = &self.hook {
            hook.send(&web::Notice::new(event, Timestamp::now(), view));
        }
    }
}

//! The loop itself: waits for something to happen, acts, decides anew.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::circles::Circles;
use super::command::Command;
use super::entry::Entry;
use super::looking::{Looked, Looking};
use super::notice::{Notice, Standings};
use super::publish::{Press, Published};
use super::runner::{Ended, Running};
use super::wrong::Wrong;
use crate::engine::drafting::Authored;
use crate::engine::figures::Figures;
use crate::engine::refresh::Places;
use crate::engine::run::Engine;
use crate::ledger::LedgerError;
use crate::model::batch::{BatchId, ConditionKind, EndReason};
use crate::model::control::{Refusal, Reply, RescanView};
use crate::model::diagnostic::InvalidSpec;
use crate::model::ids::BatchName;
use crate::model::status::RunStatus;
use crate::specs::{JobsWatcher, KnownFile, LoadedConfig, Scanner};

/// The loop turns at least this often, so that whoever watches it sees that it works.
const PULSE: Duration = Duration::from_secs(5);
/// After so many settle times a daemon that has just started no longer waits for files that keep changing.
const SETTLES: u32 = 8;
/// What is left of the time to stop for writing reports when documents in flight are given up.
const LAST_REPORTS: Duration = Duration::from_secs(3);

/// Another config that was found sound, and the engine made of it.
pub struct Reload {
    /// The config.
    pub config: LoadedConfig,
    /// The engine for runs that begin from now on.
    pub engine: Arc<Engine>,
}

/// What the loop hears from outside.
pub struct Outside {
    /// Commands of people.
    pub commands: mpsc::Receiver<Command>,
    /// Configs.
    pub reloads: mpsc::Receiver<Reload>,
    /// A request to stop.
    pub stop: oneshot::Receiver<()>,
}

/// What the loop shares with what stands beside it.
pub struct Shown {
    /// What happens.
    pub notices: mpsc::UnboundedSender<Notice>,
    /// Figures of all runs.
    pub figures: Arc<Figures>,
    /// Rises with every turn of the loop.
    pub pulse: Arc<AtomicU64>,
    /// Specs that are not accepted.
    pub wrong: Arc<Wrong>,
    /// Who had specs written through this process.
    pub authored: Arc<Authored>,
}

/// All that the loop knows.
pub struct Reconciler {
    pub(super) engine: Arc<Engine>,
    pub(super) config: LoadedConfig,
    pub(super) places: Arc<Places>,
    pub(super) entries: BTreeMap<BatchId, Entry>,
    pub(super) by_name: HashMap<BatchName, BatchId>,
    /// The batch that each file is the spec of; not those whose file is gone, nor retired ones.
    pub(super) by_file: HashMap<String, BatchId>,
    /// Files that are not accepted because of their names.
    pub(super) refused: BTreeSet<String>,
    /// Of those, the ones that were not told of yet.
    pub(super) namesakes: Vec<InvalidSpec>,
    /// Files that are no sound specs, and of which no report could say so yet.
    pub(super) undiagnosed: BTreeSet<String>,
    /// Batches that come after each other in a circle.
    pub(super) circles: Circles,
    pub(super) runs: HashMap<BatchId, Running>,
    pub(super) tasks: JoinSet<Ended>,
    pub(super) begun: mpsc::UnboundedSender<BatchId>,
    pub(super) press: Press,
    pub(super) looking: Looking,
    /// Who waits for a look, and for the one that is under way.
    pub(super) rescans: [Vec<oneshot::Sender<Result<Reply, Refusal>>>; 2],
    pub(super) wake: Option<Timestamp>,
    pub(super) shown: Shown,
    begins: mpsc::UnboundedReceiver<BatchId>,
    standings: Standings,
    /// Since when it works, and whether it has seen what became of the specs since its last end: until then nothing
    /// starts, because a spec may say something else by now.
    began: Instant,
    pub(super) is_level: bool,
    /// Something has changed that decisions rest on.
    pub(super) is_dirty: bool,
}

/// Something to act on.
enum Event {
    Stop,
    Begun(BatchId),
    Ended(Ended),
    Looked(Box<Looked>),
    Hint,
    Command(Command),
    Reload(Box<Reload>),
    Published(Published),
    /// A run has begun or ended to wait for its store.
    Stalls,
    Time,
}

impl Reconciler {
    /// Takes up every batch of the ledger.
    ///
    /// # Errors
    /// The ledger's.
    pub fn new(engine: Arc<Engine>, config: LoadedConfig, shown: Shown) -> Result<Self, LedgerError> {
        let reader = engine.ledger.reader();
        let entries = reader.each_batch().map(|record| Entry::of(&record?, &reader));
        let entries = entries.map(|entry| entry.map(|entry| (entry.id, entry)));
        let entries: BTreeMap<BatchId, Entry> = entries.collect::<Result<_, LedgerError>>()?;
        let by_name = entries.values().map(|entry| (entry.name.clone(), entry.id)).collect();
        let present = entries.values().filter(|entry| entry.has_file());
        let by_file = present.map(|entry| (entry.file.clone(), entry.id)).collect();
        let places = Arc::new(Places { jobs: config.config.jobs.clone(), reports: config.config.reports.clone() });
        let looking = looking(&config, &entries);
        let (begun, begins) = mpsc::unbounded_channel();
        Ok(Self {
            press: Press::start(reader, places.clone()),
            engine,
            config,
            places,
            entries,
            by_name,
            by_file,
            refused: BTreeSet::new(),
            namesakes: Vec::new(),
            undiagnosed: BTreeSet::new(),
            circles: Circles::default(),
            runs: HashMap::new(),
            tasks: JoinSet::new(),
            begun,
            looking,
            rescans: [Vec::new(), Vec::new()],
            wake: None,
            shown,
            begins,
            standings: Standings::default(),
            began: Instant::now(),
            is_level: false,
            is_dirty: true,
        })
    }

    /// Works until it is asked to stop; then lets documents in flight finish, within `shutdown`, and writes what is
    /// left of reports.
    ///
    /// # Errors
    /// The ledger's: nothing could go on.
    pub async fn run(mut self, mut outside: Outside) -> Result<(), LedgerError> {
        self.catch_up();
        let worked = self.work(&mut outside).await;
        let end = Instant::now() + self.config.config.shutdown.0;
        // Runs give their documents up by themselves before this; only what hangs is still there then.
        let stopped = tokio::time::timeout_at(end, self.stop(&mut outside)).await.unwrap_or(Ok(()));
        self.tasks.abort_all();
        self.press.close(end).await;
        worked.and(stopped)
    }

    async fn work(&mut self, outside: &mut Outside) -> Result<(), LedgerError> {
        loop {
            self.shown.pulse.fetch_add(1, Ordering::Relaxed);
            let is_due = self.wake.is_some_and(|wake| wake <= Timestamp::now());
            if std::mem::take(&mut self.is_dirty) || is_due {
                self.schedule().await?;
                self.tell_standings();
            }
            if self.looking.begin() {
                let [waiting, answered] = &mut self.rescans;
                answered.append(waiting);
            }
            match self.event(outside).await {
                Event::Stop => return Ok(()),
                event => self.act(event).await?,
            }
        }
    }

    /// No new work; runs stop at a document boundary. Commands and looks wait for the next start.
    async fn stop(&mut self, outside: &mut Outside) -> Result<(), LedgerError> {
        outside.commands.close();
        self.ask_runs_to_stop();
        while !self.runs.is_empty() {
            self.shown.pulse.fetch_add(1, Ordering::Relaxed);
            let event = tokio::select! {
                Some(ended) = self.tasks.join_next() => Event::Ended(joined(ended)),
                Some(id) = self.begins.recv() => Event::Begun(id),
                Some(published) = self.press.published() => Event::Published(published),
                () = tokio::time::sleep(PULSE) => Event::Time,
            };
            self.act(event).await?;
        }
        Ok(())
    }

    /// Reports that the last end came in the way of are written.
    fn catch_up(&mut self) {
        for id in self.entries.keys().copied().collect::<Vec<_>>() {
            self.press.check(id);
        }
    }

    fn ask_runs_to_stop(&self) {
        for run in self.runs.values() {
            run.stop.request(EndReason::Interrupted);
        }
    }

    /// How long documents in flight may take after a request to stop.
    pub(super) fn grace(&self) -> Duration {
        self.config.config.shutdown.0.saturating_sub(LAST_REPORTS)
    }

    async fn event(&mut self, outside: &mut Outside) -> Event {
        let until = self.until();
        tokio::select! {
            _ = &mut outside.stop => Event::Stop,
            Some(id) = self.begins.recv() => Event::Begun(id),
            Some(ended) = self.tasks.join_next() => Event::Ended(joined(ended)),
            looked = self.looking.next() => looked.map_or(Event::Hint, |looked| Event::Looked(Box::new(looked))),
            Some(command) = outside.commands.recv() => Event::Command(command),
            Some(reload) = outside.reloads.recv() => Event::Reload(Box::new(reload)),
            Some(published) = self.press.published() => Event::Published(published),
            () = self.engine.limits.shares().changed() => Event::Stalls,
            () = tokio::time::sleep_until(until) => Event::Time,
        }
    }

    /// When something is due though nothing happens.
    fn until(&self) -> Instant {
        let now = Instant::now();
        let wake = self.wake.map(|wake| {
            let rest = wake.duration_since(Timestamp::now());
            now + Duration::try_from(rest).unwrap_or_default().min(PULSE)
        });
        let look = self.looking.due().map(Instant::from_std);
        [wake, look].into_iter().flatten().fold(now + PULSE, Instant::min)
    }

    async fn act(&mut self, event: Event) -> Result<(), LedgerError> {
        match event {
            Event::Begun(id) => self.begun(id),
            Event::Ended(ended) => {
                // What ended has begun before.
                while let Ok(id) = self.begins.try_recv() {
                    self.begun(id)?;
                }
                self.ended(ended).await
            }
            Event::Looked(looked) => self.looked(*looked).await,
            Event::Hint => {
                self.looking.wanted = true;
                Ok(())
            }
            Event::Command(command) => self.command(command).await,
            Event::Reload(reload) => self.reload(*reload),
            Event::Published(published) => self.published(published).await,
            Event::Stalls => self.renew_running(),
            Event::Time | Event::Stop => Ok(()),
        }
    }

    async fn looked(&mut self, (mut scanner, look, took): Looked) -> Result<(), LedgerError> {
        if let Err(reason) = &look.healthy {
            tracing::warn!(reason, "the jobs directory was not looked through; nothing changes");
        }
        self.take_in(&mut scanner, look.changes).await?;
        let found = RescanView { valid: look.valid as u64, invalid: look.invalid as u64, ignored: look.ignored as u64 };
        self.publish_again(&mut scanner);
        self.looking.put_back(scanner, look.again);
        self.level(look.healthy.is_ok(), look.again.is_none());
        for waiting in self.rescans[1].drain(..) {
            // Whoever asked may have gone away.
            let _ = waiting.send(Ok(Reply::Rescanned(found.clone())));
        }
        let watcher = &self.looking.watcher;
        let (overflows, blind) = (watcher.overflows(), watcher.last_error());
        self.tell(Notice::Looked { found, healthy: look.healthy, took, overflows, blind });
        Ok(())
    }

    /// Whether the ledger says what the specs say: all that differs has settled, or has had the time to.
    fn level(&mut self, is_healthy: bool, is_settled: bool) {
        let patience = self.config.config.watch.settle.0.saturating_mul(SETTLES);
        if !self.is_level && is_healthy && (is_settled || self.began.elapsed() > patience) {
            self.is_level = true;
            self.is_dirty = true;
        }
    }

    fn reload(&mut self, Reload { config, engine }: Reload) -> Result<(), LedgerError> {
        let moved = config.config.jobs != self.config.config.jobs;
        self.places = Arc::new(Places { jobs: config.config.jobs.clone(), reports: config.config.reports.clone() });
        self.press.move_to(self.places.clone());
        (self.config, self.engine) = (config, engine);
        if moved {
            self.looking = looking(&self.config, &self.entries);
        } else {
            self.looking.reload(self.config.config.clone());
        }
        for (id, run) in &self.runs {
            // What it waits for may be another store by now, and one that moves may not any more: it goes on with the new
            // config, if at all.
            let denied = matches!(self.engine.denied(&self.engine.batch(*id)?), Ok(Some(_)));
            if denied || self.engine.limits.shares().is_waiting(*id) {
                run.stop.request(EndReason::Interrupted);
            }
        }
        self.is_dirty = true;
        tracing::info!(path = %self.config.path.display(), "config reloaded");
        Ok(())
    }

    /// Tells the world; nobody needs to listen.
    pub(super) fn tell(&self, notice: Notice) {
        let _ = self.shown.notices.send(notice);
    }

    fn tell_standings(&mut self) {
        let mut standings = Standings::default();
        for entry in self.entries.values() {
            match entry.run_status {
                RunStatus::Queued => standings.queued += 1,
                RunStatus::Running => standings.running += 1,
                RunStatus::Ended => standings.ended += 1,
            }
            standings.stalled += u64::from(entry.holds(ConditionKind::Stalled));
        }
        if standings != self.standings {
            self.standings = standings;
            self.tell(Notice::Standings(standings));
        }
    }
}

fn looking(config: &LoadedConfig, entries: &BTreeMap<BatchId, Entry>) -> Looking {
    let config = &config.config;
    let known = entries.values().filter(|entry| !entry.holds(ConditionKind::Retired));
    let known: Vec<KnownFile> = known
        .map(|entry| KnownFile { file: entry.file.clone(), name: entry.name.clone(), digest: entry.digest })
        .collect();
    let scanner = Scanner::new(config.jobs.clone(), config.clone(), config.watch.settle.0, &known);
    Looking::new(JobsWatcher::new(&config.jobs), scanner, config.watch.rescan.0)
}

/// A run that panicked is a mistake of ours; the ledger is whole, and a restart takes up where it stopped.
fn joined(ended: Result<Ended, tokio::task::JoinError>) -> Ended {
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

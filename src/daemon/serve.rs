//! The daemon from its start to its end.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::bags::Bags;
use super::observer::{JOBS, Observer};
use super::opening::{self, LEDGER};
use super::parts;
use super::plans::Planner;
use super::reload::Reloader;
use super::router::Router;
use super::served;
use super::signals::Signals;
use super::verifications::Verifications;
use crate::engine::answer::Answers;
use crate::engine::drafting::SpecWriter;
use crate::engine::figures::Figures;
use crate::engine::limits::GlobalLimits;
use crate::engine::overview::Overviews;
use crate::engine::reconcile::{Command, Outside, Reconciler, Reload, Shown, Wrong};
use crate::engine::run::Patience;
use crate::ledger::{Ledger, LedgerError};
use crate::model::config::Config;
use crate::specs::{self, ConfigError, LoadedConfig};
use crate::web::{
    Access, ControlSocket, Deliveries, Health, Hook, HookError, ListenError, Metrics, Pace, ProbeServer, SocketError,
};

/// The loop is taken for dead when it has not turned for so long.
const SILENCE: Duration = Duration::from_secs(30);
/// Requests that may wait for the loop.
const COMMANDS: usize = 64;
/// Requests that may wait to be sent on.
const ASKS: usize = 256;

/// Why the daemon does not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// The ledger cannot be opened, read or written.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The control socket.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// The port for probes and metrics.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The webhook.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// The webhook's secret, or the tokens of `access`.
    #[error(transparent)]
    Secret(#[from] ConfigError),
    /// Signals cannot be caught.
    #[error("signals cannot be caught: {0}")]
    Signals(#[from] std::io::Error),
}

/// What the daemon starts with.
pub struct Start {
    /// The config.
    pub config: LoadedConfig,
    /// Told where probes, metrics and the API are answered, once they are.
    pub listening: fn(std::net::SocketAddr),
}

/// Works until a signal asks for the end.
///
/// # Errors
/// Why it did not start, or could not go on.
pub async fn serve(start: Start) -> Result<(), DaemonError> {
    let signals = Signals::catch()?;
    let config = start.config;
    let (limits, metrics) = (GlobalLimits::new(&config.config.limits), Arc::new(Metrics::default()));
    let health = Arc::new(Health::new(SILENCE, &[JOBS, LEDGER]));
    let access = Arc::new(Access::new(specs::grants(config.config.access.as_deref())?));
    let (hook, deliveries) = hook(&config.config, &metrics)?;
    let (end, ended) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let (asks, asked) = mpsc::channel(ASKS);
    let (stop, stopped) = oneshot::channel();
    let (hangups, hangup) = mpsc::channel(1);
    let signalling = tokio::spawn(signals.pass_on(stop, hangups));
    let probes = bound(&config.config).await.map(|probes| {
        probes.map(|probes| {
            let address = probes.address();
            let (health, metrics, access) = (health.clone(), metrics.clone(), access.clone());
            tasks.spawn(probes.serve(health, metrics, asks.clone(), access, until(ended.clone())));
            address
        })
    });
    // Who holds the ledger tells more than who holds the port.
    let ledger = Arc::new(opening::ledger(&config.config, &health).await?);
    let listening = probes?;
    let socket = ControlSocket::bind(&config.config.state, config.config.control.group.as_deref()).await?;
    let (told, notices) = mpsc::unbounded_channel();
    let (figures, pulse, wrong) = (Arc::<Figures>::default(), Arc::<AtomicU64>::default(), Arc::<Wrong>::default());
    let overviews = Arc::new(Overviews::new(ledger.reader(), wrong.clone()));
    let writer = Arc::new(SpecWriter::new(ledger.reader()));
    let shown =
        Shown { notices: told, figures: figures.clone(), pulse: pulse.clone(), wrong, authored: writer.authored() };
    let engine = parts::engine(&config.config, &config.config.state, ledger.clone(), limits.clone(), Patience::Endless);
    let reconciler = Reconciler::new(engine, config.clone(), shown)?;

    let (commands, outside_commands) = mpsc::channel(COMMANDS);
    let (reloads, outside_reloads) = mpsc::channel::<Reload>(1);
    let (newest, current) = watch::channel(config.clone());

    if let Some(address) = listening {
        (start.listening)(address);
        served::tell(address, &config.config);
    }
    tasks.spawn(socket.serve(asks, until(ended.clone())));
    if let Some(deliveries) = deliveries {
        tasks.spawn(deliveries.run(until(ended.clone())));
    }
    let bags = Arc::new(Bags::new(&config.config.state, limits.clone()));
    let router = router(&ledger, overviews, (&limits, bags.clone(), writer), current, commands);
    tasks.spawn(router.run(asked));
    let observing = tokio::spawn(Observer { figures, pulse, metrics: metrics.clone(), health, hook }.run(notices));
    let reloader = Reloader { config, ledger: ledger.clone(), limits, metrics, access, newest };
    let reloading = tokio::spawn(reloader.run(hangup, reloads));

    let worked = reconciler.run(Outside { commands: outside_commands, reloads: outside_reloads, stop: stopped }).await;
    reloading.abort();
    // The loop has ended, so that its last notices are all there is.
    let _ = observing.await;
    let _ = end.send(true);
    while tasks.join_next().await.is_some() {}
    let _ = reloading.await;
    bags.clear();
    close(ledger)?;
    signalling.abort();
    Ok(worked?)
}

/// What answers the asks, with the parts that it asks in turn.
fn router(
    ledger: &Ledger,
    overviews: Arc<Overviews>,
    (limits, bags, writer): (&Arc<GlobalLimits>, Arc<Bags>, Arc<SpecWriter>),
    config: watch::Receiver<LoadedConfig>,
    commands: mpsc::Sender<Command>,
) -> Router {
    let reader = ledger.reader();
    let answers = answers(ledger, &config.borrow().config);
    let planner = Arc::new(Planner { claims: reader.clone(), limits: limits.clone() });
    let verifications = Arc::new(Verifications { reader, writer: ledger.writer(), limits: limits.clone() });
    Router { answers, overviews, planner, writer, verifications, bags, config, commands }
}

/// What listens at `listen`, if the config has it.
async fn bound(config: &Config) -> Result<Option<ProbeServer>, DaemonError> {
    Ok(match config.listen {
        Some(address) => Some(ProbeServer::bind(address).await?),
        None => None,
    })
}

fn answers(ledger: &Ledger, config: &Config) -> Answers {
    Answers { reader: ledger.reader(), jobs: config.jobs.clone(), reports: config.reports.clone() }
}

fn hook(config: &Config, metrics: &Arc<Metrics>) -> Result<(Option<Hook>, Option<Deliveries>), DaemonError> {
    let Some(notify) = &config.notify else { return Ok((None, None)) };
    let variable = |name: &str| std::env::var(name).ok();
    let secret = notify.secret.as_ref().map(|from| specs::secret(from, &variable)).transpose()?;
    let (hook, deliveries) = Hook::new(&notify.url, secret, metrics.clone(), Pace::default())?;
    Ok((Some(hook), Some(deliveries)))
}

async fn until(mut ended: watch::Receiver<bool>) {
    // The sender lives until everything has ended.
    let _ = ended.wait_for(|ended| *ended).await;
}

fn close(ledger: Arc<Ledger>) -> Result<(), LedgerError> {
    match Arc::into_inner(ledger) {
        Some(ledger) => ledger.close(),
        // A task that is still ending holds it; the ledger's files are closed with the process.
        None => Ok(()),
    }
}

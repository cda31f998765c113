//! `wait`: until the batches of local specs have ended, for pipelines.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

use clap::ValueEnum;

use super::access::Access;
use super::exit::Exit;
use super::session::{self, fail};
use crate::model::batch::{Condition, ConditionKind};
use crate::model::control::{RefusalKind, Reply, Request};
use crate::model::failure::Code;
use crate::model::ids::Digest;
use crate::model::status::{RunStatus, SyncStatus};
use crate::model::units::Span;
use crate::model::view::BatchView;
use crate::specs::{self, LoadedConfig};

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);
/// What stalls a batch may be about an earlier state of its file; when it holds for so long, it is about this one.
const QUIET: Duration = Duration::from_secs(10);

/// Wait until the batches of these specs have ended: for the specs as they are here, not an earlier version
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry wait jobs/acme-expenses-2025-q1.yaml --for complete --timeout 30m")]
pub struct WaitArgs {
    /// Paths of specs
    #[arg(required = true)]
    specs: Vec<PathBuf>,
    /// What to wait for; a batch that ends otherwise is a no
    #[arg(long = "for", value_enum, default_value = "complete")]
    goal: Goal,
    /// Longest wait
    #[arg(long, default_value = "30m", value_parser = Span::from_str)]
    timeout: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Goal {
    /// The run has ended, whatever came of it
    Ended,
    /// Every document is at the target
    Complete,
}

/// A spec that is waited for.
struct Awaited {
    name: String,
    digest: Digest,
    /// Since when the same thing stalls it.
    stalled: Option<(Code, Instant)>,
}

/// Runs the command.
pub fn run(args: &WaitArgs, config: Option<&Path>) -> Exit {
    wait(args, config).unwrap_or_else(|exit| exit)
}

fn wait(args: &WaitArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let mut waiting = args.specs.iter().map(|path| awaited(path, &config)).collect::<Result<Vec<_>, _>>()?;
    let end = Instant::now().checked_add(args.timeout.0);
    let mut exit = Exit::Yes;
    loop {
        // Asked anew each time: a daemon may come, go and be started again meanwhile.
        match access(&config)? {
            Some(access) => waiting.retain_mut(|spec| match look(&access, spec, args.goal) {
                None => true,
                Some(done) => {
                    exit = exit.and(done);
                    false
                }
            }),
            None => tracing::debug!("another process holds the ledger"),
        }
        if waiting.is_empty() {
            return Ok(exit);
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            let names = waiting.iter().map(|spec| spec.name.as_str()).collect::<Vec<_>>().join(", ");
            let message = format!("gave up after {}: {names}; `batchferry show NAME` says how far it is", args.timeout);
            return Ok(exit.and(fail(Exit::TimedOut, message)));
        }
        std::thread::sleep(PAUSE);
    }
}

fn awaited(path: &Path, config: &LoadedConfig) -> Result<Awaited, Exit> {
    let name = path.display().to_string();
    let spec = specs::read_spec(&name, path, Some(&config.config)).map_err(|invalid| {
        eprint!("{}", super::validate::render(&invalid.diagnostics));
        Exit::No
    })?;
    Ok(Awaited { name: spec.file.metadata.name.to_string(), digest: spec.digest, stalled: None })
}

/// `None`: another process, such as a `run`, holds the ledger just now.
fn access(config: &LoadedConfig) -> Result<Option<Access>, Exit> {
    if let Some(daemon) = Access::daemon(config)? {
        return Ok(Some(daemon));
    }
    if session::is_held(config) { Ok(None) } else { Access::open(config).map(Some) }
}

/// How the wait for one spec ends; `None`: not yet.
fn look(access: &Access, spec: &mut Awaited, goal: Goal) -> Option<Exit> {
    let view = match access.try_ask(Request::Batch { batch: spec.name.clone() }) {
        Ok(Reply::Batch(view)) => view,
        Ok(_) => return Some(super::access::unexpected()),
        Err(refusal) if refusal.kind == RefusalKind::NotFound => return None,
        Err(refusal) => {
            tracing::debug!(%refusal, "asked in vain");
            return None;
        }
    };
    if view.spec.digest == spec.digest && view.run_status == RunStatus::Ended {
        return Some(told(&view, goal));
    }
    stalled(&view, spec)
}

fn told(view: &BatchView, goal: Goal) -> Exit {
    let documents = &view.documents;
    println!(
        "{} ({}): {:?}; {} of {} documents synced",
        view.name, view.batch_number, view.sync_status, view.synced, documents.in_scope
    );
    match (goal, view.sync_status) {
        (Goal::Ended, _) | (Goal::Complete, SyncStatus::Complete) => Exit::Yes,
        (Goal::Complete, _) => Exit::No,
    }
}

/// What only a person ends is not waited for.
fn stalled(view: &BatchView, spec: &mut Awaited) -> Option<Exit> {
    let person = |held: &&Condition| {
        matches!(held.kind, ConditionKind::Stalled | ConditionKind::Retired)
            && matches!(held.reason, Code::ImmutableFieldChanged | Code::InvalidSpec | Code::Retired)
    };
    let Some(held) = view.conditions.iter().find(person) else {
        spec.stalled = None;
        return None;
    };
    let since = match spec.stalled {
        Some((code, since)) if code == held.reason => since,
        _ => Instant::now(),
    };
    spec.stalled = Some((held.reason, since));
    let message = || format!("{} ({}): {}: {}", view.name, view.batch_number, held.reason, held.message);
    (since.elapsed() >= QUIET).then(|| fail(Exit::No, message()))
}

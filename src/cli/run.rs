//! `run`: runs batches once, one after another, and exits.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::Exit;
use super::output::{out, tell};
use super::progress::Shown;
use super::session::{self, fail};
use super::summary::{summary, unlisted};
use crate::engine::accept::{Offered, accept};
use crate::engine::begin::Again;
use crate::engine::context::Meters;
use crate::engine::moving::GRACE;
use crate::engine::report;
use crate::engine::run::{Ask, Engine, Ran, RunError};
use crate::engine::stop::Stop;
use crate::engine::view::batch_view;
use crate::model::batch::{BatchRecord, ConditionKind, EndReason};
use crate::model::diagnostic::InvalidSpec;
use crate::model::event::Operator;
use crate::model::failure::Code;
use crate::model::status::{RunStatus, SyncStatus};
use crate::model::text::one_line;
use crate::model::view::BatchView;
use crate::specs::{self, JobsScan, LoadedConfig, LoadedSpec};

/// Run batches once and exit: all specs of the jobs directory, or those named
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  batchferry run\n  batchferry run jobs/acme-expenses-2025-q1.yaml")]
pub struct RunArgs {
    /// Paths of specs, or names of batches whose specs are in the jobs directory
    specs: Vec<String>,
}

/// Runs the command.
pub fn run(args: &RunArgs, config: Option<&Path>) -> Exit {
    start(args, config).unwrap_or_else(|exit| exit)
}

fn start(args: &RunArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let (chosen, invalid) = choose(args, &config)?;
    let engine = session::engine(&config)?;
    write_invalid(&invalid, &engine, &config)?;
    let first = if invalid.is_empty() { Exit::Yes } else { Exit::No };
    if chosen.is_empty() && invalid.is_empty() {
        tell(format_args!("no specs in {}; `batchferry new` writes one\n", config.config.jobs.display()));
    }
    let runs = async {
        let stop = Stop::default();
        stop_on_signals(stop.clone());
        let mut exit = first;
        for spec in &chosen {
            if stop.requested() {
                return exit.and(Exit::Interrupted);
            }
            exit = exit.and(one(&engine, &config, spec, &stop).await);
        }
        exit
    };
    let exit = session::block_on(runs)?;
    session::close(engine)?;
    Ok(exit)
}

type Chosen = (Vec<LoadedSpec>, Vec<InvalidSpec>);

fn choose(args: &RunArgs, config: &LoadedConfig) -> Result<Chosen, Exit> {
    let JobsScan { specs, invalid, ignored } =
        specs::scan_jobs(&config.config.jobs, Some(&config.config)).map_err(|error| fail(Exit::CouldNotTell, error))?;
    for path in &ignored {
        tracing::debug!(path, "not a batch");
    }
    if args.specs.is_empty() {
        return Ok((specs, invalid));
    }
    let (mut chosen, mut broken) = (Vec::new(), Vec::new());
    for wanted in &args.specs {
        if let Some(spec) = specs.iter().find(|spec| is(wanted, &spec.path, spec.file.metadata.name.as_str())) {
            chosen.push(spec.clone());
        } else if let Some(spec) = invalid.iter().find(|spec| is(wanted, &config.config.jobs.join(&spec.file), "")) {
            broken.push(spec.clone());
        } else {
            let message = format!(
                "no spec {wanted:?} in {}; name the path of a spec or a batch's name",
                config.config.jobs.display()
            );
            return Err(fail(Exit::Usage, message));
        }
    }
    Ok((chosen, broken))
}

fn is(wanted: &str, path: &Path, name: &str) -> bool {
    wanted == name || same_file(Path::new(wanted), path)
}

fn same_file(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(a) == real(b)
}

/// Runs one batch and says what came of it.
async fn one(engine: &Engine, config: &LoadedConfig, spec: &LoadedSpec, stop: &Stop) -> Exit {
    let operator = specs::operator_of(&spec.path, spec.text.as_bytes());
    let offered = Offered { spec, operator: operator.clone() };
    let batch = match accept(&engine.ledger, offered, jiff::Timestamp::now()).await {
        Ok(batch) => batch,
        Err(error) => return fail(Exit::CouldNotTell, error),
    };
    run_batch(engine, config, batch, None, (&operator, stop)).await
}

/// Runs one batch that the ledger knows and says what came of it.
pub async fn run_batch(
    engine: &Engine,
    config: &LoadedConfig,
    batch: BatchRecord,
    again: Option<Again>,
    (operator, stop): (&Operator, &Stop),
) -> Exit {
    let meters = Arc::new(Meters::default());
    let shown = Shown::new(engine.ledger.reader(), batch.name.clone(), meters.clone());
    let (id, name) = (batch.id, batch.name.to_string());
    tell(format_args!("{name} ({}): {}\n", batch.number, one_line(&batch.spec.path)));
    let ask = Ask { again, operator, meters: &meters, stop, grace: config.config.shutdown.0, begun: None };
    let work = engine.run(batch, ask);
    let ran = shown.during(with_reports(engine, config, id, work)).await;
    let ran = match ran {
        Ok(ran) => ran,
        Err(RunError::Denied(why)) => return fail(Exit::No, format_args!("{name}: {}: {why}", Code::PolicyDenied)),
        Err(error) => return fail(Exit::CouldNotTell, format_args!("{name}: {error}")),
    };
    let batch = match engine.ledger.reader().batch(id) {
        Ok(Some(batch)) => batch,
        Ok(None) => return fail(Exit::CouldNotTell, format_args!("{name}: gone from the ledger")),
        Err(error) => return fail(Exit::CouldNotTell, error),
    };
    let folder = write_report(engine, config, &batch);
    say(engine, &batch, ran, folder.as_deref())
}

/// Renews the report of a running batch as often as the config says.
async fn with_reports<T>(engine: &Engine, config: &LoadedConfig, id: u32, work: impl Future<Output = T>) -> T {
    let mut tick = tokio::time::interval(config.config.reports.refresh.0.max(std::time::Duration::from_secs(1)));
    tick.tick().await;
    tokio::pin!(work);
    // A slow disk under the reports holds up reports, and nothing else.
    let mut writing: Option<tokio::task::JoinHandle<()>> = None;
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            _ = tick.tick() => {
                if writing.as_ref().is_none_or(tokio::task::JoinHandle::is_finished) {
                    writing = Some(renew_report(engine, config, id));
                }
            }
        }
    };
    if let Some(writing) = writing {
        // The last report must not be overtaken by one of these; it says by itself what went wrong.
        let _ = writing.await;
    }
    result
}

fn renew_report(engine: &Engine, config: &LoadedConfig, id: u32) -> tokio::task::JoinHandle<()> {
    let (reader, jobs, reports) = (engine.ledger.reader(), config.config.jobs.clone(), config.config.reports.clone());
    tokio::task::spawn_blocking(move || {
        let Some(batch) = reader.batch(id).ok().flatten() else { return };
        if let Err(error) = report::write(&reader, &batch, &jobs, &reports) {
            tracing::warn!(%error, "the report of the running batch was not written");
        }
    })
}

fn write_report(engine: &Engine, config: &LoadedConfig, batch: &BatchRecord) -> Option<PathBuf> {
    match report::write(&engine.ledger.reader(), batch, &config.config.jobs, &config.config.reports) {
        Ok(folder) => Some(folder),
        Err(error) => {
            tell(format_args!("warning: {error}; `batchferry report {} --to DIR` writes it elsewhere\n", batch.name));
            None
        }
    }
}

fn say(engine: &Engine, batch: &BatchRecord, ran: Ran, folder: Option<&Path>) -> Exit {
    let view = match batch_view(&engine.ledger.reader(), batch) {
        Ok(view) => view,
        Err(error) => return fail(Exit::CouldNotTell, error),
    };
    let report = folder.map(|folder| format!("  report: {}\n", folder.display())).unwrap_or_default();
    let unlisted = unlisted(&batch.unlistable);
    out(format_args!("{}{unlisted}{report}{}\n", summary(&view), sentence(&view, ran, !batch.unlistable.is_empty())))
        .and(exit(&view, ran))
}

fn sentence(view: &BatchView, ran: Ran, has_unlisted: bool) -> String {
    let name = &view.name;
    match ran {
        Ran::Nothing if view.unsynced == 0 => format!("  nothing to do: {name} has ended; nothing was copied"),
        Ran::Nothing => format!(
            "  nothing to do: {name} has ended; nothing was copied. `batchferry resync {name}` takes what failed again"
        ),
        Ran::Suspended => format!("  {}", held_up(view)),
        Ran::Until(EndReason::Suspended) => "  suspended".to_owned(),
        Ran::Until(EndReason::Interrupted) => "  interrupted: `batchferry run` goes on from here".to_owned(),
        Ran::Until(EndReason::StoreWait) => {
            "  the store did not come back in time: `batchferry run` goes on from here".to_owned()
        }
        Ran::Until(EndReason::DeadlineExceeded) => {
            format!("  the deadline passed: `batchferry resync {name}` takes the rest")
        }
        Ran::Until(EndReason::TooManyFailures) => {
            format!("  too many documents failed: mend the cause, then `batchferry resync {name}`")
        }
        Ran::Until(EndReason::Cancelled) => "  cancelled".to_owned(),
        Ran::Until(EndReason::CatalogUnreadable) => {
            format!("  the index or inventory cannot be read: mend it, then `batchferry resync {name} --all`")
        }
        Ran::Until(EndReason::Finished) if view.sync_status == SyncStatus::Complete => "  done".to_owned(),
        Ran::Until(EndReason::Finished) if view.documents.in_scope == 0 => {
            "  no document is in scope: check the range, the prefix and the filters, then commit a new spec".to_owned()
        }
        Ran::Until(EndReason::Finished) if view.unsynced == 0 => {
            "  done, but not everything could be listed: the report names what is missing".to_owned()
        }
        Ran::Until(EndReason::Finished) if has_unlisted => {
            format!(
                "  done; after mending what failed and what could not be listed, `batchferry resync {name} --all` takes it again"
            )
        }
        Ran::Until(EndReason::Finished) => {
            format!("  done; after mending what failed, `batchferry resync {name}` takes it again")
        }
    }
}

/// Why a batch does not run, and how it would.
fn held_up(view: &BatchView) -> String {
    let condition = |kind| view.conditions.iter().find(|condition| condition.kind == kind);
    match (condition(ConditionKind::Retired), condition(ConditionKind::Suspended)) {
        (None, Some(held)) if held.reason == Code::SuspendedBySpec => {
            let path = one_line(&view.spec.path);
            format!("suspended: set `suspend: false` in {path}, then `batchferry run` goes on")
        }
        (Some(held), _) | (None, Some(held)) => one_line(&held.message),
        (None, None) => "suspended".to_owned(),
    }
}

fn exit(view: &BatchView, ran: Ran) -> Exit {
    match ran {
        Ran::Until(EndReason::Interrupted) => Exit::Interrupted,
        Ran::Until(EndReason::StoreWait) => Exit::CouldNotTell,
        _ if view
            .conditions
            .iter()
            .any(|c| c.kind == ConditionKind::Stalled && c.reason == Code::ImmutableFieldChanged) =>
        {
            Exit::No
        }
        _ if view.run_status == RunStatus::Ended && view.sync_status == SyncStatus::Complete => Exit::Yes,
        _ => Exit::No,
    }
}

/// Tells what is wrong with specs, and writes it into report folders: not into one that holds the evidence of a batch, nor
/// twice into one.
fn write_invalid(invalid: &[InvalidSpec], engine: &Engine, config: &LoadedConfig) -> Result<(), Exit> {
    let (jobs, reports) = (&config.config.jobs, &config.config.reports);
    let batches = engine.ledger.reader().batches().map_err(|error| fail(Exit::CouldNotTell, error))?;
    let mut taken: BTreeSet<PathBuf> =
        batches.iter().map(|batch| crate::reports::folder_of(jobs, &batch.spec.path, reports)).collect();
    for spec in invalid {
        tell(super::validate::render(&super::validate::placed(spec, |file| from_here(jobs, file)).diagnostics));
        let folder = crate::reports::folder_of(jobs, &spec.file, reports);
        if jobs.join(&spec.file).is_dir() || !taken.insert(folder.clone()) {
            continue;
        }
        if let Err(error) = crate::reports::write(&folder, &crate::reports::render_invalid(spec, &reports.languages)) {
            tell(format_args!("warning: {error}\n"));
        }
    }
    Ok(())
}

fn from_here(jobs: &Path, file: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = jobs.join(file);
    path.strip_prefix(&here).unwrap_or(&path).display().to_string()
}

/// The first signal asks for an end at a document boundary; the second ends at once.
pub fn stop_on_signals(stop: Stop) {
    tokio::spawn(async move {
        wait_for_signal().await;
        tell(format_args!(
            "stopping: documents in flight may finish within {} seconds; once more to stop at once\n",
            GRACE.as_secs()
        ));
        stop.request(EndReason::Interrupted);
        wait_for_signal().await;
        std::process::exit(Exit::Interrupted.code().into());
    });
}

async fn wait_for_signal() {
    let interrupt = tokio::signal::ctrl_c();
    let mut terminate = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => return tracing::warn!(%error, "SIGTERM will end the process at once"),
    };
    tokio::select! {
        _ = interrupt => {}
        _ = terminate.recv() => {}
    }
}

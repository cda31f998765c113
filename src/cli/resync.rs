//! `resync`: takes failed and pending documents again, or the whole scope.

use std::path::Path;

use super::access::{Access, named, refused, unexpected};
use super::exit::Exit;
use super::output::out;
use super::run::{run_batch, stop_on_signals};
use super::session::{self, fail};
use crate::engine::accept::{Offered, accept};
use crate::engine::begin::Again;
use crate::engine::commands;
use crate::engine::find::find;
use crate::engine::stop::Stop;
use crate::model::batch::{BatchRecord, ConditionKind};
use crate::model::control::{Reply, Request};
use crate::model::spec::ResyncScope;
use crate::specs::{self, LoadedConfig, LoadedSpec};

/// Take the failed and pending documents of a batch again
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry resync acme-expenses-2025-q1")]
pub struct ResyncArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// List the whole scope again: new documents join, changed ones are found
    #[arg(long)]
    all: bool,
}

/// Runs the command.
pub fn run(args: &ResyncArgs, config: Option<&Path>) -> Exit {
    start(args, config).unwrap_or_else(|exit| exit)
}

fn start(args: &ResyncArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let scope = if args.all { ResyncScope::All } else { ResyncScope::Failed };
    match Access::daemon(&config)? {
        Some(daemon) => asked(&daemon, &args.name, scope),
        None => here(&config, &args.name, scope),
    }
}

/// A daemon runs it when its turn comes.
fn asked(daemon: &Access, name: &str, scope: ResyncScope) -> Result<Exit, Exit> {
    let Reply::Batch(view) = daemon.ask(Request::Resync { batch: named(name), scope })? else {
        return Err(unexpected());
    };
    let (name, number) = (&view.name, &view.batch_number);
    Ok(out(format_args!("{name} ({number}): asked for; `batchferry show {name} --watch` follows it\n")))
}

/// Without a daemon this process runs it.
fn here(config: &LoadedConfig, name: &str, scope: ResyncScope) -> Result<Exit, Exit> {
    let engine = session::engine(config)?;
    let batch = find(&engine.ledger.reader(), &config.config.jobs, &named(name)).map_err(refused)?;
    if batch.condition(ConditionKind::Retired).is_some() {
        return Err(fail(Exit::No, commands::retired(&batch)));
    }
    let operator = session::operator();
    let spec = edited(&batch, config);
    let exit = session::block_on(async {
        let stop = Stop::default();
        stop_on_signals(stop.clone());
        let batch = match spec {
            None => Ok(batch),
            Some(spec) => {
                let operator = specs::operator_of(&spec.path, spec.text.as_bytes());
                accept(&engine.ledger, Offered { spec: &spec, operator }, jiff::Timestamp::now()).await
            }
        };
        match batch {
            Ok(batch) => run_batch(&engine, config, batch, Some(Again::Resync(scope)), (&operator, &stop)).await,
            Err(error) => fail(Exit::CouldNotTell, error),
        }
    })?;
    session::close(engine)?;
    Ok(exit)
}

/// The spec as it is now; with an invalid or vanished one the last good generation goes on.
fn edited(batch: &BatchRecord, config: &LoadedConfig) -> Option<LoadedSpec> {
    let scan = specs::scan_jobs(&config.config.jobs, Some(&config.config)).ok()?;
    scan.specs.into_iter().find(|spec| spec.file.metadata.name == batch.name)
}

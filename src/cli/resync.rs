//! `resync`: takes failed and pending documents again, or the whole scope.

use std::path::Path;

use super::exit::Exit;
use super::run::{run_batch, stop_on_signals};
use super::session::{self, fail};
use crate::engine::accept::{Offered, accept};
use crate::model::batch::BatchRecord;
use crate::model::event::Operator;
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
    let engine = session::engine(&config)?;
    let batch = session::batch(&engine.ledger.reader(), &config, &args.name)?;
    let scope = if args.all { ResyncScope::All } else { ResyncScope::Failed };
    let operator = Operator { name: specs::current_user(), commit: None };
    let spec = edited(&batch, &config);
    let exit = session::block_on(async {
        stop_on_signals(engine.stop.clone());
        let batch = match spec {
            None => Ok(batch),
            Some(spec) => {
                let operator = specs::operator_of(&spec.path, spec.text.as_bytes());
                accept(&engine.ledger, Offered { spec: &spec, operator }, jiff::Timestamp::now()).await
            }
        };
        match batch {
            Ok(batch) => run_batch(&engine, &config, batch, Some(scope), &operator).await,
            Err(error) => fail(Exit::CouldNotTell, error),
        }
    })?;
    engine.ledger.close().map_err(|error| fail(Exit::CouldNotTell, error))?;
    Ok(exit)
}

/// The spec as it is now; with an invalid or vanished one the last good generation goes on.
fn edited(batch: &BatchRecord, config: &LoadedConfig) -> Option<LoadedSpec> {
    let scan = specs::scan_jobs(&config.config.jobs, Some(&config.config)).ok()?;
    scan.specs.into_iter().find(|spec| spec.file.metadata.name == batch.name)
}

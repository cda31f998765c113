//! What a command opens before it can answer: the config, the ledger, the stores.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use super::exit::Exit;
use super::output::tell;
use crate::engine::limits::GlobalLimits;
use crate::engine::run::Engine;
use crate::engine::stop::Stop;
use crate::engine::store_set::StoreSet;
use crate::ledger::{Ledger, LedgerOptions, Reader};
use crate::model::batch::BatchRecord;
use crate::model::ids::BatchName;
use crate::specs::{self, LoadedConfig};

/// Says why a command ends, on stderr, and how.
pub fn fail(exit: Exit, message: impl std::fmt::Display) -> Exit {
    tell(format_args!("error: {message}\n"));
    exit
}

/// The config, or the exit code after saying why there is none.
///
/// # Errors
/// How the command ends.
pub fn config(explicit: Option<&Path>) -> Result<LoadedConfig, Exit> {
    specs::load_config(explicit).map_err(|error| fail(Exit::CouldNotTell, error))
}

/// The ledger of the config's state.
///
/// # Errors
/// How the command ends.
pub fn ledger(config: &LoadedConfig) -> Result<Ledger, Exit> {
    let options =
        LedgerOptions { cache: config.config.limits.ledger_cache.0, instance: config.config.instance.clone() };
    Ledger::open(&config.config.state, &options).map_err(|error| fail(Exit::CouldNotTell, error))
}

/// Everything that runs need.
///
/// # Errors
/// How the command ends.
pub fn engine(config: &LoadedConfig) -> Result<Engine, Exit> {
    Ok(Engine {
        ledger: ledger(config)?,
        stores: StoreSet::new(config.config.clone()),
        limits: GlobalLimits::new(&config.config.limits),
        stop: Stop::default(),
    })
}

/// The batch that a user names: by its name, its number, or the path of its spec as it stands from here or below the jobs
/// directory. Of several that had one path the newest.
///
/// # Errors
/// How the command ends.
pub fn batch(reader: &Reader, config: &LoadedConfig, wanted: &str) -> Result<BatchRecord, Exit> {
    let unreadable = |error| fail(Exit::CouldNotTell, error);
    let named =
        BatchName::from_str(wanted).ok().map(|name| reader.batch_by_name(&name)).transpose().map_err(unreadable)?;
    if let Some(batch) = named.flatten() {
        return Ok(batch);
    }
    let batches = reader.batches().map_err(unreadable)?;
    let here = std::path::absolute(wanted).map(|path| specs::real_path(&path)).unwrap_or_default();
    let newest = |fits: &dyn Fn(&&BatchRecord) -> bool| batches.iter().rev().find(fits);
    newest(&|batch| batch.number.as_str() == wanted)
        .or_else(|| newest(&|batch| specs::real_path(&config.config.jobs.join(&batch.spec.path)) == here))
        .or_else(|| newest(&|batch| batch.spec.path == wanted))
        .cloned()
        .ok_or_else(|| fail(Exit::No, unknown(wanted, &batches)))
}

fn unknown(wanted: &str, batches: &[BatchRecord]) -> String {
    let nearest = batches
        .iter()
        .map(|batch| (strsim::damerau_levenshtein(batch.name.as_str(), wanted), batch.name.as_str()))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let hint = match nearest {
        Some((_, name)) => format!("did you mean {name}?"),
        None => "`batchferry list` shows them; a spec becomes a batch with its first `batchferry run`".to_owned(),
    };
    format!("no batch {wanted:?}; {hint}")
}

/// Threads for what blocks: folders, digests, long reads of the ledger. Each keeps memory of its own, so that hundreds
/// cost more than they bring; those that wait for others (long reads, formats of large files) are a dozen at most.
const BLOCKING_THREADS: usize = 64;

/// Runs a command's async part.
///
/// # Errors
/// How the command ends, where no runtime can be had.
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Exit> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().max_blocking_threads(BLOCKING_THREADS).build();
    let runtime = runtime.map_err(|error| fail(Exit::CouldNotTell, format_args!("cannot start threads: {error}")))?;
    let answer = runtime.block_on(future);
    // A call that hangs in the operating system (a folder on a dead network drive) must not hold the process.
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(answer)
}

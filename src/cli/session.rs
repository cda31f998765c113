//! What a command opens before it can answer: the config, the ledger, the stores.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::exit::Exit;
use super::output::tell;
use crate::engine::limits::GlobalLimits;
use crate::engine::run::{Engine, Patience};
use crate::engine::store_set::StoreSet;
use crate::ledger::{Ledger, LedgerOptions};
use crate::model::event::Operator;
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

/// The ledger of the config's state. What is recorded is on disk once it is closed or dropped; the files stay open until the process
/// ends.
///
/// # Errors
/// How the command ends.
pub fn ledger(config: &LoadedConfig) -> Result<Ledger, Exit> {
    let options = LedgerOptions {
        cache: config.config.limits.ledger_cache.0,
        instance: config.config.instance.clone(),
        fuse: None,
    };
    let ledger = Ledger::open(&config.config.state, &options).map_err(|error| fail(Exit::CouldNotTell, error))?;
    // With its last reader sled gives back what it holds of every page, one by one. The process is at its end then, and the
    // system takes all of it back at once.
    std::mem::forget(ledger.reader());
    Ok(ledger)
}

/// Who types the command, as the system says.
pub fn operator() -> Operator {
    Operator { name: specs::current_user(), commit: None }
}

/// Whether another process, such as a `run`, holds the ledger.
pub fn is_held(config: &LoadedConfig) -> bool {
    Ledger::is_held(&config.config.state)
}

/// Everything that runs need.
///
/// # Errors
/// How the command ends.
pub fn engine(config: &LoadedConfig) -> Result<Engine, Exit> {
    Ok(Engine {
        ledger: Arc::new(ledger(config)?),
        stores: Arc::new(StoreSet::new(config.config.clone())),
        limits: GlobalLimits::new(&config.config.limits),
        patience: Patience::StoreWait,
        scratch: config.config.state.clone(),
    })
}

/// Closes the ledger, so that everything recorded is on disk.
///
/// # Errors
/// How the command ends.
pub fn close(engine: Engine) -> Result<(), Exit> {
    // A reader of a task that is still ending only delays the closing of files.
    let Some(ledger) = Arc::into_inner(engine.ledger) else { return Ok(()) };
    ledger.close().map_err(|error| fail(Exit::CouldNotTell, error))
}

/// Threads for what blocks: folders, digests, long reads of the ledger. Each keeps memory of its own, so that hundreds
/// cost more than they bring; those that wait for others (long reads, formats of large files) are a dozen at most.
const BLOCKING_THREADS: usize = 64;

/// Threads for a command's async parts.
///
/// # Errors
/// How the command ends, where none can be had.
pub fn runtime() -> Result<tokio::runtime::Runtime, Exit> {
    // As tokio would, by its own variable.
    let is_set = std::env::var_os("TOKIO_WORKER_THREADS").is_some();
    runtime_with(BLOCKING_THREADS, (!is_set).then(workers))
}

/// Threads for what waits: half of the processors. The others have the ledger, digests and the kernel to do; with a thread for each
/// of them small files cost a twelfth more processor time, for waking threads that find nothing to do.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2))
}

fn runtime_with(blocking_threads: usize, workers: Option<usize>) -> Result<tokio::runtime::Runtime, Exit> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = workers {
        builder.worker_threads(workers);
    }
    let runtime = builder.enable_all().max_blocking_threads(blocking_threads).build();
    runtime.map_err(|error| fail(Exit::CouldNotTell, format_args!("cannot start threads: {error}")))
}

/// Runs a command's async part.
///
/// # Errors
/// How the command ends, where no runtime can be had.
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, Exit> {
    block_on_with(runtime()?, future)
}

/// Runs a daemon of so many batches at once: each holds a thread or two that read the ledger for it, and whoever asks for
/// something meanwhile is answered by one of as many threads as there are processors.
///
/// # Errors
/// How the command ends, where no runtime can be had.
pub fn block_on_for<T>(batches: usize, future: impl Future<Output = T>) -> Result<T, Exit> {
    block_on_with(runtime_with(BLOCKING_THREADS + 2 * batches, None)?, future)
}

fn block_on_with<T>(runtime: tokio::runtime::Runtime, future: impl Future<Output = T>) -> Result<T, Exit> {
    let answer = runtime.block_on(future);
    // A call that hangs in the operating system (a folder on a dead network drive) must not hold the process.
    runtime.shutdown_timeout(Duration::from_secs(2));
    Ok(answer)
}

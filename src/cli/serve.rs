//! `serve`: the daemon.

use std::path::Path;

use super::exit::Exit;
use super::session::{self, fail};
use crate::daemon::{self, Start};

/// Run the daemon: watch the jobs directory, run what is committed, answer other commands
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry serve --config /etc/batchferry/batchferry.yaml")]
pub struct ServeArgs {
    /// How log lines are written to stderr
    #[arg(long, value_enum, default_value = "text")]
    pub log_format: LogFormat,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Runs the command.
pub fn run(config: Option<&Path>) -> Exit {
    let served = session::config(config).and_then(|config| {
        let listening = |address| tracing::info!(%address, "answers /livez, /readyz and /metrics");
        // Those that wait for their stores are more than those that move.
        let batches = 4 * config.config.limits.batches as usize;
        session::block_on_for(batches, daemon::serve(Start { config, listening }))
    });
    match served {
        Ok(Ok(())) => Exit::Yes,
        Ok(Err(error)) => fail(Exit::CouldNotTell, error),
        Err(exit) => exit,
    }
}

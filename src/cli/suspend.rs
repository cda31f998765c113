//! `suspend`: pauses a batch at the next document boundary.

use std::path::Path;

use super::access::{command, named};
use super::exit::Exit;
use crate::model::control::Request;

/// Pause a batch: documents in flight finish, the rest waits
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry suspend acme-expenses-2025-q1")]
pub struct SuspendArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
}

/// Runs the command.
pub fn run(args: &SuspendArgs, config: Option<&Path>) -> Exit {
    command(config, Request::Suspend { batch: named(&args.name) }, "suspended; `batchferry resume NAME` goes on")
}

//! `cancel`: ends a batch's run; the rest stays pending.

use std::path::Path;

use super::access::{command, named};
use super::exit::Exit;
use crate::model::control::Request;

/// End the run of a batch: documents in flight finish, the rest stays pending
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry cancel acme-expenses-2025-q1")]
pub struct CancelArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
}

/// Runs the command.
pub fn run(args: &CancelArgs, config: Option<&Path>) -> Exit {
    command(config, Request::Cancel { batch: named(&args.name) }, "cancelled; `batchferry resync NAME` takes the rest")
}

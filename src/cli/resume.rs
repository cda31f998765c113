//! `resume`: takes a command's `suspend` back.

use std::path::Path;

use super::access::{command, named};
use super::exit::Exit;
use crate::model::control::Request;

/// Go on with a batch that a command suspended
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry resume acme-expenses-2025-q1")]
pub struct ResumeArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
}

/// Runs the command.
pub fn run(args: &ResumeArgs, config: Option<&Path>) -> Exit {
    command(
        config,
        Request::Resume { batch: named(&args.name) },
        "goes on when its turn comes; where no daemon runs, `batchferry run` takes it",
    )
}

//! `delete`: retires a batch whose spec is gone.

use std::path::Path;

use super::access::{command, named};
use super::exit::Exit;
use crate::model::control::Request;

/// Retire a batch whose spec is gone: data, records and events are kept
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry delete acme-expenses-2025-q1")]
pub struct DeleteArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
}

/// Runs the command.
pub fn run(args: &DeleteArgs, config: Option<&Path>) -> Exit {
    command(
        config,
        Request::Delete { batch: named(&args.name) },
        "retired; its records are kept, and its name is not used again",
    )
}

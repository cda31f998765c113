//! Which part of `ledger` is meant.

use std::path::Path;

use super::{check, compact};
use crate::cli::exit::Exit;

/// Check the ledger, and give back the space that it wastes
#[derive(Debug, clap::Args)]
pub struct LedgerArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::CheckArgs),
    Compact(compact::CompactArgs),
}

/// Runs the command.
pub fn run(args: &LedgerArgs, config: Option<&Path>) -> Exit {
    match &args.command {
        Command::Check(args) => check::run(args, config),
        Command::Compact(args) => compact::run(args, config),
    }
}

//! Which part of `store` is meant.

use std::path::Path;

use super::check;
use crate::cli::exit::Exit;

/// Try what a store of the config can do
#[derive(Debug, clap::Args)]
pub struct StoreArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Check(check::CheckArgs),
}

/// Runs the command.
pub fn run(args: &StoreArgs, config: Option<&Path>) -> Exit {
    match &args.command {
        Command::Check(args) => check::run(args, config),
    }
}

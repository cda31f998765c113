//! Which part of `audit` is meant.

use std::path::Path;

use super::{export, verify};
use crate::cli::exit::Exit;

/// Export the audit log, and check that it is whole
#[derive(Debug, clap::Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Export(export::ExportArgs),
    Verify(verify::VerifyArgs),
}

/// Runs the command.
pub fn run(args: &AuditArgs, config: Option<&Path>) -> Exit {
    match &args.command {
        Command::Export(args) => export::run(args, config),
        Command::Verify(args) => verify::run(args, config),
    }
}

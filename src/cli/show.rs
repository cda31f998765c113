//! `show`: one batch in full.

use std::path::Path;

use super::exit::Exit;
use super::output::{Format, json_object, out};
use super::session::{self, fail};
use super::summary::summary;
use crate::engine::view::batch_view;

/// Show one batch: statuses, totals, reasons
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry show acme-expenses-2025-q1 -o json")]
pub struct ShowArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

/// Runs the command.
pub fn run(args: &ShowArgs, config: Option<&Path>) -> Exit {
    print(args, config).unwrap_or_else(|exit| exit)
}

fn print(args: &ShowArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let ledger = session::ledger(&config)?;
    let reader = ledger.reader();
    let batch = session::batch(&reader, &config, &args.name)?;
    let view = batch_view(&reader, &batch).map_err(|error| fail(Exit::CouldNotTell, error))?;
    Ok(match args.output {
        Format::Json => json_object(&view),
        Format::Text => out(summary(&view)),
    })
}

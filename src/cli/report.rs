//! `report`: writes the report folder of a batch, the same bytes anywhere.

use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::output::out;
use super::session::{self, fail};
use crate::engine::report;
use crate::specs::real_path;

/// Write the report of a batch again
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry report acme-expenses-2025-q1 --to /tmp/report")]
pub struct ReportArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// Folder to write to; default: where the config puts reports
    #[arg(long)]
    to: Option<PathBuf>,
}

/// Runs the command.
pub fn run(args: &ReportArgs, config: Option<&Path>) -> Exit {
    write(args, config).unwrap_or_else(|exit| exit)
}

fn write(args: &ReportArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let ledger = session::ledger(&config)?;
    let batch = session::batch(&ledger.reader(), &config, &args.name)?;
    let written = match &args.to {
        // A link that the user names is meant; one that stands in the jobs directory is not followed.
        Some(folder) => report::write_to(&ledger.reader(), &batch, &real_path(folder), &config.config.reports),
        None => report::write(&ledger.reader(), &batch, &config.config.jobs, &config.config.reports),
    };
    let folder = written.map_err(|error| fail(Exit::CouldNotTell, error))?;
    Ok(out(format_args!("{}\n", folder.display())))
}

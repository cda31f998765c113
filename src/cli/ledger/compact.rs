//! `ledger compact`: the ledger written anew without what it wastes.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::output::{Format, json_object, out};
use crate::cli::session::{self, fail};
use crate::ledger;
use crate::model::ledger_check::LedgerCompactView;
use crate::model::text::one_line;
use crate::model::units::Size;
use crate::rules::reporting::count;

/// Write the ledger anew, without the space that it wastes
///
/// Needs the daemon stopped, and room on the disk for the new one beside the old one. The two are compared before the new one takes
/// the place of the old one; if it would be no smaller, the old one stays. It may be interrupted at any time: then the ledger is as it was.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: batchferry ledger compact

Exit codes: 0 done, 3 not (another process has the ledger, there is none, or too little room): the ledger is as it was.")]
pub struct CompactArgs {
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

/// Runs the command.
pub fn run(args: &CompactArgs, config: Option<&Path>) -> Exit {
    start(args, config).unwrap_or_else(|exit| exit)
}

fn start(args: &CompactArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?.config;
    let compacted = ledger::compact(&config.state, config.limits.ledger_cache.0, None);
    let view = compacted.map_err(|error| fail(Exit::CouldNotTell, error))?;
    Ok(match args.output {
        Format::Json => json_object(&view),
        Format::Text => out(text(&view)),
    })
}

fn text(view: &LedgerCompactView) -> String {
    let LedgerCompactView { before, after, seconds, .. } = view;
    let records = count(view.records, "record", "records");
    let stays = if after < before { "" } else { "  there is nothing to give back: the old one stays\n" };
    format!(
        "{}: {} before, {} now, in {seconds:.1} s\n{stays}  {records} of {}, the same before and after (SHA-256 {})\n",
        one_line(&view.ledger),
        Size(*before),
        Size(*after),
        Size(view.bytes),
        view.sha256
    )
}

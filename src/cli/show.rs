//! `show`: one batch in full.

use std::path::Path;
use std::time::Duration;

use super::access::{Access, named};
use super::exit::Exit;
use super::output::{Format, json_object, out};
use super::session;
use super::summary::summary;
use crate::model::status::RunStatus;

/// Between two looks at a batch that is followed.
const PAUSE: Duration = Duration::from_secs(1);

/// Show one batch: statuses, totals, reasons
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  batchferry show acme-expenses-2025-q1 -o json\n  batchferry show acme-expenses-2025-q1 --watch"
)]
pub struct ShowArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
    /// Print it again whenever it has changed, until the batch has ended
    #[arg(short, long)]
    watch: bool,
}

/// Runs the command.
pub fn run(args: &ShowArgs, config: Option<&Path>) -> Exit {
    print(args, config).unwrap_or_else(|exit| exit)
}

fn print(args: &ShowArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let name = named(&args.name);
    let mut before = None;
    loop {
        // Asked anew each time: without a daemon the ledger must be free for a run meanwhile.
        let view = Access::open(&config)?.batch(&name)?;
        let has_ended = view.run_status == RunStatus::Ended;
        if before.as_ref() != Some(&view) {
            let printed = match args.output {
                Format::Json => json_object(&view),
                Format::Text => out(summary(&view)),
            };
            if printed != Exit::Yes {
                return Ok(printed);
            }
        }
        if !args.watch || has_ended {
            return Ok(Exit::Yes);
        }
        before = Some(view);
        std::thread::sleep(PAUSE);
    }
}

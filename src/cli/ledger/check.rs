//! `ledger check`: is everything in the ledger as it was written.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::output::{Column, Format, ListFormat, json_object, list, out};
use crate::cli::session::{self, fail};
use crate::ledger;
use crate::model::ledger_check::{KindSize, LedgerCheckView, LedgerProblem};
use crate::model::text::one_line;
use crate::model::units::Size;
use crate::rules::reporting::{count, number};

/// Check that every record of the ledger is readable, and that records, indexes and counters agree
///
/// Reads everything and changes no record. Needs the daemon stopped. Whether events and records are those that were once written
/// is for `audit verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: batchferry ledger check

Exit codes: 0 sound, 1 not, 3 could not tell (another process has the ledger, or there is none).")]
pub struct CheckArgs {
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

const COLUMNS: &[Column<KindSize>] = &[
    Column { name: "kind", cell: |kind| kind.kind.clone() },
    Column { name: "records", cell: |kind| number(kind.records) },
    Column { name: "size", cell: |kind| Size(kind.bytes).to_string() },
];

/// Runs the command.
pub fn run(args: &CheckArgs, config: Option<&Path>) -> Exit {
    start(args, config).unwrap_or_else(|exit| exit)
}

fn start(args: &CheckArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?.config;
    let checked = ledger::check(&config.state, config.limits.ledger_cache.0);
    let view = checked.map_err(|error| fail(Exit::CouldNotTell, error))?;
    let printed = match args.output {
        Format::Json => json_object(&view),
        Format::Text => {
            let mut rows = Some(view.kinds.clone());
            let table = list(ListFormat::Table, COLUMNS, || Ok(rows.take().unwrap_or_default()));
            table.and(out(text(&view)))
        }
    };
    Ok(printed.and(if view.sound { Exit::Yes } else { Exit::No }))
}

fn text(view: &LedgerCheckView) -> String {
    let held = [
        count(view.batches, "batch", "batches"),
        count(view.documents, "document", "documents"),
        count(view.files, "file", "files"),
    ];
    let is = if view.sound { "sound" } else { "NOT sound" };
    let mut text = format!("{}: {is}; {} (format {})\n", one_line(&view.ledger), held.join(", "), view.format);
    text.push_str(&format!("  {} on disk, {} of records; ", Size(view.disk), Size(view.bytes)));
    text.push_str(&match view.reclaimable {
        0 => "there is nothing that `batchferry ledger compact` would give back\n".to_owned(),
        bytes => format!("`batchferry ledger compact` would give back about {}\n", Size(bytes)),
    });
    view.problems.iter().for_each(|problem| text.push_str(&line(problem)));
    let more = view.problems_total.saturating_sub(view.problems.len() as u64);
    if more > 0 {
        text.push_str(&format!("  and {} more\n", count(more, "problem", "problems")));
    }
    if !view.sound {
        text.push_str(REMEDY);
    }
    text
}

const REMEDY: &str = "  what to do: restore the state directory from a backup. Without one, move it aside and run the batches again:
  files that are at the target already are compared and not copied, but numbers and audit logs begin anew, so keep the old one
";

fn line(problem: &LedgerProblem) -> String {
    let mut whose = problem.batch.iter().cloned().collect::<Vec<_>>();
    whose.extend(problem.image_number.as_ref().map(|image| format!("document {image:?}")));
    whose.push(problem.kind.clone());
    format!("  {}: {}\n", one_line(&whose.join(", ")), one_line(&problem.message))
}

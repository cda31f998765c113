//! `audit export`: every event, with what is needed to check the chain without us.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::chains::Chains;
use super::instant;
use crate::cli::access::{Access, strange};
use crate::cli::exit::Exit;
use crate::cli::output::{Column, ListFormat, list, list_to};
use crate::cli::session;
use crate::model::audit::{AuditRow, EventFilter};
use crate::model::control::{MAX_ROWS, Refusal, Reply, Request};
use crate::model::event::Change;
use crate::model::ids::ImageNumber;

/// Export audit events: who changed what and when, with digests that chain them
///
/// A line of JSON holds one event with its digest. To recompute a digest, write the object `event` as compact JSON in the
/// order of its fields (UTF-8, nothing escaped that need not be) and take its SHA-256; the `previous` of the next event of
/// the batch names it, and the first one names 64 zeros. `eventType` and `outcome` are PREMIS's words.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct ExportArgs {
    /// Names or numbers of batches, or paths of their specs; default: all, retired ones too
    names: Vec<String>,
    /// Only events at or after this instant, or from the beginning of this day (UTC)
    #[arg(long, value_parser = instant::from)]
    from: Option<Timestamp>,
    /// Only events before this instant, or to the end of this day (UTC)
    #[arg(long, value_parser = instant::until)]
    until: Option<Timestamp>,
    /// Only events of the document with this image number
    #[arg(long, value_name = "IMAGE")]
    document: Option<String>,
    /// For programs, or for spreadsheets
    #[arg(short, long, value_enum, default_value = "jsonl")]
    output: ExportFormat,
    /// Write to a file, which is there whole or not at all; default: stdout
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  batchferry audit export acme-expenses-2025-q1 --to events.jsonl
  batchferry audit export --from 2025-04-01 --until 2025-04-30 -o csv --to april.csv
  batchferry audit export acme-expenses-2025-q1 --document IMG-000123";

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ExportFormat {
    Jsonl,
    Csv,
}

impl From<ExportFormat> for ListFormat {
    fn from(format: ExportFormat) -> Self {
        match format {
            ExportFormat::Jsonl => Self::Jsonl,
            ExportFormat::Csv => Self::Csv,
        }
    }
}

const COLUMNS: &[Column<AuditRow>] = &[
    Column { name: "batchNumber", cell: |row| row.event.batch.to_string() },
    Column { name: "name", cell: |row| row.name.to_string() },
    Column { name: "sequence", cell: |row| row.event.sequence.to_string() },
    Column { name: "at", cell: |row| row.event.at.to_string() },
    Column { name: "run", cell: |row| row.event.run.to_string() },
    Column { name: "attempt", cell: |row| row.event.attempt.to_string() },
    Column { name: "operator", cell: |row| row.event.operator.name.clone() },
    Column { name: "commit", cell: |row| row.event.operator.commit.clone().unwrap_or_default() },
    Column { name: "eventType", cell: |row| row.event_type.to_string() },
    Column { name: "outcome", cell: |row| row.outcome.to_string() },
    Column { name: "change", cell: |row| row.event.change.name().to_owned() },
    Column { name: "imageNumber", cell: |row| document(row).map(|(image, ..)| image.to_string()).unwrap_or_default() },
    Column { name: "oldStatus", cell: |row| document(row).map(|(_, old, _)| old.to_owned()).unwrap_or_default() },
    Column { name: "newStatus", cell: |row| document(row).map(|(_, _, new)| new.to_owned()).unwrap_or_default() },
    Column { name: "code", cell: |row| row.event.change.code().map(|code| code.to_string()).unwrap_or_default() },
    Column { name: "detail", cell: |row| serde_json::to_string(&row.event.change).unwrap_or_default() },
    Column { name: "spec", cell: |row| row.event.spec.to_string() },
    Column { name: "record", cell: |row| record(row).unwrap_or_default() },
    Column { name: "previous", cell: |row| row.event.previous.to_string() },
    Column { name: "digest", cell: |row| row.digest.to_string() },
];

fn document(row: &AuditRow) -> Option<(&ImageNumber, &'static str, &'static str)> {
    match &row.event.change {
        Change::Document { image_number, old, new, .. } => Some((image_number, old.as_str(), new.as_str())),
        _ => None,
    }
}

fn record(row: &AuditRow) -> Option<String> {
    match &row.event.change {
        Change::Document { record, .. } => Some(record.to_string()),
        _ => None,
    }
}

/// Runs the command.
pub fn run(args: &ExportArgs, config: Option<&Path>) -> Exit {
    export(args, config).unwrap_or_else(|exit| exit)
}

fn export(args: &ExportArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let access = Access::open(&session::config(config)?)?;
    let image = args.document.as_deref().map(ImageNumber::new);
    let filter = EventFilter { from: args.from, until: args.until, image };
    let mut events = Events { chains: Chains::of(&access, &args.names)?, access: &access, filter, at: None };
    let pages = || events.page();
    Ok(match &args.to {
        Some(file) => list_to(file, args.output.into(), COLUMNS, pages),
        None => list(args.output.into(), COLUMNS, pages),
    })
}

/// Events, batch by batch and page by page.
struct Events<'a> {
    access: &'a Access,
    chains: Chains,
    filter: EventFilter,
    /// The batch, and where its next page begins.
    at: Option<(String, Option<String>)>,
}

impl Events<'_> {
    /// The next rows; none: that was all.
    fn page(&mut self) -> Result<Vec<AuditRow>, Refusal> {
        loop {
            let (batch, after) = match self.at.take() {
                Some(at) => at,
                None => match self.chains.next(self.access)? {
                    Some(batch) => (batch, None),
                    None => return Ok(Vec::new()),
                },
            };
            let request = Request::Events { batch: batch.clone(), filter: self.filter.clone(), after, limit: MAX_ROWS };
            let Reply::Events(page) = self.access.try_ask(request)? else { return Err(strange()) };
            self.at = page.next.map(|next| (batch, Some(next)));
            if !page.rows.is_empty() {
                return Ok(page.rows);
            }
        }
    }
}

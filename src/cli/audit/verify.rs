//! `audit verify`: is the log whole, and is every record as the log says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::anchors::anchors;
use super::chains::Chains;
use crate::cli::access::{Access, refused, unexpected};
use crate::cli::exit::Exit;
use crate::cli::output::{Format, json_object, out};
use crate::cli::session::{self, fail};
use crate::model::audit::{Anchor, AuditVerdict};
use crate::model::control::{Reply, Request};
use crate::model::text::one_line;
use crate::model::view::FORMAT_VERSION;
use crate::rules::reporting::count;

/// Check that no audit event was changed, removed or reordered, and that records are as the events say
///
/// Reads every event and every record. Whoever can write the ledger can cut events off at the end, or write a whole new log:
/// that shows only against a head that was kept elsewhere, such as the report.json that was committed to git.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example: batchferry audit verify acme-expenses-2025-q1 --against jobs/acme-expenses-2025-q1.report/report.json

Exit codes: 0 whole, 1 not, 3 could not tell.")]
pub struct VerifyArgs {
    /// Names or numbers of batches, or paths of their specs; default: those of --against, else all
    names: Vec<String>,
    /// A report.json, or an export in JSON lines: the head in it must be an event of the log
    #[arg(long, value_name = "REPORT")]
    against: Vec<PathBuf>,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

/// The JSON of the command.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    format_version: u32,
    sound: bool,
    batches: Vec<AuditVerdict>,
}

/// Runs the command.
pub fn run(args: &VerifyArgs, config: Option<&Path>) -> Exit {
    verify(args, config).unwrap_or_else(|exit| exit)
}

fn verify(args: &VerifyArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let mut anchors = anchors(&args.against).map_err(|error| fail(Exit::CouldNotTell, error))?;
    let access = Access::open(&session::config(config)?)?;
    let names: Vec<String> = if args.names.is_empty() { anchors.keys().cloned().collect() } else { args.names.clone() };
    let mut chains = Chains::of(&access, &names)?;
    let (mut batches, mut exit) = (Vec::new(), Exit::Yes);
    while let Some(batch) = chains.next(&access).map_err(refused)? {
        let verdict = check(&access, batch, &mut anchors)?;
        exit = exit.and(if verdict.sound { Exit::Yes } else { Exit::No });
        match args.output {
            Format::Text => exit = exit.and(out(text(&verdict))),
            Format::Json => batches.push(verdict),
        }
    }
    if let Some(other) = anchors.keys().next() {
        return Err(fail(Exit::Usage, format_args!("--against names batch {other}, which is not among those named")));
    }
    Ok(match args.output {
        Format::Text => exit,
        Format::Json => {
            exit.and(json_object(&Checked { format_version: FORMAT_VERSION, sound: exit == Exit::Yes, batches }))
        }
    })
}

fn check(access: &Access, batch: String, anchors: &mut BTreeMap<String, Anchor>) -> Result<AuditVerdict, Exit> {
    let number = access.batch(&batch)?.batch_number;
    let against = anchors.remove(number.as_str());
    match access.ask(Request::CheckAudit { batch, against })? {
        Reply::AuditChecked(verdict) => Ok(*verdict),
        _ => Err(unexpected()),
    }
}

fn text(verdict: &AuditVerdict) -> String {
    let AuditVerdict { name, batch_number, events, documents, .. } = verdict;
    let events = count(*events, "event", "events");
    let documents = count(*documents, "document", "documents");
    let is = if verdict.sound { "whole" } else { "NOT AS IT WAS WRITTEN" };
    let mut text = format!("{name} ({batch_number}): {is}; {events}, {documents}; head {}\n", verdict.head);
    for fault in &verdict.faults {
        text.push_str(&format!("  {}\n", one_line(&fault.message)));
    }
    let more = verdict.faults_total.saturating_sub(verdict.faults.len() as u64);
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    if let Some(anchor) = &verdict.against {
        text.push_str(&format!("  compared with event {} ({})\n", anchor.event, anchor.digest));
    }
    text + &format!("  note: {}\n", verdict.note)
}

//! `bench`: how fast files go between two stores, and what to put into the spec.

use std::path::Path;
use std::time::Duration;

use super::exit::Exit;
use super::output::{Column, Format, ListFormat, json_object, list, out};
use super::run::stop_on_signals;
use super::session::{self, fail};
use crate::engine::bench::{self, Asked, BenchError};
use crate::engine::stop::Stop;
use crate::engine::store_set::StoreSetError;
use crate::model::bench::{BenchStep, BenchView};
use crate::model::config::Limits;
use crate::model::ids::StoreName;
use crate::model::text::one_line;
use crate::model::units::{Rate, Size, Span};
use crate::rules::reporting::{count, number};

/// Measure how fast files go between two stores, and print the concurrency to put into the spec
///
/// Copies as a run does (each file is read as it was listed, written, and proven), one at a time and then ever more at once, until more
/// bring nothing or the target asks for less. Works on objects of its own, named `.batchferry-check-…` and directly below the
/// stores' prefixes, and removes them at the end; it touches nothing else. Needs no ledger.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  batchferry bench --source scans --target vault
  batchferry bench --source scans --prefix 2024/ --target vault --duration 1m

Exit codes: 0 measured, 1 something failed or is not allowed, 3 could not tell, 130 interrupted.")]
pub struct BenchArgs {
    /// The store to read from, by its name in the config
    #[arg(long, value_name = "STORE")]
    source: String,
    /// The store to write to
    #[arg(long, value_name = "STORE")]
    target: String,
    /// Read what lies below this prefix of the source, and write nothing there
    #[arg(long)]
    prefix: Option<String>,
    /// Size of the objects that are written to the source; above 5 MiB they go in parts
    #[arg(long, default_value = "40KiB", conflicts_with = "prefix")]
    size: Size,
    /// How long to measure
    #[arg(long, default_value = "20s")]
    duration: Span,
    /// The most files at once; default: twice `limits.concurrency` of the config
    #[arg(long, value_name = "N")]
    most: Option<u32>,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

const COLUMNS: &[Column<BenchStep>] = &[
    Column { name: "at once", cell: |step| step.concurrency.to_string() },
    Column { name: "files", cell: |step| number(step.files) },
    Column { name: "files/s", cell: |step| format!("{:.1}", step.files_per_second) },
    Column { name: "bytes/s", cell: |step| rate(step.bytes_per_second) },
    Column { name: "median", cell: |step| format!("{:.1} ms", step.median_ms) },
    Column { name: "95 of 100", cell: |step| format!("{:.1} ms", step.p95_ms) },
    Column { name: "throttled", cell: |step| number(step.throttled) },
    Column { name: "failed", cell: |step| number(step.failed) },
];

/// Bytes beyond what an integer holds are none that a store gives.
fn rate(bytes: f64) -> String {
    Rate(Duration::try_from_secs_f64(bytes).map_or(0, |whole| whole.as_secs())).to_string()
}

/// Largest object that is held in memory at its making, for each of a few.
const LARGEST: Size = Size(1 << 30);

/// Runs the command.
pub fn run(args: &BenchArgs, config: Option<&Path>) -> Exit {
    start(args, config).unwrap_or_else(|exit| exit)
}

fn start(args: &BenchArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    if args.size.0 == 0 || args.size > LARGEST {
        return Err(fail(Exit::Usage, format_args!("--size: expected 1 byte to {LARGEST}; found {}", args.size)));
    }
    let config = session::config(config)?.config;
    let asked = asked(args, &config.limits);
    let stop = Stop::default();
    let measuring = async {
        stop_on_signals(stop.clone());
        bench::measure(&config, &asked, &stop).await
    };
    let view = session::block_on(measuring)?.map_err(|error| fail(exit(&error), error))?;
    let printed = match args.output {
        Format::Json => json_object(&view),
        Format::Text => {
            let mut rows = Some(view.steps.clone());
            let table = list(ListFormat::Table, COLUMNS, || Ok(rows.take().unwrap_or_default()));
            table.and(out(text(&view)))
        }
    };
    let measured = match &view {
        _ if stop.requested() => Exit::Interrupted,
        BenchView { failure: None, advice: Some(_), left, .. } if left.is_empty() => Exit::Yes,
        _ => Exit::No,
    };
    Ok(printed.and(measured))
}

fn asked(args: &BenchArgs, limits: &Limits) -> Asked {
    Asked {
        source: StoreName::new(args.source.as_str()),
        target: StoreName::new(args.target.as_str()),
        prefix: args.prefix.clone(),
        size: args.size.0,
        duration: args.duration.0,
        most: args.most.unwrap_or(limits.concurrency.saturating_mul(2)),
    }
}

fn exit(error: &BenchError) -> Exit {
    match error {
        BenchError::Store(StoreSetError::Unknown { .. }) => Exit::Usage,
        BenchError::Denied(_) => Exit::No,
        BenchError::Store(_) | BenchError::NothingListed(_) | BenchError::Source(_) => Exit::CouldNotTell,
    }
}

fn text(view: &BenchView) -> String {
    let objects = count(view.objects, "object", "objects");
    let (source, target) = (one_line(&view.source), one_line(&view.target));
    let mut text = format!("{source} to {target}: {objects} of {} on average, read over and over\n", Size(view.size));
    match &view.advice {
        Some(advice) => {
            text.push_str(&format!(
                "  {} at once are about as fast as any\n",
                count(advice.concurrency.into(), "file", "files")
            ));
            text.push_str("  for the spec:\n");
            advice.spec.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
            if !advice.config.is_empty() {
                text.push_str("  and for the config, which would hold that back:\n");
                advice.config.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
            }
        }
        None => text.push_str("  no advice: too little arrived\n"),
    }
    if let Some(failure) = &view.failure {
        text.push_str(&format!("  failed: {}\n", one_line(failure)));
    }
    for key in &view.left {
        text.push_str(&format!("  not removed: {}; remove it by hand\n", one_line(key)));
    }
    text
}

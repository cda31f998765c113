//! `plan`: what a run would do and what it would refuse, without writing to any store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::exit::Exit;
use super::output::{Format, json_object, out, tell};
use super::progress::Shown;
use super::run::stop_on_signals;
use super::session::{self, fail};
use super::summary::summary;
use crate::engine::context::Meters;
use crate::engine::plan::plan;
use crate::engine::run::{Engine, Ran};
use crate::ledger::{Ledger, LedgerOptions};
use crate::model::batch::EndReason;
use crate::model::failure::Code;
use crate::model::report::Report;
use crate::model::text::one_line;
use crate::rules::reporting::count;
use crate::specs::{self, LoadedConfig, LoadedSpec};

/// List and check a batch without moving anything
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry plan jobs/acme-expenses-2025-q1.yaml")]
pub struct PlanArgs {
    /// Path of the spec
    spec: PathBuf,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

/// Runs the command. Exit code 0: every document in scope would move or is there already.
pub fn run(args: &PlanArgs, config: Option<&Path>) -> Exit {
    start(args, config).unwrap_or_else(|exit| exit)
}

fn start(args: &PlanArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let name = args.spec.display().to_string();
    let spec = specs::read_spec(&name, &args.spec, Some(&config.config)).map_err(|invalid| {
        tell(super::validate::render(&invalid.diagnostics));
        Exit::No
    })?;
    let scratch = tempfile::tempdir()
        .map_err(|error| fail(Exit::CouldNotTell, format_args!("cannot make a temporary folder: {error}")))?;
    let engine = scratch_engine(&config, scratch.path())?;
    let real = real_ledger(&config);
    let (report, ran) = session::block_on(planned(&engine, &spec, real.as_ref()))??;
    let printed = match args.output {
        Format::Json => json_object(&report),
        Format::Text => out(text(&report)),
    };
    Ok(printed.and(exit(&report, ran)))
}

fn exit(report: &Report, ran: Ran) -> Exit {
    let is_sound = report.batch.documents.failed == 0 && report.unlistable.is_empty() && !selects_nothing(report);
    match ran {
        Ran::Until(EndReason::Finished) if is_sound => Exit::Yes,
        Ran::Until(EndReason::Interrupted) => Exit::Interrupted,
        Ran::Until(EndReason::StoreWait) => Exit::CouldNotTell,
        _ => Exit::No,
    }
}

fn selects_nothing(report: &Report) -> bool {
    report.batch.failures.iter().any(|failure| failure.code == Code::NothingSelected)
}

async fn planned(engine: &Engine, spec: &LoadedSpec, real: Option<&Ledger>) -> Result<(Report, Ran), Exit> {
    stop_on_signals(engine.stop.clone());
    let meters = Arc::new(Meters::default());
    let operator = specs::operator_of(&spec.path, spec.text.as_bytes());
    let work = plan(engine, spec, operator, real.map(Ledger::reader), &meters);
    let shown = Shown::new(engine.ledger.reader(), spec.file.metadata.name.clone(), meters.clone());
    shown.during(work).await.map_err(|error| fail(Exit::CouldNotTell, error))
}

fn scratch_engine(config: &LoadedConfig, scratch: &Path) -> Result<Engine, Exit> {
    let mut config = config.clone();
    config.config.state = scratch.to_owned();
    session::engine(&config)
}

/// The ledger of real batches, for the target keys that they have claimed.
fn real_ledger(config: &LoadedConfig) -> Option<Ledger> {
    if !config.config.state.exists() {
        return None;
    }
    let options = LedgerOptions { cache: config.config.limits.ledger_cache.0, instance: None };
    match Ledger::open(&config.config.state, &options) {
        Ok(ledger) => Some(ledger),
        Err(error) => {
            tell(format_args!("warning: target keys claimed by other batches were not checked: {error}\n"));
            None
        }
    }
}

fn text(report: &Report) -> String {
    let mut text = summary(&report.batch);
    for item in &report.failed.rows {
        let (image, reason) =
            (item.document.image_number.as_str(), item.document.reason.as_deref().unwrap_or_default());
        text.push_str(&format!("  would fail: {}: {}\n", one_line(image), one_line(reason)));
    }
    let documents = &report.batch.documents;
    let moved = count(documents.pending, "document", "documents");
    text + &format!("  nothing was written; a run would move {moved}, {} would fail\n", documents.failed)
}

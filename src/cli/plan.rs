//! `plan`: what a run would do and what it would refuse, without writing to any store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::access::{Access, unexpected};
use super::exit::Exit;
use super::output::{json_object, out, tell};
use super::progress::Shown;
use super::run::stop_on_signals;
use super::session::{self, fail};
use super::summary;
use crate::engine::context::Meters;
use crate::engine::moving::GRACE;
use crate::engine::plan::plan;
use crate::engine::run::{Ask, Engine, Ran};
use crate::engine::stop::Stop;
use crate::ledger::{Ledger, LedgerOptions};
use crate::model::batch::EndReason;
use crate::model::config::Reports;
use crate::model::control::{PlanView, Reply, Request};
use crate::model::failure::Code;
use crate::model::report::{Capped, FailedItem, Report};
use crate::model::text::one_line;
use crate::reports;
use crate::rules::reporting::count;
use crate::specs::{self, LoadedConfig, LoadedSpec};

/// List and check a batch without moving anything
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry plan jobs/acme-expenses-2025-q1.yaml")]
pub struct PlanArgs {
    /// Path of the spec
    spec: PathBuf,
    /// Print it for people, for programs, or as Markdown for a pull request
    #[arg(short, long, value_enum, default_value = "text")]
    output: PlanFormat,
}

/// The form of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum PlanFormat {
    /// For people.
    Text,
    /// One JSON object: what `report.json` would have, and `failedDocuments`.
    Json,
    /// Markdown, in the first language of the config's reports.
    #[value(name = "markdown", alias = "md")]
    Markdown,
}

/// A plan as JSON: of a run, `failures.jsonl` says which documents failed.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanJson<'a> {
    #[serde(flatten)]
    report: &'a Report,
    failed_documents: &'a Capped<FailedItem>,
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
    let planned = match Access::daemon(&config)? {
        Some(daemon) => asked(&daemon, &spec, &config.config.jobs)?,
        None => here(&config, &spec)?,
    };
    let printed = match args.output {
        PlanFormat::Json => json_object(&PlanJson { report: &planned.report, failed_documents: &planned.failed }),
        PlanFormat::Text => out(text(&planned)),
        PlanFormat::Markdown => out(markdown(&planned, &config.config.reports)),
    };
    Ok(printed.and(exit(&planned)))
}

/// Beside a daemon, which knows what target keys other batches have claimed.
fn asked(daemon: &Access, spec: &LoadedSpec, jobs: &Path) -> Result<PlanView, Exit> {
    // The daemon has a directory of its own that relative paths would count from.
    let file = specs::below_jobs(&spec.file_name, &spec.path, jobs);
    match daemon.ask(Request::Plan { file, text: spec.text.clone(), within: None })? {
        Reply::Plan(planned) => Ok(*planned),
        _ => Err(unexpected()),
    }
}

fn here(config: &LoadedConfig, spec: &LoadedSpec) -> Result<PlanView, Exit> {
    let scratch = tempfile::tempdir()
        .map_err(|error| fail(Exit::CouldNotTell, format_args!("cannot make a temporary folder: {error}")))?;
    let engine = scratch_engine(config, scratch.path())?;
    let real = real_ledger(config);
    let (report, ran) = session::block_on(planned(&engine, spec, real.as_ref()))??;
    if ran == Ran::Until(EndReason::StoreWait) {
        return Err(fail(
            Exit::CouldNotTell,
            "a store could not be used for as long as `transfer.storeWait` says (what it said stands above), so not everything was looked at",
        ));
    }
    Ok(PlanView {
        failed: report.failed.clone(),
        finished: ran == Ran::Until(EndReason::Finished),
        interrupted: ran == Ran::Until(EndReason::Interrupted),
        report,
    })
}

fn exit(planned: &PlanView) -> Exit {
    let report = &planned.report;
    let is_sound = report.batch.documents.failed == 0 && report.unlistable.is_empty() && !selects_nothing(report);
    match (planned.interrupted, planned.finished && is_sound) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Yes,
        (false, false) => Exit::No,
    }
}

fn selects_nothing(report: &Report) -> bool {
    report.batch.failures.iter().any(|failure| failure.code == Code::NothingSelected)
}

async fn planned(engine: &Engine, spec: &LoadedSpec, real: Option<&Ledger>) -> Result<(Report, Ran), Exit> {
    let stop = Stop::default();
    stop_on_signals(stop.clone());
    let meters = Arc::new(Meters::default());
    let operator = specs::operator_of(&spec.path, spec.text.as_bytes());
    let ask = Ask { again: None, operator: &operator, meters: &meters, stop: &stop, grace: GRACE, begun: None };
    let work = plan(engine, spec, ask, real.map(Ledger::reader));
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
    let options = LedgerOptions { cache: config.config.limits.ledger_cache.0, instance: None, fuse: None };
    match Ledger::open(&config.config.state, &options) {
        Ok(ledger) => Some(ledger),
        Err(error) => {
            tell(format_args!("warning: target keys claimed by other batches were not checked: {error}\n"));
            None
        }
    }
}

fn text(planned: &PlanView) -> String {
    let report = &planned.report;
    let mut text = summary::planned(&report.batch) + &summary::unlisted(&report.unlistable);
    for item in &planned.failed.rows {
        let (image, reason) =
            (item.document.image_number.as_str(), item.document.reason.as_deref().unwrap_or_default());
        text.push_str(&format!("  would fail: {}: {}\n", one_line(image), one_line(reason)));
    }
    let rest = planned.failed.total.saturating_sub(planned.failed.rows.len() as u64);
    if rest > 0 {
        text.push_str(&format!(
            "  and {} more would fail; mend these, then plan again\n",
            count(rest, "document", "documents")
        ));
    }
    let documents = &report.batch.documents;
    let moved = count(documents.pending, "document", "documents");
    text + &format!("  nothing was written; a run would move {moved}, {} would fail\n", documents.failed)
}

fn markdown(planned: &PlanView, config: &Reports) -> String {
    let language = config.languages.first().copied().unwrap_or_default();
    // Over the socket a report travels without its lists of documents.
    let report = Report { failed: planned.failed.clone(), ..planned.report.clone() };
    reports::plan(&report, language)
}

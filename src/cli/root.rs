//! The command line as a whole.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use super::exit::Exit;
use super::output::has_colours;
use super::{
    audit, bench, cancel, delete, documents, download, explain, files, heap, ledger, list, new, plan, report, rescan,
    resume, resync, run, schema, serve, show, store, suspend, validate, verify, wait,
};

/// Moves document images between object stores, in batches committed to git: checks each document, proves that it
/// arrived, and reports what came of it.
#[derive(Debug, Parser)]
#[command(name = "batchferry", version, after_help = AFTER_HELP)]
pub struct Cli {
    /// The config; default: ./batchferry.yaml, then /etc/batchferry/batchferry.yaml
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  batchferry run                                   run every batch of the jobs directory
  batchferry show acme-expenses-2025-q1            how far a batch is, and why not further
  batchferry documents acme-expenses-2025-q1 --status failed
  batchferry explain MissingRole                   what a failure means and what to do

Exit codes: 0 yes, 1 no, 2 usage, 3 could not tell, 4 timed out, 130 interrupted.
BATCHFERRY_LOG=debug shows every request that is tried again.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::ServeArgs),
    Run(run::RunArgs),
    Plan(plan::PlanArgs),
    Validate(validate::ValidateArgs),
    New(new::NewArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Documents(documents::DocumentsArgs),
    Files(files::FilesArgs),
    Resync(resync::ResyncArgs),
    Suspend(suspend::SuspendArgs),
    Resume(resume::ResumeArgs),
    Cancel(cancel::CancelArgs),
    Delete(delete::DeleteArgs),
    Rescan(rescan::RescanArgs),
    Wait(wait::WaitArgs),
    Report(report::ReportArgs),
    Download(download::DownloadArgs),
    Verify(verify::VerifyArgs),
    Audit(audit::AuditArgs),
    Store(store::StoreArgs),
    Bench(bench::BenchArgs),
    Ledger(ledger::LedgerArgs),
    Explain(explain::ExplainArgs),
    Schema(schema::SchemaArgs),
}

impl Command {
    /// Whether it works through whole batches.
    fn is_long(&self) -> bool {
        matches!(
            self,
            Self::Serve(_)
                | Self::Run(_)
                | Self::Plan(_)
                | Self::Resync(_)
                | Self::Verify(_)
                | Self::Download(_)
                | Self::Ledger(_)
        )
    }
}

/// Parses the command line, runs the command, and says how it ended.
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // What cannot be printed has no reader.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Yes };
        }
    };
    if cli.command.is_long() {
        heap::share();
    }
    let format = match &cli.command {
        Command::Serve(args) => args.log_format,
        _ => serve::LogFormat::Text,
    };
    log(format, matches!(cli.command, Command::Serve(_)));
    let config = cli.config.as_deref();
    match &cli.command {
        Command::Serve(_) => serve::run(config),
        Command::Run(args) => run::run(args, config),
        Command::Plan(args) => plan::run(args, config),
        Command::Validate(args) => validate::run(args, config),
        Command::New(args) => new::run(args, config),
        Command::List(args) => list::run(args, config),
        Command::Show(args) => show::run(args, config),
        Command::Documents(args) => documents::run(args, config),
        Command::Files(args) => files::run(args, config),
        Command::Resync(args) => resync::run(args, config),
        Command::Suspend(args) => suspend::run(args, config),
        Command::Resume(args) => resume::run(args, config),
        Command::Cancel(args) => cancel::run(args, config),
        Command::Delete(args) => delete::run(args, config),
        Command::Rescan(_) => rescan::run(config),
        Command::Wait(args) => wait::run(args, config),
        Command::Report(args) => report::run(args, config),
        Command::Download(args) => download::run(args, config),
        Command::Verify(args) => verify::run(args, config),
        Command::Audit(args) => audit::run(args, config),
        Command::Store(args) => store::run(args, config),
        Command::Bench(args) => bench::run(args, config),
        Command::Ledger(args) => ledger::run(args, config),
        Command::Explain(args) => explain::run(args),
        Command::Schema(args) => schema::run(args),
    }
}

/// Logs go to stderr; warnings and errors (of a daemon also what it does) unless `BATCHFERRY_LOG` says otherwise.
fn log(format: serve::LogFormat, is_daemon: bool) {
    let default = if is_daemon { "info" } else { "warn" };
    let filter = EnvFilter::try_from_env("BATCHFERRY_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match format {
        serve::LogFormat::Text => lines.with_ansi(has_colours()).init(),
        serve::LogFormat::Json => lines.json().init(),
    }
}

//! `verify`: the target of a batch, read again and compared with the receipts.

use std::path::Path;
use std::sync::Arc;

use super::access::{Access, named, refused, unexpected};
use super::exit::Exit;
use super::meter::{Figures, Meter};
use super::output::{Format, json_object, out};
use super::run::stop_on_signals;
use super::session::{self, fail};
use crate::engine::find::find;
use crate::engine::limits::GlobalLimits;
use crate::engine::stop::Stop;
use crate::engine::store_set::StoreSet;
use crate::engine::verify::{Asked, Looked, Verifier};
use crate::model::control::{Reply, Request};
use crate::model::event::Sample;
use crate::model::text::one_line;
use crate::model::units::Size;
use crate::model::verify::{VerifyFinding, VerifyView};
use crate::rules::reporting::count;
use crate::specs::LoadedConfig;

/// Read the target of a batch again and compare it with the receipts
///
/// Every copied file and every manifest is read and its SHA-256 compared; objects below the target's prefix that no document
/// of any batch explains are named. The result is an event of the audit log.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  batchferry verify acme-expenses-2025-q1
  batchferry verify acme-expenses-2025-q1 --sample 50 --seed 2025-audit

The same seed draws the same documents: those with the smallest SHA-256 of the seed followed by the image number. A sample
does not look for objects that nobody explains.

Exit codes: 0 all as it was left, 1 not, 3 could not tell, 130 interrupted.")]
pub struct VerifyArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// Only so many documents
    #[arg(long, value_name = "N", requires = "seed", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sample: Option<u32>,
    /// Any text; the same one draws the same documents
    #[arg(long, requires = "sample")]
    seed: Option<String>,
    /// Print it for people or for programs
    #[arg(short, long, value_enum, default_value = "text")]
    output: Format,
}

/// Runs the command.
pub fn run(args: &VerifyArgs, config: Option<&Path>) -> Exit {
    verify(args, config).unwrap_or_else(|exit| exit)
}

fn verify(args: &VerifyArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let sample = args.sample.zip(args.seed.clone()).map(|(size, seed)| Sample { size, seed });
    let batch = named(&args.name);
    let view = match Access::daemon(&config)? {
        Some(daemon) => match daemon.ask(Request::Verify { batch, sample })? {
            Reply::Verified(view) => *view,
            _ => return Err(unexpected()),
        },
        None => here(&config, &batch, sample)?,
    };
    let printed = match args.output {
        Format::Json => json_object(&view),
        Format::Text => out(text(&view)),
    };
    Ok(printed.and(exit(&view)))
}

fn here(config: &LoadedConfig, batch: &str, sample: Option<Sample>) -> Result<VerifyView, Exit> {
    let ledger = session::ledger(config)?;
    let batch = find(&ledger.reader(), &config.config.jobs, batch).map_err(refused)?;
    let verifier = Verifier {
        reader: ledger.reader(),
        writer: ledger.writer(),
        stores: Arc::new(StoreSet::new(config.config.clone())),
        limits: GlobalLimits::new(&config.config.limits),
    };
    // How much a sample comes to shows when it is drawn.
    let counts = sample.is_none().then(|| verifier.reader.counts(batch.id)).and_then(Result::ok);
    let total = counts.map(|counts| counts.bytes.synced());
    let verifying = async {
        let (stop, looked, operator) = (Stop::default(), Looked::default(), session::operator());
        stop_on_signals(stop.clone());
        let asked = Asked { sample, operator: &operator, stop: &stop, looked: &looked };
        let figures = || {
            let (files, bytes) = looked.figures();
            Figures { files, bytes, read: bytes }
        };
        Meter::new("verified", total).during(figures, verifier.verify(&batch, asked)).await
    };
    let view = session::block_on(verifying)?.map_err(|error| fail(Exit::CouldNotTell, error))?;
    drop(verifier);
    ledger.close().map_err(|error| fail(Exit::CouldNotTell, error))?;
    Ok(view)
}

fn exit(view: &VerifyView) -> Exit {
    match (&view.unfinished, view.interrupted, view.result.differs(), view.sound) {
        (_, true, _, _) => Exit::Interrupted,
        (Some(_), ..) => Exit::CouldNotTell,
        (None, _, true, _) => Exit::No,
        (None, _, false, true) => Exit::Yes,
        (None, _, false, false) => Exit::CouldNotTell,
    }
}

fn text(view: &VerifyView) -> String {
    let result = &view.result;
    let counted = [(result.documents, "document", "documents"), (result.files, "object", "objects")];
    let [documents, objects] = counted.map(|(number, one, many)| count(number, one, many));
    let sample =
        view.sample.as_ref().map(|sample| format!("a sample (seed {:?}) of ", sample.seed)).unwrap_or_default();
    let mut text = format!("{} ({}): {}\n", view.name, view.batch_number, verdict(view));
    text.push_str(&format!("  looked at {sample}{documents}, {objects}, {}\n", Size(result.bytes)));
    text.push_str(&format!(
        "  {} missing, {} changed, {} extra, {} could not be read\n",
        result.missing, result.changed, result.extra, result.unread
    ));
    view.findings.iter().for_each(|finding| text.push_str(&line(finding)));
    let told = view.findings.len() as u64;
    let more = (result.missing + result.changed + result.extra + result.unread).saturating_sub(told);
    if more > 0 {
        text.push_str(&format!("  and {more} more\n"));
    }
    if result.missing + result.changed > 0 {
        text.push_str(&format!(
            "    → Find out who removed or changed them. To have them copied again, run a new spec of these documents, with `onConflict: Overwrite` for what has changed; `resync` leaves {} as it was proven.\n",
            view.name
        ));
    }
    if let Some(why) = &view.unfinished {
        text.push_str(&format!("  not everything was looked at: {}; this is not recorded\n", one_line(why)));
    }
    text
}

fn verdict(view: &VerifyView) -> &'static str {
    match exit(view) {
        Exit::Yes => "as it was left",
        Exit::No => "NOT AS IT WAS LEFT",
        _ if view.result.differs() => "NOT AS IT WAS LEFT, as far as it was looked at",
        _ => "could not tell",
    }
}

fn line(finding: &VerifyFinding) -> String {
    let of = finding.image_number.as_ref().map(|image| format!(" ({})", one_line(image.as_str()))).unwrap_or_default();
    let mut line = format!("  {}: {}{of}", finding.difference.as_str(), one_line(&finding.key));
    for (word, value) in [("expected", &finding.expected), ("found", &finding.actual)] {
        if let Some(value) = value {
            line.push_str(&format!("; {word} {}", one_line(value)));
        }
    }
    line + "\n"
}

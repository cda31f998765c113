//! The evidence in a bag: all that a later reader needs besides the files.

use std::io::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::settings::settings;
use crate::cli::access::{Access, refused, unexpected};
use crate::cli::exit::Exit;
use crate::cli::session::fail;
use crate::engine::download::Done;
use crate::model::audit::EventFilter;
use crate::model::bag::SpecText;
use crate::model::config::Language;
use crate::model::control::{MAX_ROWS, Reply, ReportFile, Request};
use crate::model::text::safe_json;
use crate::model::view::BatchView;
use crate::reports::bag::{Bag, BagError, CHAIN_SCRIPT, Handover, guide, handover};
use crate::specs::LoadedConfig;

/// What the evidence is made of.
pub(super) struct Evidence<'a> {
    /// Whoever has the ledger.
    pub(super) access: &'a Access,
    /// The config.
    pub(super) config: &'a LoadedConfig,
    /// The batch, as it was named.
    pub(super) batch: &'a str,
    /// The spec.
    pub(super) spec: &'a SpecText,
    /// What the bag is made of.
    pub(super) selection: &'a str,
    /// When the bag is made.
    pub(super) made: Timestamp,
}

/// Writes the evidence, and gives the lines of `bag-info.txt`.
///
/// # Errors
/// How the command ends.
pub(super) fn write(evidence: &Evidence<'_>, bag: &mut Bag, done: &Done) -> Result<Vec<(String, String)>, Exit> {
    // The report before the log: its head is then an event of the log.
    let view = evidence.access.batch(evidence.batch)?;
    let report = report(evidence)?;
    events(evidence, bag)?;
    let texts = texts(evidence, &view, &report, bag, done);
    let put = |bag: &mut Bag| -> Result<(), BagError> {
        for (name, text) in &texts {
            bag.put_text(&format!("evidence/{name}"), text)?;
        }
        for file in &report {
            bag.put_text(&format!("evidence/report/{}", file.name), &file.text)?;
        }
        Ok(())
    };
    put(bag).map_err(|error| fail(Exit::CouldNotTell, error))?;
    Ok(info(evidence, &view, done))
}

fn report(evidence: &Evidence<'_>) -> Result<Vec<ReportFile>, Exit> {
    match evidence.access.ask(Request::Report { batch: evidence.batch.to_owned() })? {
        Reply::Report(files) => Ok(files),
        _ => Err(unexpected()),
    }
}

/// The audit log, as `audit export` gives it.
fn events(evidence: &Evidence<'_>, bag: &mut Bag) -> Result<(), Exit> {
    let failed = |error: &dyn std::fmt::Display| fail(Exit::CouldNotTell, error);
    let mut tag = bag.tag("evidence/events.jsonl").map_err(|error| failed(&error))?;
    let mut next = Some(None);
    while let Some(after) = next.take() {
        let (batch, filter) = (evidence.batch.to_owned(), EventFilter::default());
        let reply =
            evidence.access.try_ask(Request::Events { batch, filter, after, limit: MAX_ROWS }).map_err(refused)?;
        let Reply::Events(page) = reply else { return Err(unexpected()) };
        for row in &page.rows {
            let line = serde_json::to_string(row).map_err(|error| failed(&error))?;
            writeln!(tag, "{}", safe_json(&line)).map_err(|error| failed(&error))?;
        }
        next = page.next.map(Some);
    }
    bag.put(tag).map_err(|error| failed(&error))
}

fn texts(
    evidence: &Evidence<'_>,
    view: &BatchView,
    report: &[ReportFile],
    bag: &Bag,
    done: &Done,
) -> Vec<(&'static str, String)> {
    let made = evidence.made.to_string();
    let form = Handover {
        batch: view,
        selection: evidence.selection,
        documents: done.documents,
        payload: bag.oxum(),
        manifest: bag.manifest_digest(),
        made: &made,
    };
    let settings = settings(evidence.config, view, evidence.selection, evidence.made);
    vec![
        ("spec.json", format!("{}\n", evidence.spec.json)),
        ("settings.json", format!("{settings:#}\n")),
        ("reconciliation.json", format!("{:#}\n", reconciliation(report))),
        ("chain.py", CHAIN_SCRIPT.to_owned()),
        ("HANDOVER.md", handover(&form, Language::English)),
        ("HANDOVER.zh-CN.md", handover(&form, Language::Chinese)),
        ("VERIFY.md", guide(Language::English).to_owned()),
        ("VERIFY.zh-CN.md", guide(Language::Chinese).to_owned()),
    ]
}

/// The totals of the report.
fn reconciliation(report: &[ReportFile]) -> Value {
    let json = report.iter().find(|file| file.name == "report.json");
    let report: Value = json.and_then(|file| serde_json::from_str(&file.text).ok()).unwrap_or_default();
    let names = ["batchNumber", "name", "documents", "files", "bytes", "listed", "notListed", "synced", "unsynced"];
    let totals = names.iter().map(|name| ((*name).to_owned(), report[*name].clone()));
    let mut totals: serde_json::Map<String, Value> = totals.collect();
    totals.insert("byOrganizationAndType".to_owned(), report["breakdown"].clone());
    totals.insert("identity".to_owned(), json!("inScope = migrated + alreadyAtTarget + failed + pending"));
    Value::Object(totals)
}

fn info(evidence: &Evidence<'_>, view: &BatchView, done: &Done) -> Vec<(String, String)> {
    let day = evidence.made.strftime("%Y-%m-%d").to_string();
    let collected = &view.collected;
    let described = format!(
        "{} documents of batch {}, collected {} to {} ({}); {}",
        done.documents, view.name, collected.from, collected.to, collected.time_zone, evidence.selection
    );
    let lines = [
        ("Bag-Software-Agent", concat!("batchferry ", env!("CARGO_PKG_VERSION")).to_owned()),
        ("Bagging-Date", day),
        ("External-Identifier", view.batch_number.to_string()),
        ("External-Description", described),
        ("Internal-Sender-Identifier", view.name.to_string()),
        ("Internal-Sender-Description", format!("audit log: event {}, SHA-256 {}", view.audit.events, view.audit.head)),
    ];
    lines.map(|(label, value)| (label.to_owned(), value)).into()
}

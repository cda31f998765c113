//! The evidence in a bag: all that a later reader needs besides the files.

use std::io::{self, Write as _};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::about::About;
use super::downloader::Done;
use super::settings::settings;
use crate::model::bag::SpecText;
use crate::model::config::Language;
use crate::model::control::{Refusal, ReportFile};
use crate::model::text::safe_json;
use crate::model::view::BatchView;
use crate::reports::bag::{Bag, BagError, CHAIN_SCRIPT, Handover, guide, handover};
use crate::specs::LoadedConfig;

/// What the evidence is made of.
pub struct Evidence<'a> {
    /// The batch.
    pub about: About<'a>,
    /// The config.
    pub config: &'a LoadedConfig,
    /// The spec.
    pub spec: &'a SpecText,
    /// What the bag is made of.
    pub selection: &'a str,
    /// When the bag is made.
    pub made: Timestamp,
}

/// Why there is no evidence.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// Whoever has the ledger does not answer.
    #[error(transparent)]
    Unanswered(#[from] Refusal),
    /// The bag cannot be written.
    #[error(transparent)]
    Bag(#[from] BagError),
    /// The disk is full, or gone.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

impl Evidence<'_> {
    /// Writes the evidence, and gives the lines of `bag-info.txt`. Blocks.
    ///
    /// # Errors
    /// Why there is none.
    pub fn write(&self, bag: &mut Bag, done: &Done) -> Result<Vec<(String, String)>, EvidenceError> {
        // The report before the log: its head is then an event of the log.
        let view = self.about.view()?;
        let report = self.about.report()?;
        events(self.about, bag)?;
        for (name, text) in texts(self, &view, &report, bag, done) {
            bag.put_text(&format!("evidence/{name}"), &text)?;
        }
        for file in &report {
            bag.put_text(&format!("evidence/report/{}", file.name), &file.text)?;
        }
        Ok(info(self, &view, done))
    }
}

/// The audit log, as `audit export` gives it.
fn events(about: About<'_>, bag: &mut Bag) -> Result<(), EvidenceError> {
    let mut tag = bag.tag("evidence/events.jsonl")?;
    let mut next = Some(None);
    while let Some(after) = next.take() {
        let page = about.events(after)?;
        for row in &page.rows {
            let line = serde_json::to_string(row).map_err(io::Error::from)?;
            writeln!(tag, "{}", safe_json(&line))?;
        }
        next = page.next.map(Some);
    }
    Ok(bag.put(tag)?)
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

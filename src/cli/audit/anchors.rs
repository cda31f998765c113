//! Heads of audit logs that were kept outside the ledger.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::model::audit::{Anchor, AuditRow};
use crate::model::view::AuditView;

/// What of a report.json names a head.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Headed {
    batch_number: String,
    audit: AuditView,
}

/// The latest head of each batch that reports and exports name, by batch number.
///
/// # Errors
/// A file that names none, and why.
pub(super) fn anchors(files: &[PathBuf]) -> Result<BTreeMap<String, Anchor>, String> {
    let mut anchors: BTreeMap<String, Anchor> = BTreeMap::new();
    for file in files {
        let found = read(file).map_err(|why| format!("{}: {why}", file.display()))?;
        for (batch, anchor) in found {
            let known = anchors.entry(batch).or_insert_with(|| anchor.clone());
            if known.event < anchor.event {
                *known = anchor;
            }
        }
    }
    Ok(anchors)
}

fn read(path: &Path) -> Result<BTreeMap<String, Anchor>, String> {
    let text = std::fs::File::open(path).map_err(|error| error.to_string())?;
    if let Ok(Headed { batch_number, audit }) = serde_json::from_reader(BufReader::new(text)) {
        return Ok([(batch_number, Anchor { event: audit.events, digest: audit.head })].into());
    }
    exported(path)
}

fn exported(path: &Path) -> Result<BTreeMap<String, Anchor>, String> {
    let mut anchors = BTreeMap::new();
    let lines = BufReader::new(File::open(path).map_err(|error| error.to_string())?).lines();
    for (line, number) in lines.zip(1..) {
        let line = line.map_err(|error| error.to_string())?;
        let row: AuditRow = serde_json::from_str(&line).map_err(|error| {
            format!(
                "expected a report.json or what `audit export` writes as JSON lines; line {number} is neither ({error})"
            )
        })?;
        anchors.insert(row.event.batch.to_string(), Anchor { event: row.event.sequence, digest: row.digest });
    }
    if anchors.is_empty() { Err("it names no head of a log".to_owned()) } else { Ok(anchors) }
}

//! `exceptions.csv`: every document and file that is not at the target, and why.

use std::io::{self, Write};

use crate::model::bag::RecordRow;
use crate::model::catalogue;
use crate::model::config::Language;
use crate::model::document::FileState;
use crate::model::failure::Failure;
use crate::reports::spreadsheet_safe;

/// Names of the columns; the last two are for whoever decides what becomes of an exception.
const HEAD: [&str; 12] = [
    "imageNumber",
    "organization",
    "documentType",
    "sourceKey",
    "status",
    "code",
    "item",
    "expected",
    "actual",
    "reason",
    "disposition",
    "acceptedBy",
];

/// The mark by which spreadsheets know UTF-8.
pub(super) const BOM: &str = "\u{feff}";

/// Writes the mark by which spreadsheets know UTF-8, and the heading.
pub(super) fn head(out: &mut impl Write) -> io::Result<()> {
    out.write_all(BOM.as_bytes())?;
    line(out, &HEAD.map(str::to_owned))
}

/// Writes the rows of a document: its own, and one for each file that is not at the target.
pub(super) fn rows(out: &mut impl Write, record: &RecordRow) -> io::Result<()> {
    let document = &record.document;
    if document.state.status().is_synced() {
        return Ok(());
    }
    line(out, &cells(record, "", document.state.status().as_str(), document.state.failure()))?;
    for file in &record.files {
        let failure = match &file.state {
            FileState::Failed(failure) => Some(failure),
            FileState::Pending => None,
            _ => continue,
        };
        line(out, &cells(record, &file.object.key, file.state.status().as_str(), failure))?;
    }
    Ok(())
}

fn cells(record: &RecordRow, key: &str, status: &str, failure: Option<&Failure>) -> [String; 12] {
    let fields = &record.document.fields;
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    let told = |tell: fn(&Failure) -> String| failure.map(tell).unwrap_or_default();
    [
        record.document.image_number.to_string(),
        of(&fields.organization),
        of(&fields.document_type),
        key.to_owned(),
        status.to_owned(),
        told(|failure| failure.code.to_string()),
        told(|failure| failure.item.clone()),
        told(|failure| failure.expected.clone().unwrap_or_default()),
        told(|failure| failure.actual.clone().unwrap_or_default()),
        told(|failure| catalogue::sentence(failure, Language::English)),
        String::new(),
        String::new(),
    ]
}

/// Writes one row, with cells that no spreadsheet takes for a formula.
pub(super) fn line(out: &mut impl Write, cells: &[String]) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells.iter().map(|cell| spreadsheet_safe(cell)))?;
    let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
    out.write_all(&bytes)
}

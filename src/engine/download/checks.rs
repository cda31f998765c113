//! `checks.csv`: what came of each check of each file.

use std::io::{self, Write};

use super::exceptions::{BOM, line};
use crate::model::bag::RecordRow;

/// Names of the columns.
const HEAD: [&str; 5] = ["imageNumber", "sourceKey", "check", "group", "outcome"];

/// Writes the mark by which spreadsheets know UTF-8, and the heading.
pub(super) fn head(out: &mut impl Write) -> io::Result<()> {
    out.write_all(BOM.as_bytes())?;
    line(out, &HEAD.map(str::to_owned))
}

/// Writes a row for each file of a document and each check that was asked for or always runs.
pub(super) fn rows(out: &mut impl Write, record: &RecordRow) -> io::Result<()> {
    let image = record.document.image_number.as_str();
    for file in &record.files {
        for (check, outcome) in file.checks.told() {
            let cells = [image, &file.object.key, check.as_str(), check.group().as_str(), outcome.as_str()];
            line(out, &cells.map(str::to_owned))?;
        }
    }
    Ok(())
}

//! The files for spreadsheets and for programs.

use super::caps::FILE_BYTES;
use crate::model::report::{Capped, FailedItem, Report};
use crate::model::text::{one_line, safe_json};
use crate::model::view::DocumentView;

/// Without it, spreadsheets take UTF-8 for the system's own encoding and garble Chinese.
const BOM: &str = "\u{feff}";

/// A cell that no spreadsheet takes for a formula (OWASP: CSV injection), and no terminal for a command. Programs read the
/// JSON lines instead, which are exact.
pub fn spreadsheet_safe(cell: &str) -> String {
    // Spreadsheets skip white space before a formula, and take full-width signs for the usual ones.
    let visible = cell.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}');
    let is_formula = visible.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let shown = one_line(cell);
    if is_formula || cell.starts_with(char::is_control) { format!("'{shown}") } else { shown }
}

/// `documents.csv`.
pub(super) fn documents(report: &Report) -> String {
    let head = [
        "imageNumber",
        "organization",
        "documentType",
        "collected",
        "status",
        "code",
        "files",
        "filesSynced",
        "filesFailed",
        "reason",
    ];
    capped(report, &head, &report.documents, "", |document| {
        let mut cells = document_cells(document).to_vec();
        cells.extend(
            [document.files.total, document.files.synced, document.files.failed].map(|count| count.to_string()),
        );
        cells.push(document.reason.clone().unwrap_or_default());
        vec![cells]
    })
}

fn document_cells(document: &DocumentView) -> [String; 6] {
    [
        document.image_number.to_string(),
        document.organization.clone().unwrap_or_default(),
        document.document_type.clone().unwrap_or_default(),
        document.collected.clone().unwrap_or_default(),
        format!("{:?}", document.status),
        document.code.map(|code| code.to_string()).unwrap_or_default(),
    ]
}

/// `failures.csv`: a row for each failed file, or one for a document that fails without one.
pub(super) fn failures(report: &Report) -> String {
    let head = [
        "imageNumber",
        "organization",
        "documentType",
        "collected",
        "status",
        "code",
        "item",
        "expected",
        "actual",
        "sourceKey",
        "fileCode",
    ];
    capped(report, &head, &report.failed, " --status failed", |item| {
        let failure = &item.failure;
        let mut cells = document_cells(&item.document).to_vec();
        cells.push(failure.item.clone());
        cells.extend([&failure.expected, &failure.actual].map(|text| text.clone().unwrap_or_default()));
        let row = |key: &str, code: String| [cells.as_slice(), &[key.to_owned(), code]].concat();
        let files = item
            .files
            .iter()
            .map(|file| row(&file.source_key, file.code.map(|code| code.to_string()).unwrap_or_default()));
        let rows: Vec<Vec<String>> = files.collect();
        if rows.is_empty() { vec![row("", String::new())] } else { rows }
    })
}

/// Rows up to the cap; the last one says how many there are and how to get them.
fn capped<T>(
    report: &Report,
    head: &[&str],
    list: &Capped<T>,
    options: &str,
    cells: impl Fn(&T) -> Vec<Vec<String>>,
) -> String {
    let mut text = format!("{BOM}{}", line(head.iter().map(|name| (*name).to_owned())));
    let mut shown = 0;
    for item in &list.rows {
        let lines: String =
            cells(item).into_iter().map(|row| line(row.iter().map(|cell| spreadsheet_safe(cell)))).collect();
        if text.len() + lines.len() > FILE_BYTES {
            break;
        }
        text.push_str(&lines);
        shown += 1;
    }
    if shown < list.total {
        let note = format!(
            "{shown} of {}; all of them: batchferry documents {}{options} -o csv",
            list.total, report.batch.name
        );
        text.push_str(&line([note]));
    }
    text
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).flexible(true).from_writer(Vec::new());
    // Writing text into memory cannot fail, and gives back text.
    writer.write_record(cells).expect("a write into memory");
    String::from_utf8(writer.into_inner().expect("a write into memory")).expect("cells are text")
}

/// `failures.jsonl`: an object for each failed document, with exact keys.
pub(super) fn failure_lines(report: &Report) -> String {
    let mut text = String::new();
    let mut shown = 0;
    for item in &report.failed.rows {
        let line = json_line(item);
        if text.len() + line.len() > FILE_BYTES {
            break;
        }
        text.push_str(&line);
        shown += 1;
    }
    if shown < report.failed.total {
        let command = format!("batchferry documents {} --status failed -o jsonl", report.batch.name);
        let note = serde_json::json!({"truncated": {"shown": shown, "total": report.failed.total, "command": command}});
        text.push_str(&format!("{note}\n"));
    }
    text
}

fn json_line(item: &FailedItem) -> String {
    // Plain data with string keys: serialising it into memory cannot fail.
    let json = serde_json::to_string(item).expect("a failed item is plain data");
    safe_json(&json).into_owned() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        for (cell, safe) in [("=1+1", "'=1+1"), ("-1", "'-1"), ("@x", "'@x"), ("+x", "'+x"), ("a=b", "a=b"), ("", "")] {
            assert_eq!(spreadsheet_safe(cell), safe);
        }
        for cell in
            ["\n=1", "\r\n=1", "\tx", "\nx", "\0", "  =1", "\u{a0}@x", "\u{3000}＝1", "＋1", "－1", "＠x", "\u{feff}=1"]
        {
            assert_eq!(spreadsheet_safe(cell), format!("'{}", one_line(cell)), "{cell:?}");
        }
        for cell in [" a", "发票", "1-2"] {
            assert_eq!(spreadsheet_safe(cell), cell);
        }
        assert_eq!(spreadsheet_safe("a\u{1b}[31m\nb"), "a\\u{1b}[31m\\nb");
    }

    #[test]
    fn a_cell_with_quotes_commas_and_lines_reads_back() {
        let cells = ["a,b", "say \"x\"", "two\nlines", "发票"].map(str::to_owned);
        let text = line(cells.clone());
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(row.iter().collect::<Vec<_>>(), cells);
    }
}

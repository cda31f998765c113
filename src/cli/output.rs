//! What commands print. Lists on stdout: a table for people, CSV for spreadsheets, JSON and JSON lines for programs. Never capped.

use std::fs::Permissions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clap::ValueEnum;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width as ColumnWidth};
use serde::Serialize;
use terminal_size::{Width, terminal_size_of};

use super::access::refused;
use super::exit::Exit;
use super::session::fail;
use crate::model::control::Refusal;
use crate::model::text::{one_line, safe_json};
use crate::reports::spreadsheet_safe;

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people.
    Table,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// For spreadsheets.
    Csv,
}

/// The form of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object.
    Json,
}

/// A column: its heading and how a row fills it.
pub struct Column<T> {
    /// The heading.
    pub name: &'static str,
    /// The cell of a row.
    pub cell: fn(&T) -> String,
}

/// Prints rows as they come; nothing at all if there is no answer to the first question.
///
/// `pages` gives the next rows, and none at the end.
pub fn list<T: Serialize>(
    format: ListFormat,
    columns: &[Column<T>],
    mut pages: impl FnMut() -> Result<Vec<T>, Refusal>,
) -> Exit {
    let mut first = match pages() {
        Ok(rows) => Some(rows),
        Err(refusal) => return refused(refusal),
    };
    match rows(io::stdout().lock(), format, columns, || first.take().map_or_else(&mut pages, Ok)) {
        Ok(Ok(())) => Exit::Yes,
        Ok(Err(refusal)) => refused(refusal),
        Err(error) => written(Err(error)),
    }
}

/// Writes rows to a file as they come; the file is there whole, in place of one of that name, or not at all.
pub fn list_to<T: Serialize>(
    file: &Path,
    format: ListFormat,
    columns: &[Column<T>],
    pages: impl FnMut() -> Result<Vec<T>, Refusal>,
) -> Exit {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::Builder::new().permissions(Permissions::from_mode(0o644)).tempfile_in(folder);
    let written = written.and_then(|temporary| {
        let done = rows(io::BufWriter::new(temporary.as_file()), format, columns, pages)?;
        if done.is_ok() {
            temporary.as_file().sync_all()?;
            temporary.persist(file)?;
        }
        Ok(done)
    });
    match written {
        Ok(Ok(())) => Exit::Yes,
        Ok(Err(refusal)) => refused(refusal),
        Err(error) => fail(Exit::CouldNotTell, format_args!("cannot write {}: {error}", file.display())),
    }
}

fn rows<T: Serialize, E>(
    mut out: impl Write,
    format: ListFormat,
    columns: &[Column<T>],
    pages: impl FnMut() -> Result<Vec<T>, E>,
) -> Printed<E> {
    let done = match format {
        ListFormat::Table => table(&mut out, columns, pages),
        ListFormat::Csv => csv(&mut out, columns, pages),
        ListFormat::Json => json(&mut out, pages),
        ListFormat::Jsonl => jsonl(&mut out, pages),
    }?;
    out.flush()?;
    Ok(done)
}

/// Prints a text as it is.
pub fn out(text: impl std::fmt::Display) -> Exit {
    let mut stdout = io::stdout().lock();
    written(write!(stdout, "{text}").and_then(|()| stdout.flush()))
}

/// Tells a text as it is, on stderr. What cannot be told has no reader, and what is told about goes on all the same.
pub fn tell(text: impl std::fmt::Display) {
    let _ = write!(io::stderr().lock(), "{text}");
}

/// Whether stderr is a terminal whose user wants colours.
pub fn has_colours() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn written(printed: io::Result<()>) -> Exit {
    match printed {
        Ok(()) => Exit::Yes,
        // Whoever read our output has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Yes,
        Err(error) => fail(Exit::CouldNotTell, format_args!("cannot write to stdout: {error}")),
    }
}

/// Rows of a table that share one set of column widths.
const TABLE_ROWS: usize = 1_000;
/// The least width at which the words of a column can be read.
const READABLE: u16 = 24;

type Printed<E> = io::Result<Result<(), E>>;

fn each<T, E>(
    mut pages: impl FnMut() -> Result<Vec<T>, E>,
    mut print: impl FnMut(Vec<T>) -> io::Result<()>,
) -> Printed<E> {
    loop {
        match pages() {
            Err(error) => return Ok(Err(error)),
            Ok(rows) if rows.is_empty() => return Ok(Ok(())),
            Ok(rows) => print(rows)?,
        }
    }
}

fn table<T, E>(mut out: impl Write, columns: &[Column<T>], pages: impl FnMut() -> Result<Vec<T>, E>) -> Printed<E> {
    let mut waiting: Vec<Vec<String>> = Vec::new();
    let mut any = false;
    let done = each(pages, |rows| {
        waiting.extend(
            rows.iter().map(|row| columns.iter().map(|column| one_line(&(column.cell)(row))).collect::<Vec<_>>()),
        );
        if waiting.len() >= TABLE_ROWS {
            any = true;
            writeln!(out, "{}", render(columns, std::mem::take(&mut waiting), width()))?;
        }
        Ok(())
    })?;
    if done.is_ok() && (!waiting.is_empty() || !any) {
        writeln!(out, "{}", render(columns, waiting, width()))?;
    }
    Ok(done)
}

fn render<T>(columns: &[Column<T>], rows: Vec<Vec<String>>, width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.name));
    table.add_rows(rows);
    if let Some(width) = width {
        fit(&mut table, width);
    }
    table
}

/// Breaks the lines of the last column, which is made of words, where that makes a table fit. Other columns are names that people copy.
fn fit(table: &mut Table, width: u16) {
    let natural = table.lines().next().map_or(0, |line| line.chars().count());
    let excess = u16::try_from(natural).unwrap_or(u16::MAX).saturating_sub(width);
    let last = table.column_max_content_widths().last().copied().unwrap_or_default();
    let room = last.saturating_sub(excess);
    if excess > 0
        && room >= READABLE
        && let Some(column) = table.column_iter_mut().last()
    {
        let padded = room + column.padding_width();
        column.set_constraint(ColumnConstraint::Absolute(ColumnWidth::Fixed(padded)));
        table.set_content_arrangement(ContentArrangement::Dynamic);
        // Of the other columns none is to give way.
        table.set_width(u16::MAX);
    }
}

/// The width of a terminal: whatever else reads a table wants each row on one line.
fn width() -> Option<u16> {
    terminal_size_of(io::stdout()).map(|(Width(width), _)| width)
}

fn csv<T, E>(out: impl Write, columns: &[Column<T>], pages: impl FnMut() -> Result<Vec<T>, E>) -> Printed<E> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns.iter().map(|column| column.name))?;
    let done = each(pages, |rows| {
        for row in rows {
            writer.write_record(columns.iter().map(|column| spreadsheet_safe(&(column.cell)(&row))))?;
        }
        Ok(())
    })?;
    writer.flush()?;
    Ok(done)
}

fn json<T: Serialize, E>(mut out: impl Write, pages: impl FnMut() -> Result<Vec<T>, E>) -> Printed<E> {
    let mut first = true;
    write!(out, "[")?;
    let done = each(pages, |rows| {
        for row in rows {
            write!(out, "{}", if std::mem::take(&mut first) { "\n" } else { ",\n" })?;
            write!(out, "{}", safe_json(&serde_json::to_string(&row)?))?;
        }
        Ok(())
    })?;
    writeln!(out, "\n]")?;
    Ok(done)
}

fn jsonl<T: Serialize, E>(mut out: impl Write, pages: impl FnMut() -> Result<Vec<T>, E>) -> Printed<E> {
    each(pages, |rows| {
        for row in rows {
            writeln!(out, "{}", safe_json(&serde_json::to_string(&row)?))?;
        }
        Ok(())
    })
}

/// Prints one thing as pretty JSON.
pub fn json_object(value: &impl Serialize) -> Exit {
    let mut out = io::stdout().lock();
    let json = serde_json::to_string_pretty(value).map_err(io::Error::from);
    written(json.and_then(|json| writeln!(out, "{}", safe_json(&json))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_give_way_to_a_terminal_and_names_do_not() {
        let columns: [Column<()>; 3] =
            ["imageNumber", "code", "reason"].map(|name| Column { name, cell: |()| String::new() });
        let row = ["EXP-0011-missing-invoice", "MissingRole", "the document has too few files of a required role"];
        let table = |width| render(&columns, vec![row.map(str::to_owned).to_vec()], width).to_string();
        let widest = |table: &str| table.lines().map(|line| line.chars().count()).max().unwrap_or_default();
        let natural = widest(&table(None));
        for width in [70, 80, natural - 1] {
            let table = table(u16::try_from(width).ok());
            assert_eq!(widest(&table), width, "{table}");
            assert!(table.contains(" EXP-0011-missing-invoice ") && table.contains(" MissingRole "), "{table}");
        }
        for width in [40, natural, 500] {
            assert_eq!(table(u16::try_from(width).ok()), table(None), "{width}");
        }
    }
}

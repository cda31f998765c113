//! What commands print. Lists on stdout: a table for people, CSV for spreadsheets, JSON and JSON lines for programs. Never capped.

use std::fs::Permissions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clap::ValueEnum;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::exit::Exit;
use super::session::fail;
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

/// Prints rows as they come.
///
/// `pages` gives the next rows, and none at the end.
pub fn list<T: Serialize, E: std::fmt::Display>(
    format: ListFormat,
    columns: &[Column<T>],
    pages: impl FnMut() -> Result<Vec<T>, E>,
) -> Exit {
    match rows(io::stdout().lock(), format, columns, pages) {
        Ok(Ok(())) => Exit::Yes,
        Ok(Err(error)) => fail(Exit::CouldNotTell, error),
        Err(error) => written(Err(error)),
    }
}

/// Writes rows to a file as they come; the file is there whole, in place of one of that name, or not at all.
pub fn list_to<T: Serialize, E: std::fmt::Display>(
    file: &Path,
    format: ListFormat,
    columns: &[Column<T>],
    pages: impl FnMut() -> Result<Vec<T>, E>,
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
        Ok(Err(error)) => fail(Exit::CouldNotTell, error),
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
            writeln!(out, "{}", render(columns, std::mem::take(&mut waiting)))?;
        }
        Ok(())
    })?;
    if done.is_ok() && (!waiting.is_empty() || !any) {
        writeln!(out, "{}", render(columns, waiting))?;
    }
    Ok(done)
}

fn render<T>(columns: &[Column<T>], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| column.name));
    table.add_rows(rows);
    table
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

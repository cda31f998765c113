//! `files`: the files of one document.

use std::path::Path;

use super::access::{Access, named, unexpected};
use super::exit::Exit;
use super::output::{Column, ListFormat, list};
use super::session;
use crate::model::control::{Reply, Request};
use crate::model::ids::ImageNumber;
use crate::model::view::FileView;

/// List the files of one document
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry files acme-expenses-2025-q1 IMG-000123")]
pub struct FilesArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// The document's image number
    image: String,
    /// Print the list for people, for spreadsheets or for programs
    #[arg(short, long, value_enum, default_value = "table")]
    output: ListFormat,
}

const COLUMNS: &[Column<FileView>] = &[
    Column { name: "role", cell: |row| row.role.clone() },
    Column { name: "sourceKey", cell: |row| row.source_key.clone() },
    Column { name: "targetKey", cell: |row| row.target_key.clone().unwrap_or_default() },
    Column { name: "size", cell: |row| row.size.to_string() },
    Column { name: "sha256", cell: |row| row.sha256.map(|digest| digest.to_string()).unwrap_or_default() },
    Column { name: "status", cell: |row| format!("{:?}", row.status) },
    Column { name: "code", cell: |row| row.code.map(|code| code.to_string()).unwrap_or_default() },
    Column { name: "reason", cell: |row| row.reason.clone().unwrap_or_default() },
    Column { name: "checks", cell: FileView::worst_check },
    Column { name: "sourceVersion", cell: |row| row.source_version.clone().unwrap_or_default() },
    Column { name: "targetVersion", cell: |row| row.target_version.clone().unwrap_or_default() },
];

/// The columns of the table for people: versions are for those who look an object up, and would take its width.
const TABLE: usize = COLUMNS.len() - 2;

/// Runs the command.
pub fn run(args: &FilesArgs, config: Option<&Path>) -> Exit {
    print(args, config).unwrap_or_else(|exit| exit)
}

fn print(args: &FilesArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let access = Access::open(&session::config(config)?)?;
    let request = Request::Files { batch: named(&args.name), image: ImageNumber::new(args.image.as_str()) };
    let Reply::Files(files) = access.ask(request)? else { return Err(unexpected()) };
    let mut files = Some(files);
    let columns = if args.output == ListFormat::Table { &COLUMNS[..TABLE] } else { COLUMNS };
    Ok(list(args.output, columns, || Ok(files.take().unwrap_or_default())))
}

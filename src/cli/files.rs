//! `files`: the files of one document.

use std::path::Path;

use super::exit::Exit;
use super::output::{Column, ListFormat, list};
use super::session::{self, fail};
use crate::engine::view::{file_view, gone};
use crate::model::config::Language;
use crate::model::document::FileRecord;
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
];

/// Runs the command.
pub fn run(args: &FilesArgs, config: Option<&Path>) -> Exit {
    print(args, config).unwrap_or_else(|exit| exit)
}

fn print(args: &FilesArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let ledger = session::ledger(&config)?;
    let reader = ledger.reader();
    let batch = session::batch(&reader, &config, &args.name)?;
    let image = ImageNumber::new(args.image.as_str());
    let unreadable = |error| fail(Exit::CouldNotTell, error);
    let Some(document) = reader.document(batch.id, &image).map_err(unreadable)? else {
        let hint = format!("`batchferry documents {}` lists them", batch.name);
        return Err(fail(Exit::No, format_args!("batch {} has no document {:?}; {hint}", batch.name, args.image)));
    };
    let mut files = Some(reader.files(batch.id, &image).map_err(unreadable)?);
    let view = |file: &FileRecord| {
        let view = file_view(file, Language::English);
        FileView { reason: view.reason.or_else(|| gone(&document, Language::English)), ..view }
    };
    let rows = || Ok::<_, std::convert::Infallible>(files.take().unwrap_or_default().iter().map(view).collect());
    Ok(list(args.output, COLUMNS, rows))
}

//! `documents`: the documents of a batch, with status and reason.

use std::path::Path;
use std::str::FromStr;

use super::exit::Exit;
use super::output::{Column, ListFormat, list};
use super::session;
use crate::engine::view::document_view;
use crate::ledger::DocumentFilter;
use crate::model::config::Language;
use crate::model::failure::Code;
use crate::model::ids::ImageNumber;
use crate::model::status::ItemStatus;
use crate::model::view::DocumentView;

/// Documents read from the ledger at once.
const PAGE: usize = 512;

/// List the documents of a batch, with status and reason
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry documents acme-expenses-2025-q1 --status failed -o csv")]
pub struct DocumentsArgs {
    /// Name or number of the batch, or the path of its spec
    name: String,
    /// Only documents that stand here
    #[arg(long, value_enum, ignore_case = true)]
    status: Option<StatusArg>,
    /// Only documents that failed with this code (`batchferry explain` lists them)
    #[arg(long, value_parser = Code::from_str)]
    code: Option<Code>,
    /// Print the list for people, for spreadsheets or for programs
    #[arg(short, long, value_enum, default_value = "table")]
    output: ListFormat,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum StatusArg {
    Pending,
    Migrated,
    #[value(name = "already-at-target", alias = "alreadyattarget")]
    AlreadyAtTarget,
    Failed,
}

impl From<StatusArg> for ItemStatus {
    fn from(arg: StatusArg) -> Self {
        match arg {
            StatusArg::Pending => Self::Pending,
            StatusArg::Migrated => Self::Migrated,
            StatusArg::AlreadyAtTarget => Self::AlreadyAtTarget,
            StatusArg::Failed => Self::Failed,
        }
    }
}

const COLUMNS: &[Column<DocumentView>] = &[
    Column { name: "imageNumber", cell: |row| row.image_number.to_string() },
    Column { name: "organization", cell: |row| row.organization.clone().unwrap_or_default() },
    Column { name: "documentType", cell: |row| row.document_type.clone().unwrap_or_default() },
    Column { name: "collected", cell: |row| row.collected.clone().unwrap_or_default() },
    Column { name: "status", cell: |row| format!("{:?}", row.status) },
    Column { name: "code", cell: |row| row.code.map(|code| code.to_string()).unwrap_or_default() },
    Column { name: "files", cell: |row| format!("{}/{}", row.files.synced, row.files.total) },
    Column { name: "reason", cell: |row| row.reason.clone().unwrap_or_default() },
];

/// Runs the command.
pub fn run(args: &DocumentsArgs, config: Option<&Path>) -> Exit {
    print(args, config).unwrap_or_else(|exit| exit)
}

fn print(args: &DocumentsArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let ledger = session::ledger(&session::config(config)?)?;
    let reader = ledger.reader();
    let batch = session::batch(&reader, &args.name)?;
    let filter = DocumentFilter { status: args.status.map(Into::into), code: args.code };
    let mut after: Option<ImageNumber> = None;
    Ok(list(args.output, COLUMNS, || {
        let page = reader.documents(batch.id, filter, after.as_ref(), PAGE)?;
        after = page.last().map(|document| document.image_number.clone()).or(after.take());
        Ok::<_, crate::ledger::LedgerError>(
            page.iter().map(|document| document_view(document, Language::English)).collect(),
        )
    }))
}

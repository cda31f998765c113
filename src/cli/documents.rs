//! `documents`: the documents of a batch, with status and reason.

use std::path::Path;
use std::str::FromStr;

use super::exit::Exit;
use super::output::{Column, ListFormat, list};
use super::session;
use crate::engine::view::document_view;
use crate::ledger::DocumentFilter;
use crate::model::config::Language;
use crate::model::document::DocumentRecord;
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
    /// Only documents that failed with this code or were warned of it (`batchferry explain` lists them)
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

type Cells = Column<DocumentView>;

const IMAGE_NUMBER: Cells = Column { name: "imageNumber", cell: |row| row.image_number.to_string() };
const ORGANIZATION: Cells = Column { name: "organization", cell: |row| row.organization.clone().unwrap_or_default() };
const DOCUMENT_TYPE: Cells = Column { name: "documentType", cell: |row| row.document_type.clone().unwrap_or_default() };
const COLLECTED: Cells = Column { name: "collected", cell: |row| row.collected.clone().unwrap_or_default() };
const STATUS: Cells = Column { name: "status", cell: |row| format!("{:?}", row.status) };
const CODE: Cells = Column { name: "code", cell: |row| row.code.map(|code| code.to_string()).unwrap_or_default() };
const REASON: Cells = Column { name: "reason", cell: |row| row.reason.clone().unwrap_or_default() };

const COLUMNS: &[Cells] = &[
    IMAGE_NUMBER,
    ORGANIZATION,
    DOCUMENT_TYPE,
    COLLECTED,
    STATUS,
    CODE,
    Column { name: "files", cell: |row| format!("{}/{}", row.files.synced, row.files.total) },
    REASON,
];

/// Spreadsheets take `2/3` for a date; the columns are those of `documents.csv`.
const CSV_COLUMNS: &[Cells] = &[
    IMAGE_NUMBER,
    ORGANIZATION,
    DOCUMENT_TYPE,
    COLLECTED,
    STATUS,
    CODE,
    Column { name: "files", cell: |row| row.files.total.to_string() },
    Column { name: "filesSynced", cell: |row| row.files.synced.to_string() },
    Column { name: "filesFailed", cell: |row| row.files.failed.to_string() },
    REASON,
];

/// Runs the command.
pub fn run(args: &DocumentsArgs, config: Option<&Path>) -> Exit {
    print(args, config).unwrap_or_else(|exit| exit)
}

fn print(args: &DocumentsArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let config = session::config(config)?;
    let ledger = session::ledger(&config)?;
    let reader = ledger.reader();
    let batch = session::batch(&reader, &config, &args.name)?;
    let filter = DocumentFilter { status: args.status.map(Into::into), code: args.code };
    let mut after: Option<ImageNumber> = None;
    let columns = if args.output == ListFormat::Csv { CSV_COLUMNS } else { COLUMNS };
    Ok(list(args.output, columns, || {
        let page = reader.documents(batch.id, filter, after.as_ref(), PAGE)?;
        after = page.last().map(|document| document.image_number.clone()).or(after.take());
        Ok::<_, crate::ledger::LedgerError>(page.iter().map(|document| view(document, args.code)).collect())
    }))
}

/// Of a document that was migrated in part, the files that were kept are told where they are asked for.
fn view(document: &DocumentRecord, asked: Option<Code>) -> DocumentView {
    let view = document_view(document, Language::English);
    DocumentView { code: view.code.or(asked.filter(|code| *code == Code::TargetKept)), ..view }
}

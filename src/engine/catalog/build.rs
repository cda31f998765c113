//! Making the table of a listing, and finding it again.

use std::io;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::place::{self, ROWS};
use super::setup::{Catalog, RowCatalog, RowSource};
use super::{index, inventory, sidecars};
use crate::engine::begin::draft;
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
use crate::engine::folders::Folders;
use crate::ledger::{Change, Durability};
use crate::model::counts::Listed;
use crate::model::event;
use crate::model::ids::Digest;
use crate::model::listing::{Mark, Shard};
use crate::tables::{Table, TableWriter};

/// Problems that are named; the rest is counted.
const NAMED: usize = 50;

/// What came of reading rows.
#[derive(Debug, Default)]
pub struct Summary {
    /// Rows, those that cannot be used among them.
    pub rows: u64,
    /// Why some cannot be used, the first ones.
    pub problems: Vec<String>,
    /// All of these.
    pub unusable: u64,
}

impl Summary {
    /// Counts a row that cannot be used.
    pub fn problem(&mut self, text: String) {
        self.unusable += 1;
        if self.problems.len() < NAMED {
            self.problems.push(text);
        }
    }
}

/// Reads the rows of a listing into a table; `folders`: where sidecars may lie. Begun anew, it does the same again.
///
/// # Errors
/// Why the stage is not done.
pub async fn build(context: &RunContext, folders: &Folders, listing: u32) -> Result<(), Unfinished> {
    let Catalog::Rows(rows) = &context.setup.catalog else { return Ok(()) };
    context.set_table(None);
    let table = match &rows.from {
        RowSource::Index(spec, store) => index::build(context, spec, store, listing).await?,
        RowSource::Sidecar(spec, names) => sidecars::build(context, (rows, spec, names), folders, listing).await?,
    };
    context.set_table(Some(Arc::new(table)));
    Ok(())
}

/// Whether everything that a listing needs to be sorted is at hand, or still on the disk; else it has to be begun anew.
pub fn is_open(context: &RunContext, listing: u32) -> bool {
    if !inventory::open(context, listing) {
        return false;
    }
    if has_rows(context).is_none() || context.table().is_some() {
        return true;
    }
    let table = place::find(context, ROWS, listing);
    context.set_table(table.clone());
    table.is_some()
}

/// The catalog of a run, if it has rows.
pub fn has_rows(context: &RunContext) -> Option<&RowCatalog> {
    match &context.setup.catalog {
        Catalog::Rows(rows) => Some(rows),
        Catalog::Keys(_) => None,
    }
}

/// Writes a table from entries that come in whatever order, on a thread that may block.
pub fn writing(
    context: &RunContext,
    name: &str,
    listing: u32,
    mut entries: mpsc::Receiver<(Vec<u8>, Vec<u8>)>,
) -> tokio::task::JoinHandle<io::Result<Table>> {
    let path = place::folder(context).join(name);
    tokio::task::spawn_blocking(move || {
        let mut writer = TableWriter::new(&path)?;
        while let Some((key, value)) = entries.blocking_recv() {
            writer.push(&key, &value)?;
        }
        writer.finish(&listing.to_be_bytes())
    })
}

/// How the mark of a table begins, among those of prefixes, none of which does.
pub const TABLE_MARK: char = '\0';

/// Records what of a table cannot be used, where people look for what could not be listed.
///
/// # Errors
/// The ledger's.
pub async fn record_problems(context: &RunContext, name: &str, problems: Vec<String>) -> Result<(), Unfinished> {
    let change = Change::Page {
        batch: context.batch,
        shard: Shard::all(format!("{TABLE_MARK}{name}")),
        mark: Mark::Done,
        files: Vec::new(),
        unrecognised: Vec::new(),
        listed: Listed::default(),
        unlistable: problems,
        contiguous: false,
    };
    context.writer.commit(change, Durability::Later).await.map(drop).map_err(Unfinished::Ledger)
}

/// Records what was read, and what of it cannot be used: a batch that does not know all of its documents is never complete.
///
/// # Errors
/// The ledger's.
pub async fn record(context: &RunContext, name: &str, sha256: Digest, summary: Summary) -> Result<(), Unfinished> {
    let Summary { rows, mut problems, unusable } = summary;
    let unnamed = unusable.saturating_sub(problems.len() as u64);
    if unnamed > 0 {
        problems.push(format!("{name}: {unnamed} more rows cannot be used"));
    }
    record_problems(context, name, problems).await?;
    let (operator, now, name) = (context.operator.clone(), context.now(), name.to_owned());
    let edit = move |record: &mut crate::model::batch::BatchRecord| {
        vec![draft(record, &operator, now, event::Change::CatalogRead { name, sha256, rows })]
    };
    context.writer.update(context.batch, Durability::Later, edit).await.map(drop).map_err(Unfinished::Ledger)
}

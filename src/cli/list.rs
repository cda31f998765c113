//! `list`: every batch, a row each.

use std::path::Path;

use super::access::{Access, strange};
use super::exit::Exit;
use super::output::{self, Column, ListFormat};
use super::session::{self, fail};
use crate::model::control::{Reply, Request};
use crate::model::view::BatchView;

/// Batches asked for at once.
const ROWS: u32 = 200;

/// List all batches
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: batchferry list -o csv")]
pub struct ListArgs {
    /// Print the list for people, for spreadsheets or for programs
    #[arg(short, long, value_enum, default_value = "table")]
    output: ListFormat,
}

const COLUMNS: &[Column<BatchView>] = &[
    Column { name: "batchNumber", cell: |row| row.batch_number.to_string() },
    Column { name: "name", cell: |row| row.name.to_string() },
    Column { name: "created", cell: |row| row.created.clone() },
    Column { name: "collected", cell: |row| format!("{} … {}", row.collected.from, row.collected.to) },
    Column { name: "runStatus", cell: |row| format!("{:?}", row.run_status) },
    Column { name: "syncStatus", cell: |row| format!("{:?}", row.sync_status) },
    Column { name: "documents", cell: |row| row.documents.in_scope.to_string() },
    Column { name: "synced", cell: |row| row.synced.to_string() },
    Column { name: "unsynced", cell: |row| row.unsynced.to_string() },
    Column { name: "failed", cell: |row| row.documents.failed.to_string() },
    Column {
        name: "condition",
        cell: |row| {
            let held = row.conditions.iter().map(|condition| format!("{:?}: {}", condition.kind, condition.reason));
            let ended = row.cut_short().map(|code| format!("Ended: {code}"));
            held.chain(ended).collect::<Vec<_>>().join("; ")
        },
    },
];

/// Runs the command.
pub fn run(args: &ListArgs, config: Option<&Path>) -> Exit {
    print(args, config).unwrap_or_else(|exit| exit)
}

/// A batch that cannot be shown is named on stderr, and hides none of the others.
fn print(args: &ListArgs, config: Option<&Path>) -> Result<Exit, Exit> {
    let access = Access::open(&session::config(config)?)?;
    let (mut next, mut shown) = (Some(None), Exit::Yes);
    let listed = output::list(args.output, COLUMNS, || {
        while let Some(after) = next.take() {
            let Reply::Batches(page) = access.try_ask(Request::Batches { after, limit: ROWS })? else {
                return Err(strange());
            };
            page.unshown.iter().for_each(|problem| shown = fail(Exit::CouldNotTell, problem));
            next = page.next.map(Some);
            // A page of nothing but retired batches is not the end.
            if !page.rows.is_empty() {
                return Ok(page.rows);
            }
        }
        Ok(Vec::new())
    });
    Ok(listed.and(shown))
}

//! Where the tables of a batch lie while it is listed.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use crate::engine::context::RunContext;
use crate::ledger::LedgerError;
use crate::tables::Table;

/// The table of a catalog's rows.
pub const ROWS: &str = "rows";
/// The table of an inventory's objects.
pub const OBJECTS: &str = "objects";

/// The folder of a batch's tables.
pub fn folder(context: &RunContext) -> PathBuf {
    context.scratch.join("catalogs").join(context.batch.to_string())
}

/// A table that this listing has written, if it is still there.
pub fn find(context: &RunContext, name: &str, listing: u32) -> Option<Arc<Table>> {
    let table = Table::open(&folder(context).join(name)).ok()?;
    (table.stamp() == listing.to_be_bytes()).then(|| Arc::new(table))
}

/// The tables are not needed any more.
pub fn clear(context: &RunContext) {
    // What cannot be removed is replaced by the next listing.
    let _ = std::fs::remove_dir_all(folder(context));
}

/// The error of a disk that tables cannot be written to or read from: nothing may go on, as with the ledger beside them.
pub fn failed(context: &RunContext, error: &io::Error) -> LedgerError {
    LedgerError::Write { path: folder(context), reason: error.to_string() }
}

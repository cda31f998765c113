//! Rows without an object: what a catalog names and no listing has.

use std::collections::HashSet;
use std::io;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::fetch::on_disk;
use super::join::{disagreement, in_scope};
use super::row::{InScope, Row};
use super::setup::{Join, RowCatalog};
use super::told::Told;
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
use crate::engine::retry::Unanswered;
use crate::engine::setup::Setup;
use crate::ledger::{Change, Durability, LedgerError, ListedFile, Reader};
use crate::model::batch::BatchId;
use crate::model::document::{CatalogRecord, FileRecord, FileState, SourceObject};
use crate::model::outcomes::Outcomes;
use crate::tables::Table;

/// Files written to the ledger at once.
const FILES: usize = 128;
/// Rows of one object that are looked at.
const MOST_ROWS: usize = 64;

/// Adds a file for each row in scope whose object was not listed. Begun anew, it does the same again.
///
/// # Errors
/// Why the stage is not done.
pub async fn add_absent(
    context: &RunContext,
    rows: &RowCatalog,
    table: std::sync::Arc<Table>,
    listing: u32,
) -> Result<(), Unfinished> {
    let by_key = matches!(rows.join, Join::Key);
    let (reader, setup, batch) = (context.reader.clone(), context.setup.clone(), context.batch);
    let (sender, mut receiver) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || {
        let mut found = Vec::new();
        let mut entries = table.entries().peekable();
        while let Some(entry) = entries.next() {
            let (at, value) = entry.map_err(Failed::Disk)?;
            let mut rows = vec![Row::decode(&value).map_err(Failed::Disk)?];
            while let Some(Ok((_, value))) = entries.next_if(|next| next.as_ref().is_ok_and(|(key, _)| *key == at)) {
                // Ever more rows of one object say no more than a few.
                if rows.len() < MOST_ROWS {
                    rows.push(Row::decode(&value).map_err(Failed::Disk)?);
                }
            }
            let at = String::from_utf8_lossy(&at).into_owned();
            let key = format!("{}{at}", setup.file.spec.source.prefix);
            let disagreement = disagreement(&rows);
            let mut images = HashSet::new();
            for row in in_scope(&rows).into_iter().filter(|row| images.insert(&row.image_number)) {
                if !is_listed(&reader, batch, listing, row, by_key.then_some(&key)).map_err(Failed::Ledger)? {
                    let told = Told::of_row(row, disagreement.as_deref());
                    found.push(absent_file(&setup, told, &at, key.clone(), listing));
                }
            }
            if found.len() >= FILES && sender.blocking_send(std::mem::take(&mut found)).is_err() {
                return Ok(());
            }
        }
        // Nobody listens any more where the run has stopped.
        let _ = sender.blocking_send(found);
        Ok::<_, Failed>(())
    });
    while let Some(files) = receiver.recv().await {
        if context.stop.requested() {
            return Err(Unanswered::Stopped.into());
        }
        let change = Change::Rows { batch, files };
        context.writer.commit(change, Durability::Later).await.map_err(Unfinished::Ledger)?;
    }
    // The closure does not panic.
    reading.await.expect("reading a table does not panic").map_err(|failed| match failed {
        Failed::Disk(error) => on_disk(context, &error),
        Failed::Ledger(error) => Unfinished::Ledger(error),
    })
}

enum Failed {
    Disk(io::Error),
    Ledger(LedgerError),
}

/// Whether the object at the row's key was listed, or any object of its document where rows are of documents.
fn is_listed(
    reader: &Reader,
    batch: BatchId,
    listing: u32,
    row: &InScope,
    key: Option<&String>,
) -> Result<bool, LedgerError> {
    let is_there = |listed: &ListedFile| listed.seen == listing && !listed.file.record.absent;
    if let Some(key) = key {
        return Ok(reader.listed_file(batch, &row.image_number, key)?.is_some_and(|listed| is_there(&listed)));
    }
    for listed in reader.listed_files_of(batch, &row.image_number) {
        if is_there(&listed?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The file that a row tells of and no listing has.
pub fn absent_file(setup: &Setup, told: Told, at: &str, key: String, listing: u32) -> FileRecord {
    let record = told.record(&setup.roles, at);
    FileRecord {
        object: SourceObject { key, size: 0, etag: None, modified: Timestamp::UNIX_EPOCH },
        record: CatalogRecord { absent: true, ..record },
        state: FileState::Pending,
        findings: Vec::new(),
        unaddressable: None,
        seen: listing,
        checks: Outcomes::default(),
    }
}

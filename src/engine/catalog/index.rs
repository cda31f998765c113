//! The rows of an index, each at the key, directory or image number that it belongs to.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::build::{self, Summary};
use super::fetch::{self, Fetched, on_disk};
use super::place::{self, ROWS};
use super::row::Row;
use super::setup::{Catalog, Join, RowCatalog};
use crate::catalogs::table::{self, TableError, TableItem, TableRow, layout};
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
use crate::engine::retry::Unanswered;
use crate::engine::setup::Setup;
use crate::engine::stop::Stop;
use crate::engine::store_set::OpenStore;
use crate::model::catalog::Index;
use crate::model::document::FieldOrigin;
use crate::tables::{Table, TableWriter};

/// Rows between two looks at whether someone asked to stop.
const STRIDE: u64 = 4096;

/// Why reading rows ended early.
enum Broken {
    Table(String),
    Disk(io::Error),
    Stopped,
}

/// Fetches an index and sorts its rows.
///
/// # Errors
/// Why the stage is not done.
pub async fn build(context: &RunContext, index: &Index, store: &OpenStore, listing: u32) -> Result<Table, Unfinished> {
    let name = name(index);
    let Fetched { file, sha256 } = match (&index.object, &index.file) {
        (Some(key), _) => fetch::object(context, &store.store, key, &name).await?,
        (None, beside) => {
            let path = context.beside.join(beside.as_deref().unwrap_or_default());
            fetch::beside(context, path, &name).await?
        }
    };
    let (setup, stop, path) = (context.setup.clone(), context.stop.clone(), place::folder(context).join(ROWS));
    let (index, told, meters) = (index.clone(), name.clone(), context.meters.clone());
    let reading =
        tokio::task::spawn_blocking(move || sort((&setup, &index, &told), file, (&path, listing), &stop, &meters.rows));
    // Readers of tables do not panic: whatever they are given, they answer with an error.
    let (table, summary) = reading.await.expect("reading a table does not panic").map_err(|broken| match broken {
        Broken::Table(message) => Unfinished::Catalog(format!("{name}: {message}")),
        Broken::Disk(error) => on_disk(context, &error),
        Broken::Stopped => Unanswered::Stopped.into(),
    })?;
    build::record(context, &name, sha256, summary).await?;
    Ok(table)
}

/// How people know an index.
pub fn name(index: &Index) -> String {
    format!("index {}", index.object.as_deref().or(index.file.as_deref()).unwrap_or_default())
}

fn sort(
    (setup, index, name): (&Arc<Setup>, &Index, &str),
    file: File,
    (path, listing): (&Path, u32),
    stop: &Stop,
    rows_read: &AtomicU64,
) -> Result<(Table, Summary), Broken> {
    let Catalog::Rows(rows) = &setup.catalog else { return Err(Broken::Table("the spec has no index".to_owned())) };
    let file_name = index.object.as_deref().or(index.file.as_deref()).unwrap_or_default();
    let layout = layout(file_name, index).map_err(Broken::Table)?;
    let range = &setup.file.spec.collected;
    let items = table::open(file, layout, &rows.mapping, Some((range.from, range.to))).map_err(whole)?;
    let mut writer = TableWriter::new(path).map_err(Broken::Disk)?;
    let mut summary = Summary::default();
    for item in items {
        summary.rows += 1;
        if summary.rows.is_multiple_of(STRIDE) {
            rows_read.store(summary.rows, Ordering::Relaxed);
            if stop.requested() {
                return Err(Broken::Stopped);
            }
        }
        match item {
            Ok(TableItem::Row(row)) => add(setup, rows, row, &mut writer, &mut summary, name)?,
            Ok(TableItem::Outside { key, directory, image_number, .. }) => {
                let at = match rows.join {
                    Join::Key => key,
                    Join::Directory => directory,
                    Join::Image(_) => image_number.map(|image| image.as_str().to_owned()),
                };
                if let Some(at) = at {
                    let row = Row::Out("collected".to_owned());
                    writer.push(at.as_bytes(), &row.encode()).map_err(Broken::Disk)?;
                }
            }
            Err(TableError::Row { number, message }) => summary.problem(format!("{name}: row {number}: {message}")),
            Err(TableError::Table(message)) => return Err(Broken::Table(message)),
        }
    }
    Ok((writer.finish(&listing.to_be_bytes()).map_err(Broken::Disk)?, summary))
}

fn whole(error: TableError) -> Broken {
    match error {
        TableError::Table(message) => Broken::Table(message),
        TableError::Row { number, message } => Broken::Table(format!("row {number}: {message}")),
    }
}

fn add(
    setup: &Setup,
    rows: &RowCatalog,
    row: TableRow,
    writer: &mut TableWriter,
    summary: &mut Summary,
    name: &str,
) -> Result<(), Broken> {
    let number = row.number;
    let at = match &rows.join {
        Join::Key => row.key.clone(),
        Join::Directory => row.directory.clone(),
        Join::Image(_) => row.image_number.as_ref().map(|image| image.as_str().to_owned()),
    };
    let Some(at) = at else {
        let what = match &rows.join {
            Join::Key => "key",
            Join::Directory => "directory",
            Join::Image(_) => "imageNumber",
        };
        summary.problem(format!("{name}: row {number}: it has no {what}, so nobody can tell which objects it means"));
        return Ok(());
    };
    match Row::of(row, FieldOrigin::Row(number), &setup.selector) {
        Some(row) => writer.push(at.as_bytes(), &row.encode()).map_err(Broken::Disk),
        None => {
            summary.problem(format!("{name}: row {number}: it has no imageNumber, so nobody can tell its document"));
            Ok(())
        }
    }
}

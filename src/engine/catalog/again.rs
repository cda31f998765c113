//! Rows read anew for documents that failed: where each of them has its objects now.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use super::absent::absent_file;
use super::build::{self, has_rows};
use super::fetch::on_disk;
use super::join::{disagreement, in_scope};
use super::place;
use super::row::Row;
use super::setup::{Join, RowCatalog, RowSource};
use super::told::Told;
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
use crate::engine::folders::Folders;
use crate::ledger::{DocumentFilter, LedgerError, Reader};
use crate::model::batch::BatchId;
use crate::model::document::FileRecord;
use crate::model::ids::ImageNumber;
use crate::model::listing::Shard;
use crate::model::status::ItemStatus;
use crate::rules::keys;
use crate::tables::{Table, TableWriter};

/// The table of where documents that failed have their objects.
const WANTED: &str = "wanted";
/// Documents read from the ledger at once.
const PAGE: usize = 256;

/// Where documents have their objects, as rows say now; nothing where keys alone tell.
#[derive(Clone, Default)]
pub struct Wanted(Option<Arc<Table>>);

impl Wanted {
    /// The places (keys or directories below the source's prefix, or the image number) that rows give a document.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn of(&self, image: &ImageNumber) -> io::Result<Vec<String>> {
        let Some(table) = &self.0 else { return Ok(Vec::new()) };
        let mut places = table.get(image.as_str().as_bytes())?;
        places.dedup();
        Ok(places.into_iter().map(|place| String::from_utf8_lossy(&place).into_owned()).collect())
    }
}

/// Reads the rows anew. Begun anew, it does the same again.
///
/// # Errors
/// Why the stage is not done.
pub async fn read_again(context: &Arc<RunContext>, listing: u32) -> Result<Wanted, Unfinished> {
    let Some(rows) = has_rows(context) else { return Ok(Wanted::default()) };
    let shards = match &rows.from {
        RowSource::Index(..) => Vec::new(),
        // Only beside what failed: reading all sidecars would cost a request each.
        RowSource::Sidecar(..) => directories(&context.reader, context.batch).map_err(Unfinished::Ledger)?,
    };
    build::build(context, &Folders { open: Vec::new(), shards }, listing).await?;
    let Some(table) = context.table() else { return Ok(Wanted::default()) };
    let (reader, batch, path) = (context.reader.clone(), context.batch, place::folder(context).join(WANTED));
    let reading = tokio::task::spawn_blocking(move || {
        let mut writer = TableWriter::new(&path)?;
        for entry in table.entries() {
            let (at, value) = entry?;
            let Row::In(row) = Row::decode(&value)? else { continue };
            let document = reader.document(batch, &row.image_number).map_err(io::Error::other)?;
            let is_open = |status| matches!(status, ItemStatus::Failed | ItemStatus::Pending);
            if document.is_some_and(|document| is_open(document.state.status())) {
                writer.push(row.image_number.as_str().as_bytes(), &at)?;
            }
        }
        writer.finish(&listing.to_be_bytes())
    });
    // The closure does not panic.
    let wanted = reading.await.expect("reading a table does not panic").map_err(|error| on_disk(context, &error))?;
    Ok(Wanted(Some(Arc::new(wanted))))
}

/// The directories of all files of documents that failed or are pending.
fn directories(reader: &Reader, batch: BatchId) -> Result<Vec<Shard>, LedgerError> {
    let mut found = BTreeSet::new();
    for status in [ItemStatus::Pending, ItemStatus::Failed] {
        let mut after: Option<ImageNumber> = None;
        loop {
            let filter = DocumentFilter { status: Some(status), code: None };
            let page = reader.documents(batch, filter, after.as_ref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.image_number.clone());
            for document in &page {
                for listed in reader.listed_files_of(batch, &document.image_number) {
                    found.insert(directory(&listed?.file.object.key).to_owned());
                }
            }
        }
    }
    Ok(found.into_iter().map(Shard::all).collect())
}

fn directory(key: &str) -> &str {
    &key[..key.len() - keys::file_name(key).len()]
}

/// The prefixes that hold what rows give a document.
pub fn prefixes(rows: &RowCatalog, source: &str, places: &[String]) -> Vec<String> {
    match &rows.join {
        Join::Key | Join::Directory => places.iter().map(|place| format!("{source}{place}")).collect(),
        // The template tells them.
        Join::Image(_) => Vec::new(),
    }
}

/// The files that rows give a document at these places and that are not among those found.
///
/// # Errors
/// The table cannot be read.
pub fn absent_of(
    context: &RunContext,
    image: &ImageNumber,
    places: &[String],
    current: &[FileRecord],
    listing: u32,
) -> io::Result<Vec<FileRecord>> {
    let (Some(rows), Some(table)) = (has_rows(context), context.table()) else { return Ok(Vec::new()) };
    let source = &context.setup.file.spec.source.prefix;
    let mut absent = Vec::new();
    for place in places {
        let key = format!("{source}{place}");
        let is_there = match rows.join {
            Join::Key => current.iter().any(|file| file.object.key == key),
            Join::Directory | Join::Image(_) => !current.is_empty(),
        };
        if is_there {
            continue;
        }
        let found: Vec<Row> =
            table.get(place.as_bytes())?.iter().map(|bytes| Row::decode(bytes)).collect::<io::Result<_>>()?;
        let disagreement = disagreement(&found);
        if let Some(row) = in_scope(&found).into_iter().find(|row| row.image_number == *image) {
            let told = Told::of_row(row, disagreement.as_deref());
            absent.push(absent_file(&context.setup, told, place, key, listing));
        }
    }
    Ok(absent)
}

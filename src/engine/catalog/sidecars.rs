//! Sidecars: found by a listing of their own, each read, its fields a row for the objects beside it.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::stream::{self, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::build::{self, Summary};
use super::fetch::on_disk;
use super::place::ROWS;
use super::row::Row;
use super::setup::{Join, RowCatalog};
use crate::catalogs::KeyReading;
use crate::catalogs::sidecar::{self, MAX_SIDECAR, sidecar_format};
use crate::catalogs::table::TableRow;
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
use crate::engine::folders::Folders;
use crate::engine::page;
use crate::engine::retry::Unanswered;
use crate::model::catalog::Sidecar;
use crate::model::document::{FieldOrigin, SourceObject};
use crate::model::failure::Disposition;
use crate::model::ids::{Digest, ImageNumber};
use crate::model::receipt::Pin;
use crate::rules::names::NameGlobs;
use crate::tables::Table;

/// Prefixes listed at once.
const PARALLEL_LISTINGS: usize = 16;
/// Sidecars read at once, besides what the batch's limits say.
const PARALLEL_READS: usize = 64;
/// What a batch's sidecars are called together.
const NAME: &str = "sidecars";

/// What readers of sidecars share.
struct Reading<'a> {
    context: &'a RunContext,
    catalog: &'a RowCatalog,
    spec: &'a Sidecar,
    names: &'a NameGlobs,
    rows: mpsc::Sender<(Vec<u8>, Vec<u8>)>,
    summary: Mutex<Summary>,
}

/// Reads every sidecar below the prefixes of a listing.
///
/// # Errors
/// Why the stage is not done.
pub async fn build(
    context: &RunContext,
    (catalog, spec, names): (&RowCatalog, &Sidecar, &NameGlobs),
    folders: &Folders,
    listing: u32,
) -> Result<Table, Unfinished> {
    let (rows, receiver) = mpsc::channel(1024);
    let writing = build::writing(context, ROWS, listing, receiver);
    let reading = Reading { context, catalog, spec, names, rows, summary: Mutex::default() };
    let open = folders.open.iter().map(|prefix| (prefix, true));
    let places = open.chain(folders.shards.iter().map(|shard| (&shard.prefix, false)));
    let read = stream::iter(places.map(Ok))
        .try_for_each_concurrent(PARALLEL_LISTINGS, |(prefix, by_directory)| reading.below(prefix, by_directory))
        .await;
    let Reading { rows, summary, .. } = reading;
    drop(rows);
    // Sorting does not panic.
    let table = writing.await.expect("sorting rows does not panic");
    read?;
    let table = table.map_err(|error| on_disk(context, &error))?;
    let digesting = tokio::task::spawn_blocking(move || digest(&table).map(|digest| (table, digest)));
    // Reading a table does not panic.
    let digested = digesting.await.expect("reading a table does not panic");
    let (table, digest) = digested.map_err(|error| on_disk(context, &error))?;
    // A panic while the lock is held leaves counts that are whole.
    build::record(context, NAME, digest, summary.into_inner().unwrap_or_else(PoisonError::into_inner)).await?;
    Ok(table)
}

/// Over what the sidecars say, in the order of what they belong to: they were read in any order.
fn digest(table: &Table) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    for entry in table.entries() {
        let (key, value) = entry?;
        for part in [key, value] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    Ok(Digest(hasher.finalize().into()))
}

impl Reading<'_> {
    async fn below(&self, prefix: &str, by_directory: bool) -> Result<(), Unfinished> {
        let mut token: Option<String> = None;
        loop {
            if self.context.stop.requested() {
                return Err(Unanswered::Stopped.into());
            }
            // What cannot be listed is found again, and recorded, when objects are listed.
            let Ok(page) = page::list(self.context, prefix, by_directory, token.as_deref()).await? else {
                return Ok(());
            };
            let is_sidecar = |object: &SourceObject| self.names.match_file_at(&object.key);
            let found = stream::iter(page.objects.into_iter().filter(is_sidecar).map(Ok));
            found.try_for_each_concurrent(PARALLEL_READS, |object| self.one(object)).await?;
            token = page.next;
            if token.is_none() {
                return Ok(());
            }
        }
    }

    async fn one(&self, object: SourceObject) -> Result<(), Unfinished> {
        let told = self.read(&object).await?;
        self.summary().rows += 1;
        let below = self.context.setup.below_prefix(&object.key);
        let directory = below.rsplit_once('/').map_or(String::new(), |(directory, _)| format!("{directory}/"));
        let of_key = self.image_of_key(below);
        let row = match told {
            Ok(row) => TableRow { image_number: of_key.clone().or(row.image_number.clone()), ..row },
            // Where the key tells the document, it fails by itself.
            Err(problem) if of_key.is_some() => unreadable(of_key.clone(), problem),
            Err(problem) => return self.problem(&object, &problem),
        };
        let at = match (&self.catalog.join, &row.image_number) {
            (Join::Image(_), Some(image)) => image.as_str().to_owned(),
            _ => directory,
        };
        match Row::of(row, FieldOrigin::Sidecar(object.key.clone()), &self.context.setup.selector) {
            // The writer has gone only where the disk fails, which it says itself.
            Some(row) => {
                let _ = self.rows.send((at.into_bytes(), row.encode())).await;
                Ok(())
            }
            None => self.problem(&object, "it has no imageNumber, so nobody can tell its document"),
        }
    }

    fn problem(&self, object: &SourceObject, text: &str) -> Result<(), Unfinished> {
        self.summary().problem(format!("sidecar {}: {text}", object.key));
        Ok(())
    }

    fn summary(&self) -> MutexGuard<'_, Summary> {
        self.summary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn image_of_key(&self, below: &str) -> Option<ImageNumber> {
        let Join::Image(template) = &self.catalog.join else { return None };
        match template.read(below, &self.context.setup.zones) {
            KeyReading::File(fields) | KeyReading::InDirectory(fields) => Some(fields.image_number),
            KeyReading::Unrecognised => None,
        }
    }

    /// A sidecar's row, or why it cannot be used.
    async fn read(&self, object: &SourceObject) -> Result<Result<TableRow, String>, Unfinished> {
        if object.size > MAX_SIDECAR as u64 {
            return Ok(Err(format!("it has {} bytes; at most {MAX_SIDECAR} are read", object.size)));
        }
        let store = &self.context.setup.source.store;
        let pin = Pin { size: object.size, etag: object.etag.clone(), modified: object.modified, version: None };
        let bytes = match self.context.retrier().ask(store, || store.get(&object.key, &pin)).await {
            Ok(fetched) => fetched.bytes,
            Err(Unanswered::Failed(error)) if error.disposition != Disposition::Stall => {
                return Ok(Err(error.to_string()));
            }
            Err(other) => return Err(other.into()),
        };
        let format = sidecar_format(&object.key, self.spec);
        Ok(format.and_then(|format| sidecar::read(&bytes, format, &self.catalog.mapping)))
    }
}

fn unreadable(image_number: Option<ImageNumber>, problem: String) -> TableRow {
    let unreadable = vec![("sidecar".to_owned(), problem)];
    TableRow { image_number, unreadable, ..TableRow::default() }
}

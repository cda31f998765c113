//! An S3 Inventory in place of a listing: its objects are sorted on disk, and listed from there.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use super::build::{self, Summary};
use super::fetch::{self, Fetched, on_disk};
use super::inventory_page::encode;
use super::place::{self, OBJECTS};
use crate::catalogs::inventory::{InventoryFile, InventoryRow, Manifest, check_manifest, check_md5, rows};
use crate::catalogs::table::TableError;
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
use crate::engine::retry::Unanswered;
use crate::engine::setup::Setup;
use crate::engine::stop::Stop;
use crate::model::catalog::Inventory;
use crate::model::document::SourceObject;
use crate::model::ids::Digest;
use crate::stores::Store;
use crate::tables::TableWriter;

/// Largest manifest that is read: that of a bucket of a trillion objects is smaller.
const LARGEST_MANIFEST: u64 = 64 << 20;
/// Rows between two looks at whether someone asked to stop.
const STRIDE: u64 = 4096;

/// Why reading a data file ended early.
enum Broken {
    Table(String),
    Disk(io::Error),
    Stopped,
}

/// Sorts the objects of a listing's inventory, if the spec names one. Begun anew, it does the same again.
///
/// # Errors
/// Why the stage is not done.
pub async fn build(context: &RunContext, listing: u32) -> Result<(), Unfinished> {
    context.set_inventory(None);
    let Some(spec) = &context.setup.file.spec.source.inventory else { return Ok(()) };
    let name = format!("inventory {}", spec.manifest);
    let store = context.setup.inventory.as_ref().unwrap_or(&context.setup.source).store.clone();
    let (manifest, sha256) = manifest(context, &store, spec, &name).await?;
    let path = place::folder(context).join(OBJECTS);
    let mut writer = TableWriter::new(&path).map_err(|error| on_disk(context, &error))?;
    let mut summary = Summary::default();
    let manifest = Arc::new(manifest);
    for data in manifest.files.iter().cloned() {
        let told = format!("{name}: {}", data.key);
        let Some(key) = store.below_own_prefix(&data.key) else {
            let why = "it lies outside the prefix of the store that the manifest is in";
            return Err(Unfinished::Catalog(format!("{told}: {why}")));
        };
        let Fetched { file, .. } = fetch::object(context, &store, key, &told).await?;
        let (setup, stop) = (context.setup.clone(), context.stop.clone());
        let data = Data { manifest: manifest.clone(), data, name: told.clone(), setup, stop };
        let reading = tokio::task::spawn_blocking(move || data.sort(file, writer, summary));
        // Readers of tables do not panic: whatever they are given, they answer with an error.
        (writer, summary) = reading.await.expect("reading an inventory does not panic").map_err(|why| match why {
            Broken::Table(message) => Unfinished::Catalog(format!("{told}: {message}")),
            Broken::Disk(error) => on_disk(context, &error),
            Broken::Stopped => Unanswered::Stopped.into(),
        })?;
    }
    let finishing = tokio::task::spawn_blocking(move || writer.finish(&listing.to_be_bytes()));
    // Sorting does not panic.
    let table = finishing.await.expect("sorting objects does not panic").map_err(|error| on_disk(context, &error))?;
    build::record(context, &name, sha256, summary).await?;
    context.set_inventory(Some(Arc::new(table)));
    Ok(())
}

/// Whether the objects of a listing are sorted already, or none need be; else they have to be sorted anew.
pub fn open(context: &RunContext, listing: u32) -> bool {
    if context.setup.file.spec.source.inventory.is_none() || context.inventory().is_some() {
        return true;
    }
    let table = place::find(context, OBJECTS, listing);
    context.set_inventory(table.clone());
    table.is_some()
}

/// The manifest, once it is known to be whole, of this bucket and young enough.
async fn manifest(
    context: &RunContext,
    store: &Store,
    spec: &Inventory,
    name: &str,
) -> Result<(Manifest, Digest), Unfinished> {
    let wrong = |message: String| Unfinished::Catalog(format!("{name}: {message}"));
    let fetched = fetch::object(context, store, &spec.manifest, name).await?;
    let mut bytes = Vec::new();
    let read = fetched.file.take(LARGEST_MANIFEST).read_to_end(&mut bytes);
    read.map_err(|error| on_disk(context, &error))?;
    if let Some(folder) = spec.manifest.strip_suffix("manifest.json") {
        let checksum = format!("{folder}manifest.checksum");
        let told = format!("inventory {checksum}");
        let mut text = String::new();
        let mut file = fetch::object(context, store, &checksum, &told).await?.file.take(1024);
        file.read_to_string(&mut text).map_err(|error| wrong(format!("{checksum}: {error}")))?;
        check_manifest(&bytes, &text).map_err(wrong)?;
    }
    let manifest = Manifest::parse(&bytes).map_err(wrong)?;
    if let Some(bucket) = &context.setup.source_bucket
        && *bucket != manifest.bucket
    {
        return Err(wrong(format!("it lists the bucket {}, and the source is {bucket}", manifest.bucket)));
    }
    if let Some(age) = spec.max_age {
        manifest.check_age(context.now(), age.0).map_err(wrong)?;
    }
    Ok((manifest, fetched.sha256))
}

/// One data file, and what is needed to read it on a thread that may block.
struct Data {
    manifest: Arc<Manifest>,
    data: InventoryFile,
    name: String,
    setup: Arc<Setup>,
    stop: Stop,
}

impl Data {
    fn sort(
        &self,
        mut file: File,
        mut writer: TableWriter,
        mut summary: Summary,
    ) -> Result<(TableWriter, Summary), Broken> {
        check_md5(&self.data.key, &mut file, &self.data.md5).map_err(Broken::Table)?;
        file.seek(SeekFrom::Start(0)).map_err(Broken::Disk)?;
        let prefix = &self.setup.file.spec.source.prefix;
        for row in rows(file, &self.manifest).map_err(|error| Broken::Table(error.to_string()))? {
            summary.rows += 1;
            if summary.rows.is_multiple_of(STRIDE) && self.stop.requested() {
                return Err(Broken::Stopped);
            }
            match row {
                Ok(row) if is_there(&row) => {
                    let InventoryRow { key, size, etag, modified, .. } = row;
                    // The store's own prefix is no part of its keys.
                    let Some(key) = self.setup.source.store.below_own_prefix(&key) else { continue };
                    if key.starts_with(prefix.as_str()) {
                        let object = SourceObject { key: key.to_owned(), size, etag: etag.map(quoted), modified };
                        writer.push(key.as_bytes(), &encode(&object)).map_err(Broken::Disk)?;
                    }
                }
                Ok(_) => {}
                Err(TableError::Row { number, message }) => {
                    summary.problem(format!("{}: row {number}: {message}", self.name));
                }
                Err(TableError::Table(message)) => return Err(Broken::Table(message)),
            }
        }
        Ok((writer, summary))
    }
}

/// An inventory has entity tags bare; requests and answers have them in quotes (RFC 9110, section 8.8.3).
fn quoted(etag: String) -> String {
    if etag.starts_with('"') { etag } else { format!("\"{etag}\"") }
}

/// Old versions and deleted objects are not there.
fn is_there(row: &InventoryRow) -> bool {
    row.is_latest && !row.is_delete_marker
}

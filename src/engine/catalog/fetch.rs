//! A table of the spec, fetched whole into a file without a name.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use futures::stream::{self, StreamExt as _};
use sha2::{Digest as _, Sha256};

use super::place;
use crate::engine::context::RunContext;
use crate::engine::document::Unfinished;
use crate::engine::retry::Unanswered;
use crate::model::ids::Digest;
use crate::model::receipt::Pin;
use crate::stores::Store;

/// Bytes of one ranged read.
const PIECE: u64 = 8 << 20;
/// Pieces asked for at once.
const PIECES: usize = 4;

/// A table, at its beginning.
pub struct Fetched {
    /// Its content.
    pub file: File,
    /// Digest of the content.
    pub sha256: Digest,
}

/// Fetches an object; `name` is how people know it.
///
/// # Errors
/// There is none, it cannot be read, or why not now.
pub async fn object(context: &RunContext, store: &Store, key: &str, name: &str) -> Result<Fetched, Unfinished> {
    let found = context.retrier().ask(store, || store.head(key)).await.map_err(|why| of_table(name, why))?;
    let Some(found) = found else {
        return Err(Unfinished::Catalog(format!("{name}: there is no such object in the store {}", store.name())));
    };
    let pin = Pin { size: found.size, etag: found.etag, modified: found.modified, version: None };
    let (mut file, mut hasher) = (scratch_file(context)?, Sha256::new());
    let pieces = stream::iter(ranges(pin.size)).map(|range| {
        let pin = &pin;
        async move { context.retrier().ask(store, || store.get_range(key, pin, range.clone())).await }
    });
    let mut pieces = std::pin::pin!(pieces.buffered(PIECES));
    while let Some(piece) = pieces.next().await {
        let bytes = piece.map_err(|why| of_table(name, why))?.bytes;
        hasher.update(&bytes);
        file.write_all(&bytes).map_err(|error| on_disk(context, &error))?;
    }
    file.seek(SeekFrom::Start(0)).map_err(|error| on_disk(context, &error))?;
    Ok(Fetched { file, sha256: Digest(hasher.finalize().into()) })
}

/// Copies a file that lies beside the spec: what is read later is what was digested.
///
/// # Errors
/// It cannot be read.
pub async fn beside(context: &RunContext, path: PathBuf, name: &str) -> Result<Fetched, Unfinished> {
    let (file, told) = (scratch_file(context)?, path.display().to_string());
    let copying = tokio::task::spawn_blocking(move || copy(&path, file));
    // Copying a file does not panic.
    copying.await.expect("copying a file does not panic").map_err(|failed| match failed {
        Failed::Input(error) => Unfinished::Catalog(format!("{name}: {told}: {error}")),
        Failed::Scratch(error) => on_disk(context, &error),
    })
}

/// Which side of a copy failed.
enum Failed {
    Input(io::Error),
    Scratch(io::Error),
}

fn copy(path: &Path, mut file: File) -> Result<Fetched, Failed> {
    let mut input = File::open(path).map_err(Failed::Input)?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 256 << 10]);
    loop {
        let read = input.read(&mut buffer).map_err(Failed::Input)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
        file.write_all(&buffer[..read]).map_err(Failed::Scratch)?;
    }
    file.seek(SeekFrom::Start(0)).map_err(Failed::Scratch)?;
    Ok(Fetched { file, sha256: Digest(hasher.finalize().into()) })
}

fn ranges(size: u64) -> impl Iterator<Item = Range<u64>> {
    (0..size.div_ceil(PIECE)).map(move |piece| piece * PIECE..((piece + 1) * PIECE).min(size))
}

fn scratch_file(context: &RunContext) -> Result<File, Unfinished> {
    let folder = place::folder(context);
    let made = std::fs::create_dir_all(&folder).and_then(|()| tempfile::tempfile_in(&folder));
    made.map_err(|error| on_disk(context, &error))
}

/// The local disk fails: nothing may go on.
pub fn on_disk(context: &RunContext, error: &io::Error) -> Unfinished {
    Unfinished::Ledger(place::failed(context, error))
}

/// What a store answers to a request for a table that is its own fault is the table's.
pub fn of_table(name: &str, why: Unanswered) -> Unfinished {
    match why {
        Unanswered::Failed(error) => Unfinished::Catalog(format!("{name}: {error}")),
        other => other.into(),
    }
}

//! Reading one file from its source, to be looked at: the one that was listed, and no other.

use std::io::Cursor;

use crate::engine::store_set::StoreSet;
use crate::formats;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::overview::{DocumentDetail, FileLook, MOST_LOOKED_AT};
use crate::model::receipt::Pin;

/// Reads the only file of `detail`, by the key that the ledger has and pinned to what was listed.
///
/// # Errors
/// It is too large, gone or another one by now, or its store does not give it.
pub async fn look(stores: &StoreSet, detail: DocumentDetail) -> Result<FileLook, Refusal> {
    let DocumentDetail { line, record, stores: (store, _) } = detail;
    let file =
        record.files.first().ok_or_else(|| Refusal::new(RefusalKind::NotFound, "the document has no such file"))?;
    let object = &file.object;
    if object.size > MOST_LOOKED_AT {
        let message = format!(
            "{} has {} bytes, and pages show files of at most {MOST_LOOKED_AT}; `batchferry download {} --document …` fetches it",
            object.key, object.size, line.name
        );
        return Err(Refusal::new(RefusalKind::Refused, message));
    }
    let unavailable = |error: &dyn std::fmt::Display| Refusal::new(RefusalKind::Unavailable, error);
    let open = stores.open(&store).map_err(|error| unavailable(&error))?;
    let pin = Pin { size: object.size, etag: object.etag.clone(), modified: object.modified, version: None };
    let fetched = open.store.get(&object.key, &pin).await.map_err(|error| unavailable(&error))?;
    let bytes = fetched.bytes.to_vec();
    // A reader over memory has no errors.
    let facts = formats::probe(&mut Cursor::new(&bytes), bytes.len() as u64).unwrap_or_default();
    Ok(FileLook { line, record, store, facts, bytes })
}

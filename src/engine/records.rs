//! Documents with their files as the ledger has them, page by page: what a download works from.

use super::find::unavailable;
use crate::ledger::{DocumentFilter, Reader};
use crate::model::bag::RecordRow;
use crate::model::batch::BatchRecord;
use crate::model::control::{Page, Refusal, RefusalKind};
use crate::model::ids::ImageNumber;

/// Files of one page; a document with more is a page of its own.
const FILES: usize = 2_000;

/// Up to `limit` documents after one of them.
///
/// # Errors
/// The ledger cannot be read.
pub fn page(
    reader: &Reader,
    batch: &BatchRecord,
    after: Option<&ImageNumber>,
    limit: usize,
) -> Result<Page<RecordRow>, Refusal> {
    let found = reader.documents(batch.id, DocumentFilter::default(), after, limit).map_err(unavailable)?;
    let (mut rows, mut many) = (Vec::new(), 0);
    let all = found.len();
    for document in found {
        let files = reader.files(batch.id, &document.image_number).map_err(unavailable)?;
        many += files.len();
        rows.push(RecordRow { document, files });
        if many >= FILES {
            break;
        }
    }
    let more = all == limit || rows.len() < all;
    let next = rows.last().filter(|_| more).map(|last| last.document.image_number.to_string());
    Ok(Page::new(rows, next))
}

/// One document.
///
/// # Errors
/// There is none of this image number, or the ledger cannot be read.
pub fn one(reader: &Reader, batch: &BatchRecord, image: &ImageNumber) -> Result<Page<RecordRow>, Refusal> {
    let Some(document) = reader.document(batch.id, image).map_err(unavailable)? else {
        let hint = format!("`batchferry documents {}` lists them", batch.name);
        let message = format!("batch {} has no document {:?}; {hint}", batch.name, image.as_str());
        return Err(Refusal::new(RefusalKind::NotFound, message));
    };
    let files = reader.files(batch.id, image).map_err(unavailable)?;
    Ok(Page::new(vec![RecordRow { document, files }], None))
}

//! Parts of an upload that the server copies by itself.

use std::ops::Range;
use std::sync::atomic::Ordering;

use super::copy::CopyFrom;
use super::error::{Operation, StoreError};
use super::http;
use super::s3;
use super::upload::{Parts, Upload};
use crate::model::ids::Digest;

/// What became of the copy of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartResult {
    /// The part is there; with the SHA-256 that the server gives of it.
    Made(Option<Digest>),
    /// The server does not copy parts, as it says; there is none.
    Unable(String),
}

impl Upload {
    /// Has a range of an object copied as the part with this index, from 0; it may be asked for again. S3 wants every part
    /// but the last to have at least 5 MiB. [`Self::compare`] must follow.
    ///
    /// # Errors
    /// `ChangedDuringRun` if the source is not what its pin says; else what the store said.
    pub async fn copy_part(
        &self,
        index: usize,
        from: CopyFrom<'_>,
        range: Range<u64>,
    ) -> Result<PartResult, StoreError> {
        let Parts::Numbered { upload, .. } = &self.parts else {
            return Ok(PartResult::Unable("parts are written as they come".to_owned()));
        };
        let (to, source) = self.store.ends(&from)?;
        let (source, part) = (source.named(), (upload.path.as_ref(), upload.id.as_str(), index));
        let (answered, seen) = http::watch(s3::copy_part(to, part, &source, &range)).await;
        match answered {
            Ok(answered) => {
                let part = answered.part_id(self.store.abilities().checksum);
                upload.sent().insert(index, part);
                Ok(PartResult::Made(answered.sha256))
            }
            Err(error) => match seen.says_that_it_cannot() {
                Some(said) => Ok(PartResult::Unable(said)),
                None => Err(self.store.copy_failed((&from, &self.key), Operation::UploadPart, &seen, &error)),
            },
        }
    }

    /// Compares the SHA-256 that the server gave of a part with that of what was read: one that is silent, or finds another
    /// one, has verified nothing.
    pub fn compare(&self, found: Option<Digest>, read: &Digest) {
        if found.as_ref() != Some(read) {
            self.confirmed.store(false, Ordering::Relaxed);
        }
    }
}

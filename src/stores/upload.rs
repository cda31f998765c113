//! An object written in parts.

use bytes::Bytes;
use object_store::{MultipartUpload, PutPayload};

use super::error::StoreError;
use super::object::Written;
use super::observe::observe;
use super::store::Store;

/// An upload in parts: nothing is at the key before it is finished.
pub struct Upload {
    pub(super) store: Store,
    pub(super) key: String,
    pub(super) parts: Box<dyn MultipartUpload>,
}

impl Upload {
    /// Sends the next part.
    ///
    /// # Errors
    /// What the store answered; the upload is then to be aborted.
    pub async fn part(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        let (sent, observed) = observe(self.parts.put_part(PutPayload::from_bytes(bytes))).await;
        sent.map_err(|error| self.store.error("PUT part", Some(&self.key), &error, &observed))
    }

    /// Makes an object of the parts.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn finish(&mut self) -> Result<Written, StoreError> {
        let (done, observed) = observe(self.parts.complete()).await;
        let done = done.map_err(|error| self.store.error("complete upload", Some(&self.key), &error, &observed))?;
        // Each part was verified on its way, where the store does that.
        Ok(Written { etag: done.e_tag, version: done.version, verified_by_store: self.store.abilities().checksum })
    }

    /// Gives the upload up, so that its parts do not stay behind.
    pub async fn abort(&mut self) {
        if let Err(error) = self.parts.abort().await {
            tracing::warn!(store = %self.store.name(), key = self.key, %error, "an unfinished upload was left behind");
        }
    }
}

//! What `store check` needs besides, on objects of its own.

use bytes::Bytes;
use object_store::ObjectStoreExt as _;

use super::error::{Operation, Reason, StoreError};
use super::file::Touch;
use super::http;
use super::remote::Remote;
use super::s3;
use super::store::{Kind, Store};
use crate::model::failure::Code::{ChecksumMismatch, SourceMissing, UnsafeKey};
use crate::model::failure::Disposition::Reject;

/// What the keys of such objects begin with.
pub const TRIAL: &str = ".batchferry-check-";

impl Store {
    /// Removes an object of a trial; one that is not there is no error. Nothing else is ever deleted: a key that does not
    /// begin with [`TRIAL`] is refused.
    ///
    /// # Errors
    /// What the store said.
    pub async fn discard_trial(&self, key: &str) -> Result<(), StoreError> {
        let path = self.address(Operation::Delete, key)?;
        let failed = |reason| self.failed(Operation::Delete, Some(key), reason);
        if !key.starts_with(TRIAL) || key.contains('/') {
            return Err(failed(Reason::new((UnsafeKey, Reject), "this is no object of a trial, and stays")));
        }
        self.stays_within(&path, Touch::Write).await.map_err(failed)?;
        let (result, seen) = match self.bucket() {
            Some(bucket) => http::watch(s3::delete(bucket, path.as_ref())).await,
            None => {
                let objects = self.objects(true).await.map_err(failed)?;
                http::watch(async move { objects.delete(&path).await }).await
            }
        };
        match result.map_err(|error| self.explain(Operation::Delete, &seen, &error)) {
            Ok(()) => Ok(()),
            Err(reason) if reason.code == SourceMissing => Ok(()),
            Err(reason) => Err(failed(reason)),
        }
    }

    /// Whether a write with a wrong SHA-256 is refused; `None`: no digest can be sent to a store of this kind. Where it is not,
    /// the object is there.
    ///
    /// # Errors
    /// What the store said, if it refused for another reason.
    pub async fn refuses_wrong_checksum(&self, key: &str, bytes: Bytes) -> Result<Option<bool>, StoreError> {
        let path = self.address(Operation::Put, key)?;
        let Kind::Remote(remote) = self.kind() else { return Ok(None) };
        let Remote::S3(s3) = remote.as_ref() else { return Ok(None) };
        let (result, seen) = http::watch(s3::put_wrong(&s3.bucket, path.as_ref(), bytes)).await;
        match result.map_err(|error| self.explain(Operation::Put, &seen, &error)) {
            Ok(()) => Ok(Some(false)),
            Err(reason) if reason.code == ChecksumMismatch => Ok(Some(true)),
            Err(reason) => Err(self.failed(Operation::Put, Some(key), reason)),
        }
    }

    /// The bucket, where S3 or Google is asked.
    fn bucket(&self) -> Option<&s3::Bucket> {
        let Kind::Remote(remote) = self.kind() else { return None };
        match remote.as_ref() {
            Remote::S3(s3) => Some(&s3.bucket),
            Remote::Gcs(gcs) => Some(&gcs.bucket),
            Remote::Azure(_) | Remote::Web(_) => None,
        }
    }
}

//! What `store check` needs besides, on objects of its own.

use bytes::Bytes;
use object_store::ObjectStoreExt as _;

use super::azure;
use super::error::{Operation, Reason, StoreError};
use super::file::Touch;
use super::http::{self, Nonsense, generic};
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
        if !key.starts_with(TRIAL) {
            return Err(failed(Reason::new((UnsafeKey, Reject), "this is no object of a trial, and stays")));
        }
        self.stays_within(&path, Touch::Write).await.map_err(failed)?;
        let (result, seen) = match self.kind() {
            Kind::Remote(remote) => http::watch(delete(remote, path.as_ref())).await,
            Kind::File(_) | Kind::Memory(_) => {
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
}

async fn delete(remote: &Remote, key: &str) -> object_store::Result<()> {
    match remote {
        Remote::S3(s3) => s3::delete(&s3.bucket, key).await,
        Remote::Gcs(gcs) => s3::delete(&gcs.bucket, key).await,
        Remote::Azure(azure) => azure::delete(azure, key).await,
        Remote::Web(_) => Err(generic(Nonsense("it can only be read".to_owned()))),
    }
}

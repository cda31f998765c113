//! Writes, and how far the store itself has proven them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use object_store::{Attributes, MultipartUpload, PutMode, PutMultipartOptions, PutOptions, PutPayload};

use super::carried::Carried;
use super::error::{Operation, Reason, StoreError};
use super::s3::{self, Checksum, Seen};
use super::store::{Kind, Store};
use crate::model::failure::Code::ChecksumMismatch;
use crate::model::failure::Disposition::Retry;
use crate::model::ids::Digest;

/// Whether an object that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PutIf {
    /// No. A store whose refusal is not relied on writes all the same: look first.
    Absent,
    /// Yes.
    Any,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutResult {
    /// It was written.
    Written(Written),
    /// Nothing was written: an object is there.
    Exists,
}

/// A written object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The entity tag, where the store gives one.
    pub etag: Option<String>,
    /// The version, where the store gives one.
    pub version: Option<String>,
    /// The store is relied on for checksums, was sent the SHA-256 of everything and gave it back.
    pub verified_by_store: bool,
}

impl Store {
    /// Writes an object in one request, whole or not at all.
    ///
    /// # Errors
    /// What the store said. After an error that calls for a retry the object may be there.
    pub async fn put(
        &self,
        key: &str,
        bytes: Bytes,
        sha256: &Digest,
        only_if: PutIf,
        carried: &Carried,
    ) -> Result<PutResult, StoreError> {
        let path = self.address(Operation::Put, key)?;
        let failed = |reason| self.failed(Operation::Put, Some(key), reason);
        let objects = self.objects(true).await.map_err(failed)?;
        let is_conditional = only_if == PutIf::Absent && self.abilities().conditional_put;
        let options = PutOptions {
            mode: if is_conditional { PutMode::Create } else { PutMode::Overwrite },
            attributes: self.attributes(carried),
            ..PutOptions::default()
        };
        let (result, seen) = s3::watch(objects.put_opts(&path, PutPayload::from_bytes(bytes), options)).await;
        match result {
            Ok(_) if seen.is_corrupt(Some(sha256)) => Err(failed(corrupt())),
            Ok(put) => {
                let verified_by_store = self.abilities().checksum && seen.checksum == Checksum::Confirmed;
                Ok(PutResult::Written(Written { etag: put.e_tag, version: put.version, verified_by_store }))
            }
            Err(object_store::Error::AlreadyExists { .. })
                if is_conditional && self.is_refusal(&seen, path.as_ref()) =>
            {
                Ok(PutResult::Exists)
            }
            Err(error) => Err(failed(self.explain(Operation::Put, &seen, &error))),
        }
    }

    /// Starts an upload in parts, which replaces what is there when it is finished.
    ///
    /// # Errors
    /// What the store said.
    pub async fn upload(&self, key: &str, carried: &Carried) -> Result<Upload, StoreError> {
        let path = self.address(Operation::UploadStart, key)?;
        let failed = |reason| self.failed(Operation::UploadStart, Some(key), reason);
        let objects = self.objects(true).await.map_err(failed)?;
        let options = PutMultipartOptions { attributes: self.attributes(carried), ..PutMultipartOptions::default() };
        let (result, seen) = s3::watch(objects.put_multipart_opts(&path, options)).await;
        let parts = result.map_err(|error| failed(self.explain(Operation::UploadStart, &seen, &error)))?;
        let confirmed = Arc::new(AtomicBool::new(self.abilities().checksum));
        Ok(Upload { store: self.clone(), key: key.to_owned(), parts, confirmed })
    }

    fn attributes(&self, carried: &Carried) -> Attributes {
        match self.kind() {
            // Folders have none, and are refused any.
            Kind::File(_) => Attributes::new(),
            Kind::S3(_) | Kind::Memory(_) => carried.attributes(),
        }
    }

    /// Whether a conditional write was refused because an object is there, and not for another conflict.
    fn is_refusal(&self, seen: &Seen, path: &str) -> bool {
        match self.kind() {
            Kind::S3(_) => seen.says_that_it_exists(),
            Kind::File(folder) => !folder.is_directory(path),
            Kind::Memory(_) => true,
        }
    }
}

impl Seen {
    /// Whether the store got or kept something else than was meant.
    fn is_corrupt(&self, meant: Option<&Digest>) -> bool {
        let signed_other =
            meant.zip(self.signed_sha256.as_ref()).is_some_and(|(meant, signed)| meant.to_string() != *signed);
        signed_other || self.checksum == Checksum::Differs
    }
}

fn corrupt() -> Reason {
    Reason::new((ChecksumMismatch, Retry), "the SHA-256 of what was sent or stored is not that of the file")
}

/// An upload in parts. Dropped unfinished it leaves its parts at the store, unless [`Self::abort`] is called.
#[derive(Debug)]
pub struct Upload {
    store: Store,
    key: String,
    parts: Box<dyn MultipartUpload>,
    confirmed: Arc<AtomicBool>,
}

impl Upload {
    /// The next part. Parts stand in the order of these calls; the futures may run side by side, as many as the caller allows.
    /// S3 wants every part but the last to have at least 5 MiB.
    ///
    /// # Errors
    /// What the store said. The upload is then good for nothing but [`Self::abort`].
    pub fn part(&mut self, bytes: Bytes) -> BoxFuture<'static, Result<(), StoreError>> {
        let (store, key, confirmed) = (self.store.clone(), self.key.clone(), Arc::clone(&self.confirmed));
        let part = self.parts.put_part(PutPayload::from_bytes(bytes));
        async move {
            let failed = |reason| store.failed(Operation::UploadPart, Some(&key), reason);
            let (result, seen) = s3::watch(part).await;
            result.map_err(|error| failed(store.explain(Operation::UploadPart, &seen, &error)))?;
            if seen.checksum != Checksum::Confirmed {
                confirmed.store(false, Ordering::Relaxed);
            }
            if seen.is_corrupt(None) { Err(failed(corrupt())) } else { Ok(()) }
        }
        .boxed()
    }

    /// Makes the object of the parts, which must all have ended well. What was uploaded is removed if that fails.
    ///
    /// # Errors
    /// What the store said. After an error that calls for a retry the object may be there.
    pub async fn finish(mut self) -> Result<Written, StoreError> {
        let (result, seen) = s3::watch(self.parts.complete()).await;
        match result {
            Ok(put) => {
                let verified_by_store = self.confirmed.load(Ordering::Relaxed);
                Ok(Written { etag: put.e_tag, version: put.version, verified_by_store })
            }
            Err(error) => {
                let reason = self.store.explain(Operation::UploadFinish, &seen, &error);
                let error = self.store.failed(Operation::UploadFinish, Some(&self.key), reason);
                // The first error is the one to tell.
                let _ = self.abort().await;
                Err(error)
            }
        }
    }

    /// Removes what was uploaded.
    ///
    /// # Errors
    /// What the store said; it may keep the parts.
    pub async fn abort(mut self) -> Result<(), StoreError> {
        let (result, seen) = s3::watch(self.parts.abort()).await;
        result.map_err(|error| {
            let reason = self.store.explain(Operation::UploadAbort, &seen, &error);
            self.store.failed(Operation::UploadAbort, Some(&self.key), reason)
        })
    }
}

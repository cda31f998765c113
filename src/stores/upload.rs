//! Uploads in parts, for objects too large to be held in memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{Attributes, MultipartId, MultipartUpload, PutMultipartOptions, PutPayload, UploadPart};

use super::carried::Carried;
use super::error::{Operation, StoreError};
use super::file::Touch;
use super::http::{self, Checksum};
use super::remote::Remote;
use super::store::{Kind, Store};
use super::write::{PutIf, PutResult, Written, corrupt};
use crate::model::ids::Digest;

/// An upload in parts. Dropped unfinished it leaves its parts at the store, unless [`Self::abort`] is called.
#[derive(Debug)]
pub struct Upload {
    pub(super) store: Store,
    pub(super) key: String,
    /// Every part so far was verified by the store.
    pub(super) confirmed: Arc<AtomicBool>,
    pub(super) parts: Parts,
}

#[derive(Debug)]
pub(super) enum Parts {
    /// Clouds know parts by numbers or names, so that one can be sent again.
    Numbered { upload: Arc<Numbered>, next: usize },
    /// Folders and memory write parts as they come.
    Streamed(tokio::sync::Mutex<Box<dyn MultipartUpload>>),
}

#[derive(Debug)]
pub(super) struct Numbered {
    remote: Arc<Remote>,
    pub(super) path: Path,
    pub(super) id: MultipartId,
    /// Of the object that the parts will make.
    attributes: Attributes,
    sent: Mutex<BTreeMap<usize, PartId>>,
}

impl Numbered {
    pub(super) fn sent(&self) -> MutexGuard<'_, BTreeMap<usize, PartId>> {
        // Parts are inserted whole, so a panic elsewhere leaves nothing half done.
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store {
    /// Starts an upload in parts, which replaces what is there when it is finished.
    ///
    /// # Errors
    /// What the store said.
    pub async fn upload(&self, key: &str, carried: &Carried) -> Result<Upload, StoreError> {
        let path = self.address(Operation::UploadStart, key)?;
        let failed = |reason| self.failed(Operation::UploadStart, Some(key), reason);
        self.writable(true).map_err(failed)?;
        let attributes = self.attributes(carried);
        let parts = if let Kind::Remote(remote) = self.kind() {
            let (id, seen) = http::watch(remote.start_upload(&path, attributes.clone(), self.tag_set(carried))).await;
            let id = id.map_err(|error| failed(self.explain(Operation::UploadStart, &seen, &error)))?;
            let remote = Arc::clone(remote);
            let upload = Numbered { remote, path, id, attributes, sent: Mutex::default() };
            Parts::Numbered { upload: Arc::new(upload), next: 0 }
        } else {
            let objects = self.objects(true).await.map_err(failed)?;
            self.stays_within(&path, Touch::Write).await.map_err(failed)?;
            let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
            let (upload, seen) = http::watch(objects.put_multipart_opts(&path, options)).await;
            let upload = upload.map_err(|error| failed(self.explain(Operation::UploadStart, &seen, &error)))?;
            Parts::Streamed(tokio::sync::Mutex::new(upload))
        };
        let confirmed = Arc::new(AtomicBool::new(self.abilities().checksum));
        Ok(Upload { store: self.clone(), key: key.to_owned(), confirmed, parts })
    }
}

impl Upload {
    /// Whether parts are sent with their SHA-256. Where the caller does not have it, it is found once more.
    pub fn wants_digests(&self) -> bool {
        matches!(&self.parts, Parts::Numbered { upload, .. } if upload.remote.wants_digests())
    }

    /// The next part, of this SHA-256 if that is known. Parts stand in the order of these calls, and may be sent side by
    /// side, as many as the caller allows. S3 wants every part but the last to have at least 5 MiB.
    pub fn part(&mut self, bytes: Bytes, sha256: Option<Digest>) -> Part {
        let body = match &mut self.parts {
            Parts::Numbered { upload, next } => {
                *next += 1;
                Body::Numbered { upload: Arc::clone(upload), index: *next - 1, bytes, sha256 }
            }
            Parts::Streamed(upload) => {
                Body::Streamed(tokio::sync::Mutex::new(Ok(upload.get_mut().put_part(PutPayload::from_bytes(bytes)))))
            }
        };
        Part { store: self.store.clone(), key: self.key.clone(), confirmed: Arc::clone(&self.confirmed), body }
    }

    /// Makes the object of the parts, which must all have ended well. Few stores can be asked to replace nothing here, and those
    /// alone where their refusal is relied on; the others write all the same: look first.
    ///
    /// # Errors
    /// What the store said. After an error that calls for a retry the object may be there; the parts still are, until
    /// the upload is aborted.
    pub async fn finish(&self, only_if: PutIf) -> Result<PutResult, StoreError> {
        let is_new = only_if == PutIf::Absent && self.is_conditional();
        let (result, seen) = match &self.parts {
            Parts::Numbered { upload, .. } => {
                let parts = upload.sent().values().cloned().collect();
                let Numbered { remote, path, id, attributes, .. } = upload.as_ref();
                http::watch(remote.finish_upload(path, id, parts, attributes, is_new)).await
            }
            Parts::Streamed(upload) => http::watch(upload.lock().await.complete()).await,
        };
        if result.is_err() && is_new && seen.says_that_it_exists() {
            return Ok(PutResult::Exists);
        }
        let put = result.map_err(|error| self.failed(Operation::UploadFinish, &seen, &error))?;
        let path = self.store.address(Operation::UploadFinish, &self.key)?;
        let within = self.store.stays_within(&path, Touch::Written).await;
        within.map_err(|reason| self.store.failed(Operation::UploadFinish, Some(&self.key), reason))?;
        let verified_by_store = self.confirmed.load(Ordering::Relaxed);
        Ok(PutResult::Written(Written { etag: put.e_tag, version: put.version, verified_by_store }))
    }

    fn is_conditional(&self) -> bool {
        let can = matches!(&self.parts, Parts::Numbered { upload, .. } if upload.remote.finishes_conditionally());
        can && self.store.abilities().conditional_put
    }

    /// Removes what was uploaded.
    ///
    /// # Errors
    /// What the store said; it may keep the parts.
    pub async fn abort(&self) -> Result<(), StoreError> {
        let (result, seen) = match &self.parts {
            Parts::Numbered { upload, .. } => http::watch(upload.remote.abort_upload(&upload.path, &upload.id)).await,
            Parts::Streamed(upload) => http::watch(upload.lock().await.abort()).await,
        };
        result.map_err(|error| self.failed(Operation::UploadAbort, &seen, &error))
    }

    fn failed(&self, operation: Operation, seen: &http::Seen, error: &object_store::Error) -> StoreError {
        self.store.failed(operation, Some(&self.key), self.store.explain(operation, seen, error))
    }
}

/// One part of an upload.
pub struct Part {
    store: Store,
    key: String,
    confirmed: Arc<AtomicBool>,
    body: Body,
}

enum Body {
    Numbered {
        upload: Arc<Numbered>,
        index: usize,
        bytes: Bytes,
        sha256: Option<Digest>,
    },
    /// A stream takes a part once; what it said then stays its answer.
    Streamed(tokio::sync::Mutex<Result<UploadPart, StoreError>>),
}

impl Part {
    /// Sends the part. Where that failed it may be sent again; a folder then repeats its answer.
    ///
    /// # Errors
    /// What the store said.
    pub async fn send(&self) -> Result<(), StoreError> {
        match &self.body {
            Body::Numbered { upload, index, bytes, sha256 } => {
                self.send_numbered(upload, *index, (bytes.clone(), sha256.as_ref())).await
            }
            Body::Streamed(state) => {
                let mut state = state.lock().await;
                let Ok(part) = state.as_mut() else { return state.as_ref().map(drop).map_err(Clone::clone) };
                let (result, seen) = http::watch(part).await;
                self.confirmed.store(false, Ordering::Relaxed);
                result.map_err(|error| {
                    let error = self.failed(self.store.explain(Operation::UploadPart, &seen, &error));
                    *state = Err(error.clone());
                    error
                })
            }
        }
    }

    async fn send_numbered(
        &self,
        upload: &Numbered,
        index: usize,
        content: (Bytes, Option<&Digest>),
    ) -> Result<(), StoreError> {
        let place = (&upload.path, &upload.id, index);
        let part = upload.remote.put_part(place, content, self.store.abilities().checksum);
        let (result, seen) = http::watch(part).await;
        let part = result.map_err(|error| self.failed(self.store.explain(Operation::UploadPart, &seen, &error)))?;
        if seen.is_corrupt() {
            return Err(self.failed(corrupt()));
        }
        if seen.checksum != Checksum::Confirmed {
            self.confirmed.store(false, Ordering::Relaxed);
        }
        upload.sent().insert(index, part);
        Ok(())
    }

    fn failed(&self, reason: super::error::Reason) -> StoreError {
        self.store.failed(Operation::UploadPart, Some(&self.key), reason)
    }
}

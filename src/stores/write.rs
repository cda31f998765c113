//! Writes, and how far the store itself has proven them.

use bytes::Bytes;
use object_store::path::Path;
use object_store::{Attributes, ObjectStore, PutMode, PutOptions, PutPayload, TagSet};

use super::carried::{Carried, as_identifier};
use super::error::{Operation, Reason, StoreError};
use super::file::Touch;
use super::http::{self, Checksum, Seen};
use super::remote::Remote;
use super::s3::{self, Stored};
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
    /// The store is relied on for checksums, and gave back the SHA-256 of everything: of what it was sent, or of what it copied
    /// by itself.
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
        self.stays_within(&path, Touch::Write).await.map_err(failed)?;
        let is_conditional = only_if == PutIf::Absent && self.abilities().conditional_put;
        let along = (self.attributes(carried), self.tag_set(carried));
        let content = (bytes, sha256);
        let (result, seen) = match self.s3() {
            Some(s3) => {
                let along = (&along.0, &along.1);
                http::watch(s3::put(s3, path.as_ref(), content, is_conditional, along, self.abilities().checksum)).await
            }
            None => http::watch(put(objects.as_ref(), &path, content.0, is_conditional, along)).await,
        };
        if result.is_ok() {
            self.stays_within(&path, Touch::Written).await.map_err(failed)?;
        }
        match result {
            Ok(_) if seen.is_corrupt() => Err(failed(corrupt())),
            Ok((etag, version)) => {
                let verified_by_store = self.abilities().checksum && seen.checksum == Checksum::Confirmed;
                Ok(PutResult::Written(Written { etag, version, verified_by_store }))
            }
            Err(error) if is_conditional && self.is_refusal(&seen, &error, path.as_ref()) => Ok(PutResult::Exists),
            Err(error) => Err(failed(self.explain(Operation::Put, &seen, &error))),
        }
    }

    /// Tags for a store that has any.
    pub(super) fn tag_set(&self, carried: &Carried) -> TagSet {
        match self.kind() {
            Kind::Remote(remote) if matches!(**remote, Remote::S3(_)) => carried.tag_set(),
            _ => TagSet::default(),
        }
    }

    pub(super) fn attributes(&self, carried: &Carried) -> Attributes {
        match self.kind() {
            // Folders have none, and are refused any.
            Kind::File(_) => Attributes::new(),
            Kind::Remote(remote) if matches!(**remote, Remote::Azure(_)) => carried.attributes(as_identifier),
            Kind::Remote(_) | Kind::Memory(_) => carried.attributes(str::to_owned),
        }
    }

    /// Whether a conditional write was refused because an object is there, and not for another conflict.
    fn is_refusal(&self, seen: &Seen, error: &object_store::Error, path: &str) -> bool {
        let exists = matches!(error, object_store::Error::AlreadyExists { .. });
        match self.kind() {
            Kind::Remote(_) => seen.says_that_it_exists(),
            Kind::File(folder) => exists && !folder.is_directory(path),
            Kind::Memory(_) => exists,
        }
    }
}

/// Sends an object as `object_store` does.
async fn put(
    objects: &dyn ObjectStore,
    path: &Path,
    bytes: Bytes,
    is_conditional: bool,
    (attributes, tags): (Attributes, TagSet),
) -> object_store::Result<Stored> {
    let mode = if is_conditional { PutMode::Create } else { PutMode::Overwrite };
    let options = PutOptions { mode, attributes, tags, ..PutOptions::default() };
    let put = objects.put_opts(path, PutPayload::from_bytes(bytes), options).await?;
    Ok((put.e_tag, put.version))
}

impl Seen {
    /// Whether the store kept something else than was meant.
    pub(super) fn is_corrupt(&self) -> bool {
        self.checksum == Checksum::Differs
    }
}

pub(super) fn corrupt() -> Reason {
    Reason::new((ChecksumMismatch, Retry), "the SHA-256 of what was sent or stored is not that of the file")
}

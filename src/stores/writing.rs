//! Writing: in one piece or in parts.

use bytes::Bytes;
use object_store::{PutMode, PutMultipartOptions, PutOptions, PutPayload};

use super::carried::Carried;
use super::error::StoreError;
use super::object::{PutIf, PutResult, Written};
use super::observe::observe;
use super::store::Store;
use super::upload::Upload;

impl Store {
    /// Writes an object. `Absent` is enforced by the store only where its abilities say so.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn put(
        &self,
        key: &str,
        bytes: Bytes,
        only_if: PutIf,
        carried: &Carried,
    ) -> Result<PutResult, StoreError> {
        self.make_root()?;
        let path = self.path(key)?;
        let mode = match only_if {
            PutIf::Absent if self.abilities().conditional_put => PutMode::Create,
            PutIf::Absent | PutIf::Any => PutMode::Overwrite,
        };
        let options = PutOptions { mode, attributes: self.attributes(carried), ..PutOptions::default() };
        let (put, observed) =
            observe(self.object_store().put_opts(&path, PutPayload::from_bytes(bytes), options)).await;
        match put {
            Ok(done) => {
                let verified_by_store = self.abilities().checksum;
                Ok(PutResult::Written(Written { etag: done.e_tag, version: done.version, verified_by_store }))
            }
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
                Ok(PutResult::Exists)
            }
            Err(error) => Err(self.error("PUT", Some(key), &error, &observed)),
        }
    }

    /// Begins to write an object in parts. Never conditional: the caller has looked.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn upload(&self, key: &str, carried: &Carried) -> Result<Upload, StoreError> {
        self.make_root()?;
        let path = self.path(key)?;
        let options = PutMultipartOptions { attributes: self.attributes(carried), ..PutMultipartOptions::default() };
        let (parts, observed) = observe(self.object_store().put_multipart_opts(&path, options)).await;
        let parts = parts.map_err(|error| self.error("create upload", Some(key), &error, &observed))?;
        Ok(Upload { store: self.clone(), key: key.to_owned(), parts })
    }
}

//! A store that is asked over HTTP, whichever vendor's it is.

use std::sync::Arc;

use bytes::Bytes;
use object_store::multipart::{MultipartStore, PartId};
use object_store::path::Path;
use object_store::{Attributes, MultipartId, ObjectStore, PutMultipartOptions, PutPayload, PutResult, TagSet};

use super::azure::{self, Azure};
use super::gcs::Gcs;
use super::http::{Client, Nonsense, Renewable, RequestCounts, generic};
use super::keys::{MAX_KEY, address, azure_address};
use super::listing::{Page, Query};
use super::s3::{self, S3};
use super::web::{self, Web};
use crate::model::ids::Digest;

/// A bucket or container in some cloud.
#[derive(Debug)]
pub(super) enum Remote {
    S3(S3),
    Azure(Azure),
    Gcs(Gcs),
    Web(Web),
}

impl Remote {
    /// The objects in it.
    pub(super) fn objects(&self) -> Arc<dyn ObjectStore> {
        match self {
            Self::S3(s3) => Arc::clone(&s3.objects) as _,
            Self::Azure(azure) => Arc::clone(&azure.objects) as _,
            Self::Gcs(gcs) => Arc::clone(&gcs.objects) as _,
            Self::Web(web) => Arc::clone(&web.objects) as _,
        }
    }

    fn parts(&self) -> object_store::Result<&dyn MultipartStore> {
        Ok(match self {
            Self::S3(s3) => s3.objects.as_ref(),
            Self::Azure(azure) => azure.objects.as_ref(),
            Self::Gcs(gcs) => gcs.objects.as_ref(),
            Self::Web(_) => return Err(generic(Nonsense("it can only be read".to_owned()))),
        })
    }

    fn client(&self) -> &Client {
        match self {
            Self::S3(s3) => &s3.bucket.client,
            Self::Azure(azure) => &azure.client,
            Self::Gcs(gcs) => &gcs.bucket.client,
            Self::Web(web) => &web.client,
        }
    }

    /// Requests sent since it was opened.
    pub(super) fn requests(&self) -> RequestCounts {
        self.client().requests()
    }

    /// The credentials that it was given; `None`: the platform gives them.
    pub(super) fn keys(&self) -> Option<&dyn Renewable> {
        match self {
            Self::S3(s3) => s3.keys.as_deref().map(|keys| keys as _),
            Self::Azure(azure) => azure.keys.as_deref(),
            Self::Gcs(gcs) => gcs.keys.as_deref(),
            Self::Web(_) => None,
        }
    }

    /// The path that asks for exactly this key, or why there is none.
    pub(super) fn address(&self, key: &str) -> Result<Path, String> {
        match self {
            Self::Azure(_) => azure_address(key),
            Self::S3(_) | Self::Gcs(_) | Self::Web(_) => address(key, MAX_KEY),
        }
    }

    /// Whether [`Query::after`] can be asked for.
    pub(super) fn lists_after(&self) -> bool {
        matches!(self, Self::S3(_) | Self::Gcs(_))
    }

    /// One page of a listing; its keys are whole keys of the bucket.
    pub(super) async fn list_page(&self, query: &Query<'_>) -> object_store::Result<Page> {
        match self {
            Self::S3(s3) => s3::list_page(&s3.bucket, query).await,
            Self::Azure(azure) => azure::list_page(azure, query).await,
            Self::Gcs(gcs) => s3::list_page(&gcs.bucket, query).await,
            Self::Web(web) => web::list_page(web, query).await,
        }
    }

    /// Starts an upload in parts. Azure knows none: it takes blocks, and is told at the end what they make.
    pub(super) async fn start_upload(
        &self,
        path: &Path,
        attributes: Attributes,
        tags: TagSet,
    ) -> object_store::Result<MultipartId> {
        if let Self::Azure(_) = self {
            return Ok(MultipartId::new());
        }
        let options = PutMultipartOptions { attributes, tags, ..PutMultipartOptions::default() };
        self.parts()?.create_multipart_opts(path, options).await
    }

    /// Whether parts are sent with their SHA-256.
    pub(super) fn wants_digests(&self) -> bool {
        matches!(self, Self::S3(_))
    }

    /// Sends a part, of this digest where one is wanted; it may be sent again.
    pub(super) async fn put_part(
        &self,
        (path, id, index): (&Path, &MultipartId, usize),
        (bytes, sha256): (Bytes, Option<&Digest>),
        checksum: bool,
    ) -> object_store::Result<PartId> {
        match (self, sha256) {
            (Self::S3(s3), Some(sha256)) => {
                s3::put_part(s3, (path.as_ref(), id, index), (bytes, sha256), checksum).await
            }
            _ => self.parts()?.put_part(path, id, index, PutPayload::from_bytes(bytes)).await,
        }
    }

    /// Whether [`Self::finish_upload`] can be asked to replace nothing. S3 can by now, but `object_store` does not ask it, and most
    /// servers of its kind ignore it; Google's XML interface takes no condition there.
    pub(super) fn finishes_conditionally(&self) -> bool {
        matches!(self, Self::Azure(_))
    }

    /// Makes the object of its parts; where it `is_new` and that can be asked for, only if there is none.
    pub(super) async fn finish_upload(
        &self,
        path: &Path,
        id: &MultipartId,
        parts: Vec<PartId>,
        attributes: &Attributes,
        is_new: bool,
    ) -> object_store::Result<PutResult> {
        match self {
            Self::Azure(azure) => azure::commit(azure, path, &parts, attributes, is_new).await,
            Self::S3(_) | Self::Gcs(_) | Self::Web(_) => self.parts()?.complete_multipart(path, id, parts).await,
        }
    }

    /// Removes what was uploaded. Azure forgets by itself, within a week, blocks that no blob is made of.
    pub(super) async fn abort_upload(&self, path: &Path, id: &MultipartId) -> object_store::Result<()> {
        self.parts()?.abort_multipart(path, id).await
    }
}

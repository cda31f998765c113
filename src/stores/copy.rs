//! Copies within one server, whose bytes do not pass through here.

use object_store::path::Path;

use super::carried::Carried;
use super::encodings::digest_of_base64;
use super::error::{Operation, Reason, StoreError};
use super::http::{self, Seen};
use super::read::{bare, changed, is_another};
use super::remote::Remote;
use super::s3::{self, S3};
use super::store::{Kind, Store};
use super::write::{PutIf, PutResult, Written};
use crate::model::failure::Code::{ChangedDuringRun, SourceMissing, StoreUnavailable};
use crate::model::failure::Disposition::Reject;
use crate::model::ids::Digest;
use crate::model::receipt::Pin;

/// What is to be copied: an object as it was listed.
#[derive(Debug, Clone, Copy)]
pub struct CopyFrom<'a> {
    /// Where it is; [`Store::copies_from`] is true of it.
    pub store: &'a Store,
    /// Its key there.
    pub key: &'a str,
    /// What it must be.
    pub pin: &'a Pin,
}

/// What became of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CopyResult {
    /// As with a write of the same bytes.
    Done(PutResult),
    /// The server made something, and does not say that it is a copy: nothing proves it, and it copies no more.
    Odd(Written),
    /// The server does not copy so, as it says; nothing was written.
    Unable(String),
}

/// What a source tells of an object besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// What travels along.
    pub carried: Carried,
    /// The SHA-256 of the whole object, where the store keeps one and is relied on for checksums.
    pub sha256: Option<Digest>,
}

impl Store {
    /// Whether this store is relied on to copy by itself what is in `source`: at the same server, for the same credentials.
    pub fn copies_from(&self, source: &Self) -> bool {
        let both = self.s3().zip(source.s3());
        self.abilities().copy && both.is_some_and(|(own, other)| own.is_beside(other))
    }

    /// Whether the object can be pinned while it is copied: it has an entity tag that servers compare.
    pub fn can_pin(&self, pin: &Pin) -> bool {
        self.condition(pin).is_some()
    }

    /// Has an object copied whole. `sha256` is what its content must be.
    ///
    /// # Errors
    /// `ChangedDuringRun` if the source is not what its pin says; else what the store said. After an error that calls for a
    /// retry the object may be there.
    pub async fn copy(
        &self,
        key: &str,
        from: CopyFrom<'_>,
        sha256: &Digest,
        only_if: PutIf,
        carried: &Carried,
    ) -> Result<CopyResult, StoreError> {
        let path = self.address(Operation::Copy, key)?;
        let (to, source) = self.ends(&from)?;
        let source = source.named();
        let is_conditional = only_if == PutIf::Absent && self.abilities().conditional_put;
        let along = (&self.attributes(carried), &carried.tag_set());
        let checksum = self.abilities().checksum;
        let copying = s3::copy(to, path.as_ref(), &source, is_conditional, along, checksum);
        let (answered, seen) = http::watch(copying).await;
        match answered {
            Ok(answered) => {
                let verified_by_store = checksum && answered.sha256.is_some_and(|found| found == *sha256);
                let written = Written { etag: answered.etag, version: answered.version, verified_by_store };
                Ok(if answered.is_copy {
                    CopyResult::Done(PutResult::Written(written))
                } else {
                    CopyResult::Odd(written)
                })
            }
            Err(_) if seen.says_that_it_cannot().is_some() => {
                Ok(CopyResult::Unable(seen.says_that_it_cannot().unwrap_or_default()))
            }
            // Which of the two conditions did not hold, the answer does not tell.
            Err(_) if is_conditional && seen.says_that_it_exists() => {
                from.store.describe(from.key, from.pin).await?;
                Ok(CopyResult::Done(PutResult::Exists))
            }
            Err(error) => Err(self.copy_failed((&from, key), Operation::Copy, &seen, &error)),
        }
    }

    /// What the store tells of an object that must be as it was listed; only a store that copies is asked.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn describe(&self, key: &str, pin: &Pin) -> Result<Described, StoreError> {
        let path = self.address(Operation::Head, key)?;
        let failed = |reason| self.failed(Operation::Head, Some(key), reason);
        let Some(s3) = self.s3() else { return Err(failed(unable())) };
        let (head, seen) = http::watch(s3::head(&s3.bucket, path.as_ref())).await;
        let head = head.map_err(|error| failed(self.explain(Operation::Head, &seen, &error)))?;
        let header = |name: &str| head.get(name).and_then(|value| value.to_str().ok());
        let (size, etag) = (header("content-length").and_then(|text| text.parse::<u64>().ok()), header("etag"));
        let listed = pin.etag.as_deref();
        if size != Some(pin.size) || etag.map(bare) != listed.map(bare) {
            let words = |size: u64, etag: Option<&str>| format!("{size} bytes, ETag {}", etag.unwrap_or("none"));
            let (expected, found) = (words(pin.size, listed), words(size.unwrap_or_default(), etag));
            let said = format!("it changed since it was listed: expected {expected}; found {found}");
            return Err(failed(changed(&said)));
        }
        if is_another(pin.version.as_deref(), header("x-amz-version-id")) {
            let (read, found) =
                (pin.version.as_deref().unwrap_or_default(), header("x-amz-version-id").unwrap_or_default());
            return Err(failed(changed(&format!(
                "it changed since it was read: expected version {read}, found {found}"
            ))));
        }
        // The digest of digests of parts has another form, and another type.
        let is_whole = self.abilities().checksum && header("x-amz-checksum-type") == Some("FULL_OBJECT");
        let sha256 = header("x-amz-checksum-sha256").filter(|_| is_whole);
        let sha256 = sha256.and_then(digest_of_base64);
        Ok(Described { carried: Carried::of_headers(&head, seen), sha256 })
    }

    /// The tags of an object as it is now; none of a store that is not S3's.
    ///
    /// # Errors
    /// What the store said.
    pub async fn tags(&self, key: &str) -> Result<Vec<(String, String)>, StoreError> {
        let path = self.address(Operation::Tags, key)?;
        let Some(s3) = self.s3() else { return Ok(Vec::new()) };
        let (tags, seen) = http::watch(s3::tags(&s3.bucket, path.as_ref())).await;
        match tags {
            Ok(tags) => Ok(tags),
            // As some servers say that there are none.
            Err(_) if seen.says("NoSuchTagSet") => Ok(Vec::new()),
            Err(error) => Err(self.failed(Operation::Tags, Some(key), self.explain(Operation::Tags, &seen, &error))),
        }
    }

    /// The bucket, if it is one of S3's.
    pub(super) fn s3(&self) -> Option<&S3> {
        match self.kind() {
            Kind::Remote(remote) => match remote.as_ref() {
                Remote::S3(s3) => Some(s3),
                _ => None,
            },
            _ => None,
        }
    }

    /// Both ends of a copy, of which [`Self::copies_from`] and [`Self::can_pin`] are true.
    pub(super) fn ends<'s>(&'s self, from: &CopyFrom<'s>) -> Result<(&'s S3, Source<'s>), StoreError> {
        let failed = |reason| from.store.failed(Operation::Copy, Some(from.key), reason);
        let etag = from.store.condition(from.pin);
        let (Some(to), Some(s3), Some(etag)) = (self.s3(), from.store.s3(), etag) else { return Err(failed(unable())) };
        let key = from.store.address(Operation::Copy, from.key)?;
        Ok((to, Source { s3, key, etag, size: from.pin.size }))
    }

    /// Whose fault it is: the source is about to be read as the target is about to be written.
    pub(super) fn copy_failed(
        &self,
        (from, key): (&CopyFrom<'_>, &str),
        operation: Operation,
        seen: &Seen,
        error: &object_store::Error,
    ) -> StoreError {
        let reason = self.explain(operation, seen, error);
        match reason.code {
            SourceMissing | ChangedDuringRun => from.store.failed(Operation::Copy, Some(from.key), reason),
            _ => self.failed(operation, Some(key), reason),
        }
    }
}

/// The source of a copy, as the server is told of it.
pub(super) struct Source<'a> {
    s3: &'a S3,
    key: Path,
    etag: String,
    size: u64,
}

impl Source<'_> {
    pub(super) fn named(&self) -> s3::From<'_> {
        s3::From { s3: self.s3, key: self.key.as_ref(), etag: &self.etag, size: self.size }
    }
}

fn unable() -> Reason {
    Reason::new((StoreUnavailable, Reject), "it is not asked to copy by itself")
}

//! Reading: only what was listed, and never more or less of it.

use std::ops::Range;

use jiff::Timestamp;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStoreExt};

use super::carried::Carried;
use super::error::StoreError;
use super::object::{Fetched, TargetObject};
use super::observe::observe;
use super::store::{Kind, Store, timestamp};
use crate::model::failure::{Code, Disposition};
use crate::model::receipt::Pin;

impl Store {
    /// A whole object, as it was listed.
    ///
    /// # Errors
    /// `ChangedDuringRun` if it is not what `pin` says; else what the store answered.
    pub async fn get(&self, key: &str, pin: &Pin) -> Result<Fetched, StoreError> {
        self.read(key, pin, None).await
    }

    /// A range of an object, as it was listed.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn get_range(&self, key: &str, pin: &Pin, range: Range<u64>) -> Result<Fetched, StoreError> {
        self.read(key, pin, Some(range)).await
    }

    async fn read(&self, key: &str, pin: &Pin, range: Option<Range<u64>>) -> Result<Fetched, StoreError> {
        let path = self.path(key)?;
        let wanted = range.as_ref().map_or(pin.size, |range| range.end - range.start);
        let options =
            GetOptions { if_match: pin.etag.clone(), range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let (read, observed) = observe(async {
            let result = self.object_store().get_opts(&path, options).await?;
            let (meta, attributes) = (result.meta.clone(), result.attributes.clone());
            Ok((meta, attributes, result.bytes().await?))
        })
        .await;
        let (meta, attributes, bytes) = read.map_err(|error| self.error("GET", Some(key), &error, &observed))?;
        self.compare(key, pin, &meta)?;
        if bytes.len() as u64 != wanted {
            let detail = format!("GET: the body has {} bytes instead of {wanted}", bytes.len());
            return Err(self.plain_error(Code::StoreUnavailable, Disposition::Retry, Some(key), detail));
        }
        Ok(Fetched { bytes, carried: Carried::from_read(&attributes) })
    }

    /// Some servers ignore `If-Match`, so what comes back is compared as well.
    fn compare(&self, key: &str, pin: &Pin, meta: &ObjectMeta) -> Result<(), StoreError> {
        let same = match (&pin.etag, &meta.e_tag) {
            (Some(then), Some(now)) => same_tag(then, now),
            (Some(_), None) => true,
            (None, _) => self.same_time(pin.modified, timestamp(meta)),
        };
        if same && meta.size == pin.size {
            return Ok(());
        }
        let show = |etag: Option<&str>, size: u64, at: Timestamp| {
            format!("{size} bytes, {}", etag.map_or_else(|| at.to_string(), |tag| format!("ETag {tag}")))
        };
        let listed = show(pin.etag.as_deref(), pin.size, pin.modified);
        let now = show(meta.e_tag.as_deref().filter(|_| pin.etag.is_some()), meta.size, timestamp(meta));
        Err(self.plain_error(
            Code::ChangedDuringRun,
            Disposition::Reject,
            Some(key),
            format!("listed with {listed}; now it has {now}"),
        ))
    }

    /// HTTP tells whole seconds on a read, and listings tell more.
    fn same_time(&self, listed: Timestamp, now: Timestamp) -> bool {
        match self.0.kind {
            Kind::S3(_) => listed.as_second() == now.as_second(),
            Kind::Local(_) | Kind::Memory(_) => listed == now,
        }
    }

    /// What is at a key; `None`: nothing.
    ///
    /// # Errors
    /// What the store answered.
    pub async fn head(&self, key: &str) -> Result<Option<TargetObject>, StoreError> {
        if let Kind::Local(local) = &self.0.kind {
            self.local_root(local)?;
        }
        let path = self.path(key)?;
        let (meta, observed) = observe(self.object_store().head(&path)).await;
        match meta {
            Ok(meta) => {
                let modified = timestamp(&meta);
                Ok(Some(TargetObject { size: meta.size, etag: meta.e_tag, version: meta.version, modified }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.error("HEAD", Some(key), &error, &observed)),
        }
    }
}

/// Entity tags come with and without quotes, from listings and from headers.
fn same_tag(a: &str, b: &str) -> bool {
    a.trim_matches('"') == b.trim_matches('"')
}

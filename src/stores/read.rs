//! Reads, pinned to what was listed.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use jiff::Timestamp;
use object_store::{GetOptions, GetRange, GetResult, GetResultPayload, ObjectMeta};

use super::carried::{Carried, is_header_value};
use super::error::{Operation, Reason, StoreError};
use super::file::{Touch, is_within};
use super::http;
use super::store::{Kind, Store};
use crate::model::failure::Code::{ChangedDuringRun, SourceMissing, StoreUnavailable};
use crate::model::failure::Disposition::{Reject, Retry};
use crate::model::receipt::Pin;

/// What was read.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The bytes asked for, all of them.
    pub bytes: Bytes,
    /// What travels along with them.
    pub carried: Carried,
    /// The version that they are of, where the store gives one.
    pub version: Option<String>,
}

/// An object as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetObject {
    /// Bytes.
    pub size: u64,
    /// The entity tag, where the store gives one.
    pub etag: Option<String>,
    /// The version, where the store gives one.
    pub version: Option<String>,
    /// When the store last wrote it.
    pub modified: Timestamp,
}

/// When the store last wrote an object.
pub(super) fn timestamp(meta: &ObjectMeta) -> Timestamp {
    let nanos = i32::try_from(meta.last_modified.timestamp_subsec_nanos()).unwrap_or_default();
    // Only dates beyond the year 9999 have no timestamp here.
    Timestamp::new(meta.last_modified.timestamp(), nanos.min(999_999_999)).unwrap_or(Timestamp::UNIX_EPOCH)
}

impl Store {
    /// A whole object.
    ///
    /// # Errors
    /// `ChangedDuringRun` if it is not what the pin says, `SourceMissing` if it is gone; else what the store said.
    pub async fn get(&self, key: &str, pin: &Pin) -> Result<Fetched, StoreError> {
        self.fetch(key, pin, None).await
    }

    /// A part of an object; the range must lie within the pinned size and not be empty.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn get_range(&self, key: &str, pin: &Pin, range: Range<u64>) -> Result<Fetched, StoreError> {
        self.fetch(key, pin, Some(range)).await
    }

    /// What is at a key now; `None`: nothing.
    ///
    /// # Errors
    /// What the store said.
    pub async fn head(&self, key: &str) -> Result<Option<TargetObject>, StoreError> {
        let path = self.address(Operation::Head, key)?;
        let failed = |reason| self.failed(Operation::Head, Some(key), reason);
        let objects = match self.objects(false).await {
            // A folder that is made by the first write holds nothing yet.
            Err(_) if self.awaits_first_write() => return Ok(None),
            objects => objects.map_err(failed)?,
        };
        self.stays_within(&path, Touch::Read).await.map_err(failed)?;
        let options = GetOptions { head: true, ..GetOptions::default() };
        let (result, seen) = http::watch(objects.get_opts(&path, options)).await;
        match result {
            Ok(found) => Ok(Some(TargetObject {
                size: found.meta.size,
                modified: timestamp(&found.meta),
                etag: found.meta.e_tag,
                version: found.meta.version,
            })),
            Err(error) => {
                let (mut seen, mut error) = (seen, error);
                if seen.is_unexplained_refusal() {
                    // An answer to HEAD has no body and so no code; the same question as a GET tells why.
                    let first = GetOptions { range: Some(GetRange::Bounded(0..1)), ..GetOptions::default() };
                    if let (Err(why), told) = http::watch(objects.get_opts(&path, first)).await {
                        (seen, error) = (told, why);
                    }
                }
                match self.explain(Operation::Head, &seen, &error) {
                    Reason { code: SourceMissing, .. } => Ok(None),
                    reason => Err(failed(reason)),
                }
            }
        }
    }

    async fn fetch(&self, key: &str, pin: &Pin, range: Option<Range<u64>>) -> Result<Fetched, StoreError> {
        let path = self.address(Operation::Get, key)?;
        let failed = |reason| self.failed(Operation::Get, Some(key), reason);
        let objects = self.objects(false).await.map_err(failed)?;
        self.stays_within(&path, Touch::Read).await.map_err(failed)?;
        let options = GetOptions {
            if_match: self.condition(pin),
            range: range.clone().map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let wanted = range.unwrap_or(0..pin.size);
        let reading = async {
            let found = objects.get_opts(&path, options).await?;
            if let Some(change) = self.change(pin, &found.meta) {
                return Ok(Err(change));
            }
            let (attributes, version) = (found.attributes.clone(), found.meta.version.clone());
            Ok(whole(found, wanted, self.folder()).await?.map(|bytes| (bytes, attributes, version)))
        };
        let (result, seen) = http::watch(reading).await;
        match result {
            Ok(Ok((bytes, attributes, version))) => {
                Ok(Fetched { bytes, carried: Carried::of(&attributes, seen), version })
            }
            Ok(Err(reason)) => Err(failed(reason)),
            Err(error) => Err(failed(self.explain(Operation::Get, &seen, &error))),
        }
    }

    fn folder(&self) -> Option<&Path> {
        if let Kind::File(folder) = self.kind() { Some(folder.root()) } else { None }
    }

    fn awaits_first_write(&self) -> bool {
        matches!(self.kind(), Kind::File(folder) if folder.awaits_first_write())
    }

    /// The entity tag to ask for, where the store is one that might look at it.
    pub(super) fn condition(&self, pin: &Pin) -> Option<String> {
        let etag = pin.etag.as_deref().filter(|_| matches!(self.kind(), Kind::Remote(_)))?;
        let quoted = if etag.ends_with('"') { etag.to_owned() } else { format!("\"{etag}\"") };
        // A weak tag matches nothing there; the answer's tag is compared all the same.
        Some(quoted).filter(|etag| is_header_value(etag) && !etag.contains("W/"))
    }

    /// How an object differs from what was listed, or read before. Never left to the store: some ignore `If-Match`.
    ///
    /// A version is compared and not asked for: whoever asks for a version gets it, also when it is no longer the object, and a
    /// file that was replaced would pass for one that was not.
    fn change(&self, pin: &Pin, meta: &ObjectMeta) -> Option<Reason> {
        let (expected, found) = match (&pin.etag, &meta.e_tag) {
            _ if pin.size != meta.size => (format!("{} bytes", pin.size), format!("{} bytes", meta.size)),
            _ if is_another(pin.version.as_deref(), meta.version.as_deref()) => {
                let words = |version: &Option<String>| format!("version {}", version.as_deref().unwrap_or_default());
                (words(&pin.version), words(&meta.version))
            }
            (Some(listed), Some(found)) if bare(listed) == bare(found) => return None,
            (Some(listed), Some(found)) => (format!("ETag {listed}"), format!("ETag {found}")),
            _ => {
                let modified = timestamp(meta);
                // An HTTP header has whole seconds, a listing has more.
                let over_http = matches!(self.kind(), Kind::Remote(_));
                let same =
                    if over_http { pin.modified.as_second() == modified.as_second() } else { pin.modified == modified };
                if same {
                    return None;
                }
                (format!("written at {}", pin.modified), format!("written at {modified}"))
            }
        };
        Some(changed(&format!("it changed since it was listed: expected {expected}, found {found}")))
    }
}

/// Whether both are known and differ.
pub(super) fn is_another(read: Option<&str>, found: Option<&str>) -> bool {
    read.zip(found).is_some_and(|(read, found)| read != found)
}

/// An entity tag without the quotes that some servers leave out in one place and write in another.
pub(super) fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

pub(super) fn changed(said: &str) -> Reason {
    Reason::new((ChangedDuringRun, Reject), said)
}

/// All bytes of an answer, or why they are not those asked for.
async fn whole(
    found: GetResult,
    wanted: Range<u64>,
    folder: Option<&Path>,
) -> object_store::Result<Result<Bytes, Reason>> {
    let length = wanted.end.saturating_sub(wanted.start);
    let bytes = match found.payload {
        GetResultPayload::File(file, path) => match read_file((file, path), wanted, folder).await? {
            Some(bytes) => bytes,
            None => return Ok(Err(changed("it changed while it was read"))),
        },
        GetResultPayload::Stream(_) => found.bytes().await?,
    };
    if bytes.len() as u64 == length {
        return Ok(Ok(bytes));
    }
    let said = format!("expected {length} bytes of body, got {}", bytes.len());
    Ok(Err(Reason::new((StoreUnavailable, Retry), said)))
}

/// A file's bytes; `None` if it was written meanwhile.
async fn read_file(
    (file, path): (std::fs::File, PathBuf),
    wanted: Range<u64>,
    folder: Option<&Path>,
) -> object_store::Result<Option<Bytes>> {
    let folder = folder.map(Path::to_owned);
    let reading = move || -> std::io::Result<Option<Bytes>> {
        let mut file = file;
        if let Some(folder) = &folder {
            is_within(&file, &path, folder)?;
        }
        let before = file.metadata()?;
        file.seek(SeekFrom::Start(wanted.start))?;
        let length = wanted.end.saturating_sub(wanted.start);
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(before.len())).unwrap_or_default());
        file.by_ref().take(length).read_to_end(&mut bytes)?;
        let after = file.metadata()?;
        let same = before.len() == after.len() && before.modified()? == after.modified()?;
        Ok(same.then(|| bytes.into()))
    };
    let joined = tokio::task::spawn_blocking(reading).await?;
    joined.map_err(|error| object_store::Error::Generic { store: "file", source: Box::new(error) })
}

//! Copies that the server makes by itself: `object_store` neither pins what is copied nor says what a copy's checksum is.

use std::ops::Range;

use http::{HeaderMap, HeaderValue, Method};
use object_store::multipart::PartId;
use object_store::{Attributes, TagSet};
use serde::Deserialize;

use super::super::encodings::digest_of_base64;
use super::super::http::{Copying, Nonsense, ask, generic};
use super::bucket::encoded_key;
use super::headers::written;
use super::open::S3;
use super::put::{part_id, part_query};
use crate::model::ids::Digest;

/// What is to be copied.
pub(in super::super) struct From<'a> {
    pub(in super::super) s3: &'a S3,
    /// The whole key in its bucket.
    pub(in super::super) key: &'a str,
    /// The entity tag that it must have, in quotes.
    pub(in super::super) etag: &'a str,
    /// Its bytes.
    pub(in super::super) size: u64,
}

/// What the server says of a copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Answered {
    /// Its entity tag.
    pub(in super::super) etag: Option<String>,
    /// Its version.
    pub(in super::super) version: Option<String>,
    /// The SHA-256 that the server has found of it.
    pub(in super::super) sha256: Option<Digest>,
    /// The answer is that to a copy: a server that knows none may have made an empty object.
    pub(in super::super) is_copy: bool,
}

#[derive(Deserialize)]
struct CopyResult {
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(default, rename = "ChecksumSHA256")]
    sha256: Option<String>,
}

/// Has one object copied whole; with `is_conditional` only where none is.
pub(in super::super) async fn copy(
    to: &S3,
    key: &str,
    from: &From<'_>,
    is_conditional: bool,
    (attributes, tags): (&Attributes, &TagSet),
    checksum: bool,
) -> object_store::Result<Answered> {
    let mut headers = source_headers(from)?;
    // What travels along is what would with a PUT: what was read at the source, and of tags only what was asked for.
    headers.insert("x-amz-metadata-directive", HeaderValue::from_static("REPLACE"));
    headers.insert("x-amz-tagging-directive", HeaderValue::from_static("REPLACE"));
    if checksum {
        headers.insert("x-amz-checksum-algorithm", HeaderValue::from_static("SHA256"));
    }
    written(&mut headers, is_conditional, attributes, tags)?;
    send(to, &to.bucket.object_url(key, ""), headers, from.size).await
}

/// Has one range of an object copied as a part of an upload.
pub(in super::super) async fn copy_part(
    to: &S3,
    (key, upload, index): (&str, &str, usize),
    from: &From<'_>,
    range: &Range<u64>,
) -> object_store::Result<Answered> {
    let mut headers = source_headers(from)?;
    let range_header = format!("bytes={}-{}", range.start, range.end.saturating_sub(1));
    headers.insert("x-amz-copy-source-range", HeaderValue::from_str(&range_header).map_err(generic)?);
    let url = to.bucket.object_url(key, &part_query(upload, index));
    let answered = send(to, &url, headers, range.end - range.start).await?;
    if !answered.is_copy {
        return Err(Nonsense("the answer to the copy of a part is none".to_owned()).into());
    }
    Ok(answered)
}

impl Answered {
    /// The part that was copied; `checksum`: uploads have some.
    pub(in super::super) fn part_id(&self, checksum: bool) -> PartId {
        part_id(self.etag.as_deref().unwrap_or_default(), self.sha256.filter(|_| checksum).as_ref())
    }
}

fn source_headers(from: &From<'_>) -> object_store::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    let source = format!("{}/{}", from.s3.name, encoded_key(from.key));
    headers.insert("x-amz-copy-source", HeaderValue::from_str(&source).map_err(generic)?);
    headers.insert("x-amz-copy-source-if-match", HeaderValue::from_str(from.etag).map_err(generic)?);
    Ok(headers)
}

async fn send(to: &S3, url: &str, headers: HeaderMap, size: u64) -> object_store::Result<Answered> {
    let mut request = to.bucket.ask_for(Method::PUT, url, headers).await?;
    request.extensions_mut().insert(Copying(size));
    let (head, body) = ask(&to.bucket.client, request).await?;
    let text = std::str::from_utf8(&body).unwrap_or_default().trim();
    if text.contains("<Error") {
        // An error behind a 200; what it says is already noted.
        return Err(Nonsense("an error in place of a copy".to_owned()).into());
    }
    let header = |name: &str| head.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let version = header("x-amz-version-id");
    Ok(match quick_xml::de::from_str::<CopyResult>(text) {
        Ok(CopyResult { etag, sha256 }) => {
            let sha256 = sha256.as_deref().and_then(digest_of_base64);
            Answered { etag: Some(etag), version, sha256, is_copy: true }
        }
        Err(_) => Answered { etag: header("etag"), version, sha256: None, is_copy: false },
    })
}

//! An object sent in one request, with the digest that is known of it: `object_store` would read all of it once more to find
//! that out, which costs as much as anything else that is done for a file.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use object_store::{Attributes, TagSet};

use super::super::encodings::base64;
use super::super::http::{ask, generic};
use super::headers::written;
use super::open::S3;
use crate::model::ids::Digest;

/// What the server says of an object that was sent: its entity tag and its version.
pub(in super::super) type Stored = (Option<String>, Option<String>);

/// Sends an object; with `is_conditional` it is made only where none is, with `checksum` the server keeps its digest.
///
/// The server refuses bytes that do not have the digest: the request is signed with it.
pub(in super::super) async fn put(
    to: &S3,
    key: &str,
    (bytes, sha256): (Bytes, &Digest),
    is_conditional: bool,
    (attributes, tags): (&Attributes, &TagSet),
    checksum: bool,
) -> object_store::Result<Stored> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    if checksum {
        let digest = HeaderValue::from_str(&base64(sha256.as_bytes())).map_err(generic)?;
        headers.insert("x-amz-checksum-sha256", digest);
    }
    written(&mut headers, is_conditional, attributes, tags)?;
    let request = to.bucket.send_to(Method::PUT, &to.bucket.object_url(key, ""), headers, (bytes, sha256)).await?;
    let (head, _) = ask(&to.bucket.client, request).await?;
    let header = |name: &str| head.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok((header("etag"), header("x-amz-version-id")))
}

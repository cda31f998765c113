//! An object, or a part of one, sent with the digest that is known of it: `object_store` would read all of it once more to find
//! that out, which costs as much as anything else that is done for a file.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use object_store::multipart::PartId;
use object_store::{Attributes, TagSet};

use super::super::encodings::{base64, digest_of_base64, query_encoded};
use super::super::http::{Nonsense, ask, generic};
use super::headers::written;
use super::open::S3;
use crate::model::ids::Digest;

/// The SHA-256 of what is sent, in base64.
const CHECKSUM: &str = "x-amz-checksum-sha256";

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
    let mut headers = of_body((&bytes, sha256), checksum)?;
    written(&mut headers, is_conditional, attributes, tags)?;
    let request = to.bucket.send_to(Method::PUT, &to.bucket.object_url(key, ""), headers, (bytes, sha256)).await?;
    let (head, _) = ask(&to.bucket.client, request).await?;
    let header = |name: &str| head.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok((header("etag"), header("x-amz-version-id")))
}

/// Sends a part of an upload, from 0; otherwise as [`put`] does.
pub(in super::super) async fn put_part(
    to: &S3,
    (key, upload, index): (&str, &str, usize),
    (bytes, sha256): (Bytes, &Digest),
    checksum: bool,
) -> object_store::Result<PartId> {
    let headers = of_body((&bytes, sha256), checksum)?;
    let url = to.bucket.object_url(key, &part_query(upload, index));
    let request = to.bucket.send_to(Method::PUT, &url, headers, (bytes, sha256)).await?;
    let (head, _) = ask(&to.bucket.client, request).await?;
    let header = |name: &str| head.get(name).and_then(|value| value.to_str().ok());
    let etag = header("etag").ok_or_else(|| generic(Nonsense("a part without an entity tag".to_owned())))?;
    Ok(part_id(etag, header(CHECKSUM).and_then(digest_of_base64).filter(|_| checksum).as_ref()))
}

/// What is asked for to reach a part, from 0, of an upload.
pub(super) fn part_query(upload: &str, index: usize) -> String {
    format!("?partNumber={}&uploadId={}", index + 1, query_encoded(upload))
}

/// A part in the form in which `object_store` completes an upload: with the digest where the server keeps it.
pub(super) fn part_id(etag: &str, sha256: Option<&Digest>) -> PartId {
    let Some(sha256) = sha256 else { return PartId { content_id: etag.to_owned() } };
    let (etag, sha256) = (quick_xml::escape::escape(etag), base64(sha256.as_bytes()));
    let content_id =
        format!("<PartMetadata><e_tag>{etag}</e_tag><checksum_sha256>{sha256}</checksum_sha256></PartMetadata>");
    PartId { content_id }
}

/// What is said of the bytes that are sent.
fn of_body((bytes, sha256): (&Bytes, &Digest), checksum: bool) -> object_store::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    if checksum {
        headers.insert(CHECKSUM, HeaderValue::from_str(&base64(sha256.as_bytes())).map_err(generic)?);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn a_part_is_named_as_object_store_completes_it() {
        let digest = Digest::of(b"part");
        assert_eq!(part_id("\"a&b\"", None).content_id, "\"a&b\"");
        #[derive(Deserialize)]
        struct Part {
            e_tag: String,
            checksum_sha256: String,
        }
        let part: Part = quick_xml::de::from_str(&part_id("\"a&b\"", Some(&digest)).content_id).unwrap();
        assert_eq!(part.e_tag, "\"a&b\"");
        assert_eq!(digest_of_base64(&part.checksum_sha256), Some(digest));
    }

    #[test]
    fn a_part_is_asked_for_by_its_number_from_one() {
        assert_eq!(part_query("a/b=", 0), "?partNumber=1&uploadId=a%2Fb%3D");
    }
}

//! ListObjectsV2, by requests of our own: object_store's listing ends at the first key that it cannot parse, and drops
//! the slash of `folder/` markers.

use bytes::BytesMut;
use futures::TryStreamExt;
use http::Method;
use jiff::Timestamp;
use object_store::aws::AwsAuthorizer;
use object_store::client::HttpRequest;
use object_store::path::Path as Key;
use serde::Deserialize;

use super::error::{class_of_failure, class_of_status, s3_code};
use super::object::Page;
use super::observe::chain;
use super::s3::S3;
use crate::model::document::SourceObject;
use crate::model::failure::{Code, Disposition};

/// Keys of one page: the most that S3 gives.
const PAGE_KEYS: u32 = 1_000;
/// A page of the longest keys, each escaped threefold, with room to spare; more is no listing.
const MAX_PAGE_BYTES: usize = 16 * 1024 * 1024;

/// Why there is no page.
pub(super) type ListError = (Code, Disposition, String);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListBucketResult {
    #[serde(default)]
    contents: Vec<Contents>,
    #[serde(default)]
    common_prefixes: Vec<CommonPrefix>,
    is_truncated: bool,
    next_continuation_token: Option<String>,
    encoding_type: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
    size: u64,
    last_modified: String,
    #[serde(rename = "ETag")]
    e_tag: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefix {
    prefix: String,
}

/// One page below `prefix`.
///
/// # Errors
/// What the store answered, or why the answer is no listing.
pub(super) async fn list(
    s3: &S3,
    prefix: &str,
    by_directory: bool,
    token: Option<&str>,
    keys: Option<u32>,
) -> Result<Page, ListError> {
    let request = request(s3, prefix, by_directory, token, keys.unwrap_or(PAGE_KEYS)).await?;
    let answer = s3.client.execute(request).await.map_err(|error| {
        let (code, disposition) = class_of_failure(error.kind());
        (code, disposition, format!("no answer: {}", chain(&error)))
    })?;
    let status = answer.status();
    let broken = |text: String| (Code::StoreUnavailable, Disposition::Retry, format!("the answer broke off: {text}"));
    let mut body = BytesMut::new();
    let mut stream = answer.into_body().bytes_stream();
    while let Some(part) = stream.try_next().await.map_err(|error| broken(chain(&error)))? {
        body.extend_from_slice(&part);
        if body.len() > MAX_PAGE_BYTES {
            return Err(nonsense("it is longer than any page can be"));
        }
    }
    let text = std::str::from_utf8(&body).map_err(|_| nonsense("it is not UTF-8"))?;
    if !status.is_success() {
        let s3_code = s3_code(text).unwrap_or_default();
        let (code, disposition) = class_of_status(status, s3_code);
        return Err((code, disposition, format!("LIST: HTTP {status} {s3_code}").trim_end().to_owned()));
    }
    page(text, prefix, token)
}

async fn request(
    s3: &S3,
    prefix: &str,
    by_directory: bool,
    token: Option<&str>,
    keys: u32,
) -> Result<HttpRequest, ListError> {
    let mut query = format!("encoding-type=url&list-type=2&max-keys={keys}&prefix={}", escape(prefix));
    if by_directory {
        query = format!("delimiter=%2F&{query}");
    }
    if let Some(token) = token {
        query = format!("continuation-token={}&{query}", escape(token));
    }
    let rejected = |text: String| (Code::CredentialsRejected, Disposition::Stall, text);
    let url = format!("{}?{query}", s3.list_url);
    let request = http::Request::builder().method(Method::GET).uri(&url).body(bytes::Bytes::new().into());
    let mut request: HttpRequest = request.map_err(|error| rejected(format!("{url:?} is no address: {error}")))?;
    let credential = s3
        .store
        .credentials()
        .get_credential()
        .await
        .map_err(|error| rejected(format!("no credentials: {}", chain(&error))))?;
    AwsAuthorizer::new(&credential, "s3", &s3.region)
        .try_authorize(&mut request, None)
        .map_err(|error| rejected(format!("the request cannot be signed: {error}")))?;
    Ok(request)
}

fn page(text: &str, prefix: &str, token: Option<&str>) -> Result<Page, ListError> {
    let result: ListBucketResult =
        quick_xml::de::from_str(text).map_err(|error| nonsense(&format!("it does not parse: {error}")))?;
    let escaped = result.encoding_type.as_deref() == Some("url");
    let plain = |text: String| if escaped { unescape(&text) } else { Ok(text) };
    let next = match (result.is_truncated, result.next_continuation_token) {
        (false, _) => None,
        (true, Some(next)) if Some(next.as_str()) != token && !next.is_empty() => Some(next),
        (true, _) => return Err(nonsense("it says that there is more, and not where")),
    };
    let mut page = Page { next, requests: 1, ..Page::default() };
    for entry in result.contents {
        let key = plain(entry.key)?;
        if !key.starts_with(prefix) {
            return Err(nonsense(&format!("it has key {key:?}, which is not below {prefix:?}")));
        }
        let modified = modified(&entry.last_modified)?;
        let object = SourceObject { key, size: entry.size, etag: entry.e_tag, modified };
        match unaddressable(&object.key) {
            None => page.objects.push(object),
            Some(reason) => page.unaddressable.push((object, reason)),
        }
    }
    for folder in result.common_prefixes {
        page.directories.push(plain(folder.prefix)?);
    }
    Ok(page)
}

fn modified(text: &str) -> Result<Timestamp, ListError> {
    text.parse().map_err(|_| nonsense(&format!("{text:?} is no time")))
}

/// Why a read of this key would meet another object, or none.
pub(super) fn unaddressable(key: &str) -> Option<String> {
    match Key::parse(key) {
        Ok(parsed) if parsed.as_ref() == key => None,
        Ok(_) => Some("begins or ends with '/'".to_owned()),
        Err(error) => Some(error.to_string()),
    }
}

fn nonsense(why: &str) -> ListError {
    (
        Code::StoreUnavailable,
        Disposition::Stall,
        format!("LIST: the answer is no listing: {why}; is this an S3 endpoint?"),
    )
}

/// Escapes all but what Signature Version 4 leaves as it is.
fn escape(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut escaped, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
        escaped
    })
}

/// Undoes `encoding-type=url`, in which a space may be `+`.
fn unescape(text: &str) -> Result<String, ListError> {
    let bad = || nonsense(&format!("key {text:?} is not escaped as it says"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let pair = [rest.next().ok_or_else(bad)?, rest.next().ok_or_else(bad)?];
                let pair = std::str::from_utf8(&pair).map_err(|_| bad())?;
                u8::from_str_radix(pair, 16).map_err(|_| bad())?
            }
            plain => plain,
        });
    }
    String::from_utf8(bytes).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(body: &str) -> String {
        format!("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{body}</ListBucketResult>")
    }

    #[test]
    fn odd_keys_end_no_listing_and_are_told_apart() {
        let entry = |key: &str| {
            format!(
                "<Contents><Key>{key}</Key><LastModified>2025-01-02T03:04:05.000Z</LastModified><ETag>&quot;e&quot;</ETag><Size>1</Size></Contents>"
            )
        };
        let keys = ["p/a%20b%2Bc.png", "p/%E5%8F%91.png", "p//a.png", "p/dir/", "p/%01.png"].map(entry).concat();
        let body = listing(&format!("<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>{keys}"));
        let page = page(&body, "p/", None).unwrap();
        let keys: Vec<&str> = page.objects.iter().map(|object| object.key.as_str()).collect();
        assert_eq!(keys, ["p/a b+c.png", "p/发.png"]);
        let odd: Vec<&str> = page.unaddressable.iter().map(|(object, _)| object.key.as_str()).collect();
        assert_eq!(odd, ["p//a.png", "p/dir/", "p/\u{1}.png"]);
        assert_eq!(page.objects[0].etag.as_deref(), Some("\"e\""));
    }

    #[test]
    fn what_is_no_whole_listing_is_never_taken_for_one() {
        let truncated = "<IsTruncated>true</IsTruncated>";
        let again = "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>";
        let outside = "<IsTruncated>false</IsTruncated><Contents><Key>q</Key><LastModified>2025-01-02T03:04:05Z</LastModified><Size>1</Size></Contents>";
        for body in
            [listing(truncated), listing(again), listing(outside), "<html>hello</html>".to_owned(), String::new()]
        {
            assert!(page(&body, "p/", Some("t")).is_err(), "{body}");
        }
        assert!(page(&listing("<IsTruncated>false</IsTruncated>"), "p/", None).unwrap().objects.is_empty());
    }

    #[test]
    fn escaping_and_unescaping_any_key_gives_it_back() {
        proptest::proptest!(|(key in ".*")| {
            proptest::prop_assert_eq!(unescape(&escape(&key)).unwrap(), key);
        });
    }
}

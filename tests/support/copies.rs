//! What s3s's folder lacks of copies: entity tags in listings, refusals to replace, checksums of what was copied.

use std::path::{Path, PathBuf};

use batchferry::model::ids::Digest;
use bytes::Bytes;
use futures::StreamExt as _;
use http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, IF_NONE_MATCH};
use http::request::Parts;
use http::{Method, Response};
use s3s::Body;

use super::fault::Fault;

/// What a request has to do with copies.
#[derive(Clone)]
pub struct Copies {
    root: PathBuf,
    method: Method,
    path: String,
    query: String,
    source: Option<String>,
    range: Option<String>,
    keeps: bool,
    summed: bool,
}

fn header(request: &Parts, name: &str) -> Option<String> {
    Some(request.headers.get(name)?.to_str().ok()?.to_owned())
}

/// Whether the server is asked to copy.
pub fn is_copy(request: &Parts) -> bool {
    request.headers.contains_key("x-amz-copy-source")
}

impl Copies {
    pub fn of(root: &Path, request: &Parts) -> Self {
        Self {
            root: root.to_owned(),
            method: request.method.clone(),
            path: request.uri.path().to_owned(),
            query: request.uri.query().unwrap_or_default().to_owned(),
            source: header(request, "x-amz-copy-source"),
            range: header(request, "x-amz-copy-source-range"),
            keeps: request.headers.contains_key(IF_NONE_MATCH),
            summed: header(request, "x-amz-checksum-algorithm").as_deref() == Some("SHA256"),
        }
    }

    fn file(&self, path: &str) -> PathBuf {
        // The one character in the tests' keys that requests encode.
        self.root.join(path.trim_start_matches('/').replace("%20", " "))
    }

    /// A copy onto an object that is to stay.
    pub fn refusal(&self) -> Option<Fault> {
        let refused = self.source.is_some() && self.keeps && self.file(&self.path).exists();
        refused.then_some(Fault::Status(412, "PreconditionFailed", None))
    }

    /// Changes what was copied, so that it is not what was asked for.
    pub fn damage(&self) {
        let file = self.file(&self.path);
        let mut bytes = std::fs::read(&file).expect("a copy");
        *bytes.last_mut().expect("a byte") ^= 1;
        std::fs::write(&file, bytes).expect("a copy");
    }

    /// The answer as a server gives it that does all of it.
    pub async fn complete(&self, response: Response<Body>) -> Response<Body> {
        if !response.status().is_success() {
            return response;
        }
        match (&self.source, self.range.is_some()) {
            (Some(_), false) if self.summed => {
                let digest = std::fs::read(self.file(&self.path)).map(|bytes| Digest::of(&bytes));
                edit(response, |text| checksum(text, "</CopyObjectResult>", digest.as_ref().ok())).await
            }
            (Some(source), true) => {
                let digest = self.part(source);
                edit(response, |text| checksum(text, "</CopyPartResult>", Some(&digest))).await
            }
            _ if self.method == Method::HEAD => typed(response),
            _ if self.query.contains("list-type=2") => edit(response, |text| self.tagged(&text)).await,
            _ => response,
        }
    }

    fn part(&self, source: &str) -> Digest {
        let bytes = std::fs::read(self.file(source)).expect("the source of a copy");
        let range = self.range.as_deref().and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
        let (first, last) = range.expect("a range");
        let at = |text: &str| text.parse::<usize>().expect("a number");
        Digest::of(&bytes[at(first)..=at(last)])
    }

    /// A page with the entity tag of each object, which is that of an object put at once.
    fn tagged(&self, text: &str) -> String {
        use md5::Digest as _;
        let mut pieces = text.split("</Key>");
        let mut page = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (_, key) = page.rsplit_once("<Key>").expect("a key");
            let bytes = std::fs::read(self.file(&format!("{}/{key}", self.path))).unwrap_or_default();
            let tag = md5::Md5::digest(&bytes).iter().fold(String::new(), |tag, byte| format!("{tag}{byte:02x}"));
            page.push_str(&format!("</Key><ETag>&quot;{tag}&quot;</ETag>{piece}"));
        }
        page
    }
}

fn checksum(text: String, end: &str, digest: Option<&Digest>) -> String {
    let Some(digest) = digest else { return text };
    let sum = base64(digest.as_bytes());
    text.replace(end, &format!("<ChecksumSHA256>{sum}</ChecksumSHA256>{end}"))
}

/// A checksum of a whole object is told as one.
fn typed(mut response: Response<Body>) -> Response<Body> {
    if response.headers().contains_key("x-amz-checksum-sha256") {
        let name = HeaderName::from_static("x-amz-checksum-type");
        response.headers_mut().insert(name, HeaderValue::from_static("FULL_OBJECT"));
    }
    response
}

async fn edit(response: Response<Body>, change: impl FnOnce(String) -> String) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let chunks: Vec<_> = body.map(|chunk| chunk.expect("a chunk of the body")).collect().await;
    let text = change(String::from_utf8(chunks.concat()).expect("XML"));
    parts.headers.insert(CONTENT_LENGTH, text.len().into());
    Response::from_parts(parts, Body::from(Bytes::from(text)))
}

/// Base64 with padding, of 32 bytes.
pub fn base64(bytes: &[u8; 32]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect::<String>() + "00";
    let digit = |at: usize| {
        let value = usize::from_str_radix(&bits[at..at + 6], 2).expect("six bits");
        char::from(DIGITS[value])
    };
    (0..bits.len()).step_by(6).map(digit).chain(['=']).collect()
}

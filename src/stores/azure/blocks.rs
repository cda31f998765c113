//! Makes a blob of its blocks.
//!
//! `object_store` does so only without headers and metadata, unless it also sends the blocks, and then each of them once.

use std::fmt::Write as _;

use http::header::{ETAG, IF_NONE_MATCH};
use http::{Extensions, HeaderName, HeaderValue, Method};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::multipart::PartId;
use object_store::path::Path;
use object_store::{Attribute, Attributes, PutResult};

use super::super::encodings::{base64, query_encoded};
use super::super::http::{Nonsense, ask, generic};
use super::open::Azure;

/// Makes the blob at `path` of blocks that were sent, in their order; where it `is_new`, only if there is none. May be repeated.
pub(in super::super) async fn commit(
    azure: &Azure,
    path: &Path,
    blocks: &[PartId],
    attributes: &Attributes,
    is_new: bool,
) -> object_store::Result<PutResult> {
    let name = path.as_ref().split('/').map(query_encoded).collect::<Vec<_>>().join("/");
    let url = format!("{}/{name}?comp=blocklist", azure.url);
    let body = HttpRequestBody::from(list(blocks));
    let describe = |request: &mut HttpRequest| {
        if is_new {
            request.headers_mut().insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        describe(request, attributes)
    };
    let request = azure.request(Method::PUT, &url, body, describe).await?;
    let (head, _) = ask(&azure.client, request).await?;
    let text = |name: &str| head.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let e_tag = text(ETAG.as_str()).ok_or_else(|| Nonsense("a blob without an ETag".to_owned()))?;
    Ok(PutResult { e_tag: Some(e_tag), version: text("x-ms-version-id"), extensions: Extensions::new() })
}

/// `Latest` finds a block whether or not an earlier attempt at this has made it a part of the blob.
fn list(blocks: &[PartId]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>".to_owned();
    for block in blocks {
        // Writing to a string cannot fail.
        let _ = write!(xml, "<Latest>{}</Latest>", base64(block.content_id.as_bytes()));
    }
    xml + "</BlockList>"
}

fn describe(request: &mut HttpRequest, attributes: &Attributes) -> object_store::Result<()> {
    for (attribute, value) in attributes {
        let name = match attribute {
            Attribute::ContentType => "x-ms-blob-content-type".to_owned(),
            Attribute::CacheControl => "x-ms-blob-cache-control".to_owned(),
            Attribute::ContentDisposition => "x-ms-blob-content-disposition".to_owned(),
            Attribute::ContentEncoding => "x-ms-blob-content-encoding".to_owned(),
            Attribute::ContentLanguage => "x-ms-blob-content-language".to_owned(),
            Attribute::StorageClass => "x-ms-access-tier".to_owned(),
            Attribute::Metadata(name) => format!("x-ms-meta-{name}"),
            _ => continue,
        };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(generic)?;
        request.headers_mut().insert(name, HeaderValue::from_str(value.as_ref()).map_err(generic)?);
    }
    Ok(())
}

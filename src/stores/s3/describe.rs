//! What an object is, with the checksum that the server keeps of it, which `object_store` does not ask for.

use http::{HeaderMap, HeaderValue, Method};

use super::super::http::ask;
use super::bucket::Bucket;

/// The headers of an object.
pub(in super::super) async fn head(bucket: &Bucket, key: &str) -> object_store::Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-checksum-mode", HeaderValue::from_static("ENABLED"));
    let request = bucket.ask_for(Method::HEAD, &bucket.object_url(key, ""), headers).await?;
    Ok(ask(&bucket.client, request).await?.0)
}

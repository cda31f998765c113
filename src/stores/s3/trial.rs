//! Requests that only a trial makes: `object_store` deletes in bulk, and sends no digest that is wrong.

use bytes::Bytes;
use http::{HeaderValue, Method};
use object_store::client::{HttpRequest, HttpRequestBody};

use super::super::encodings::base64;
use super::super::http::{ask, generic};
use super::bucket::Bucket;

/// Removes one object.
pub(in super::super) async fn delete(bucket: &Bucket, key: &str) -> object_store::Result<()> {
    send(bucket, Method::DELETE, key, Bytes::new(), None).await
}

/// Writes an object with a digest that cannot be its own.
pub(in super::super) async fn put_wrong(bucket: &Bucket, key: &str, bytes: Bytes) -> object_store::Result<()> {
    let digest = HeaderValue::from_str(&base64(&[0; 32])).map_err(generic)?;
    send(bucket, Method::PUT, key, bytes, Some(digest)).await
}

async fn send(
    bucket: &Bucket,
    method: Method,
    key: &str,
    bytes: Bytes,
    sha256: Option<HeaderValue>,
) -> object_store::Result<()> {
    let mut request = HttpRequest::new(HttpRequestBody::from(bytes));
    *request.method_mut() = method;
    *request.uri_mut() = bucket.object_url(key, "").parse().map_err(generic)?;
    if let Some(sha256) = sha256 {
        request.headers_mut().insert("x-amz-checksum-sha256", sha256);
    }
    bucket.authorize(&mut request).await?;
    ask(&bucket.client, request).await.map(drop)
}

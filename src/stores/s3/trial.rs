//! Requests that only a trial makes: `object_store` deletes in bulk, and sends no digest that is wrong.

use bytes::Bytes;
use http::{HeaderValue, Method};
use object_store::aws::AwsAuthorizer;
use object_store::client::{HttpRequest, HttpRequestBody};

use super::super::encodings::{base64, query_encoded};
use super::list::{Nonsense, generic};
use super::open::S3;

/// Removes one object.
pub(in super::super) async fn delete(s3: &S3, key: &str) -> object_store::Result<()> {
    send(s3, Method::DELETE, key, Bytes::new(), None).await
}

/// Writes an object with a digest that cannot be its own.
pub(in super::super) async fn put_wrong(s3: &S3, key: &str, bytes: Bytes) -> object_store::Result<()> {
    let digest = HeaderValue::from_str(&base64(&[0; 32])).map_err(generic)?;
    send(s3, Method::PUT, key, bytes, Some(digest)).await
}

async fn send(
    s3: &S3,
    method: Method,
    key: &str,
    bytes: Bytes,
    sha256: Option<HeaderValue>,
) -> object_store::Result<()> {
    let mut request = HttpRequest::new(HttpRequestBody::from(bytes));
    *request.method_mut() = method;
    let path = key.split('/').map(query_encoded).collect::<Vec<_>>().join("/");
    *request.uri_mut() = format!("{}/{path}", s3.bucket_url).parse().map_err(generic)?;
    if let Some(sha256) = sha256 {
        request.headers_mut().insert("x-amz-checksum-sha256", sha256);
    }
    let credential = s3.credentials.get_credential().await?;
    AwsAuthorizer::new(&credential, "s3", &s3.region).try_authorize(&mut request, None)?;
    let response = s3.http.execute(request).await.map_err(generic)?;
    match response.status() {
        status if status.is_success() => Ok(()),
        // Why is already noted; this only ends the operation.
        status => Err(Nonsense(format!("HTTP {status}")).into()),
    }
}

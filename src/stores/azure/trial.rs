//! A request that only a trial makes: `object_store` deletes in bulk, and does not tell one that is not there.

use http::Method;
use object_store::client::HttpRequestBody;

use super::super::encodings::query_encoded;
use super::super::http::ask;
use super::open::Azure;

/// Removes one blob.
pub(in super::super) async fn delete(azure: &Azure, key: &str) -> object_store::Result<()> {
    let name = key.split('/').map(query_encoded).collect::<Vec<_>>().join("/");
    let url = format!("{}/{name}", azure.url);
    let request = azure.request(Method::DELETE, &url, HttpRequestBody::empty(), |_| Ok(())).await?;
    ask(&azure.client, request).await.map(drop)
}

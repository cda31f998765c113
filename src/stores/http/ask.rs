//! One request of our own, and an answer of bounded length.

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::StatusCode;
use object_store::client::{HttpRequest, HttpResponse};

use super::client::Client;

/// An answer that no server of this kind gives; taking it for a page would lose objects.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in super::super) struct Nonsense(pub(in super::super) String);

impl From<Nonsense> for object_store::Error {
    fn from(nonsense: Nonsense) -> Self {
        generic(nonsense)
    }
}

/// An error that is none of those `object_store` has names for.
pub(in super::super) fn generic(error: impl std::error::Error + Send + Sync + 'static) -> object_store::Error {
    object_store::Error::Generic { store: "HTTP", source: Box::new(error) }
}

/// Most bytes of one page: keys of 1000 entries at their longest, escaped, with room for the rest.
const MAX_PAGE: usize = 16 << 20;

/// Sends a request and reads what is answered, if that is a success.
pub(in super::super) async fn ask(client: &Client, request: HttpRequest) -> object_store::Result<(HttpHead, Bytes)> {
    let response = client.http.execute(request).await.map_err(generic)?;
    if !response.status().is_success() {
        // Why is already noted; this only ends the operation.
        return Err(Nonsense(format!("HTTP {}", response.status())).into());
    }
    let headers = response.headers().clone();
    Ok((headers, body(response).await?))
}

/// The headers of an answer.
pub(in super::super) type HttpHead = http::HeaderMap;

/// The same where nothing may be there: then it is none, if `may_be_gone`.
pub(in super::super) async fn ask_if_there(
    client: &Client,
    request: HttpRequest,
    may_be_gone: bool,
) -> object_store::Result<Option<Bytes>> {
    let response = client.http.execute(request).await.map_err(generic)?;
    match response.status() {
        StatusCode::NOT_FOUND if may_be_gone => Ok(None),
        status if !status.is_success() => Err(Nonsense(format!("HTTP {status}")).into()),
        _ => body(response).await.map(Some),
    }
}

async fn body(response: HttpResponse) -> object_store::Result<Bytes> {
    let mut stream = response.into_body().bytes_stream();
    let mut bytes = BytesMut::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk.map_err(generic)?);
        if bytes.len() > MAX_PAGE {
            return Err(Nonsense(format!("a page of more than {MAX_PAGE} bytes")).into());
        }
    }
    Ok(bytes.freeze())
}

//! The body of a request: JSON or a form, small, and soon.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::model::control::RefusalKind;

/// Most bytes of a body. Specs are far smaller.
pub(super) const MAX_BODY: usize = 1 << 20;
/// Longest time from a request's head to the end of its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// What a form of a page has as its content type.
const FORM: &str = "application/x-www-form-urlencoded";

/// A body as JSON of one type.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        json(request).await.map(Self)
    }
}

/// A body that must be JSON.
pub(super) async fn json<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    demand_json(&request)?;
    let bytes = bytes(request).await?;
    // A list would be taken for the fields in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Problem::invalid("the body is not the JSON asked for: expected an object, {…}"));
    }
    serde_json::from_slice(&bytes)
        .map_err(|error| Problem::invalid(format_args!("the body is not the JSON asked for: {error}")))
}

/// A body that must be a form's.
pub(super) async fn form<T: DeserializeOwned>(request: Request) -> Result<T, Problem> {
    let bytes = bytes(request).await?;
    serde_urlencoded::from_bytes(&bytes)
        .map_err(|error| Problem::invalid(format_args!("the body is not the form asked for: {error}")))
}

/// Whether a form of a page sends it.
pub(super) fn is_form(request: &Request) -> bool {
    essence(request).eq_ignore_ascii_case(FORM)
}

async fn bytes(request: Request) -> Result<Bytes, Problem> {
    let read = tokio::time::timeout(PATIENCE, Bytes::from_request(request, &()));
    let late = |_| {
        let detail = format_args!("the body did not arrive within {} s; send it again", PATIENCE.as_secs());
        Problem::new(StatusCode::REQUEST_TIMEOUT, RefusalKind::Invalid, detail)
    };
    read.await.map_err(late)?.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Problem::invalid(format_args!("the body cannot be read: {rejection}")),
    })
}

/// A page of another site can make a browser send a form, but not this type without being asked first.
fn demand_json(request: &Request) -> Result<(), Problem> {
    let found = essence(request);
    if found.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = format_args!("the body must have the content type application/json; found {found:?}");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, RefusalKind::Invalid, detail))
}

/// The content type without its parameters.
fn essence(request: &Request) -> &str {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim()
}

fn too_large() -> Problem {
    let detail =
        format_args!("the body has more than {MAX_BODY} bytes, the most that is taken; a spec has 256 KiB at most");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, RefusalKind::Invalid, detail)
}

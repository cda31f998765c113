//! The body of a request: JSON, small, and soon.

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

/// A body as JSON of one type.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        demand_json(&request)?;
        let read = tokio::time::timeout(PATIENCE, Bytes::from_request(request, state));
        let late = |_| {
            let detail = format_args!("the body did not arrive within {} s; send it again", PATIENCE.as_secs());
            Problem::new(StatusCode::REQUEST_TIMEOUT, RefusalKind::Invalid, detail)
        };
        let bytes = read.await.map_err(late)?.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Problem::invalid(format_args!("the body cannot be read: {rejection}")),
        })?;
        // A list would be taken for the fields in their order.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(Problem::invalid("the body is not the JSON asked for: expected an object, {…}"));
        }
        let json = serde_json::from_slice(&bytes);
        json.map(Self).map_err(|error| Problem::invalid(format_args!("the body is not the JSON asked for: {error}")))
    }
}

/// A page of another site can make a browser send a form, but not this type without being asked first.
fn demand_json(request: &Request) -> Result<(), Problem> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let detail = format_args!("the body must have the content type application/json; found {content_type:?}");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, RefusalKind::Invalid, detail))
}

fn too_large() -> Problem {
    let detail =
        format_args!("the body has more than {MAX_BODY} bytes, the most that is taken; a spec has 256 KiB at most");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, RefusalKind::Invalid, detail)
}

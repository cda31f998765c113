//! Heads that are too long are told so, like any other mistake.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::model::control::RefusalKind;
use crate::web::problem::Problem;

/// Most bytes of path and query. An image number of a thousand characters has twelve thousand when encoded.
pub(in crate::web) const TARGET: usize = 60_000;
/// Most bytes of all headers.
pub(in crate::web) const HEADERS: usize = 32 << 10;
/// Most headers.
pub(in crate::web) const COUNT: usize = 100;

/// Answers what has a head beyond the bounds. The server itself cuts off what is far beyond, without words.
pub(in crate::web) async fn bounded(request: Request, next: Next) -> Response {
    match fault(&request) {
        Some((status, detail)) => Problem::new(status, RefusalKind::Invalid, detail).into_response(),
        None => next.run(request).await,
    }
}

fn fault(request: &Request) -> Option<(StatusCode, String)> {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    if target > TARGET {
        let detail = format!("path and query have {target} bytes, more than {TARGET}, the most that is taken");
        return Some((StatusCode::URI_TOO_LONG, detail));
    }
    let headers = request.headers();
    let bytes: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > HEADERS || headers.len() > COUNT {
        let count = headers.len();
        let detail = format!("{count} headers with {bytes} bytes; at most {COUNT} with {HEADERS} bytes are taken");
        return Some((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail));
    }
    None
}

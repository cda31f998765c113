//! Errors as `application/problem+json` (RFC 9457), and back.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::control::{Refusal, RefusalKind};

/// Seconds after which it makes sense to ask again for what others are just asking for.
const AGAIN: &str = "10";

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Problem {
    /// `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    type_uri: String,
    /// The status in words.
    title: String,
    status: u16,
    /// What is wrong and what to do.
    detail: String,
    /// The same as the status, in our words.
    kind: RefusalKind,
}

impl Problem {
    pub(super) fn new(status: StatusCode, kind: RefusalKind, detail: impl std::fmt::Display) -> Self {
        Self {
            type_uri: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: detail.to_string(),
            kind,
        }
    }

    /// The request makes no sense.
    pub(super) fn invalid(detail: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, RefusalKind::Invalid, detail)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::new(status(refusal.kind), refusal.kind, refusal.message)
    }
}

/// The status of a kind of no, for programs and on pages.
pub(super) fn status(kind: RefusalKind) -> StatusCode {
    match kind {
        RefusalKind::NotFound => StatusCode::NOT_FOUND,
        RefusalKind::Refused => StatusCode::CONFLICT,
        RefusalKind::Invalid => StatusCode::BAD_REQUEST,
        RefusalKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalKind::Busy | RefusalKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { kind: problem.kind, message: problem.detail }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        // Texts and a number with string keys, into memory: cannot fail.
        let body = serde_json::to_vec(&self).expect("a problem is plain data");
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = data(status, "application/problem+json", body);
        if self.kind == RefusalKind::Busy {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static(AGAIN));
        }
        response
    }
}

/// An answer that no cache keeps and no browser takes for something else.
pub(super) fn data(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_status_and_comes_back_as_it_was() {
        for (kind, status) in [
            (RefusalKind::NotFound, 404),
            (RefusalKind::Refused, 409),
            (RefusalKind::Invalid, 400),
            (RefusalKind::TooLarge, 413),
            (RefusalKind::Busy, 503),
            (RefusalKind::Unavailable, 503),
        ] {
            let refusal = Refusal::new(kind, "no batch \"发票\"");
            let problem = Problem::from(refusal.clone());
            assert_eq!(problem.status, status);
            let json = serde_json::to_vec(&problem).unwrap();
            let read: Problem = serde_json::from_slice(&json).unwrap();
            assert_eq!(Refusal::from(read), refusal);
        }
    }
}

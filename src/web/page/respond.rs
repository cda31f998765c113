//! Answers with the headers that keep a page from doing, and from being made to do, what it should not.

use askama::Template;
use axum::body::Body;
use axum::response::Response;
use http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, HeaderValue, LOCATION, REFERRER_POLICY, SET_COOKIE, X_FRAME_OPTIONS,
};
use http::{HeaderMap, StatusCode};

use super::language;
use super::query::Asking;
use crate::web::problem::data;
use crate::web::target::Target;

/// Only what we serve ourselves; forms lead back to us; nobody frames us.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The same for a page that frames a file of ours.
const FRAMING: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                       frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Lets a page frame what we serve ourselves.
pub(super) fn let_frame(headers: &mut HeaderMap) {
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(FRAMING));
}

/// Text of ours that no cache keeps, unless the caller says otherwise.
pub(super) fn plain(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = data(status, content_type, body);
    guard(response.headers_mut());
    response
}

/// Leads a browser on to a page of ours.
pub(super) fn led(to: Target) -> Response {
    let mut response = plain(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Body::empty());
    // A target is percent-encoded.
    let to = HeaderValue::from_str(&to.into_text()).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, to);
    response
}

/// A page.
pub(super) fn page(asking: &Asking, status: StatusCode, page: &impl Template) -> Response {
    // Plain values into memory: no template of ours has an error of its own to give.
    let html = page.render().expect("a page of plain values");
    let mut response = plain(status, "text/html; charset=utf-8", html);
    if asking.remember {
        // Made of fixed words.
        let cookie = HeaderValue::from_str(&language::cookie(asking.language)).expect("a cookie is ASCII");
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

// Under `no-referrer` browsers hide the origin of a form that a page sends, and we could not tell our own from others'.
fn guard(headers: &mut HeaderMap) {
    let set = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "same-origin"),
        (X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in set {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

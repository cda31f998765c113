//! `/sign-in` and `/sign-out`: a browser's token for a cookie, and back.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::denied::Denied;
use super::guard::{CSRF, Guard, Peer};
use super::{cookie, origin, sessions};
use crate::model::access::{AccessRole, TokenDigest};
use crate::model::control::RefusalKind;
use crate::web::body::{self, MAX_BODY};
use crate::web::problem::{Problem, data};

/// What signing in sends.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignIn {
    token: String,
    /// Where a form leads to; absent: the root.
    #[serde(default)]
    next: Option<String>,
}

/// What signing out sends.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SignOut {
    /// For forms, which send no header of their own.
    #[serde(default)]
    csrf: Option<String>,
    /// Where a form leads to; absent: the root.
    #[serde(default)]
    next: Option<String>,
}

/// What a program that signs in is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedIn<'a> {
    name: &'a str,
    role: AccessRole,
    csrf_token: &'a str,
    expires_in: u64,
}

/// The two routes.
pub(in crate::web) fn sign_in<S: Clone + Send + Sync + 'static>(guard: Guard) -> Router<S> {
    Router::new()
        .route("/sign-in", post(enter))
        .route("/sign-out", post(leave))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(guard)
}

async fn enter(State(guard): State<Guard>, Extension(Peer(from)): Extension<Peer>, request: Request) -> Response {
    let headers = request.headers().clone();
    let body = match read::<SignIn>(&guard, request).await {
        Ok(body) => body,
        Err(response) => return response,
    };
    // Another site could sign a browser in as someone else, and be told what is done with it.
    if origin::is_named(&headers) && !origin::is_same(&headers) {
        return Denied::NotMeant.into_response();
    }
    let (grant, opened) = match guard.access.sign_in(&body.form.token, from) {
        None => return nothing_to_sign_in_to().into_response(),
        Some(Err(denied)) => return denied.into_response(),
        Some(Ok(opened)) => opened,
    };
    tracing::info!(name = grant.name, address = %from, "signed in");
    let seconds = sessions::LASTS.as_secs();
    let told = SignedIn { name: &grant.name, role: grant.role, csrf_token: &opened.csrf, expires_in: seconds };
    let cookie = cookie::handing_out(&opened.id, seconds, origin::is_secure(&headers));
    // Plain data with string keys into memory cannot fail.
    let json = serde_json::to_vec(&told).expect("it is plain data");
    answer(body.is_form, body.form.next.as_deref(), json, &cookie)
}

async fn leave(State(guard): State<Guard>, request: Request) -> Response {
    let headers = request.headers().clone();
    let body = match read::<SignOut>(&guard, request).await {
        Ok(body) => body,
        Err(response) => return response,
    };
    let shown = origin::the_only(&headers, &CSRF).or(body.form.csrf.as_deref()).map(TokenDigest::of);
    match guard.access.session(&headers) {
        Some(session) if !(origin::is_same(&headers) && shown == Some(session.csrf())) => {
            return Denied::NotMeant.into_response();
        }
        Some(_) => guard.access.sign_out(&headers),
        None => {}
    }
    answer(body.is_form, body.form.next.as_deref(), b"{}".to_vec(), &cookie::taking_back())
}

/// A body, and whether a form sent it.
struct Sent<T> {
    form: T,
    is_form: bool,
}

async fn read<T: serde::de::DeserializeOwned>(guard: &Guard, request: Request) -> Result<Sent<T>, Response> {
    guard.access.demand_served(request.headers(), guard.listens).map_err(IntoResponse::into_response)?;
    let is_form = body::is_form(&request);
    let form = if is_form { body::form(request).await } else { body::json(request).await };
    form.map(|form| Sent { form, is_form }).map_err(IntoResponse::into_response)
}

/// Leads a form on, and tells a program.
fn answer(is_form: bool, next: Option<&str>, json: Vec<u8>, cookie: &str) -> Response {
    let (status, body) = if is_form { (StatusCode::SEE_OTHER, Vec::new()) } else { (StatusCode::OK, json) };
    let mut response = data(status, "application/json", Body::from(body));
    let headers: &mut HeaderMap = response.headers_mut();
    // Both are made of letters, digits and signs that stand in headers as they are.
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        headers.insert(SET_COOKIE, cookie);
    }
    if is_form {
        let next = next.filter(|next| is_own(next)).and_then(|next| HeaderValue::from_str(next).ok());
        headers.insert(LOCATION, next.unwrap_or(HeaderValue::from_static("/")));
    }
    response
}

/// A path of ours: never another site, whatever a browser makes of slashes.
fn is_own(next: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    next.starts_with('/') && !next.starts_with("//") && next.bytes().all(is_plain)
}

fn nothing_to_sign_in_to() -> Problem {
    let detail = "the config has no `access`, so there is nobody to sign in as";
    Problem::new(StatusCode::CONFLICT, RefusalKind::Refused, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_paths_of_ours_alone() {
        for own in ["/", "/batches/a?status=failed", "/%2F"] {
            assert!(is_own(own), "{own}");
        }
        for other in ["", "batches", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nx: y", "/\t/e"]
        {
            assert!(!is_own(other), "{other}");
        }
    }
}

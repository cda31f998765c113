//! `/sign-in` and `/sign-out`: a browser's token for a cookie, and back. The page with the form is one of the pages.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Router};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::denied::Denied;
use super::guard::{CSRF, Guard, Peer};
use super::{cookie, origin, sessions};
use crate::model::access::{AccessRole, TokenDigest};
use crate::model::control::RefusalKind;
use crate::web::body::{self, MAX_BODY};
use crate::web::problem::{Problem, data};
use crate::web::target::Target;

/// Where one signs in: the form, and what takes it.
pub(in crate::web) const SIGN_IN: &str = "/sign-in";

/// Why someone is led to the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Why {
    /// The token that they sent is nobody's.
    Wrong,
    /// They have sent too many of those.
    Often,
    /// Their session has ended.
    Ended,
    /// They have ended it.
    Out,
}

impl Why {
    /// Every reason.
    pub(in crate::web) const ALL: [Self; 4] = [Self::Wrong, Self::Often, Self::Ended, Self::Out];

    /// Its word in addresses.
    pub(in crate::web) fn as_str(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Often => "often",
            Self::Ended => "ended",
            Self::Out => "out",
        }
    }
}

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
        .route(SIGN_IN, post(enter))
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
        Some(Err(denied)) if body.is_form => return back(&denied, body.form.next.as_deref()),
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

/// Leads a form back to where it was filled in, which says why.
fn back(denied: &Denied, next: Option<&str>) -> Response {
    let form = Target::at(SIGN_IN);
    let form = match denied.wait() {
        Some(seconds) => form.with("why", Some(Why::Often.as_str())).with("seconds", Some(&seconds.to_string())),
        None => form.with("why", Some(Why::Wrong.as_str())),
    };
    led(&form.with("next", next.filter(|next| is_own(next))).into_text())
}

/// Leads a browser on with a GET.
fn led(to: &str) -> Response {
    let mut response = data(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Body::empty());
    let to = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, to);
    response
}

/// Leads a form on, and tells a program.
fn answer(is_form: bool, next: Option<&str>, json: Vec<u8>, cookie: &str) -> Response {
    let mut response = match is_form {
        true => led(next.filter(|next| is_own(next)).unwrap_or("/")),
        false => data(StatusCode::OK, "application/json", json),
    };
    // It is made of letters, digits and signs that stand in headers as they are.
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

/// A path of ours: never another site, whatever a browser makes of slashes.
pub(in crate::web) fn is_own(next: &str) -> bool {
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

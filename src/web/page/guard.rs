//! Who may read the pages.
//!
//! They show names of documents. Where the config names who may use the API, they are for those. Else they are for whoever sits
//! at this machine: over a loopback address, not passed on by a proxy, and under a name that only this machine can have.

use std::net::IpAddr;

use axum::Extension;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, AUTHORIZATION, FORWARDED, HOST};
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, StatusCode};

use super::query::Asking;
use super::{fault, sign_in};
use crate::model::control::{Refusal, RefusalKind};
use crate::web::access::{Denied, Guard, Peer, Reader, Why};

/// Whether the API answers where a page is asked for, so that the page may lead to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServesApi(pub(super) bool);

/// Headers by which proxies say that they pass on the request of another.
const PASSED_ON: [&str; 4] = ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"];

/// Lets those through who may read. Those behind find the caller among the request's extensions, where there is one.
pub(super) async fn guard(
    State(guard): State<Guard>,
    Extension(Peer(from)): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let admitted = match guard.reader(request.headers(), from) {
        None => may_read(from, request.headers()).map(|()| None),
        Some(Ok(caller)) => Ok(Some(caller)),
        Some(Err(denied)) if denied.asks_who() && is_browsers(request.headers()) => return lead(&denied, &request),
        Some(Err(denied)) => Err(denied.told()),
    };
    let (status, refusal) = match admitted {
        Ok(caller) => {
            let reader = caller.as_ref().and_then(|caller| Reader::of(caller, request.headers()));
            let served = ServesApi(guard.serves_api(request.headers()));
            let extensions = request.extensions_mut();
            extensions.insert(served);
            caller.map(|caller| extensions.insert(caller));
            reader.map(|reader| extensions.insert(reader));
            return next.run(request).await;
        }
        Err(refused) => refused,
    };
    let (mut parts, _) = request.into_parts();
    match Asking::from_request_parts(&mut parts, &()).await {
        Ok(asking) => fault::refused(&asking, status, &refusal),
        Err(never) => never.into_response(),
    }
}

/// Whether a person with a browser asks for a page, and not a program that brings a token.
fn is_browsers(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("text/html") && !headers.contains_key(AUTHORIZATION)
}

/// Leads to where one signs in, and back: to the same page, or to the one whose form it was.
fn lead(denied: &Denied, request: &Request) -> Response {
    let why = matches!(denied, Denied::WrongToken).then_some(Why::Ended);
    let uri = request.uri();
    let next = match *request.method() {
        Method::GET | Method::HEAD => uri.path_and_query().map_or("/", PathAndQuery::as_str),
        _ => uri.path().split("/actions/").next().unwrap_or("/"),
    };
    sign_in::lead(why, next)
}

/// Whether a request from whoever it be may be answered with what the ledger knows.
fn may_read(from: IpAddr, headers: &HeaderMap) -> Result<(), (StatusCode, Refusal)> {
    let no = |status, message: &str| Err((status, Refusal::new(RefusalKind::Refused, message)));
    if !is_ours(host(headers)) {
        // A page of another site can make its own name lead here, and would then be let read ours.
        return no(
            StatusCode::MISDIRECTED_REQUEST,
            "the pages answer to `localhost` and to addresses in figures, such as 127.0.0.1, and to no other name; \
             open them under one of those",
        );
    }
    let passed_on = headers.contains_key(FORWARDED) || PASSED_ON.iter().any(|name| headers.contains_key(*name));
    if passed_on || !from.to_canonical().is_loopback() {
        return no(
            StatusCode::FORBIDDEN,
            "the pages name documents, so they are shown on the daemon's own machine alone; \
             open them there, or through `ssh -L 9464:127.0.0.1:9464 HOST`, or name readers in `access` of the config",
        );
    }
    Ok(())
}

fn host(headers: &HeaderMap) -> &str {
    let mut hosts = headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => "",
    }
}

/// Whether a host, with or without a port, is a name that no name server can make lead here.
fn is_ours(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn status(peer: &str, pairs: &[(&str, &str)]) -> Option<u16> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::try_from(*name).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        let peer = peer.trim_matches(['[', ']']);
        may_read(peer.parse().unwrap(), &headers).err().map(|(status, _)| status.as_u16())
    }

    #[test]
    fn whoever_sits_at_the_machine_may_read() {
        for host in ["localhost", "LOCALHOST:9464", "127.0.0.1:9464", "127.0.0.9", "[::1]:9464", "[::1]", "10.0.0.7:80"]
        {
            assert_eq!(status("127.0.0.1", &[("host", host)]), None, "{host}");
        }
        for peer in ["127.8.8.8", "[::1]", "[::ffff:127.0.0.1]"] {
            assert_eq!(status(peer, &[("host", "localhost")]), None, "{peer}");
        }
    }

    #[test]
    fn names_that_others_can_make_lead_here_are_refused() {
        for host in
            ["evil.example", "evil.example:9464", "localhost.evil.example", "127.0.0.1.nip.io", "", "[::1", "a:b:c"]
        {
            let refused = if host == "[::1" { None } else { Some(421) };
            assert_eq!(status("127.0.0.1", &[("host", host)]), refused, "{host}");
        }
        assert_eq!(status("127.0.0.1", &[]), Some(421));
        assert_eq!(status("127.0.0.1", &[("host", "localhost"), ("host", "evil.example")]), Some(421));
    }

    #[test]
    fn others_are_refused_whether_they_come_themselves_or_through_a_proxy() {
        for peer in ["10.0.0.8", "192.168.1.4", "[2001:db8::1]", "[::ffff:10.0.0.8]"] {
            assert_eq!(status(peer, &[("host", "localhost")]), Some(403), "{peer}");
        }
        for header in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"] {
            assert_eq!(status("127.0.0.1", &[("host", "localhost"), (header, "x")]), Some(403), "{header}");
        }
    }
}

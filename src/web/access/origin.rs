//! Where a request comes from and whom it means, as its head says.

use std::net::{IpAddr, SocketAddr};

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{HeaderMap, Uri};

/// Demands that the name by which we are asked can only be ours. A name of another site may lead to this machine too (DNS
/// rebinding), and its pages could then read what we answer.
///
/// # Errors
/// The name.
pub(super) fn local_host(headers: &HeaderMap, listens: SocketAddr) -> Result<(), String> {
    let named = the_only(headers, &HOST).unwrap_or_default();
    let is_ours = named.parse::<Authority>().is_ok_and(|authority| {
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        match host.parse::<IpAddr>() {
            Ok(address) => address.to_canonical().is_loopback() || address == listens.ip(),
            Err(_) => is_localhost(host),
        }
    });
    if is_ours { Ok(()) } else { Err(named.to_owned()) }
}

/// Names that no name server is asked for (RFC 6761).
fn is_localhost(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost")
}

/// Whether a page that we gave made the browser ask: its origin is the place that is asked.
pub(super) fn is_same(headers: &HeaderMap) -> bool {
    let (Some(origin), Some(host)) = (the_only(headers, &ORIGIN), the_only(headers, &HOST)) else { return false };
    let Ok(origin) = origin.parse::<Uri>() else { return false };
    let port = match origin.scheme_str() {
        Some("http") => 80,
        Some("https") => 443,
        _ => return false,
    };
    let place = |authority: &Authority| (authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(port));
    let asked = host.parse::<Authority>().ok();
    origin.authority().map(place) == asked.as_ref().map(place)
}

/// Whether a request names an origin at all.
pub(super) fn is_named(headers: &HeaderMap) -> bool {
    headers.contains_key(ORIGIN)
}

/// Whether the page that asks came by HTTPS, through a proxy before us.
pub(super) fn is_secure(headers: &HeaderMap) -> bool {
    the_only(headers, &ORIGIN).is_some_and(|origin| origin.starts_with("https://"))
}

/// A header that is there once.
pub(super) fn the_only<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> Option<&'a str> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    if all.next().is_some() { None } else { first.to_str().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&http::HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_names_that_can_be_nobody_elses_are_ours() {
        let listens: SocketAddr = "127.0.0.2:9464".parse().unwrap();
        let ours = |host: &str| local_host(&headers(&[(&HOST, host)]), listens).is_ok();
        for good in [
            "localhost",
            "LOCALHOST:9464",
            "a.localhost",
            "127.0.0.1",
            "127.0.0.2:1",
            "[::1]:9464",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(ours(good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example",
            "notlocalhost",
            "10.0.0.1",
            "[2001:db8::1]",
            "127.0.0.1.evil.example",
            "a@evil.example",
            "localhost, evil.example",
        ] {
            assert!(!ours(bad), "{bad}");
        }
        assert!(local_host(&HeaderMap::new(), listens).is_err());
        assert!(local_host(&headers(&[(&HOST, "localhost"), (&HOST, "evil.example")]), listens).is_err());
    }

    #[test]
    fn an_origin_is_ours_if_it_is_where_we_are_asked() {
        let same = |origin: &str, host: &str| is_same(&headers(&[(&ORIGIN, origin), (&HOST, host)]));
        for (origin, host) in [
            ("http://localhost:9464", "localhost:9464"),
            ("http://LOCALHOST:9464", "localhost:9464"),
            ("https://ferry.example", "ferry.example"),
            ("https://ferry.example", "ferry.example:443"),
            ("http://ferry.example:80", "ferry.example"),
            ("http://[::1]:9464", "[::1]:9464"),
        ] {
            assert!(same(origin, host), "{origin} {host}");
        }
        for (origin, host) in [
            ("null", "localhost:9464"),
            ("http://localhost:9465", "localhost:9464"),
            ("http://localhost", "localhost:9464"),
            ("http://evil.example", "localhost"),
            ("http://localhost.evil.example", "localhost"),
            ("ftp://localhost", "localhost"),
            ("localhost", "localhost"),
            ("", ""),
        ] {
            assert!(!same(origin, host), "{origin} {host}");
        }
        assert!(!is_same(&headers(&[(&HOST, "localhost")])));
        assert!(!is_same(&headers(&[(&ORIGIN, "http://a"), (&ORIGIN, "http://a"), (&HOST, "a")])));
    }
}

//! Where a cloud is asked.

use http::Uri;

use super::super::error::Reason;
use super::client::unusable;

/// An endpoint of the config, without a slash behind it. Whatever `object_store` panics on is refused here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Endpoint {
    /// `http` or `https`.
    pub(in super::super) scheme: String,
    /// What follows `://`.
    pub(in super::super) rest: String,
    /// The host in small letters, without port.
    pub(in super::super) host: String,
}

impl Endpoint {
    /// Reads an endpoint; `example` is one that would do.
    ///
    /// # Errors
    /// Why it is none.
    pub(in super::super) fn parse(endpoint: &str, example: &str) -> Result<Self, Reason> {
        // A password may stand in it.
        let shown = if endpoint.contains('@') { "a URL with a user" } else { endpoint };
        let bad = || unusable(format!("{shown:?} is no endpoint; expected one such as {example}"));
        let (scheme, rest) = endpoint.trim_end_matches('/').split_once("://").ok_or_else(bad)?;
        let scheme = scheme.to_ascii_lowercase();
        let uri: Uri = format!("{scheme}://{rest}").parse().map_err(|_| bad())?;
        let host = uri.host().filter(|host| is_host(host)).ok_or_else(bad)?.to_ascii_lowercase();
        let odd = uri.query().is_some() || uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if odd || !matches!(scheme.as_str(), "http" | "https") {
            return Err(bad());
        }
        Ok(Self { scheme, rest: rest.to_owned(), host })
    }

    /// The whole of it.
    pub(in super::super) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.rest)
    }
}

/// Whether a bucket or container may be called so: nothing that would change a URL.
pub(in super::super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_$".contains(&byte))
}

/// Whether URLs can hold `host`: a name, an IPv6 address in brackets, or an IPv4 address (a name cannot end in a number).
fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    let ends_in_number = last.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let is_name = host.split('.').all(label) && !ends_in_number && !host.contains("xn--");
    is_name || host.parse::<std::net::Ipv4Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_endpoint_is_refused_before_a_request_is_built_from_it() {
        for endpoint in ["", "s3.example.com", "ftp://h", "http://", "http://a b", "http://1.2.3.4.5", "http://h?x=1"] {
            let reason = Endpoint::parse(endpoint, "https://s3.example.com").unwrap_err();
            assert!(reason.said.contains(&format!("{endpoint:?}")), "{}", reason.said);
        }
        let reason = Endpoint::parse("http://user:secret@h", "https://s3.example.com").unwrap_err();
        assert!(!reason.said.contains("secret"), "{}", reason.said);
    }

    #[test]
    fn an_endpoint_is_a_scheme_a_host_and_a_path() {
        let endpoint = Endpoint::parse("HTTPS://Blob.Example.com:8443/account/", "").unwrap();
        assert_eq!(endpoint.host, "blob.example.com");
        assert_eq!(endpoint.url(), "https://Blob.Example.com:8443/account");
    }
}

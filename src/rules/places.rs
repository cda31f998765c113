//! Where a store really is, whatever the config calls it.
//!
//! Two stores at one place must give one text: claims on target keys and the check that source and target are apart rest on
//! it. Where a doubt remains (`http` or `https` of one host), places are taken to be the same, since that errs towards
//! refusing. Symbolic links and names of hosts are not resolved: that would take I/O.

use crate::model::config::{Addressing, StoreConfig};

/// The place of a store.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Canonical text of the place; ends in `/`.
    root: String,
}

impl Location {
    /// The place of a store; a `file:` URL must be absolute by now.
    ///
    /// # Errors
    /// What is wrong with its URL, in a fragment that names it.
    pub fn of(store: &StoreConfig) -> Result<Self, String> {
        let url = store.url.as_str();
        let root = if let Some(rest) = strip_scheme(url, "s3://") {
            s3_root(rest, store)?
        } else if let Some(path) = strip_scheme(url, "file://") {
            file_root(path).ok_or_else(|| {
                format!(
                    "{url:?} is no absolute path in valid percent-encoding; expected one such as file:///srv/archive"
                )
            })?
        } else if let Some(name) = strip_scheme(url, "memory:") {
            format!("memory:{}/", name.trim_matches('/'))
        } else {
            return Err(format!("unknown kind of store {url:?}; expected s3://bucket, file:///path or memory:name"));
        };
        Ok(Self { root: format!("{root}{}", folder(&store.prefix)) })
    }

    /// Canonical text of a key of the store: `s3://host:port/bucket/key`, `file:///path/key` or `memory:name/key`.
    pub fn address(&self, key: &str) -> String {
        format!("{}{key}", self.root)
    }
}

/// Whether a key can lie below both prefixes: one of them contains the other. A prefix is text, so `scans` contains
/// `scans2/`, and `scans/` does not.
pub fn overlaps(a: &Location, a_prefix: &str, b: &Location, b_prefix: &str) -> bool {
    let (a, b) = (a.address(a_prefix), b.address(b_prefix));
    a.starts_with(&b) || b.starts_with(&a)
}

fn strip_scheme<'u>(url: &'u str, scheme: &str) -> Option<&'u str> {
    let head = url.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| &url[scheme.len()..])
}

/// A path without empty ends, with a `/` behind it; empty stays empty.
fn folder(path: &str) -> String {
    match path.trim_matches('/') {
        "" => String::new(),
        path => format!("{path}/"),
    }
}

fn s3_root(rest: &str, store: &StoreConfig) -> Result<String, String> {
    let (bucket, path) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(format!("{:?} names no bucket; expected s3://bucket", store.url));
    }
    let region = store.region.as_deref().unwrap_or_default();
    let server = match &store.endpoint {
        None => amazon(region),
        Some(endpoint) => {
            let in_host = store.addressing == Some(Addressing::VirtualHost);
            server(endpoint, in_host.then_some(bucket), region)
                .ok_or_else(|| format!("{endpoint:?} is no endpoint; expected one such as https://s3.example.com"))?
        }
    };
    Ok(format!("s3://{server}/{bucket}/{}", folder(path)))
}

/// Amazon's own servers by partition: within one, a bucket's name is unique whatever the region.
fn amazon(region: &str) -> String {
    if region.starts_with("cn-") {
        "s3.amazonaws.com.cn".to_owned()
    } else if region.starts_with("us-gov-") {
        "s3.us-gov.amazonaws.com".to_owned()
    } else {
        "s3.amazonaws.com".to_owned()
    }
}

/// Host, port unless it is the scheme's own, and path of an endpoint. Credentials in it, which have no place there, are left
/// out.
fn server(endpoint: &str, bucket: Option<&str>, region: &str) -> Option<String> {
    let (rest, own_port) = match (strip_scheme(endpoint, "https://"), strip_scheme(endpoint, "http://")) {
        (Some(rest), _) => (rest, "443"),
        (None, Some(rest)) => (rest, "80"),
        (None, None) => return None,
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = split_port(authority);
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let host = bucket.and_then(|bucket| host.strip_prefix(bucket)?.strip_prefix('.')).unwrap_or(&host);
    if host.is_empty() {
        return None;
    }
    if host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn") {
        let named = host.split('.').find(|label| label.starts_with("cn-") || label.starts_with("us-gov-"));
        return Some(amazon(named.unwrap_or(region)));
    }
    let host = if host == "localhost" || host == "[::1]" { "127.0.0.1" } else { host };
    let port = port.filter(|port| *port != own_port).map(|port| format!(":{port}")).unwrap_or_default();
    let path = folder(path);
    Some(format!("{host}{port}/{path}").trim_end_matches('/').to_owned())
}

/// Splits at the port, which an IPv6 address in brackets has behind them.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
        Some((host, "")) => (host, None),
        _ => (authority, None),
    }
}

/// The folder that a `file:` URL names, as an absolute path; `None`: it names none.
pub fn folder_of(url: &str) -> Option<String> {
    let root = file_root(strip_scheme(url, "file://")?)?;
    root.strip_prefix("file://").map(|path| format!("/{}", path.trim_matches('/')))
}

/// The path that a `file:` URL names, percent-encoding undone: absolute behind `//`, else as it stands; `None`: it is a URL
/// of another kind.
///
/// # Errors
/// A host other than this one, or an encoding that is none, in a fragment that names the URL.
pub fn file_path(url: &str) -> Option<Result<String, String>> {
    let rest = strip_scheme(url, "file:")?;
    let path = rest.strip_prefix("//").map_or(rest, without_localhost);
    if rest.starts_with("//") && !path.starts_with('/') {
        return Some(Err(format!("{url:?} names another host; a folder is on this one")));
    }
    let decoded = percent_decoded(path).filter(|path| !path.is_empty() && !path.contains('\0'));
    Some(decoded.ok_or_else(|| format!("{url:?} is no path in valid percent-encoding ('%' itself is `%25`)")))
}

fn without_localhost(path: &str) -> &str {
    strip_scheme(path, "localhost").filter(|rest| rest.starts_with('/')).unwrap_or(path)
}

fn file_root(path: &str) -> Option<String> {
    let path = without_localhost(path);
    if !path.starts_with('/') {
        return None;
    }
    let path = percent_decoded(path)?;
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    Some(format!("file:///{}", folder(&segments.join("/"))))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(url: &str, endpoint: Option<&str>, prefix: &str) -> StoreConfig {
        StoreConfig {
            url: url.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: endpoint.map(str::to_owned),
            region: None,
            addressing: None,
            credentials: None,
            conditional_put: None,
            checksum: None,
            case_sensitive: None,
            request_timeout: None,
            ca_file: None,
            proxy: None,
        }
    }

    fn address(url: &str, endpoint: Option<&str>, prefix: &str) -> String {
        Location::of(&store(url, endpoint, prefix)).unwrap().address("k/1.pdf")
    }

    #[test]
    fn one_endpoint_has_one_text_however_it_is_written() {
        let expected = "s3://s3.example.com/scans/in/k/1.pdf";
        for (url, endpoint, prefix) in [
            ("s3://scans", "https://s3.example.com", "in"),
            ("s3://scans/", "https://S3.Example.com:443/", "in/"),
            ("s3://scans/in", "http://s3.example.com:80", ""),
            ("S3://scans/in/", "http://s3.example.com.", "/"),
            ("s3://scans", "https://user:secret@s3.example.com/", "/in/"),
        ] {
            assert_eq!(address(url, Some(endpoint), prefix), expected, "{url} {endpoint} {prefix}");
        }
        assert_eq!(address("s3://scans", Some("http://localhost:3900"), ""), "s3://127.0.0.1:3900/scans/k/1.pdf");
        assert_eq!(address("s3://scans", Some("http://[::1]:3900"), ""), "s3://127.0.0.1:3900/scans/k/1.pdf");
        assert_eq!(address("s3://b", Some("http://h:9/s3/"), ""), "s3://h:9/s3/b/k/1.pdf");
    }

    #[test]
    fn a_bucket_in_the_host_is_the_same_place_as_one_in_the_path() {
        let in_host = StoreConfig {
            addressing: Some(Addressing::VirtualHost),
            ..store("s3://scans", Some("https://scans.s3.example.com"), "")
        };
        assert_eq!(
            Location::of(&in_host).unwrap().address("k/1.pdf"),
            address("s3://scans", Some("https://s3.example.com"), "")
        );
    }

    #[test]
    fn amazons_endpoint_and_region_do_not_matter() {
        let expected = address("s3://scans", None, "");
        assert_eq!(expected, "s3://s3.amazonaws.com/scans/k/1.pdf");
        for endpoint in [
            "https://s3.amazonaws.com",
            "https://s3.eu-west-1.amazonaws.com",
            "https://s3.dualstack.eu-west-1.amazonaws.com",
        ] {
            assert_eq!(address("s3://scans", Some(endpoint), ""), expected, "{endpoint}");
        }
        let chinese = StoreConfig { region: Some("cn-north-1".to_owned()), ..store("s3://scans", None, "") };
        let chinese = Location::of(&chinese).unwrap().address("k/1.pdf");
        assert_ne!(chinese, expected);
        assert_eq!(chinese, address("s3://scans", Some("https://s3.cn-northwest-1.amazonaws.com.cn"), ""));
    }

    #[test]
    fn one_folder_has_one_text_however_it_is_written() {
        let expected = "file:///srv/my archive/k/1.pdf";
        for url in [
            "file:///srv/my archive",
            "file:///srv/my%20archive/",
            "file:///srv//x/../my archive/.",
            "file://localhost/srv/my archive",
            "FILE:///srv/my archive",
        ] {
            assert_eq!(address(url, None, ""), expected, "{url}");
        }
        assert_eq!(address("file:///srv", None, "my archive"), expected);
        assert_eq!(address("file:///", None, ""), "file:///k/1.pdf");
        assert_eq!(address("file:///../..", None, ""), "file:///k/1.pdf");
        assert_eq!(address("memory:a", None, "b"), "memory:a/b/k/1.pdf");
    }

    #[test]
    fn what_names_no_place_is_refused_by_name() {
        for (url, endpoint) in [
            ("az://archive", None),
            ("s3://", None),
            ("file:archive", None),
            ("file://host/archive", None),
            ("file:///a%zz", None),
            ("file:///a%ff", None),
            ("file:///a%+1", None),
            ("file:///a%2", None),
            ("", None),
            ("日", None),
        ] {
            let error = Location::of(&store(url, endpoint, "")).unwrap_err();
            assert!(error.contains(&format!("{url:?}")), "{error}");
        }
        for endpoint in ["s3.example.com", "http://", "http://:80"] {
            assert!(Location::of(&store("s3://b", Some(endpoint), "")).unwrap_err().contains(endpoint), "{endpoint}");
        }
    }

    #[test]
    fn places_overlap_where_one_contains_the_other() {
        let place = |url: &str, prefix: &str| Location::of(&store(url, None, prefix)).unwrap();
        let (a, b) = (place("file:///srv/archive", ""), place("file:///srv", "archive"));
        for (a_prefix, b_prefix, expected) in [
            ("scans/", "scans/", true),
            ("", "scans/", true),
            ("scans/2025/", "scans/", true),
            ("scans/", "scans2/", false),
            ("scans", "scans2/", true),
            ("in/", "out/", false),
        ] {
            assert_eq!(overlaps(&a, a_prefix, &b, b_prefix), expected, "{a_prefix:?} {b_prefix:?}");
            assert_eq!(overlaps(&b, b_prefix, &a, a_prefix), expected, "{b_prefix:?} {a_prefix:?}");
        }
        assert!(!overlaps(&a, "", &place("file:///srv/archive2", ""), ""));
        assert!(overlaps(&place("s3://b", ""), "x/", &place("s3://b", "x"), ""));
        assert!(!overlaps(&place("s3://b", ""), "", &place("s3://c", ""), ""));
        assert!(!overlaps(&place("memory:m", ""), "", &place("file:///m", ""), ""));
    }
}

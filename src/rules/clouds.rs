//! Where a bucket or container really is, however its endpoint is written.

use super::places::{folder, strip_scheme};
use crate::model::config::{Addressing, StoreConfig};

/// Bucket and path of a cloud's URL.
fn bucket<'u>(below: &'u str, store: &StoreConfig, example: &str) -> Result<(&'u str, &'u str), String> {
    let (bucket, path) = below.split_once('/').unwrap_or((below, ""));
    if bucket.is_empty() {
        return Err(format!("{:?} names no bucket or container; expected {example}", store.url));
    }
    Ok((bucket, path))
}

fn no_endpoint(endpoint: &str, example: &str) -> String {
    format!("{endpoint:?} is no endpoint; expected one such as {example}")
}

pub(super) fn s3_root(below: &str, store: &StoreConfig) -> Result<String, String> {
    let (bucket, path) = bucket(below, store, "s3://bucket")?;
    let region = store.region.as_deref().unwrap_or_default();
    let server = match &store.endpoint {
        None => amazon(region),
        Some(endpoint) => {
            let in_host = store.addressing == Some(Addressing::VirtualHost);
            server(endpoint, in_host.then_some(bucket), region)
                .ok_or_else(|| no_endpoint(endpoint, "https://s3.example.com"))?
        }
    };
    // Google's buckets can be asked as if they were Amazon's.
    let scheme = if server == GOOGLE { "gs" } else { "s3" };
    Ok(format!("{scheme}://{server}/{bucket}/{}", folder(path)))
}

/// Where Google's buckets are.
const GOOGLE: &str = "storage.googleapis.com";

pub(super) fn google_root(below: &str, store: &StoreConfig) -> Result<String, String> {
    let (bucket, path) = bucket(below, store, "gs://bucket")?;
    let server = match &store.endpoint {
        None => GOOGLE.to_owned(),
        Some(endpoint) => {
            server(endpoint, None, "").ok_or_else(|| no_endpoint(endpoint, "https://storage.googleapis.com"))?
        }
    };
    Ok(format!("gs://{server}/{bucket}/{}", folder(path)))
}

/// Without an endpoint the account is that of the credentials; where those are not known either, where they come from stands
/// for it: the same source is the same account.
pub(super) fn azure_root(below: &str, store: &StoreConfig, account: Option<&str>) -> Result<String, String> {
    let (container, path) = bucket(below, store, "az://container")?;
    let server = match (&store.endpoint, account) {
        (Some(endpoint), _) => {
            server(endpoint, None, "").ok_or_else(|| no_endpoint(endpoint, "https://ACCOUNT.blob.core.windows.net"))?
        }
        (None, Some(account)) => format!("{account}.blob.core.windows.net"),
        (None, None) => format!("({})", source(store)),
    };
    Ok(format!("az://{server}/{container}/{}", folder(path)))
}

/// By whichever scheme it is asked.
pub(super) fn web_root(url: &str) -> Result<String, String> {
    let server = server(url, None, "").ok_or_else(|| format!("{url:?} names no server; expected https://host/path"))?;
    Ok(format!("http://{server}/"))
}

fn source(store: &StoreConfig) -> String {
    let Some(from) = &store.credentials else { return "no account".to_owned() };
    let file = from.file.as_ref().map(|file| file.display().to_string());
    from.env.clone().or(file).unwrap_or_default()
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

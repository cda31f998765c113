//! Opens an S3 store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, AwsCredentialProvider, Checksum};
use object_store::client::{HttpClient, HttpConnector as _};
use object_store::{Certificate, ClientOptions, RetryConfig};

use super::super::carried::is_header_value;
use super::super::error::{Reason, root_cause};
use super::counts::Counts;
use super::keys::Keys;
use super::observe::Connector;
use crate::model::config::{Addressing, Credentials, StoreConfig};
use crate::model::failure::Code::{CredentialsRejected, StoreUnavailable};
use crate::model::failure::Disposition::Stall;

/// An open S3 store.
#[derive(Debug)]
pub(in super::super) struct S3 {
    pub(in super::super) objects: Arc<AmazonS3>,
    pub(in super::super) counts: Arc<Counts>,
    /// `None`: the platform gives them.
    pub(in super::super) keys: Option<Arc<Keys>>,
    /// For the requests that `object_store` does not make as we need them.
    pub(super) http: HttpClient,
    pub(super) credentials: AwsCredentialProvider,
    pub(super) region: String,
    /// URL of the bucket, without a slash behind it.
    pub(super) bucket_url: String,
}

/// Longest silence of one request, unless configured.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
/// Idle connections are given up before servers and the boxes between us drop them.
const IDLE: Duration = Duration::from_secs(20);
const MAX_IDLE: usize = 256;
const DEFAULT_REGION: &str = "us-east-1";

/// Opens `bucket`; makes no request.
///
/// # Errors
/// What in the config cannot be used.
pub(in super::super) fn open(
    bucket: &str,
    config: &StoreConfig,
    credentials: Option<Credentials>,
    checksum: bool,
) -> Result<S3, Reason> {
    let region = config.region.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned());
    if !is_header_value(&region) {
        return Err(unusable(format!("the region {region:?} holds characters that no region has")));
    }
    let bucket_url = bucket_url(bucket, &region, config)?;
    let counts = Arc::new(Counts::default());
    let patience = config.request_timeout.map_or(PATIENCE, |span| span.0);
    let connector = Connector { endpoint: bucket_url.clone(), patience, counts: Arc::clone(&counts) };
    let options = client_options(&bucket_url, config)?;
    let failed = |error: object_store::Error| unusable(root_cause(&error));
    let http = connector.connect(&options).map_err(failed)?;
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&region)
        .with_endpoint(&bucket_url)
        // With this, the endpoint is taken to have the bucket in it, wherever it stands.
        .with_virtual_hosted_style_request(true)
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .with_client_options(options)
        .with_http_connector(connector);
    if checksum {
        builder = builder.with_checksum_algorithm(Checksum::SHA256);
    }
    let (builder, keys) = authenticated(builder, credentials)?;
    let objects = builder.build().map_err(failed)?;
    let credentials = Arc::clone(objects.credentials());
    Ok(S3 { objects: Arc::new(objects), counts, keys, http, credentials, region, bucket_url })
}

fn unusable(said: impl Into<String>) -> Reason {
    Reason::new((StoreUnavailable, Stall), said)
}

/// The URL below which the bucket's keys are. Everything that `object_store` panics on is refused here.
fn bucket_url(bucket: &str, region: &str, config: &StoreConfig) -> Result<String, Reason> {
    let plain = bucket.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if bucket.is_empty() || !plain {
        return Err(unusable(format!("{bucket:?} is no bucket's name")));
    }
    let Some(endpoint) = config.endpoint.as_deref() else {
        return Ok(amazon_url(bucket, region, config.addressing));
    };
    let bad = || unusable(format!("{endpoint:?} is no endpoint; expected one such as https://s3.example.com"));
    let (scheme, rest) = endpoint.trim_end_matches('/').split_once("://").ok_or_else(bad)?;
    let scheme = scheme.to_ascii_lowercase();
    let uri: Uri = format!("{scheme}://{rest}").parse().map_err(|_| bad())?;
    let host = uri.host().filter(|host| is_host(host)).ok_or_else(bad)?;
    let odd = uri.query().is_some() || uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    if odd || !matches!(scheme.as_str(), "http" | "https") {
        return Err(bad());
    }
    Ok(match config.addressing {
        Some(Addressing::VirtualHost) if host.starts_with(&format!("{bucket}.")) => format!("{scheme}://{rest}"),
        Some(Addressing::VirtualHost) => format!("{scheme}://{bucket}.{rest}"),
        _ => format!("{scheme}://{rest}/{bucket}"),
    })
}

/// The bucket stands in the host, but where its dots would put it outside Amazon's certificate.
fn amazon_url(bucket: &str, region: &str, addressing: Option<Addressing>) -> String {
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let in_host = addressing.map_or(!bucket.contains('.'), |addressing| addressing == Addressing::VirtualHost);
    if in_host {
        format!("https://{bucket}.s3.{region}.{domain}")
    } else {
        format!("https://s3.{region}.{domain}/{bucket}")
    }
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

fn client_options(bucket_url: &str, config: &StoreConfig) -> Result<ClientOptions, Reason> {
    let mut options = ClientOptions::new()
        .with_allow_http(bucket_url.starts_with("http://"))
        .with_http1_only()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT)
        .with_pool_idle_timeout(IDLE)
        .with_pool_max_idle_per_host(MAX_IDLE);
    if let Some(proxy) = &config.proxy {
        options = options.with_proxy_url(proxy);
    }
    if let Some(file) = &config.ca_file {
        for certificate in certificates(file)? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, Reason> {
    let failed = |said: String| unusable(format!("caFile {file:?} {said}"));
    let pem = std::fs::read(file).map_err(|error| failed(format!("cannot be read: {error}")))?;
    let certificates =
        Certificate::from_pem_bundle(&pem).map_err(|error| failed(format!("is no PEM: {}", root_cause(&error))))?;
    if certificates.is_empty() {
        return Err(failed("holds no certificate".to_owned()));
    }
    Ok(certificates)
}

/// What the platform tells a workload about its own identity. Access keys are not among it: those in the environment may be
/// another store's.
const IDENTITY: [(AmazonS3ConfigKey, &str); 6] = [
    (AmazonS3ConfigKey::WebIdentityTokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE"),
    (AmazonS3ConfigKey::RoleArn, "AWS_ROLE_ARN"),
    (AmazonS3ConfigKey::RoleSessionName, "AWS_ROLE_SESSION_NAME"),
    (AmazonS3ConfigKey::ContainerCredentialsRelativeUri, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
    (AmazonS3ConfigKey::ContainerCredentialsFullUri, "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    (AmazonS3ConfigKey::ContainerAuthorizationTokenFile, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
];

fn authenticated(
    builder: AmazonS3Builder,
    credentials: Option<Credentials>,
) -> Result<(AmazonS3Builder, Option<Arc<Keys>>), Reason> {
    let Some(credentials) = credentials else {
        let known = IDENTITY.into_iter().filter_map(|(key, name)| Some((key, std::env::var(name).ok()?)));
        return Ok((known.fold(builder, |builder, (key, value)| builder.with_config(key, value)), None));
    };
    let Some(keys) = Keys::new(credentials).map(Arc::new) else {
        return Err(Reason::new(
            (CredentialsRejected, Stall),
            "the credentials are empty or hold a character that cannot be sent, such as a line break",
        ));
    };
    Ok((builder.with_credentials(Arc::clone(&keys) as _), Some(keys)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(endpoint: Option<&str>, addressing: Option<Addressing>) -> StoreConfig {
        StoreConfig {
            url: "s3://scans".to_owned(),
            prefix: String::new(),
            endpoint: endpoint.map(str::to_owned),
            region: None,
            addressing,
            credentials: None,
            conditional_put: None,
            checksum: None,
            case_sensitive: None,
            request_timeout: None,
            ca_file: None,
            proxy: None,
        }
    }

    fn url(endpoint: Option<&str>, addressing: Option<Addressing>, bucket: &str) -> Result<String, String> {
        bucket_url(bucket, "eu-west-1", &config(endpoint, addressing)).map_err(|reason| reason.said)
    }

    #[test]
    fn the_bucket_stands_where_the_server_expects_it() {
        let virtual_host = Some(Addressing::VirtualHost);
        for (endpoint, addressing, bucket, expected) in [
            (None, None, "scans", "https://scans.s3.eu-west-1.amazonaws.com"),
            (None, None, "a.scans", "https://s3.eu-west-1.amazonaws.com/a.scans"),
            (Some("http://127.0.0.1:3900/"), None, "scans", "http://127.0.0.1:3900/scans"),
            (Some("HTTPS://s3.example.com/s3"), None, "scans", "https://s3.example.com/s3/scans"),
            (Some("http://[::1]:3900"), None, "scans", "http://[::1]:3900/scans"),
            (Some("https://s3.example.com"), virtual_host, "scans", "https://scans.s3.example.com"),
            (Some("https://scans.s3.example.com"), virtual_host, "scans", "https://scans.s3.example.com"),
        ] {
            assert_eq!(url(endpoint, addressing, bucket).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn what_is_no_endpoint_is_refused_before_a_request_is_built_from_it() {
        for endpoint in [
            "",
            "s3.example.com",
            "ftp://h",
            "http://",
            "http://a b",
            "http://1.2.3.4.5",
            "http://u:p@h",
            "http://h?x=1",
        ] {
            assert!(url(Some(endpoint), None, "scans").is_err(), "{endpoint}");
        }
        assert!(url(None, None, "a/b").is_err());
    }

    #[test]
    fn credentials_that_cannot_be_sent_are_refused_and_not_shown() {
        for (key, secret, token) in
            [("AKID", "", None), ("AK\nID", "s3cr3t", None), ("AKID", "s3cr3t", Some("tok\nen"))]
        {
            let credentials = Credentials {
                access_key_id: key.to_owned(),
                secret_access_key: secret.to_owned(),
                session_token: token.map(str::to_owned),
            };
            let reason = open("scans", &config(None, None), Some(credentials), false).unwrap_err();
            assert_eq!(reason.code, CredentialsRejected);
            assert!(!reason.said.contains("AK") && !reason.said.contains("tok"), "{}", reason.said);
        }
    }
}

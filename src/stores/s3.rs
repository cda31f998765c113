//! S3 and compatible stores: opening one.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum, S3ConditionalPut};
use object_store::client::{Certificate, HttpClient, HttpConnector};
use object_store::{ClientOptions, RetryConfig};

use super::object::Abilities;
use super::observe::ObservedConnector;
use crate::model::config::{Addressing, ChecksumAbility, Credentials, StoreConfig};

/// Longest silence of one request, where the config does not say.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Used where neither the config nor the server cares.
const DEFAULT_REGION: &str = "us-east-1";

/// An open bucket.
#[derive(Debug)]
pub(super) struct S3 {
    pub(super) store: Arc<AmazonS3>,
    /// The same connections, for listings of our own.
    pub(super) client: HttpClient,
    pub(super) region: String,
    /// Where listings are asked for.
    pub(super) list_url: String,
    pub(super) abilities: Abilities,
}

/// Opens `s3://bucket`.
///
/// # Errors
/// In words, what about the config does not do.
pub(super) fn open(
    bucket: &str,
    config: &StoreConfig,
    credentials: Option<Credentials>,
    connector: &ObservedConnector,
) -> Result<S3, String> {
    let options = client_options(config)?;
    let region = config.region.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned());
    let vendor = config.endpoint.is_none();
    let abilities = Abilities {
        conditional_put: config.conditional_put.unwrap_or(vendor),
        checksum: config.checksum.map_or(vendor, |checksum| checksum == ChecksumAbility::Sha256),
    };
    let virtual_host = config.addressing.map_or(vendor, |addressing| addressing == Addressing::VirtualHost);
    let bucket_url = bucket_url(bucket, config.endpoint.as_deref(), &region, virtual_host);
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&region)
        .with_virtual_hosted_style_request(virtual_host)
        .with_client_options(options.clone())
        .with_http_connector(connector.clone())
        // Tries are counted and spaced by whoever asks: two layers of retries multiply.
        .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
        .with_conditional_put(S3ConditionalPut::ETagMatch);
    if let Some(endpoint) = &config.endpoint {
        let endpoint = if virtual_host { bucket_url.as_str() } else { endpoint.trim_end_matches('/') };
        builder = builder.with_endpoint(endpoint);
    }
    if abilities.checksum {
        builder = builder.with_checksum_algorithm(Checksum::SHA256);
    }
    if let Some(credentials) = credentials {
        builder =
            builder.with_access_key_id(credentials.access_key_id).with_secret_access_key(credentials.secret_access_key);
        if let Some(token) = credentials.session_token {
            builder = builder.with_token(token);
        }
    }
    let store = Arc::new(builder.build().map_err(|error| error.to_string())?);
    let client = connector.connect(&options).map_err(|error| error.to_string())?;
    let list_url = if virtual_host { format!("{bucket_url}/") } else { bucket_url };
    Ok(S3 { store, client, region, list_url, abilities })
}

fn client_options(config: &StoreConfig) -> Result<ClientOptions, String> {
    let plain = config.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"));
    let mut options = ClientOptions::new()
        .with_allow_http(plain)
        // No bound on a whole request: a large body over a slow line is no failure. Silence is.
        .with_timeout_disabled()
        .with_read_timeout(config.request_timeout.map_or(REQUEST_TIMEOUT, |timeout| timeout.0))
        .with_connect_timeout(CONNECT_TIMEOUT);
    if let Some(proxy) = &config.proxy {
        options = options.with_proxy_url(proxy);
    }
    if let Some(file) = &config.ca_file {
        let pem = fs::read(file).map_err(|error| format!("caFile {}: {error}", file.display()))?;
        let certificates =
            Certificate::from_pem_bundle(&pem).map_err(|error| format!("caFile {}: {error}", file.display()))?;
        options = certificates.into_iter().fold(options, ClientOptions::with_root_certificate);
    }
    Ok(options)
}

fn bucket_url(bucket: &str, endpoint: Option<&str>, region: &str, virtual_host: bool) -> String {
    let endpoint = endpoint
        .map_or_else(|| format!("https://s3.{region}.amazonaws.com"), |url| url.trim_end_matches('/').to_owned());
    match (virtual_host, endpoint.split_once("://")) {
        (true, Some((scheme, host))) => format!("{scheme}://{bucket}.{host}"),
        _ => format!("{endpoint}/{bucket}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_stands_in_the_path_or_in_the_host() {
        assert_eq!(bucket_url("b", Some("http://localhost:1/"), "eu", false), "http://localhost:1/b");
        assert_eq!(bucket_url("b", Some("https://s3.example.org"), "eu", true), "https://b.s3.example.org");
        assert_eq!(bucket_url("b", None, "eu-west-1", true), "https://b.s3.eu-west-1.amazonaws.com");
    }
}

//! Opens an S3 store.

use std::sync::Arc;

use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, Checksum};

use super::super::carried::is_header_value;
use super::super::error::{Reason, root_cause};
use super::super::http::{Endpoint, Tuning, is_plain_name, unusable};
use super::bucket::{Bucket, Signer};
use super::keys::AccessKeys;
use crate::model::config::{Addressing, StoreConfig};
use crate::model::credentials::S3Keys;

/// An open S3 store.
#[derive(Debug)]
pub(in super::super) struct S3 {
    pub(in super::super) objects: Arc<AmazonS3>,
    /// `None`: the platform gives them.
    pub(in super::super) keys: Option<Arc<AccessKeys>>,
    pub(in super::super) bucket: Bucket,
    /// The bucket's name.
    pub(super) name: String,
    /// Its server, whichever the bucket.
    server: String,
}

impl S3 {
    /// Whether one server has both buckets and the same credentials open them, so that it can copy between them.
    pub(in super::super) fn is_beside(&self, other: &Self) -> bool {
        let same_keys = match (&self.keys, &other.keys) {
            // The platform tells one process one identity.
            (None, None) => true,
            (Some(own), Some(others)) => own.are(others),
            _ => false,
        };
        self.server == other.server && same_keys
    }
}

const DEFAULT_REGION: &str = "us-east-1";

/// Opens `bucket`; makes no request.
///
/// # Errors
/// What in the config cannot be used.
pub(in super::super) fn open(
    bucket: &str,
    config: &StoreConfig,
    credentials: Option<S3Keys>,
    checksum: bool,
) -> Result<S3, Reason> {
    let region = config.region.clone().unwrap_or_else(|| DEFAULT_REGION.to_owned());
    if !is_header_value(&region) {
        return Err(unusable(format!("the region {region:?} holds characters that no region has")));
    }
    let url = bucket_url(bucket, &region, config)?;
    let tuning = Tuning::new(&url, config)?;
    let client = tuning.client()?;
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&region)
        .with_endpoint(&url)
        // With this, the endpoint is taken to have the bucket in it, wherever it stands.
        .with_virtual_hosted_style_request(true)
        .with_retry(tuning.retry)
        .with_client_options(tuning.options)
        .with_http_connector(tuning.connector);
    if checksum {
        builder = builder.with_checksum_algorithm(Checksum::SHA256);
    }
    let (builder, keys) = authenticated(builder, credentials)?;
    let objects = builder.build().map_err(|error| unusable(root_cause(&error)))?;
    let signer = Signer::Amazon { credentials: Arc::clone(objects.credentials()), region };
    let server = server(config);
    Ok(S3 { objects: Arc::new(objects), keys, name: bucket.to_owned(), server, bucket: Bucket { client, signer, url } })
}

/// The URL below which the bucket's keys are. Everything that `object_store` panics on is refused here.
fn bucket_url(bucket: &str, region: &str, config: &StoreConfig) -> Result<String, Reason> {
    if !is_plain_name(bucket) {
        return Err(unusable(format!("{bucket:?} is no bucket's name")));
    }
    let Some(endpoint) = config.endpoint.as_deref() else {
        return Ok(amazon_url(bucket, region, config.addressing));
    };
    let Endpoint { scheme, rest, host } = Endpoint::parse(endpoint, "https://s3.example.com")?;
    Ok(match config.addressing {
        Some(Addressing::VirtualHost) if host.starts_with(&format!("{bucket}.")) => format!("{scheme}://{rest}"),
        Some(Addressing::VirtualHost) => format!("{scheme}://{bucket}.{rest}"),
        _ => format!("{scheme}://{rest}/{bucket}"),
    })
}

/// One text for one server. Where a doubt remains, two servers: then bytes are read and sent.
fn server(config: &StoreConfig) -> String {
    match &config.endpoint {
        Some(endpoint) => endpoint.trim_end_matches('/').to_ascii_lowercase(),
        // Between regions a copy depends on how the endpoint is reached.
        None => format!("amazon {}", config.region.as_deref().unwrap_or(DEFAULT_REGION)),
    }
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
    credentials: Option<S3Keys>,
) -> Result<(AmazonS3Builder, Option<Arc<AccessKeys>>), Reason> {
    let Some(credentials) = credentials else {
        let known = IDENTITY.into_iter().filter_map(|(key, name)| Some((key, std::env::var(name).ok()?)));
        return Ok((known.fold(builder, |builder, (key, value)| builder.with_config(key, value)), None));
    };
    let keys = Arc::new(AccessKeys::new(credentials)?);
    Ok((builder.with_credentials(keys.provider()), Some(keys)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::Code::CredentialsRejected;

    fn config(endpoint: Option<&str>, addressing: Option<Addressing>) -> StoreConfig {
        StoreConfig { endpoint: endpoint.map(str::to_owned), addressing, ..StoreConfig::at("s3://scans") }
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
    fn what_is_no_endpoint_or_bucket_is_refused() {
        assert!(url(Some("s3.example.com"), None, "scans").unwrap_err().contains("s3.example.com"));
        assert!(url(None, None, "a/b").is_err());
    }

    #[test]
    fn credentials_that_cannot_be_sent_are_refused_and_not_shown() {
        for (key, secret, token) in
            [("AKID", "", None), ("AK\nID", "s3cr3t", None), ("AKID", "s3cr3t", Some("tok\nen"))]
        {
            let credentials = S3Keys {
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

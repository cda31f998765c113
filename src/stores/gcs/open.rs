//! Opens a bucket of Google Cloud Storage.

use std::sync::Arc;

use object_store::gcp::{GcpCredential, GcpCredentialProvider, GoogleCloudStorage, GoogleCloudStorageBuilder};

use super::super::error::{Reason, root_cause};
use super::super::http::{Endpoint, Keys, Renewable, Tuning, is_plain_name, refused_credentials, unusable};
use super::super::s3::{Bucket, Signer};
use crate::model::config::StoreConfig;
use crate::model::credentials::{Credentials, ServiceAccount};

/// An open bucket.
#[derive(Debug)]
pub(in super::super) struct Gcs {
    pub(in super::super) objects: Arc<GoogleCloudStorage>,
    /// `None`: the platform gives them.
    pub(in super::super) keys: Option<Arc<dyn Renewable>>,
    pub(in super::super) bucket: Bucket,
}

const VENDORS: &str = "https://storage.googleapis.com";

/// Whether the config means Google's own servers.
pub(in super::super) fn is_vendors(config: &StoreConfig) -> bool {
    config.endpoint.as_deref().is_none_or(|endpoint| endpoint.trim_end_matches('/').eq_ignore_ascii_case(VENDORS))
}

/// Opens `bucket`; makes no request.
///
/// # Errors
/// What in the config cannot be used.
pub(in super::super) fn open(
    bucket: &str,
    config: &StoreConfig,
    credentials: Option<ServiceAccount>,
) -> Result<Gcs, Reason> {
    if !is_plain_name(bucket) {
        return Err(unusable(format!("{bucket:?} is no bucket's name")));
    }
    let endpoint = Endpoint::parse(config.endpoint.as_deref().unwrap_or(VENDORS), VENDORS)?.url();
    let tuning = Tuning::new(&endpoint, config)?;
    let client = tuning.client()?;
    let builder = builder(&endpoint, tuning).with_bucket_name(bucket);
    let (builder, keys) = authenticated(builder, &endpoint, config, credentials)?;
    let objects = builder.build().map_err(|error| unusable(root_cause(&error)))?;
    let signer = Signer::Google(Arc::clone(objects.credentials()));
    Ok(Gcs { objects: Arc::new(objects), keys, bucket: Bucket { client, signer, url: format!("{endpoint}/{bucket}") } })
}

fn builder(endpoint: &str, tuning: Tuning) -> GoogleCloudStorageBuilder {
    GoogleCloudStorageBuilder::new()
        .with_base_url(endpoint)
        .with_retry(tuning.retry)
        .with_client_options(tuning.options)
        .with_http_connector(tuning.connector)
}

/// Without credentials the platform gives them: the metadata server, or the login that Google's own tools keep.
fn authenticated(
    builder: GoogleCloudStorageBuilder,
    endpoint: &str,
    config: &StoreConfig,
    credentials: Option<ServiceAccount>,
) -> Result<(GoogleCloudStorageBuilder, Option<Arc<dyn Renewable>>), Reason> {
    let Some(account) = credentials else { return Ok((builder, None)) };
    let tokens = Keys::new(provider(&account, endpoint, config)?);
    let keys = Arc::new(AccountKey { tokens: Arc::new(tokens), endpoint: endpoint.to_owned(), config: config.clone() });
    Ok((builder.with_credentials(Arc::clone(&keys.tokens) as _), Some(keys)))
}

/// A service account, which can be replaced while the store is open.
#[derive(Debug)]
struct AccountKey {
    tokens: Arc<Keys<GcpCredential>>,
    endpoint: String,
    config: StoreConfig,
}

impl Renewable for AccountKey {
    fn replace(&self, credentials: &Credentials) {
        if let Credentials::Gcs(account) = credentials
            && let Ok(provider) = provider(account, &self.endpoint, &self.config)
        {
            self.tokens.set(provider);
        }
    }
}

/// Gives tokens in the name of an account. Only a whole store knows how to make one of a key.
fn provider(account: &ServiceAccount, endpoint: &str, config: &StoreConfig) -> Result<GcpCredentialProvider, Reason> {
    let builder = builder(endpoint, Tuning::new(endpoint, config)?);
    // The error's own words could repeat a part of the key.
    let made = builder.with_bucket_name("none").with_service_account_key(&account.key).build();
    let store = made.map_err(|_| {
        refused_credentials(
            "the service account's key is none: it is JSON with client_email, private_key_id, private_key",
        )
    })?;
    Ok(Arc::clone(store.credentials()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_is_none_is_refused_and_not_shown() {
        for key in
            ["{}", "s3cr3t", "{\"private_key\": \"s3cr3t\", \"private_key_id\": \"1\", \"client_email\": \"a@b\"}"]
        {
            let account = ServiceAccount { key: key.to_owned() };
            let reason = open("scans", &StoreConfig::at("gs://scans"), Some(account)).unwrap_err();
            assert_eq!(reason.code, crate::model::failure::Code::CredentialsRejected);
            assert!(!reason.said.contains("s3cr3t"), "{}", reason.said);
        }
    }

    #[test]
    fn only_googles_own_servers_are_relied_on_undeclared() {
        let config = |endpoint: Option<&str>| StoreConfig {
            endpoint: endpoint.map(str::to_owned),
            ..StoreConfig::at("gs://scans")
        };
        assert!(is_vendors(&config(None)) && is_vendors(&config(Some("https://storage.googleapis.com/"))));
        assert!(!is_vendors(&config(Some("http://127.0.0.1:4443"))));
    }
}

//! HTTP clients as stores are asked with: watched, patient with slow lines, without retries of their own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use object_store::client::{HttpClient, HttpConnector as _};
use object_store::{Certificate, ClientOptions, RetryConfig};

use super::super::error::{Reason, root_cause};
use super::connector::Connector;
use super::counts::{Counts, RequestCounts};

use crate::model::config::StoreConfig;
use crate::model::failure::Code::{CredentialsRejected, StoreUnavailable};
use crate::model::failure::Disposition::Stall;

/// Longest silence of one request, unless configured.
const PATIENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
/// Idle connections are given up before servers and the boxes between us drop them.
const IDLE: Duration = Duration::from_secs(20);
const MAX_IDLE: usize = 256;

/// How `object_store` is to make its requests.
pub(in super::super) struct Tuning {
    pub(in super::super) connector: Connector,
    pub(in super::super) options: ClientOptions,
    pub(in super::super) retry: RetryConfig,
}

/// For the requests that `object_store` does not make as we need them.
#[derive(Debug, Clone)]
pub(in super::super) struct Client {
    pub(super) http: HttpClient,
    counts: Arc<Counts>,
}

impl Tuning {
    /// For a store whose own requests go to URLs that start with `base`.
    ///
    /// # Errors
    /// What in the config cannot be used.
    pub(in super::super) fn new(base: &str, config: &StoreConfig) -> Result<Self, Reason> {
        let patience = config.request_timeout.map_or(PATIENCE, |span| span.0);
        let connector = Connector::new(base, patience);
        let options = client_options(base, config)?;
        Ok(Self { connector, options, retry: RetryConfig { max_retries: 0, ..RetryConfig::default() } })
    }

    /// A client of our own, whose requests are counted and watched with the others.
    ///
    /// # Errors
    /// What in the config cannot be used.
    pub(in super::super) fn client(&self) -> Result<Client, Reason> {
        let http = self.connector.connect(&self.options).map_err(|error| unusable(root_cause(&error)))?;
        Ok(Client { http, counts: Arc::clone(self.connector.counts()) })
    }
}

impl Client {
    /// Requests sent so far, those of `object_store` among them.
    pub(in super::super) fn requests(&self) -> RequestCounts {
        self.counts.read()
    }
}

/// What the operator has to mend in the config.
pub(in super::super) fn unusable(said: impl Into<String>) -> Reason {
    Reason::new((StoreUnavailable, Stall), said)
}

/// Credentials that cannot be those of anyone; `said` must hold nothing of them.
pub(in super::super) fn refused_credentials(said: impl Into<String>) -> Reason {
    Reason::new((CredentialsRejected, Stall), said)
}

fn client_options(base: &str, config: &StoreConfig) -> Result<ClientOptions, Reason> {
    let mut options = ClientOptions::new()
        .with_allow_http(base.starts_with("http://"))
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

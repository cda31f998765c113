//! Opens a folder of a web server.

use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::http::{HttpBuilder, HttpStore};

use super::super::encodings::{base64, query_encoded};
use super::super::error::{Reason, root_cause};
use super::super::http::{Client, Endpoint, Tuning, generic, refused_credentials, unusable};
use crate::model::config::StoreConfig;
use crate::model::credentials::WebUser;

/// An open folder of a web server.
#[derive(Debug)]
pub(in super::super) struct Web {
    pub(in super::super) objects: Arc<HttpStore>,
    pub(in super::super) client: Client,
    /// URL of the folder, without a slash behind it.
    url: String,
}

/// Opens the folder that the store's URL names; makes no request.
///
/// # Errors
/// What in the config cannot be used.
pub(in super::super) fn open(config: &StoreConfig, user: Option<WebUser>) -> Result<Web, Reason> {
    let url = Endpoint::parse(&config.url, "https://archive.example.com/scans")?.url();
    let mut tuning = Tuning::new(&url, config)?;
    if let Some(user) = user {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, basic(&user)?)]);
        tuning.options = tuning.options.with_default_headers(headers);
    }
    let client = tuning.client()?;
    let builder = HttpBuilder::new()
        .with_url(&url)
        .with_retry(tuning.retry)
        .with_client_options(tuning.options)
        .with_http_connector(tuning.connector);
    let objects = builder.build().map_err(|error| unusable(root_cause(&error)))?;
    Ok(Web { objects: Arc::new(objects), client, url })
}

/// The header that says who asks. Nothing of it is shown, also where it is refused.
fn basic(user: &WebUser) -> Result<HeaderValue, Reason> {
    let refused = |said: &str| refused_credentials(format!("the credentials {said}"));
    if user.username.is_empty() || user.username.contains(':') {
        return Err(refused("have a user name that is empty or has a colon, which cannot be sent"));
    }
    let encoded = base64(format!("{}:{}", user.username, user.password).as_bytes());
    let mut header = HeaderValue::from_str(&format!("Basic {encoded}")).map_err(|_| refused("cannot be sent"))?;
    header.set_sensitive(true);
    Ok(header)
}

impl Web {
    /// Asks for the properties of a directory, whose key is empty or ends in `/`, and of what is in it as far as `depth`.
    pub(super) fn propfind(&self, directory: &str, depth: &'static str) -> object_store::Result<HttpRequest> {
        let encoded = directory.split('/').map(query_encoded).collect::<Vec<_>>().join("/");
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = Method::from_bytes(b"PROPFIND").map_err(generic)?;
        *request.uri_mut() = format!("{}/{encoded}", self.url).parse().map_err(generic)?;
        request.headers_mut().insert("depth", http::HeaderValue::from_static(depth));
        Ok(request)
    }

    /// The path of the folder as URLs have it, percent-encoded, without a slash behind it.
    pub(super) fn path(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |slash| &rest[slash..])
    }
}

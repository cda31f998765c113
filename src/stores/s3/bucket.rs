//! A bucket that is asked as S3 is: Amazon's, or Google's, which speaks the same XML and signs otherwise.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method};
use object_store::aws::{AwsAuthorizer, AwsCredentialProvider};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::gcp::GcpCredentialProvider;

use super::super::encodings::query_encoded;
use super::super::http::{Client, generic};
use crate::model::ids::Digest;

/// What requests of our own to a bucket need.
#[derive(Debug)]
pub(in super::super) struct Bucket {
    pub(in super::super) client: Client,
    pub(in super::super) signer: Signer,
    /// URL of the bucket, without a slash behind it.
    pub(in super::super) url: String,
}

/// How requests are authorized.
#[derive(Debug)]
pub(in super::super) enum Signer {
    /// By a signature.
    Amazon { credentials: AwsCredentialProvider, region: String },
    /// By a token.
    Google(GcpCredentialProvider),
}

impl Bucket {
    /// An authorized GET of the bucket itself.
    pub(super) async fn request(&self, url: &str) -> object_store::Result<HttpRequest> {
        self.ask_for(Method::GET, url, HeaderMap::new()).await
    }

    /// The URL of an object, with what follows `?` in it.
    pub(super) fn object_url(&self, key: &str, query: &str) -> String {
        format!("{}/{}{query}", self.url, encoded_key(key))
    }

    /// A request for `url` with these headers, authorized.
    pub(super) async fn ask_for(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
    ) -> object_store::Result<HttpRequest> {
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.method_mut() = method;
        *request.uri_mut() = url.parse().map_err(generic)?;
        *request.headers_mut() = headers;
        self.authorize(&mut request).await?;
        Ok(request)
    }

    /// A request that sends bytes of this digest, authorized.
    pub(super) async fn send_to(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        (bytes, sha256): (Bytes, &Digest),
    ) -> object_store::Result<HttpRequest> {
        let mut request = HttpRequest::new(HttpRequestBody::from(bytes));
        *request.method_mut() = method;
        *request.uri_mut() = url.parse().map_err(generic)?;
        *request.headers_mut() = headers;
        self.authorize_as(&mut request, Some(sha256)).await?;
        Ok(request)
    }

    /// Authorizes a request that has all its other headers.
    pub(super) async fn authorize(&self, request: &mut HttpRequest) -> object_store::Result<()> {
        self.authorize_as(request, None).await
    }

    /// The same; `None`: the digest of the body is to be found.
    async fn authorize_as(&self, request: &mut HttpRequest, sha256: Option<&Digest>) -> object_store::Result<()> {
        match &self.signer {
            Signer::Amazon { credentials, region } => {
                let credential = credentials.get_credential().await?;
                let sha256 = sha256.map(|digest| digest.as_bytes().as_slice());
                AwsAuthorizer::new(&credential, "s3", region).try_authorize(request, sha256)?;
            }
            Signer::Google(credentials) => {
                let credential = credentials.get_credential().await?;
                let mut token = HeaderValue::from_str(&format!("Bearer {}", credential.bearer)).map_err(generic)?;
                token.set_sensitive(true);
                request.headers_mut().insert(AUTHORIZATION, token);
            }
        }
        Ok(())
    }
}

/// A key as it stands in a URL.
pub(super) fn encoded_key(key: &str) -> String {
    key.split('/').map(query_encoded).collect::<Vec<_>>().join("/")
}

//! Google Cloud Storage's XML interface, in this process, in front of an S3 server: the two differ in their headers and in how
//! requests are authorized. What the S3 server gets wrong, this does, too.

use std::net::SocketAddr;
use std::sync::Arc;

use batchferry::model::config::StoreConfig;
use batchferry::model::credentials::{Credentials, ServiceAccount};
use batchferry::model::ids::StoreName;
use batchferry::stores::Store;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use object_store::ClientOptions;
use object_store::aws::{AwsAuthorizer, AwsCredential};
use object_store::client::{HttpClient, HttpConnector as _, HttpRequest, HttpRequestBody, ReqwestConnector};
use tokio::runtime::Runtime;

use super::configs::config;

/// The service account that is let in.
pub const KEY: &str = include_str!("../data/google/key.json");
const EMAIL: &str = "ferry@tests.iam.example.com";

/// The interface; it ends when dropped.
pub struct Google {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

struct Upstream {
    url: String,
    credential: AwsCredential,
    client: HttpClient,
}

impl Google {
    /// In front of the S3 server at `url`.
    pub fn before(url: &str, access_key: &str, secret_key: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("an address");
        let client =
            ReqwestConnector::default().connect(&ClientOptions::new().with_allow_http(true)).expect("a client");
        let (key_id, secret_key) = (access_key.to_owned(), secret_key.to_owned());
        let credential = AwsCredential { key_id, secret_key, token: None };
        let upstream = Arc::new(Upstream { url: url.to_owned(), credential, client });
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("a socket without delay");
                let upstream = Arc::clone(&upstream);
                let answer = service_fn(move |request| {
                    let upstream = Arc::clone(&upstream);
                    async move { answer(&upstream, request).await.map_err(std::io::Error::other) }
                });
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    // The other side may go at any time.
                    let _ = server.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { address, runtime: Some(runtime) }
    }

    /// Where it is asked.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The config of a bucket, with conditional writes declared.
    pub fn config(&self, bucket: &str) -> StoreConfig {
        StoreConfig { endpoint: Some(self.endpoint()), conditional_put: Some(true), ..config(format!("gs://{bucket}")) }
    }

    /// A bucket as a store.
    pub fn store_with(&self, bucket: &str, change: impl FnOnce(&mut StoreConfig)) -> Store {
        let mut config = self.config(bucket);
        change(&mut config);
        let credentials = Credentials::Gcs(ServiceAccount { key: KEY.to_owned() });
        Store::open(&StoreName::new(bucket), &config, Some(credentials)).expect("a sound config")
    }
}

impl Drop for Google {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            super::end::end(runtime);
        }
    }
}

type Answer = Result<Response<Full<Bytes>>, Box<dyn std::error::Error + Send + Sync>>;

async fn answer(upstream: &Upstream, request: Request<Incoming>) -> Answer {
    if !is_known(request.headers()) {
        let why =
            "<?xml version='1.0'?><Error><Code>AuthenticationRequired</Code><Message>on purpose</Message></Error>";
        return Ok(Response::builder().status(401).body(Full::from(why))?);
    }
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let mut forward = HttpRequest::new(HttpRequestBody::from(body));
    *forward.method_mut() = parts.method;
    let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    *forward.uri_mut() = format!("{}{}{query}", upstream.url, plainly_encoded(parts.uri.path())).parse()?;
    for (name, value) in &parts.headers {
        let name = match name.as_str() {
            "x-goog-if-generation-match" => {
                forward.headers_mut().insert("if-none-match", "*".parse()?);
                continue;
            }
            other => other.replace("x-goog-", "x-amz-"),
        };
        if ![AUTHORIZATION, HOST, CONTENT_LENGTH].iter().any(|own| own.as_str() == name) {
            forward.headers_mut().insert(HeaderName::from_bytes(name.as_bytes())?, value.clone());
        }
    }
    AwsAuthorizer::new(&upstream.credential, "s3", "us-east-1")
        .with_sign_payload(false)
        .try_authorize(&mut forward, None)?;
    let (parts, body) = upstream.client.execute(forward).await?.into_parts();
    let mut response = Response::builder().status(parts.status);
    for (name, value) in &parts.headers {
        if name != TRANSFER_ENCODING {
            response = response.header(name.as_str().replace("x-amz-", "x-goog-"), value);
        }
    }
    Ok(response.body(Full::from(body.bytes().await?))?)
}

/// A path encoded as S3's signatures want it; Google's clients encode dots and slashes, too.
fn plainly_encoded(path: &str) -> String {
    let mut rest = path.as_bytes();
    let mut plain = String::new();
    while let [first, after @ ..] = rest {
        rest = after;
        let byte = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                rest = after;
                let digits = [*high, *low];
                u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).expect("percent-encoding")
            }
            (byte, _) => *byte,
        };
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            plain.push(char::from(byte));
        } else {
            plain.push_str(&format!("%{byte:02X}"));
        }
    }
    plain
}

/// Whether the token is one that the service account has signed, by its own account: nothing here verifies a signature.
fn is_known(headers: &HeaderMap) -> bool {
    let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let claims = token.and_then(|token| token.split('.').nth(1)).and_then(base64url);
    claims.is_some_and(|claims| String::from_utf8_lossy(&claims).contains(EMAIL))
}

fn base64url(text: &str) -> Option<Vec<u8>> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut bits, mut have) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes() {
        let digit = DIGITS.iter().position(|digit| *digit == byte)?;
        bits = bits << 6 | u32::try_from(digit).ok()?;
        have += 6;
        if have >= 8 {
            have -= 8;
            bytes.push(u8::try_from(bits >> have & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

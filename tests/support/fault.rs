//! What can go wrong between us and an S3 server.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response};
use hyper::body::Incoming;
use s3s::Body;
use s3s::service::S3Service;

/// What happens to one request.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing: the server answers it.
    None,
    /// It is answered with this status, S3 code and `Retry-After` in seconds, and not acted on.
    Status(u16, &'static str, Option<u64>),
    /// It is answered with this status, type and body, and not acted on.
    Answer(u16, &'static str, String),
    /// It is sent to another place, with this body.
    Redirect(String, String),
    /// It is answered after a while.
    Delay(Duration),
    /// It is never answered.
    Hang,
    /// It is acted on and never answered.
    HangAfterwards,
    /// The answer's body breaks off in the middle.
    TruncateBody,
    /// The answer's body has another last byte.
    CorruptBody,
    /// The connection breaks before the request is acted on.
    Reset,
    /// The connection breaks when the request has been acted on.
    ResetAfterwards,
    /// The answer has this header with this value, whatever it had before.
    Header(&'static str, Vec<u8>),
    /// What was copied is something else than what was to be.
    Damage,
    /// The server does not see these headers of the request, as if it ignored them.
    IgnoreHeaders(&'static [&'static str]),
    /// The server does not see `start-after`, as if it ignored it.
    IgnoreStartAfter,
    /// Of what is listed the last comes first.
    ListBackwards,
}

/// A connection is closed without an answer.
#[derive(Debug)]
pub struct Closed;

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("closed on purpose")
    }
}

impl std::error::Error for Closed {}

/// Which fault a request meets.
pub type Plan = dyn Fn(&Parts) -> Fault + Send + Sync;

/// Answers a request as its fault wants it. `open` is the same server for everyone.
pub async fn answer(
    server: &S3Service,
    open: &S3Service,
    request: Request<Incoming>,
    fault: Fault,
) -> Result<Response<Body>, Closed> {
    match fault {
        Fault::None | Fault::Damage => serve(server, request).await,
        Fault::Status(status, code, retry_after) => Ok(refuse(&request, status, code, retry_after)),
        Fault::Answer(status, content_type, body) => {
            let response = Response::builder().status(status).header(CONTENT_TYPE, content_type);
            Ok(response.body(body.into()).expect("a sound answer"))
        }
        Fault::Redirect(location, body) => {
            let response = Response::builder().status(307).header(http::header::LOCATION, location);
            Ok(response.header(CONTENT_TYPE, "application/xml").body(body.into()).expect("a sound answer"))
        }
        Fault::Delay(pause) => {
            tokio::time::sleep(pause).await;
            serve(server, request).await
        }
        Fault::Hang => std::future::pending().await,
        Fault::HangAfterwards => {
            serve(server, request).await?;
            std::future::pending().await
        }
        Fault::TruncateBody => Ok(truncate(serve(server, request).await?).await),
        Fault::CorruptBody => Ok(corrupt(serve(server, request).await?).await),
        Fault::Reset => Err(Closed),
        Fault::ResetAfterwards => serve(server, request).await.and(Err(Closed)),
        Fault::Header(name, value) => {
            let mut response = serve(server, request).await?;
            let value = HeaderValue::from_bytes(&value).expect("a header's value");
            response.headers_mut().insert(HeaderName::from_static(name), value);
            Ok(response)
        }
        Fault::IgnoreHeaders(names) => {
            let mut request = request;
            // A signed header cannot be taken away without breaking the signature, so that goes too.
            request.headers_mut().remove(http::header::AUTHORIZATION);
            for name in names {
                request.headers_mut().remove(*name);
            }
            serve(open, request).await
        }
        Fault::IgnoreStartAfter => {
            let mut request = request;
            request.headers_mut().remove(http::header::AUTHORIZATION);
            let uri = request.uri().to_string().replace("start-after=", "ignored=");
            *request.uri_mut() = uri.parse().expect("a URI");
            serve(open, request).await
        }
        Fault::ListBackwards => Ok(list_backwards(serve(server, request).await?).await),
    }
}

async fn serve(server: &S3Service, request: Request<Incoming>) -> Result<Response<Body>, Closed> {
    server.call(request.map(Body::from)).await.map_err(|_| Closed)
}

fn refuse(request: &Request<Incoming>, status: u16, code: &str, retry_after: Option<u64>) -> Response<Body> {
    let mut response = Response::builder().status(status).header(CONTENT_TYPE, "application/xml");
    if let Some(seconds) = retry_after {
        response = response.header(RETRY_AFTER, seconds);
    }
    let has_body = request.method() != http::Method::HEAD && !code.is_empty();
    let body = if has_body {
        format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>on purpose</Message></Error>")
    } else {
        String::new()
    };
    response.body(body.into()).expect("a sound answer")
}

async fn list_backwards(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let chunks: Vec<_> = body.map(|chunk| chunk.expect("a chunk of the body")).collect().await;
    let page = String::from_utf8(chunks.concat()).expect("a page");
    let (begin, rest) = page.split_once("<Contents>").expect("something is listed");
    let (contents, end) = rest.rsplit_once("</Contents>").expect("the last of it");
    let mut contents: Vec<_> = contents.split("</Contents><Contents>").collect();
    contents.reverse();
    let page = format!("{begin}<Contents>{}</Contents>{end}", contents.join("</Contents><Contents>"));
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(Bytes::from(page)))
}

async fn corrupt(response: Response<Body>) -> Response<Body> {
    let (parts, body) = response.into_parts();
    let chunks: Vec<_> = body.map(|chunk| chunk.expect("a chunk of the body")).collect().await;
    let mut whole = chunks.concat();
    if let Some(last) = whole.last_mut() {
        *last ^= 1;
    }
    Response::from_parts(parts, Body::from(Bytes::from(whole)))
}

/// The first half of the body, then the connection breaks.
async fn truncate(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let chunks: Vec<_> = body.map(|chunk| chunk.expect("a chunk of the body")).collect().await;
    let whole = chunks.concat();
    let half = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
    parts.headers.insert(CONTENT_LENGTH, whole.len().into());
    let body = futures::stream::iter([Ok(half), Err(Closed)]);
    Response::from_parts(parts, Body::from(s3s::dto::StreamingBlob::wrap(body)))
}

/// A fault for the first request that `matches`, and for no other.
pub fn once(matches: impl Fn(&Parts) -> bool + Send + Sync + 'static, fault: Fault) -> Box<Plan> {
    let left = std::sync::atomic::AtomicBool::new(true);
    Box::new(move |request| {
        let strikes = matches(request) && left.swap(false, std::sync::atomic::Ordering::SeqCst);
        if strikes { fault.clone() } else { Fault::None }
    })
}

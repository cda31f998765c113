//! Stands in for whoever receives notices: answers as a test wants it and keeps what came.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What a receiver does with one notice.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A status, and a header or none.
    Status(u16, Option<(&'static str, String)>),
    /// It never answers.
    Hang,
    /// It breaks the connection.
    Reset,
}

/// What came.
#[derive(Debug)]
pub struct Seen {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Seen {
    pub fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }

    /// Demands that it was signed with this key.
    #[track_caller]
    pub fn demand_signature(&self, key: &[u8]) {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
        mac.update(format!("{}.", self.header("X-Batchferry-Timestamp")).as_bytes());
        mac.update(&self.body);
        let signature = self.header("X-Batchferry-Signature");
        let digits = signature.strip_prefix("sha256=").unwrap();
        let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
        mac.verify_slice(&bytes).unwrap();
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A receiver of notices.
pub struct Receiver {
    pub url: String,
    pub seen: mpsc::UnboundedReceiver<Seen>,
}

impl Receiver {
    /// Gives these answers in turn, then 200.
    pub async fn answering(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook?token=secret", listener.local_addr().unwrap());
        let (sender, seen) = mpsc::unbounded_channel();
        let answers = Arc::new(Mutex::new(answers.into_iter().collect::<VecDeque<_>>()));
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (answers, sender) = (answers.clone(), sender.clone());
                let service = service_fn(move |request| answer(request, answers.clone(), sender.clone()));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { url, seen }
    }

    /// Gives these statuses in turn, then 200.
    pub async fn with_statuses(statuses: &[u16]) -> Self {
        Self::answering(statuses.iter().map(|status| Answer::Status(*status, None))).await
    }
}

async fn answer(
    request: http::Request<Incoming>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    sender: mpsc::UnboundedSender<Seen>,
) -> Result<Response<Empty<Bytes>>, std::io::Error> {
    let (parts, body) = request.into_parts();
    assert_eq!(parts.uri.path_and_query().unwrap(), "/hook?token=secret");
    let body = body.collect().await.unwrap().to_bytes();
    let _ = sender.send(Seen { headers: parts.headers, body });
    let next = answers.lock().unwrap().pop_front().unwrap_or(Answer::Status(200, None));
    let mut response = Response::new(Empty::new());
    match next {
        Answer::Hang => match std::future::pending::<Infallible>().await {},
        Answer::Reset => return Err(std::io::Error::other("closed on purpose")),
        Answer::Status(status, header) => {
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            if let Some((name, value)) = header {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
        }
    }
    Ok(response)
}

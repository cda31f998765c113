//! A daemon's listener for tests, and speaking to it by hand.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use batchferry::model::access::{AccessRole, Grant, TokenDigest};
use batchferry::model::control::{Refusal, Reply, Request};
use batchferry::web::{Access, Asked, Health, Metrics, ProbeServer};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::raw::{Answer, read};

pub const VIEWER: &str = "viewer-0123456789abcdef0123456789abcdef";
pub const OPERATOR: &str = "operator-0123456789abcdef0123456789abcdef";

/// Longer than any test.
const SILENCE: Duration = Duration::from_secs(3600);

/// A listener, and what came through it: requests with the names of their operators.
pub struct Listener {
    pub address: SocketAddr,
    pub access: Arc<Access>,
    pub seen: Arc<Mutex<Vec<(Request, String)>>>,
}

/// Someone named `name`.
pub fn grant(name: &str, role: AccessRole, token: &str) -> Grant {
    Grant { name: name.to_owned(), role, token: TokenDigest::of(token) }
}

/// A viewer and an operator.
pub fn grants() -> Vec<Grant> {
    vec![grant("vera", AccessRole::Viewer, VIEWER), grant("olga", AccessRole::Operator, OPERATOR)]
}

impl Listener {
    /// At an address; what passes is answered by `answer`.
    pub async fn at(
        address: &str,
        grants: Option<Vec<Grant>>,
        answer: impl Fn(&Request) -> Result<Reply, Refusal> + Send + 'static,
    ) -> Self {
        let access = Arc::new(Access::new(grants));
        let (address, mut asks) = served(address, &access).await;
        let seen: Arc<Mutex<Vec<(Request, String)>>> = Arc::default();
        let told = seen.clone();
        tokio::spawn(async move {
            while let Some(Asked { request, operator, reply }) = asks.recv().await {
                let answer = answer(&request);
                told.lock().unwrap().push((request, operator.name));
                let _ = reply.send(answer);
            }
        });
        Self { address, access, seen }
    }

    /// On loopback, with the answers left to the test.
    pub async fn unanswered(grants: Option<Vec<Grant>>) -> (SocketAddr, mpsc::Receiver<Asked>) {
        served("127.0.0.1:0", &Arc::new(Access::new(grants))).await
    }

    /// On loopback.
    pub async fn local(
        grants: Option<Vec<Grant>>,
        answer: impl Fn(&Request) -> Result<Reply, Refusal> + Send + 'static,
    ) -> Self {
        Self::at("127.0.0.1:0", grants, answer).await
    }

    /// Its own name in a `Host` header.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// A request by its name of localhost.
    pub async fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let host = self.host();
        let headers: Vec<(&str, &str)> = [("host", host.as_str())].into_iter().chain(headers.iter().copied()).collect();
        self.say(method, target, &headers, body).await
    }

    /// A request with these headers and no others.
    pub async fn say(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let head =
            format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n");
        let mut stream = TcpStream::connect(("127.0.0.1", self.address.port())).await.unwrap();
        // The other side may have heard enough before the end.
        let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
        read(&mut stream).await
    }

    /// A request with a token.
    pub async fn with_token(&self, token: &str, method: &str, target: &str, body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let json = ("content-type", "application/json");
        self.ask(method, target, &[("authorization", &bearer), json], body).await
    }

    /// The names of those who asked anything, in order, since this was last asked.
    pub fn operators(&self) -> Vec<String> {
        self.seen.lock().unwrap().drain(..).map(|(_, name)| name).collect()
    }
}

async fn served(address: &str, access: &Arc<Access>) -> (SocketAddr, mpsc::Receiver<Asked>) {
    let server = ProbeServer::bind(address.parse().unwrap()).await.unwrap();
    let address = server.address();
    let (sender, asks) = mpsc::channel(64);
    let (health, metrics) = (Arc::new(Health::new(SILENCE, &[])), Arc::new(Metrics::default()));
    tokio::spawn(server.serve(health, metrics, sender, access.clone(), std::future::pending()));
    (address, asks)
}

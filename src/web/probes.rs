//! What is served over TCP: the pages, `/livez`, `/readyz` and `/metrics`. No API: it has no way yet to know who asks.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::header::ACCEPT;
use http::{HeaderMap, Method, StatusCode, Uri};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::asked::{Asked, Desk};
use super::connections::{Bounds, serve};
use super::health::{Health, verbose};
use super::metrics::{Exposition, Metrics};
use super::page::{Asking, Pages, Peer, lost};
use super::problem::{Problem, data};
use super::{socket, target};
use crate::model::control::RefusalKind;

const TEXT: &str = "text/plain; charset=utf-8";

const BOUNDS: Bounds = Bounds {
    // Open pages hold one each.
    connections: 512,
    head: Duration::from_secs(5),
    silence: Duration::from_secs(10),
    grace: Duration::from_secs(2),
};

/// Why nothing listens at `listen`.
#[derive(Debug, thiserror::Error)]
#[error("listen: cannot listen on {address}: {source}; name another address or port")]
pub struct ListenError {
    /// Where.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

/// A bound TCP port for probes and metrics.
#[derive(Debug)]
pub struct ProbeServer {
    listener: TcpListener,
    address: SocketAddr,
}

#[derive(Clone)]
struct Known {
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

impl ProbeServer {
    /// Binds `listen` of the config.
    ///
    /// # Errors
    /// The address is in use, or not ours.
    pub async fn bind(address: SocketAddr) -> Result<Self, ListenError> {
        let bound = TcpListener::bind(address).await;
        let known = bound.and_then(|listener| listener.local_addr().map(|address| Self { listener, address }));
        known.map_err(|source| ListenError { address, source })
    }

    /// Where it listens; the port where `listen` left it to the system.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `until` resolves.
    pub async fn serve(
        self,
        health: Arc<Health>,
        metrics: Arc<Metrics>,
        asks: mpsc::Sender<Asked>,
        until: impl Future<Output = ()>,
    ) {
        let pages = Pages::new(Desk::new(asks));
        let router = router(Known { health, metrics }, pages.routes());
        let router_for = |stream: &TcpStream| {
            let peer = Peer(stream.peer_addr().ok());
            // Not a layer on every route: a connection comes for one answer as often as not.
            std::future::ready(Router::new().fallback_service(router.clone()).layer(Extension(peer)))
        };
        let until = async {
            until.await;
            pages.close();
        };
        serve(self.listener, BOUNDS, router_for, until).await;
    }
}

fn router(known: Known, pages: Router) -> Router {
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(known)
        .merge(pages)
        .fallback(unknown)
        .method_not_allowed_fallback(not_allowed)
}

async fn livez(State(known): State<Known>) -> Response {
    match known.health.live() {
        Ok(()) => data(StatusCode::OK, TEXT, "ok\n"),
        Err(why) => data(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("[-]loop failed: {why}\nlivez check failed\n")),
    }
}

async fn readyz(State(known): State<Known>, uri: Uri) -> Response {
    let checks = known.health.checks();
    if checks.iter().any(|(_, found)| found.is_err()) {
        return data(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{}readyz check failed\n", verbose(&checks)));
    }
    let wants_all =
        uri.query().is_some_and(|query| query.split('&').any(|part| part.split('=').next() == Some("verbose")));
    let all = if wants_all { format!("{}readyz check passed\n", verbose(&checks)) } else { "ok\n".to_owned() };
    data(StatusCode::OK, TEXT, all)
}

async fn metrics(State(known): State<Known>, headers: HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let exposition = Exposition::accepted(accepted);
    data(StatusCode::OK, exposition.content_type(), known.metrics.text(exposition))
}

async fn unknown(asking: Asking, headers: HeaderMap, uri: Uri) -> Response {
    let path = uri.path();
    let detail = if path.starts_with("/api") {
        format!(
            "the API is not served here but on the Unix socket {} in the state directory: \
             curl --unix-socket STATE/{} http://localhost{}/batches",
            socket::NAME,
            socket::NAME,
            target::ROOT
        )
    } else {
        format!("nothing is at {path:?}; here are the pages at /, and /livez, /readyz and /metrics")
    };
    lost(&asking, &headers, &uri, Problem::new(StatusCode::NOT_FOUND, RefusalKind::NotFound, detail))
}

async fn not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format_args!("{method} does nothing at {:?}; use GET", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, RefusalKind::Invalid, detail)
}

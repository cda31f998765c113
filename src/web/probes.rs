//! What is served over TCP: `/livez`, `/readyz` and `/metrics` to anyone, the pages and the API to those who may use them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use http::header::ACCEPT;
use http::{HeaderMap, Method, StatusCode, Uri};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::access::{Access, Guard, Peer, guard, sign_in};
use super::api::{api, bounded};
use super::asked::{Asked, Desk};
use super::connections::{Bounds, serve};
use super::health::{Health, verbose};
use super::metrics::{Exposition, Metrics};
use super::page::{Asking, Pages, lost};
use super::problem::{Problem, data};
use super::target::ROOT;
use crate::model::control::RefusalKind;

const TEXT: &str = "text/plain; charset=utf-8";

const BOUNDS: Bounds = Bounds {
    // Open pages hold one each.
    connections: 512,
    head: Duration::from_secs(5),
    silence: Duration::from_secs(10),
    grace: Duration::from_secs(2),
};

/// Whose connection ended before it was asked whose it is.
const UNKNOWN: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Why nothing listens at `listen`.
#[derive(Debug, thiserror::Error)]
#[error("listen: cannot listen on {address}: {source}; name another address or port")]
pub struct ListenError {
    /// Where.
    pub address: SocketAddr,
    /// Why.
    pub source: io::Error,
}

/// A bound TCP port for pages, the API, probes and metrics.
#[derive(Debug)]
pub struct ProbeServer {
    listener: TcpListener,
    address: SocketAddr,
}

#[derive(Clone)]
struct Known {
    health: Arc<Health>,
    metrics: Arc<Metrics>,
    desk: Desk,
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

    /// Answers until `until` resolves: what `access` lets pass goes to `asks`.
    pub async fn serve(
        self,
        health: Arc<Health>,
        metrics: Arc<Metrics>,
        asks: mpsc::Sender<Asked>,
        access: Arc<Access>,
        until: impl Future<Output = ()>,
    ) {
        let guard = Guard { access, listens: self.address };
        let desk = Desk::new(asks);
        let pages = Pages::new(desk.clone());
        let router = router(Known { health, metrics, desk }, &pages, guard);
        let router_for = |stream: &TcpStream| {
            let peer = Peer(stream.peer_addr().map_or(UNKNOWN, |peer| peer.ip()));
            std::future::ready(Router::new().fallback_service(router.clone()).layer(Extension(peer)))
        };
        let until = async {
            until.await;
            pages.close();
        };
        serve(self.listener, BOUNDS, router_for, until).await;
    }
}

fn router(known: Known, pages: &Pages, with: Guard) -> Router {
    let api = api(known.desk.clone()).layer(from_fn_with_state(with.clone(), guard));
    Router::new()
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .merge(sign_in(with.clone()))
        .with_state(known)
        .merge(pages.routes(with))
        .fallback(unknown)
        // For the routes above it, and none that come later.
        .method_not_allowed_fallback(not_allowed)
        .nest(ROOT, api)
        .layer(from_fn(bounded))
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
    let detail = format_args!(
        "nothing is at {path:?}; here are the pages at /, the API at {ROOT}, and /livez, /readyz and /metrics"
    );
    lost(&asking, &headers, &uri, Problem::new(StatusCode::NOT_FOUND, RefusalKind::NotFound, detail))
}

async fn not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format_args!("{method} does nothing at {:?}; the Allow header says what does", uri.path());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, RefusalKind::Invalid, detail)
}

//! Serving connections: a bounded number, each with bounds in time, until asked to stop.

use std::io;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::patience::Patient;

/// Most bytes of a request's head, and most headers in it: beyond what is taken, so that this can be told.
const HEAD: usize = 112 << 10;
const HEADERS: usize = 200;
/// Pause after a connection could not be accepted: most often there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// What no client can go beyond.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Connections at once; others wait to be accepted.
    pub(super) connections: usize,
    /// From the beginning of a connection, or the end of an answer, to the end of the next request's head.
    pub(super) head: Duration,
    /// How long a client may take nothing of its answer.
    pub(super) silence: Duration,
    /// How long requests under way have to end after the request to stop.
    pub(super) grace: Duration,
}

/// Where connections come from.
pub(super) trait Listener {
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    async fn accept(&self) -> io::Result<UnixStream> {
        UnixListener::accept(self).await.map(|(stream, _)| stream)
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&self) -> io::Result<TcpStream> {
        TcpListener::accept(self).await.map(|(stream, _)| stream)
    }
}

/// Serves until `until` resolves; then no new connection is accepted, and requests under way have their grace to end.
/// `router_for` gives each connection its routes.
pub(super) async fn serve<L, F, R>(listener: L, bounds: Bounds, router_for: R, until: impl Future<Output = ()>)
where
    L: Listener,
    F: Future<Output = Router> + Send + 'static,
    R: Fn(&L::Stream) -> F,
{
    let (stop, _) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tokio::pin!(until);
    loop {
        tokio::select! {
            biased;
            () = &mut until => break,
            Some(_) = tasks.join_next() => {}
            accepted = listener.accept(), if tasks.len() < bounds.connections => match accepted {
                Ok(stream) => {
                    let router = router_for(&stream);
                    tasks.spawn(converse(stream, bounds, router, stop.subscribe()));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    stop.send_replace(true);
    if tokio::time::timeout(bounds.grace, async { while tasks.join_next().await.is_some() {} }).await.is_err() {
        tracing::warn!(connections = tasks.len(), "requests that did not end in time are given up");
    }
}

/// One connection, from its first request to its last.
async fn converse<S>(stream: S, bounds: Bounds, router: impl Future<Output = Router>, mut stop: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(router.await);
    let stream = TokioIo::new(Patient::new(stream, bounds.silence));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(HEAD).max_headers(HEADERS);
    let connection = http.serve_connection(stream, service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        _ = stop.wait_for(|stop| *stop) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients that go away or dawdle are their own affair.
        tracing::debug!(%error, "a connection ended early");
    }
}

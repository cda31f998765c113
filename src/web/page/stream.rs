//! The stream of changes for one open page (server-sent events).

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures::stream;
use http::header::{HeaderValue, RETRY_AFTER};
use http::{HeaderMap, StatusCode};

use super::live::{Seat, Tick};
use super::query::Asking;
use super::respond::plain;
use super::routes::Pages;
use crate::model::config::Language;
use crate::model::overview::{Overview, Overviewed, Stamp};

/// How often a silent stream says that it is there: proxies and browsers take longer silence for death.
const SIGN: Duration = Duration::from_secs(15);
/// Batches of one page at most.
const MOST: usize = 1_000;
/// When a page that lost its stream comes again, in milliseconds.
const AGAIN: &str = "retry: 3000\n\n";

/// A page that listens.
struct Listener {
    seat: Seat,
    only: BTreeSet<String>,
    language: Language,
    /// What it is told at once.
    first: Option<String>,
}

/// Tells a page what changes.
pub(super) async fn events(State(pages): State<Pages>, asking: Asking, headers: HeaderMap) -> Response {
    let Some(seat) = pages.hub.sit() else {
        let mut response =
            plain(StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", "too many pages are open\n");
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
        return response;
    };
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let since = last.or_else(|| asking.text("since")).and_then(|text| text.parse::<Stamp>().ok());
    let only = asking.text("only").unwrap_or_default().split(',').take(MOST).map(str::to_owned).collect();
    let mut listener = Listener { seat, only, language: asking.language, first: Some(AGAIN.to_owned()) };
    // What has changed since the page was made, or everything on it if nobody knows when that was.
    let since = since.unwrap_or(Stamp { process: 0, change: 0 });
    if let Ok(Overviewed::Changes(changes)) = pages.ask(Overview::Changes { since: Some(since) }).await {
        let told = Tick::of(&changes).event(&listener.only, listener.language).unwrap_or_default();
        listener.first = Some(format!("{AGAIN}{told}"));
    }
    let body = stream::unfold(listener, |mut listener| async move {
        let text = listener.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), listener))
    });
    plain(StatusCode::OK, "text/event-stream", Body::from_stream(body))
}

impl Listener {
    /// What it is told next; `None`: it is to come again.
    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let Seat { ticks, closed, .. } = &mut self.seat;
            let tick = tokio::select! {
                // Closed, or gone with whoever could close it.
                _ = closed.wait_for(|closed| *closed) => return None,
                tick = tokio::time::timeout(SIGN, ticks.recv()) => tick,
            };
            match tick {
                Err(_) => return Some(": still here\n\n".to_owned()),
                // It was too slow, and is told everything when it comes again.
                Ok(Err(_)) => return None,
                Ok(Ok(tick)) => {
                    if let Some(event) = tick.event(&self.only, self.language) {
                        return Some(event);
                    }
                }
            }
        }
    }
}

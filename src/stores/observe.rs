//! What HTTP really answered: status, Retry-After and the S3 error code of each request.
//!
//! object_store's errors keep some of this in texts only. Its HTTP connector is ours to wrap, and it sends requests
//! within the task that asked, so a task-local cell carries the facts to whoever asked.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{Method, StatusCode};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

/// What the last request of an operation met.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed {
    /// The status of its answer.
    pub(super) status: Option<StatusCode>,
    /// How long the server asks to wait.
    pub(super) retry_after: Option<Duration>,
    /// How it failed without an answer.
    pub(super) failed: Option<(HttpErrorKind, String)>,
}

tokio::task_local! {
    static CELL: RefCell<Observed>;
}

/// Runs an operation and gives back what its last request met.
pub(super) async fn observe<T>(operation: impl Future<Output = T>) -> (T, Observed) {
    CELL.scope(RefCell::default(), async {
        let result = operation.await;
        (result, CELL.with(RefCell::take))
    })
    .await
}

fn note(observed: Observed) {
    // Requests outside an operation (fetching credentials, say) have no one to tell.
    let _ = CELL.try_with(|cell| cell.replace(observed));
}

/// Requests sent, by method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// GET, listings included.
    pub get: u64,
    /// HEAD.
    pub head: u64,
    /// PUT.
    pub put: u64,
    /// All others.
    pub other: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    get: AtomicU64,
    head: AtomicU64,
    put: AtomicU64,
    other: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> RequestCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RequestCounts { get: read(&self.get), head: read(&self.head), put: read(&self.put), other: read(&self.other) }
    }

    fn count(&self, method: &Method) {
        let counter = match *method {
            Method::GET => &self.get,
            Method::HEAD => &self.head,
            Method::PUT => &self.put,
            _ => &self.other,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// object_store's own connector, observed.
#[derive(Debug, Clone, Default)]
pub(super) struct ObservedConnector {
    pub(super) counters: Arc<Counters>,
}

impl HttpConnector for ObservedConnector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let inner = ReqwestConnector::default().connect(options)?;
        Ok(HttpClient::new(ObservedService { inner, counters: self.counters.clone() }))
    }
}

#[derive(Debug)]
struct ObservedService {
    inner: HttpClient,
    counters: Arc<Counters>,
}

impl HttpService for ObservedService {
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            self.counters.count(request.method());
            let answer = self.inner.execute(request).await;
            note(match &answer {
                Ok(response) => {
                    Observed { status: Some(response.status()), retry_after: retry_after(response), failed: None }
                }
                Err(error) => Observed { failed: Some((error.kind(), chain(error))), ..Observed::default() },
            });
            answer
        })
    }
}

/// Seconds only: the form with a date is not used by object stores.
fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

//! Watches every request of an operation: what was sent, what came back, what went wrong on the way.
//!
//! `object_store` keeps to itself which status and which code stand behind an error, and gives `Retry-After` and the
//! checksums of an answer to nobody. It does call its HTTP service within the caller's task, so a task-local cell around one
//! operation collects the facts.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::{HeaderMap, Method, StatusCode};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

use super::super::encodings::encoded_words;
use super::super::error::root_cause;
use super::answer::Answer;
use super::counts::Counts;

tokio::task_local! {
    static SEEN: Arc<Mutex<Seen>>;
}

/// What happened to a request that was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No connection: name, address, TLS.
    Connect(String),
    /// No progress in time.
    Timeout(String),
    /// Cut off midway.
    Broken(String),
}

/// The checksum of one write, as sent and as confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) enum Checksum {
    /// None was sent or none came back.
    #[default]
    Silent,
    /// The store gave back what was sent.
    Confirmed,
    /// The store gave back another.
    Differs,
}

/// The facts of one operation: those of its last request.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Seen {
    pub(super) answer: Option<Answer>,
    pub(super) trouble: Option<Trouble>,
    /// Requests went to another server: to find credentials.
    pub(super) elsewhere: bool,
    /// Of the last write.
    pub(in super::super) checksum: Checksum,
    /// Names of headers that were no ASCII and were left out.
    pub(in super::super) lost: Vec<String>,
    /// The object has tags.
    pub(in super::super) is_tagged: bool,
}

impl Seen {
    /// Whether the store refused with this code.
    pub(in super::super) fn says(&self, code: &str) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.code.as_deref() == Some(code))
    }

    /// Whether the store refused without saying why.
    pub(in super::super) fn is_unexplained_refusal(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| {
            let refused = answer.status.is_client_error() || answer.status.is_redirection();
            refused && answer.status != StatusCode::NOT_FOUND && answer.code.is_none()
        })
    }

    /// Whether the store says that there is no such request, or none like this one. A code that means something else says
    /// nothing of the kind.
    pub(in super::super) fn says_that_it_cannot(&self) -> Option<String> {
        let answer = self.answer.as_ref()?;
        let unable = match (answer.status.as_u16(), answer.code.as_deref()) {
            (405 | 501, _) | (400, None) => true,
            (400, Some(code)) => UNABLE.contains(&code),
            _ => false,
        };
        unable.then(|| answer.said())
    }

    /// Whether the store refused to replace an object. A conflict of two writes under way says nothing of the kind.
    pub(in super::super) fn says_that_it_exists(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| {
            let conflict = answer.code.as_deref().is_some_and(|code| CONFLICTS.contains(&code));
            matches!(answer.status.as_u16(), 304 | 409 | 412) && !conflict
        })
    }
}

/// Codes of requests that are not understood.
const UNABLE: [&str; 5] =
    ["InvalidArgument", "InvalidRequest", "NotImplemented", "NotSupported", "UnsupportedOperation"];

/// Codes of refusals that say nothing of an object that is there.
const CONFLICTS: [&str; 5] = [
    "AccountBeingCreated",
    "ConditionalRequestConflict",
    "ContainerBeingDeleted",
    "ContainerDisabled",
    "OperationAborted",
];

/// Runs an operation and tells what its requests met.
pub(in super::super) async fn watch<T>(operation: impl Future<Output = T>) -> (T, Seen) {
    let cell = Arc::new(Mutex::new(Seen::default()));
    let result = SEEN.scope(Arc::clone(&cell), operation).await;
    let seen = cell.lock().unwrap_or_else(PoisonError::into_inner).clone();
    (result, seen)
}

fn note(change: impl FnOnce(&mut Seen)) {
    // Outside an operation (a credential renewed in the background) nobody asks.
    let _ = SEEN.try_with(|cell| change(&mut cell.lock().unwrap_or_else(PoisonError::into_inner)));
}

/// Which requests are a store's own, and what is expected of them.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// What the URLs of the store's own requests start with.
    pub(super) endpoint: String,
    /// Longest silence of one request.
    pub(super) patience: Duration,
    pub(super) counts: Arc<Counts>,
}

/// A client that notes what it sends and gets.
pub(super) struct Watched {
    watch: Watch,
    options: ClientOptions,
    reading: HttpClient,
    /// The read timeout runs while a body is sent, too, and would cut off large writes on slow lines. Made when it is
    /// first needed, since each client reads the system's certificates.
    writing: OnceLock<HttpClient>,
}

impl Watched {
    /// # Errors
    /// What of the options cannot be used.
    pub(super) fn new(watch: &Watch, options: &ClientOptions) -> object_store::Result<Self> {
        let reading = ReqwestConnector::default().connect(&options.clone().with_read_timeout(watch.patience))?;
        Ok(Self { watch: watch.clone(), options: options.clone(), reading, writing: OnceLock::new() })
    }

    fn writing(&self) -> Result<&HttpClient, HttpError> {
        if let Some(writing) = self.writing.get() {
            return Ok(writing);
        }
        let made = ReqwestConnector::default().connect(&self.options.clone().with_read_timeout_disabled());
        let made = made.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        Ok(self.writing.get_or_init(|| made))
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watched({})", self.watch.endpoint)
    }
}

impl HttpService for Watched {
    fn call<'s, 'f>(
        &'s self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(async move {
            if !request.uri().to_string().starts_with(&self.watch.endpoint) {
                note(|seen| seen.elsewhere = true);
                return self.reading.execute(request).await;
            }
            let sent = Sent::of(&request);
            self.watch.counts.add(&sent.method, sent.is_list);
            note(Seen::begin);
            match self.send(request).await {
                Ok(response) => Ok(arrived(&sent, response).await),
                Err(error) => {
                    let trouble = trouble(&error);
                    note(|seen| seen.trouble = Some(trouble));
                    Err(error)
                }
            }
        })
    }
}

/// Slowest pace, in bytes a second, at which a body may be sent before the write counts as stuck.
const SLOWEST: u64 = 64 << 10;

/// The same for what a server copies by itself, in silence until it is done.
const SLOWEST_COPY: u64 = 8 << 20;

/// So many bytes are to be copied by the server before it answers a request.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Copying(pub(in super::super) u64);

impl Watched {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let body = request.body().content_length() as u64;
        let copied = request.extensions().get::<Copying>().map(|Copying(bytes)| *bytes).unwrap_or_default();
        if body == 0 && copied == 0 {
            return self.reading.execute(request).await;
        }
        let patience = self.watch.patience + Duration::from_secs(body / SLOWEST + copied / SLOWEST_COPY);
        match tokio::time::timeout(patience, self.writing()?.execute(request)).await {
            Ok(result) => result,
            Err(elapsed) => Err(HttpError::new(HttpErrorKind::Timeout, elapsed)),
        }
    }
}

/// What matters of a request.
struct Sent {
    method: Method,
    is_list: bool,
    /// The server is asked to copy.
    is_copy: bool,
    checksum: Option<String>,
}

const CHECKSUM: &str = "x-amz-checksum-sha256";
/// How many tags an object has, told to whoever may read them.
const TAG_COUNT: &str = "x-amz-tagging-count";
/// Names what a server is to copy by itself.
const COPY_SOURCE: &str = "x-amz-copy-source";
/// What the names of user metadata start with: Amazon's, Azure's, Google's.
const METADATA: [&str; 3] = ["x-amz-meta-", "x-ms-meta-", "x-goog-meta-"];
/// What a query for a page of a listing holds: that of S3 and Google, that of Azure.
const LISTS: [&str; 2] = ["list-type=2", "comp=list"];

impl Sent {
    fn of(request: &HttpRequest) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self {
            method: request.method().clone(),
            is_list: request.method().as_str() == "PROPFIND" || query.split('&').any(|pair| LISTS.contains(&pair)),
            is_copy: request.headers().contains_key(COPY_SOURCE),
            checksum: header(request.headers(), CHECKSUM),
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

impl Seen {
    fn begin(&mut self) {
        *self = Self { elsewhere: self.elsewhere, ..Self::default() };
    }
}

/// Notes an answer and gives it on, readable for `object_store`.
async fn arrived(sent: &Sent, response: HttpResponse) -> HttpResponse {
    let (mut parts, body) = response.into_parts();
    let lost = make_readable(&mut parts.headers);
    let checksum = match (&sent.checksum, header(&parts.headers, CHECKSUM)) {
        (Some(sent), Some(stored)) if *sent == stored => Checksum::Confirmed,
        (Some(_), Some(_)) => Checksum::Differs,
        _ => Checksum::Silent,
    };
    // S3 may also report an error after it has sent 200, when it completes an upload or copies.
    let may_hold_error = !parts.status.is_success() || sent.method == Method::POST || sent.is_copy;
    let (body, answer) = if may_hold_error {
        let body = beginning(body.bytes_stream()).await;
        let answer = Answer::new(&parts, &body);
        (body.into(), answer)
    } else {
        (body, Answer::new(&parts, &[]))
    };
    let is_tagged = header(&parts.headers, TAG_COUNT).is_some_and(|count| count != "0");
    note(|seen| {
        (seen.answer, seen.checksum, seen.lost, seen.is_tagged) = (Some(answer), checksum, lost, is_tagged);
    });
    HttpResponse::from_parts(parts, body)
}

/// Most bytes of an error or of the answer to a completed upload.
const MAX_ANSWER: usize = 256 << 10;

/// A body's beginning; also what came before it broke off.
async fn beginning(mut body: impl futures::Stream<Item = Result<Bytes, HttpError>> + Unpin) -> Bytes {
    let mut bytes = BytesMut::new();
    while let Some(Ok(chunk)) = body.next().await {
        bytes.extend_from_slice(&chunk[..chunk.len().min(MAX_ANSWER - bytes.len())]);
        if bytes.len() == MAX_ANSWER {
            break;
        }
    }
    bytes.freeze()
}

/// Headers that travel along and may come as something else than ASCII, which `object_store` fails the whole GET for.
const TRAVELLERS: [&str; 5] =
    ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type"];

/// Encodes user metadata that is no ASCII, takes out other headers that are not, and names those.
fn make_readable(headers: &mut HeaderMap) -> Vec<String> {
    let mut lost = Vec::new();
    for (name, value) in headers.iter_mut().filter(|(_, value)| value.to_str().is_err()) {
        if METADATA.iter().any(|prefix| name.as_str().starts_with(prefix)) {
            if let Ok(encoded) = encoded_words(value.as_bytes()).parse() {
                *value = encoded;
            }
        } else if TRAVELLERS.contains(&name.as_str()) {
            lost.push(name.to_string());
        }
    }
    for name in &lost {
        headers.remove(name);
    }
    lost
}

/// What kept a request from being answered.
pub(super) fn trouble(error: &HttpError) -> Trouble {
    let said = root_cause(error);
    match error.kind() {
        HttpErrorKind::Connect => Trouble::Connect(said),
        HttpErrorKind::Timeout if is_connecting(error) => Trouble::Connect(said),
        HttpErrorKind::Timeout => Trouble::Timeout(said),
        _ => Trouble::Broken(said),
    }
}

/// Whether a timeout struck before there was a connection. The type that knows is private to the HTTP client, so its text
/// has to do; were it reworded, an unreachable store would count as a slow one.
fn is_connecting(error: &HttpError) -> bool {
    let causes = std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |error| error.source());
    causes.into_iter().any(|error| error.to_string() == "client error (Connect)")
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener, TcpStream};

    use http::HeaderValue;
    use object_store::client::{HttpConnector as _, HttpRequestBody};

    use super::super::connector::Connector;

    use super::*;

    /// Connections to a listener that accepts none, until it lets in no more.
    fn fill(address: SocketAddr) -> Vec<TcpStream> {
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(100)).ok();
        std::iter::from_fn(connect).take(10_000).collect()
    }

    #[tokio::test]
    async fn a_server_that_lets_nobody_in_is_unreachable_and_not_slow() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let _connections = fill(address);
        let endpoint = format!("http://{address}");
        let connector = Connector::new(&endpoint, Duration::from_secs(30));
        let options = ClientOptions::new()
            .with_allow_http(true)
            .with_timeout_disabled()
            .with_connect_timeout(Duration::from_millis(200));
        let client = connector.connect(&options).unwrap();
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = endpoint.parse().unwrap();
        let (result, seen) = watch(client.execute(request)).await;
        assert!(result.is_err());
        assert!(matches!(seen.trouble, Some(Trouble::Connect(_))), "{seen:?}");
    }

    #[test]
    fn metadata_that_is_no_ascii_is_encoded_and_other_headers_are_named() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-meta-title", HeaderValue::from_bytes("发票".as_bytes()).unwrap());
        headers.insert("content-disposition", HeaderValue::from_bytes("inline; filename=\"发票\"".as_bytes()).unwrap());
        headers.insert("content-type", HeaderValue::from_static("image/jpeg"));
        assert_eq!(make_readable(&mut headers), ["content-disposition"]);
        assert_eq!(headers["x-amz-meta-title"], "=?UTF-8?B?5Y+R56Wo?=");
        assert_eq!(headers.len(), 2);
    }
}

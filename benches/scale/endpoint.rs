//! An S3 endpoint that keeps nothing but a bit for each file that was put.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::world::World;

/// A running endpoint; it ends with the process.
pub struct Endpoint {
    state: Arc<State>,
    url: String,
    _runtime: Runtime,
}

struct State {
    world: Arc<World>,
    there: Vec<AtomicU64>,
    arrived: AtomicU64,
    /// When the first and the last request of each kind came.
    times: Mutex<BTreeMap<&'static str, (Instant, Instant)>>,
}

impl Endpoint {
    pub fn start(world: Arc<World>) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let words = world.files().div_ceil(64);
        let there = (0..words).map(|_| AtomicU64::new(0)).collect();
        let state = Arc::new(State { world, there, arrived: AtomicU64::new(0), times: Mutex::default() });
        runtime.spawn(accept(listener, Arc::clone(&state)));
        Self { state, url, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Files that were put.
    pub fn arrived(&self) -> u64 {
        self.state.arrived.load(Ordering::Relaxed)
    }

    pub fn forget_times(&self) {
        self.state.times.lock().expect("the times").clear();
    }

    /// Seconds of listing, from there to the first object, and from there to the last one that was put.
    pub fn stages(&self) -> [f64; 3] {
        let times = self.state.times.lock().expect("the times");
        let between = |from: Option<Instant>, to: Option<Instant>| match (from, to) {
            (Some(from), Some(to)) => to.saturating_duration_since(from).as_secs_f64(),
            _ => 0.0,
        };
        let first = |kind: &str| times.get(kind).map(|times| times.0);
        let last = |kind: &str| times.get(kind).map(|times| times.1);
        [between(first("LIST"), last("LIST")), between(last("LIST"), first("GET")), between(first("GET"), last("PUT"))]
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((socket, _)) = listener.accept().await {
        // Otherwise delayed acknowledgements hold every answer back for 40 ms.
        let _ = socket.set_nodelay(true);
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(Arc::clone(&state), request));
            // A client that was killed leaves its connections torn.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
        });
    }
}

type Answer = Response<Full<Bytes>>;

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Answer, Infallible> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_start_matches('/').to_owned();
    let query: BTreeMap<String, String> = parts.uri.query().map(pairs).unwrap_or_default();
    let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
    let is_target = bucket == "vault";
    if query.contains_key("list-type") {
        state.note("LIST");
        return Ok(state.list(is_target, &query));
    }
    // Keys at the target have no prefix.
    let whole = if is_target { format!("scans/{key}") } else { key.to_owned() };
    let place = state.world.place(&whole);
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok(match (&parts.method, place) {
        (&Method::PUT, Some(place)) if is_target => {
            state.note("PUT");
            // Taken in before it is answered, as any server does.
            let taken = body.collect().await.map(|body| body.to_bytes().len());
            state.put(place, taken.ok() == Some(state.world.size()), &header)
        }
        (&Method::GET | &Method::HEAD, Some(place)) if !is_target || state.is_there(place) => {
            state.note("GET");
            state.object(place, header("range").as_deref())
        }
        (&Method::GET | &Method::HEAD, _) => error(StatusCode::NOT_FOUND, "NoSuchKey"),
        _ => error(StatusCode::NOT_IMPLEMENTED, "NotImplemented"),
    })
}

impl State {
    fn note(&self, kind: &'static str) {
        let now = Instant::now();
        self.times.lock().expect("the times").entry(kind).or_insert((now, now)).1 = now;
    }

    fn is_there(&self, place: u64) -> bool {
        self.there[(place / 64) as usize].load(Ordering::Relaxed) & (1 << (place % 64)) != 0
    }

    fn put(&self, place: u64, is_whole: bool, header: &dyn Fn(&str) -> Option<String>) -> Answer {
        if !is_whole {
            return error(StatusCode::BAD_REQUEST, "IncompleteBody");
        }
        let bit = 1 << (place % 64);
        let before = self.there[(place / 64) as usize].fetch_or(bit, Ordering::Relaxed);
        match (before & bit == 0, header("if-none-match")) {
            (false, Some(_)) => return error(StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
            (false, None) => {}
            (true, _) => drop(self.arrived.fetch_add(1, Ordering::Relaxed)),
        }
        let mut answer = Response::builder().header("etag", etag(place));
        if let Some(checksum) = header("x-amz-checksum-sha256") {
            answer = answer.header("x-amz-checksum-sha256", checksum);
        }
        answer.body(Full::default()).expect("an answer")
    }

    fn object(&self, place: u64, range: Option<&str>) -> Answer {
        let object = self.world.object(place);
        let answer = Response::builder()
            .header("etag", etag(place))
            .header("last-modified", "Sun, 05 Jan 2025 00:00:00 GMT")
            .header("content-type", "image/png");
        let Some((first, last)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-')) else {
            return answer.body(Full::from(object)).expect("an answer");
        };
        let first: usize = first.parse().unwrap_or_default();
        let last = last.parse().unwrap_or(usize::MAX).min(object.len() - 1);
        let told = format!("bytes {first}-{last}/{}", object.len());
        let part = object[first..=last].to_vec();
        answer
            .status(StatusCode::PARTIAL_CONTENT)
            .header("content-range", told)
            .body(Full::from(part))
            .expect("an answer")
    }

    /// A page of a listing; nobody lists the target.
    fn list(&self, is_target: bool, query: &BTreeMap<String, String>) -> Answer {
        let of = |name: &str| query.get(name).map(String::as_str);
        let prefix = of("prefix").unwrap_or_default();
        let end = if is_target { 0 } else { self.world.first(&format!("{prefix}\u{10ffff}")) };
        let mut place = of("continuation-token").and_then(|token| token.parse().ok());
        let mut place = place.take().unwrap_or_else(|| self.world.first(prefix));
        let most = of("max-keys").and_then(|most| most.parse().ok()).unwrap_or(1000);
        let (mut entries, mut listed) = (String::new(), 0);
        while place < end && listed < most {
            let key = self.world.key(place);
            let folder = of("delimiter").and_then(|mark| Some(prefix.len() + key[prefix.len()..].find(mark)? + 1));
            let written = match folder {
                Some(length) => {
                    place = self.world.first(&format!("{}\u{10ffff}", &key[..length]));
                    write!(entries, "<CommonPrefixes><Prefix>{}</Prefix></CommonPrefixes>", &key[..length])
                }
                None => {
                    let (etag, size) = (etag(place), self.world.size());
                    place += 1;
                    write!(
                        entries,
                        "<Contents><Key>{key}</Key><LastModified>2025-01-05T00:00:00.000Z</LastModified><ETag>{etag}</ETag><Size>{size}</Size></Contents>"
                    )
                }
            };
            written.expect("memory");
            listed += 1;
        }
        let more = place < end;
        let token =
            if more { format!("<NextContinuationToken>{place}</NextContinuationToken>") } else { String::new() };
        let page = format!(
            "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>{more}</IsTruncated>{token}{entries}</ListBucketResult>"
        );
        Response::new(Full::from(page))
    }
}

fn etag(place: u64) -> String {
    format!("\"{place:032x}\"")
}

fn error(status: StatusCode, code: &str) -> Answer {
    let text = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>");
    Response::builder().status(status).body(Full::from(text)).expect("an answer")
}

/// The pairs of a query. No name or key here holds anything but a slash that is encoded.
fn pairs(query: &str) -> BTreeMap<String, String> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.to_owned(), value.replace("%2F", "/").replace("%2f", "/"))
    };
    query.split('&').map(pair).collect()
}

//! A web server in this process that lists by WebDAV, as far as a reader needs it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::runtime::Runtime;

const DATE: &str = "Thu, 01 Jul 2021 10:44:59 GMT";

type Files = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// Who may read, as the header says it; `None`: everyone.
type Lock = Option<&'static str>;

/// A server of the folder `/dav`; it ends when dropped.
pub struct WebDav {
    address: SocketAddr,
    files: Files,
    runtime: Option<Runtime>,
}

impl WebDav {
    pub fn start() -> Self {
        Self::start_for(None)
    }

    /// The same for those alone who send this as their authorization.
    pub fn start_for(lock: Lock) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("an address");
        let files = Files::default();
        let served = Arc::clone(&files);
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).expect("a socket without delay");
                let files = Arc::clone(&served);
                let answer = service_fn(move |request| std::future::ready(answer(&files, lock, &request)));
                tokio::spawn(async move {
                    let server = auto::Builder::new(TokioExecutor::new());
                    // The other side may go at any time.
                    let _ = server.serve_connection(TokioIo::new(stream), answer).await;
                });
            }
        });
        Self { address, files, runtime: Some(runtime) }
    }

    /// Where the folder is.
    pub fn url(&self) -> String {
        format!("http://{}/dav", self.address)
    }

    /// Puts a file there; its directories come with it.
    pub fn put(&self, key: &str, bytes: &[u8]) {
        self.files.lock().expect("the files").insert(key.to_owned(), Bytes::copy_from_slice(bytes));
    }
}

impl Drop for WebDav {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            super::end::end(runtime);
        }
    }
}

fn answer(files: &Files, lock: Lock, request: &Request<Incoming>) -> Result<Response<Full<Bytes>>, http::Error> {
    let files = files.lock().expect("the files");
    let path = decoded(request.uri().path());
    let Some(key) = path.strip_prefix("/dav/") else { return plain(StatusCode::NOT_FOUND) };
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if lock.is_some() && header("authorization") != lock {
        return plain(StatusCode::UNAUTHORIZED);
    }
    match request.method().as_str() {
        "PROPFIND" => listing(&files, key, header("depth") == Some("0")),
        "GET" | "HEAD" => {
            let Some(bytes) = files.get(key) else { return plain(StatusCode::NOT_FOUND) };
            let etag = etag(bytes);
            if header("if-match").is_some_and(|wanted| wanted != etag) {
                return plain(StatusCode::PRECONDITION_FAILED);
            }
            let response = Response::builder().header("etag", etag).header("last-modified", DATE);
            let response = response.header("content-type", "image/jpeg");
            let range = header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
            let Some((from, to)) = range else {
                let response = response.header("content-length", bytes.len());
                let is_head = request.method() == http::Method::HEAD;
                return response.body(if is_head { Full::default() } else { Full::from(bytes.clone()) });
            };
            let (from, to): (usize, usize) = (from.parse().expect("a number"), to.parse().expect("a number"));
            let response = response.status(206).header("content-range", format!("bytes {from}-{to}/{}", bytes.len()));
            response.body(Full::from(bytes.slice(from..=to)))
        }
        _ => plain(StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn plain(status: StatusCode) -> Result<Response<Full<Bytes>>, http::Error> {
    Response::builder().status(status).body(Full::default())
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", batchferry::model::ids::Digest::of(bytes))
}

fn listing(
    files: &BTreeMap<String, Bytes>,
    directory: &str,
    itself_alone: bool,
) -> Result<Response<Full<Bytes>>, http::Error> {
    let below = |key: &String| key.strip_prefix(directory).map(str::to_owned);
    let names: Vec<String> = files.keys().filter_map(below).collect();
    if names.is_empty() && !directory.is_empty() {
        return plain(StatusCode::NOT_FOUND);
    }
    let is_directory = "<D:resourcetype><D:collection/></D:resourcetype>";
    let mut body =
        "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\">".to_owned() + &entry(directory, is_directory);
    let directories: BTreeSet<&str> =
        names.iter().filter_map(|name| name.split_once('/')).map(|(name, _)| name).collect();
    if !itself_alone {
        for name in directories {
            body += &entry(&format!("{directory}{name}/"), is_directory);
        }
        for name in names.iter().filter(|name| !name.contains('/')) {
            let bytes = &files[&format!("{directory}{name}")];
            let (size, etag) = (bytes.len(), etag(bytes));
            let props = format!(
                "<D:resourcetype/><D:getcontentlength>{size}</D:getcontentlength><D:getetag>{etag}</D:getetag>"
            );
            body += &entry(&format!("{directory}{name}"), &props);
        }
    }
    Response::builder().status(207).body(Full::from(body + "</D:multistatus>"))
}

fn entry(key: &str, props: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    let href: String = key
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") })
        .collect();
    format!(
        "<D:response><D:href>/dav/{href}</D:href><D:propstat><D:prop>{props}<D:getlastmodified>{DATE}</D:getlastmodified>\
         </D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    )
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(&String::from_utf8_lossy(&digits), 16).expect("percent-encoding"));
                rest = after;
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

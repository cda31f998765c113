//! An S3 server that only lists, from keys it makes up: large enough to count requests against, in a moment.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;

/// Keys per page, as S3 has it.
const PAGE: usize = 1_000;

/// A running server.
pub struct ListingServer {
    /// Its address.
    pub endpoint: String,
    requests: Arc<AtomicU64>,
}

impl ListingServer {
    /// Serves `keys`, each an object of one byte, until the runtime ends.
    pub async fn start(keys: BTreeSet<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (keys, requests) = (Arc::new(keys), Arc::new(AtomicU64::new(0)));
        let counted = requests.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                let (keys, counted) = (keys.clone(), counted.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    let body = answer(&keys, request.uri().query().unwrap_or_default());
                    async move { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(body)))) }
                });
                tokio::spawn(async move {
                    // A client that goes away is no fault of ours.
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { endpoint, requests }
    }

    /// Requests answered so far.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }
}

/// A ListObjectsV2 answer.
fn answer(keys: &BTreeSet<String>, query: &str) -> String {
    let parameter = |name: &str| {
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decode(value))
    };
    let prefix = parameter("prefix").unwrap_or_default();
    let after = parameter("continuation-token").unwrap_or_default();
    let by_directory = parameter("delimiter").is_some();
    let start = if after.is_empty() { prefix.clone() } else { after.clone() };
    let (mut objects, mut folders, mut last) = (String::new(), BTreeSet::new(), None);
    let mut count = 0;
    let mut next = String::new();
    for key in keys.range(start..).filter(|key| **key > after).take_while(|key| key.starts_with(&prefix)) {
        let folder = by_directory.then(|| key[prefix.len()..].find('/').map(|at| &key[..=prefix.len() + at])).flatten();
        if folder.is_some_and(|folder| folders.contains(folder) || after.starts_with(folder)) {
            continue;
        }
        if count == PAGE {
            next = last.unwrap_or_default();
            break;
        }
        count += 1;
        match folder {
            Some(folder) => {
                folders.insert(folder.to_owned());
                // Greater than every key in the folder that this server makes up.
                last = Some(format!("{folder}\u{10ffff}"));
            }
            None => {
                // An empty object is the mark of a folder.
                let size = u8::from(!key.ends_with('/'));
                write!(objects, "<Contents><Key>{key}</Key><LastModified>2025-01-01T00:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{size}</Size></Contents>").unwrap();
                last = Some(key.clone());
            }
        }
    }
    let folders: String =
        folders.iter().map(|folder| format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>")).collect();
    let more = if next.is_empty() {
        String::new()
    } else {
        format!("<NextContinuationToken>{}</NextContinuationToken>", encode(&next))
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>bucket</Name><Prefix>{prefix}</Prefix><KeyCount>{count}</KeyCount>\
         <MaxKeys>{PAGE}</MaxKeys><IsTruncated>{}</IsTruncated>{objects}{folders}{more}</ListBucketResult>",
        !next.is_empty()
    )
}

/// Tokens are opaque to clients: here the last key in hexadecimal.
fn encode(key: &str) -> String {
    key.bytes().map(|byte| format!("{byte:02x}")).collect()
}

fn decode(value: &str) -> String {
    let is_token =
        value.len() > 20 && value.len().is_multiple_of(2) && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_token {
        let bytes = (0..value.len()).step_by(2).map(|at| u8::from_str_radix(&value[at..at + 2], 16).unwrap());
        return String::from_utf8(bytes.collect()).unwrap();
    }
    value.replace("%2F", "/").replace("%2f", "/")
}

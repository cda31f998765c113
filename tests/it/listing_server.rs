//! An S3 server that only lists, from keys it makes up: large enough to count requests against, in a moment.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How a server lists.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Most keys of a page: as many as S3 has, or fewer.
    pub page: usize,
    /// What comes of `start-after`.
    pub start_after: StartAfter,
}

/// What comes of `start-after`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAfter {
    /// A page begins behind that key.
    Honoured,
    /// It begins where any would.
    Ignored,
    /// It begins there, and lists its keys backwards.
    Backwards,
    /// It begins there, in an order of its own: `á` comes before `b`.
    OfALanguage,
    /// A page without keys comes first, and leads there.
    ThroughEmptyPages,
}

impl Default for Manner {
    fn default() -> Self {
        Self { page: 1_000, start_after: StartAfter::Honoured }
    }
}

impl Manner {
    /// What a text sorts like.
    fn placed(self, text: &str) -> String {
        if self.start_after == StartAfter::OfALanguage { text.replace('á', "a~") } else { text.to_owned() }
    }

    /// The text that sorts like this.
    fn shown(self, placed: &str) -> String {
        if self.start_after == StartAfter::OfALanguage { placed.replace("a~", "á") } else { placed.to_owned() }
    }
}

/// A running server.
pub struct ListingServer {
    /// Its address.
    pub endpoint: String,
    queries: Arc<Mutex<Vec<String>>>,
    /// Requests that are still answered; the others wait.
    answered: Arc<Semaphore>,
}

impl ListingServer {
    /// Serves `keys`, each an object of one byte, until the runtime ends.
    pub async fn start(keys: BTreeSet<String>) -> Self {
        Self::start_in(keys, Manner::default()).await
    }

    /// The same, in a manner of its own.
    pub async fn start_in(keys: BTreeSet<String>, manner: Manner) -> Self {
        let keys: BTreeSet<String> = keys.iter().map(|key| manner.placed(key)).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (keys, queries) = (Arc::new(keys), Arc::<Mutex<Vec<String>>>::default());
        let asked = queries.clone();
        let answered = Arc::new(Semaphore::new(Semaphore::MAX_PERMITS));
        let places = answered.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                socket.set_nodelay(true).unwrap();
                let (keys, asked, places) = (keys.clone(), asked.clone(), places.clone());
                let service = service_fn(move |request: Request<Incoming>| {
                    let query = request.uri().query().unwrap_or_default();
                    asked.lock().unwrap().push(query.to_owned());
                    let body = empty_page(query, manner).unwrap_or_else(|| answer(&keys, query, manner));
                    let places = places.clone();
                    async move {
                        places.acquire().await.unwrap().forget();
                        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(body))))
                    }
                });
                tokio::spawn(async move {
                    // A client that goes away is no fault of ours.
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { endpoint, queries, answered }
    }

    /// So many more requests are answered, and no others until [`Self::heal`].
    pub fn answer_only(&self, requests: usize) {
        self.answered.forget_permits(Semaphore::MAX_PERMITS);
        self.answered.add_permits(requests);
    }

    /// All requests are answered again.
    pub fn heal(&self) {
        self.answered.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.queries.lock().unwrap().len() as u64
    }

    /// The queries of the requests so far.
    pub fn queries(&self) -> Vec<String> {
        self.queries.lock().unwrap().clone()
    }
}

fn parameter(query: &str, name: &str, manner: Manner) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| manner.placed(&decode(value)))
}

/// A page without keys that leads to where it was asked to begin, where the server gives one.
fn empty_page(query: &str, manner: Manner) -> Option<String> {
    let begin =
        parameter(query, "start-after", manner).filter(|_| manner.start_after == StartAfter::ThroughEmptyPages)?;
    let token = encode(&begin);
    Some(format!(
        "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>{token}</NextContinuationToken></ListBucketResult>"
    ))
}

/// A ListObjectsV2 answer.
fn answer(keys: &BTreeSet<String>, query: &str, manner: Manner) -> String {
    let parameter = |name| parameter(query, name, manner);
    let prefix = parameter("prefix").unwrap_or_default();
    let token = parameter("continuation-token");
    let begin = parameter("start-after").filter(|_| manner.start_after != StartAfter::Ignored);
    let is_backwards = begin.is_some() && manner.start_after == StartAfter::Backwards;
    let after = token.or(begin).unwrap_or_default();
    let most = parameter("max-keys").and_then(|most| most.parse().ok()).unwrap_or(manner.page).min(manner.page);
    let by_directory = parameter("delimiter").is_some();
    let is_encoded = parameter("encoding-type").is_some();
    let start = prefix.clone().max(after.clone());
    let (mut objects, mut folders, mut last) = (Vec::new(), BTreeSet::new(), None);
    let mut count = 0;
    let mut next = String::new();
    for key in keys.range(start..).filter(|key| **key > after).take_while(|key| key.starts_with(&prefix)) {
        let folder = by_directory.then(|| key[prefix.len()..].find('/').map(|at| &key[..=prefix.len() + at])).flatten();
        if folder.is_some_and(|folder| folders.contains(folder) || after.starts_with(folder)) {
            continue;
        }
        if count == most {
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
                let (size, shown) = (u8::from(!key.ends_with('/')), manner.shown(key));
                let shown = if is_encoded { percent_encoded(&shown) } else { shown };
                objects.push(format!("<Contents><Key>{shown}</Key><LastModified>2025-01-01T00:00:00.000Z</LastModified><ETag>\"1\"</ETag><Size>{size}</Size></Contents>"));
                last = Some(key.clone());
            }
        }
    }
    if is_backwards {
        objects.reverse();
    }
    let objects = objects.concat();
    let folders: String =
        folders.iter().map(|folder| format!("<CommonPrefixes><Prefix>{folder}</Prefix></CommonPrefixes>")).collect();
    let more = if next.is_empty() {
        String::new()
    } else {
        format!("<NextContinuationToken>{}</NextContinuationToken>", encode(&next))
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult><Name>bucket</Name>{}<Prefix>{prefix}</Prefix><KeyCount>{count}</KeyCount>\
         <MaxKeys>{most}</MaxKeys><IsTruncated>{}</IsTruncated>{objects}{folders}{more}</ListBucketResult>",
        if is_encoded { "<EncodingType>url</EncodingType>" } else { "" },
        !next.is_empty()
    )
}

fn percent_encoded(key: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    key.bytes().map(|byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Tokens are opaque to clients: here the last key in hexadecimal.
fn encode(key: &str) -> String {
    key.bytes().fold(TOKEN.to_owned(), |token, byte| token + &format!("{byte:02x}"))
}

/// What a token begins with, and no key.
const TOKEN: &str = "token-";

fn decode(value: &str) -> String {
    if let Some(token) = value.strip_prefix(TOKEN) {
        let bytes = (0..token.len()).step_by(2).map(|at| u8::from_str_radix(&token[at..at + 2], 16).unwrap());
        return String::from_utf8(bytes.collect()).unwrap();
    }
    let mut pieces = value.split('%');
    let mut bytes = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        bytes.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

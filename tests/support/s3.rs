//! An S3 server in this process: s3s over a temporary folder, on a port of its own.
//!
//! Where it falls short of a real one: `If-Match` on a GET is ignored, `If-None-Match: *` is not atomic, a key `a` cannot be
//! beside `a/b`, and objects that lie in the folder without having been put have no content type.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use batchferry::model::config::{ChecksumAbility, StoreConfig};
use batchferry::model::credentials::{Credentials, S3Keys};
use batchferry::model::ids::StoreName;
use batchferry::stores::Store;
use http::Request;
use http::request::Parts;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use super::configs::config;
use super::copies::Copies;
use super::fault::{Fault, Plan, answer};

pub const ACCESS_KEY: &str = "test-access-key";
pub const SECRET_KEY: &str = "test-secret-key";

/// A server; it ends when dropped.
pub struct S3Server {
    root: TempDir,
    address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

struct Shared {
    service: S3Service,
    /// The same for everyone, whoever signed what.
    open: S3Service,
    plan: Mutex<Arc<Plan>>,
    counts: Mutex<BTreeMap<String, u64>>,
    log: Mutex<Vec<String>>,
    copied: Mutex<Vec<String>>,
    reading: Arc<AtomicUsize>,
    root: PathBuf,
    /// It copies as a whole server does.
    copies: AtomicBool,
}

impl S3Server {
    /// Starts a server without buckets, on threads of its own, so that it also serves tests that are not async.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// The same over TLS, with the certificate of [`super::tls`].
    pub fn start_tls() -> Self {
        Self::start_with(Some(super::tls::acceptor()))
    }

    fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let root = TempDir::new().expect("a temporary folder");
        let files = s3s_fs::FileSystem::new(root.path()).expect("a folder to serve");
        let open = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root.path()).expect("the same folder")).build();
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let shared = Arc::new(Shared {
            service: builder.build(),
            open,
            plan: Mutex::new(Arc::new(|_| Fault::None)),
            counts: Mutex::default(),
            log: Mutex::default(),
            copied: Mutex::default(),
            reading: Arc::default(),
            root: root.path().to_owned(),
            copies: AtomicBool::new(false),
        });
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let address = listener.local_addr().expect("an address");
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).expect("a listener")
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        runtime.spawn(accept(listener, tls, Arc::clone(&shared)));
        Self { root, address, scheme, shared, runtime: Some(runtime) }
    }

    /// A server with one bucket.
    pub fn with_bucket(bucket: &str) -> Self {
        let server = Self::start();
        server.make_bucket(bucket);
        server
    }

    /// Makes a bucket.
    pub fn make_bucket(&self, bucket: &str) {
        std::fs::create_dir(self.folder(bucket)).expect("a new bucket");
    }

    /// The folder that holds a bucket's objects as files.
    pub fn folder(&self, bucket: &str) -> PathBuf {
        self.root.path().join(bucket)
    }

    /// Puts an object into a bucket without a request.
    pub fn plant(&self, bucket: &str, key: &str, bytes: &[u8]) {
        write_file(&self.folder(bucket).join(key), bytes);
    }

    /// From now on it copies as a whole server does, and lists entity tags.
    pub fn copy_well(&self) {
        self.shared.copies.store(true, Ordering::SeqCst);
    }

    /// From now on every request meets the fault that `plan` names for it.
    pub fn on_request(&self, plan: impl Fn(&Parts) -> Fault + Send + Sync + 'static) {
        *self.shared.plan.lock().expect("the plan") = Arc::new(plan);
    }

    /// From now on all goes well.
    pub fn heal(&self) {
        self.on_request(|_| Fault::None);
    }

    /// Requests so far, by method; pages of listings count as `LIST`.
    pub fn requests(&self, method: &str) -> u64 {
        self.shared.counts.lock().expect("the counts").get(method).copied().unwrap_or_default()
    }

    /// Every request so far, in order of arrival: method, path and query.
    pub fn log(&self) -> Vec<String> {
        self.shared.log.lock().expect("the log").clone()
    }

    /// Every copy that was asked for so far: what, and where to.
    pub fn copies(&self) -> Vec<String> {
        self.shared.copied.lock().expect("the copies").clone()
    }

    /// How many GET requests are being answered, listings among them.
    pub fn reading(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.shared.reading)
    }

    /// All requests so far.
    pub fn all_requests(&self) -> u64 {
        self.shared.counts.lock().expect("the counts").values().sum()
    }

    /// `http://127.0.0.1:PORT`, or `https`.
    pub fn endpoint(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The config of a bucket as a store, with the abilities declared that the server has.
    pub fn config(&self, bucket: &str) -> StoreConfig {
        StoreConfig {
            endpoint: Some(self.endpoint()),
            conditional_put: Some(true),
            checksum: Some(ChecksumAbility::Sha256),
            ..config(format!("s3://{bucket}"))
        }
    }

    /// The server's only credentials.
    pub fn credentials() -> S3Keys {
        S3Keys { access_key_id: ACCESS_KEY.to_owned(), secret_access_key: SECRET_KEY.to_owned(), session_token: None }
    }

    /// A bucket as a store named after it.
    pub fn store(&self, bucket: &str) -> Store {
        self.store_with(bucket, |_| {})
    }

    /// The same with another config.
    pub fn store_with(&self, bucket: &str, change: impl FnOnce(&mut StoreConfig)) -> Store {
        let mut config = self.config(bucket);
        change(&mut config);
        Store::open(&StoreName::new(bucket), &config, Some(Credentials::S3(Self::credentials())))
            .expect("a sound config")
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            super::end::end(runtime);
        }
    }
}

/// Writes a file and the folders above it.
pub fn write_file(path: &Path, bytes: &[u8]) {
    std::fs::create_dir_all(path.parent().expect("a file below a folder")).expect("folders");
    std::fs::write(path, bytes).expect("a file");
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((socket, _)) = listener.accept().await {
        // Otherwise delayed acknowledgements hold every answer back for 40 ms.
        let _ = socket.set_nodelay(true);
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            match tls {
                None => connection(socket, shared).await,
                Some(tls) => {
                    // A client that does not trust us goes away.
                    if let Ok(socket) = tls.accept(socket).await {
                        connection(socket, shared).await;
                    }
                }
            }
        });
    }
}

async fn connection(socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Arc<Shared>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move {
            let (parts, body) = request.into_parts();
            shared.count(&parts);
            let plan = Arc::clone(&shared.plan.lock().expect("the plan"));
            let reads = usize::from(parts.method == http::Method::GET);
            shared.reading.fetch_add(reads, Ordering::SeqCst);
            let copies = shared.copies.load(Ordering::SeqCst).then(|| Copies::of(&shared.root, &parts));
            let planned = plan(&parts);
            let refusal = copies.as_ref().filter(|_| matches!(planned, Fault::None)).and_then(Copies::refusal);
            let fault = refusal.unwrap_or(planned);
            let damages = matches!(fault, Fault::Damage);
            let answer = answer(&shared.service, &shared.open, Request::from_parts(parts, body), fault).await;
            let answer = match (answer, copies) {
                (Ok(response), Some(copies)) => {
                    if damages {
                        copies.damage();
                    }
                    Ok(copies.complete(response).await)
                }
                (answer, _) => answer,
            };
            shared.reading.fetch_sub(reads, Ordering::SeqCst);
            answer
        }
    });
    let server = auto::Builder::new(TokioExecutor::new());
    let _ = server.serve_connection(TokioIo::new(socket), service).await;
}

impl Shared {
    fn count(&self, request: &Parts) {
        let is_list = request.uri.query().is_some_and(|query| query.contains("list-type=2"));
        self.log.lock().expect("the log").push(format!("{} {}", request.method, request.uri));
        if let Some(source) = request.headers.get("x-amz-copy-source") {
            let source = source.to_str().unwrap_or_default();
            self.copied.lock().expect("the copies").push(format!("{source} {}", request.uri));
        }
        let kind = if is_list { "LIST" } else { request.method.as_str() };
        *self.counts.lock().expect("the counts").entry(kind.to_owned()).or_default() += 1;
    }
}

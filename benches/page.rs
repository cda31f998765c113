//! What the pages cost: `cargo bench --bench page [-- DOCUMENTS]`, 200,000 documents if not said, and 10,000 batches.
//!
//! Prints how long pages take over a loopback connection that is kept (the median and the slowest of 200), and what 200 open pages
//! cost a daemon whose batch runs.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has failed")]

#[path = "../tests/ledger/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use batchferry::engine::overview::{Overviews, Places};
use batchferry::ledger::{Ledger, LedgerOptions, NewBatch};
use batchferry::model::batch::SpecRecord;
use batchferry::model::config::Reports;
use batchferry::model::control::{Reply, Request};
use batchferry::model::failure::Code;
use batchferry::model::ids::Digest;
use batchferry::web::{Access, Asked, Health, Metrics, ProbeServer};
use futures::StreamExt as _;
use support::*;
use tokio::sync::mpsc;

const BATCHES: u32 = 10_000;
const ROUNDS: usize = 200;
const CLIENTS: usize = 200;

fn main() {
    let documents = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(200_000_u32);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(pages(documents));
    drop(runtime);
    streams();
}

async fn pages(documents: u32) {
    let dir = tempfile::tempdir_in(".").unwrap();
    let ledger = Ledger::open(dir.path(), &LedgerOptions { cache: 32 << 20, instance: None, fuse: None }).unwrap();
    let writer = ledger.writer();
    futures::stream::iter(0..BATCHES)
        .for_each_concurrent(256, |n| {
            let writer = writer.clone();
            async move { drop(writer.accept(spec(n), at()).await.unwrap()) }
        })
        .await;
    let names: Vec<String> = (0..documents).map(|n| format!("{:010}", n.wrapping_mul(2_654_435_761))).collect();
    for page in names.chunks(100) {
        commit(&ledger, group(1, page.iter().map(|name| grouped(name, 2)).collect())).await;
    }
    for (n, name) in names.iter().enumerate() {
        let outcome = if n % 50 == 0 { failed(name, 2, Code::MissingRole, 1) } else { migrated(name, 2, 1) };
        commit(&ledger, finish(1, outcome)).await;
    }
    let address = serve(&ledger).await;
    println!("{BATCHES} batches, {documents} documents in the first");
    let number = tokio::task::spawn_blocking(move || first_number(address)).await.unwrap();
    let of = |rest: &str| format!("/batches/{number}{rest}");
    let middle = format!("/documents?after={}", "2147483648");
    for (what, target) in [
        ("batches, newest first", "/".to_owned()),
        ("batches by name", "/?sort=name".to_owned()),
        ("batches by failed documents", "/?sort=failed".to_owned()),
        ("batches with 99 in their names, by name", "/?q=99&sort=name".to_owned()),
        ("batches, a page in the middle", "/?sort=name&after=5001.batch-005000".to_owned()),
        ("batch", of("")),
        ("documents, the first page", of("/documents")),
        ("documents, a page in the middle", of(&middle)),
        ("documents that failed, in the middle", of(&(middle.clone() + "&status=failed"))),
        ("documents by the beginning of their number", of("/documents?image=21")),
        ("documents by a code", of("/documents?code=MissingRole")),
        ("documents of an organization that none has", of("/documents?organization=nobody")),
        ("document", of(&format!("/documents/{}", names[0]))),
        ("audit log, in the middle", of("/audit?after=100000")),
    ] {
        let taken = tokio::task::spawn_blocking(move || measure(address, &target)).await.unwrap();
        println!("  {what:<46} median {:>7.2} ms, slowest {:>7.2} ms", millis(taken.0), millis(taken.1));
    }
}

fn spec(n: u32) -> NewBatch {
    let json = serde_json::json!({
        "apiVersion": "batchferry/v1", "kind": "MigrationBatch",
        "metadata": {"name": format!("batch-{n:06}"), "labels": {"team": format!("team-{}", n % 7)}},
        "spec": {
            "collected": {"from": "2025-01-01", "to": "2025-03-31", "timeZone": "Asia/Shanghai"},
            "source": {"store": "src", "catalog": {"keys": "{collected:%Y-%m-%d}/{imageNumber}/{fileName}"}},
            "target": {"store": "dst"}
        }
    });
    let json = json.to_string();
    let path = format!("{n:06}.yaml");
    let spec = SpecRecord { path, digest: Digest::of(json.as_bytes()), generation: 1, json, operator: operator() };
    NewBatch { name: format!("batch-{n:06}").parse().unwrap(), spec, operator: operator(), handled_resync: None }
}

/// Pages of a ledger, answered as the daemon answers them.
async fn serve(ledger: &Ledger) -> SocketAddr {
    let overviews = Arc::new(Overviews::new(ledger.reader(), Arc::default()));
    let places = Places { jobs: "none".into(), reports: Reports::default() };
    let (asks, mut asked) = mpsc::channel::<Asked>(64);
    tokio::spawn(async move {
        while let Some(Asked { request, reply, .. }) = asked.recv().await {
            let Request::Overview(question) = request else { continue };
            let (overviews, places) = (overviews.clone(), places.clone());
            let answer = tokio::task::spawn_blocking(move || overviews.answer(&places, &question)).await.unwrap();
            let _ = reply.send(answer.map(|shown| Reply::Overview(Box::new(shown))));
        }
    });
    let server = ProbeServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = server.address();
    let health = Arc::new(Health::new(Duration::from_secs(3600), &[]));
    tokio::spawn(server.serve(
        health,
        Arc::new(Metrics::default()),
        asks,
        Arc::new(Access::new(None)),
        std::future::pending(),
    ));
    address
}

fn first_number(address: SocketAddr) -> String {
    let body = get(&mut connect(address), "/?q=batch-000000");
    body.split("data-batch=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// The median and the slowest of many answers.
fn measure(address: SocketAddr, target: &str) -> (Duration, Duration) {
    let mut stream = connect(address);
    let mut taken: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let began = Instant::now();
            get(&mut stream, target);
            began.elapsed()
        })
        .collect();
    taken.sort_unstable();
    (taken[ROUNDS / 2], taken[ROUNDS - 1])
}

fn connect(address: impl ToSocketAddrs) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    BufReader::new(stream)
}

fn get(stream: &mut BufReader<TcpStream>, target: &str) -> String {
    stream.get_mut().write_all(format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).unwrap();
    let mut length = 0;
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        assert!(stream.read_line(&mut line).unwrap() > 0, "{target}: the connection was closed");
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.trim().parse().unwrap();
        }
        assert!(!line.starts_with("HTTP/1.1") || line.contains(" 200 "), "{target}: {line}");
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

fn millis(taken: Duration) -> f64 {
    taken.as_secs_f64() * 1_000.0
}

/// A daemon whose batch runs for longer than it is looked at.
struct Daemon {
    child: Child,
    address: String,
}

impl Daemon {
    fn start(at: &std::path::Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_batchferry"));
        command.arg("serve").current_dir(at).env("BATCHFERRY_LOG", "info").stdin(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = log.by_ref().map(Result::unwrap).find(|line| line.contains("answers /livez")).unwrap();
        let port: String = line.split("127.0.0.1:").nth(1).unwrap().chars().take_while(char::is_ascii_digit).collect();
        assert!(log.by_ref().any(|line| line.unwrap().contains("run begins")), "no run began");
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address: format!("127.0.0.1:{port}") }
    }

    /// CPU seconds so far, of all its threads.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        // Fields 14 and 15 of proc(5), in clock ticks of a hundredth of a second.
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    /// The part of a core that it takes over a while.
    fn busy(&self, length: Duration) -> f64 {
        let (before, began) = (self.cpu(), Instant::now());
        std::thread::sleep(length);
        (self.cpu() - before) / began.elapsed().as_secs_f64()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn streams() {
    let folder = tempfile::tempdir_in(".").unwrap();
    let at = folder.path();
    for name in ["jobs", "dst"] {
        fs::create_dir(at.join(name)).unwrap();
    }
    for n in 0..6_000 {
        let document = at.join(format!("src/2025-01-02/D-{n:06}"));
        fs::create_dir_all(&document).unwrap();
        fs::write(document.join("cover-1.xml"), format!("<a>{n}{}</a>", " ".repeat(4_000))).unwrap();
    }
    let config =
        "stores: {src: {url: \"file:src\"}, dst: {url: \"file:dst\"}}\nwatch: {settle: 100ms}\nlisten: 127.0.0.1:0\n";
    fs::write(at.join("batchferry.yaml"), config).unwrap();
    let spec = "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {name: slow}\nspec:\n  collected: {from: 2025-01-01, to: 2025-01-31, timeZone: UTC}\n  \
                source: {store: src, catalog: {keys: \"{collected:%Y-%m-%d}/{imageNumber}/{role}-{sequence}.{extension}\"}}\n  \
                target: {store: dst}\n  transfer: {bandwidth: 400KiB/s}\n";
    fs::write(at.join("jobs/slow.yaml"), spec).unwrap();
    let daemon = Daemon::start(at);
    // Until documents move.
    std::thread::sleep(Duration::from_secs(8));
    let alone = daemon.busy(Duration::from_secs(10));
    let body = get(&mut connect(&daemon.address), "/");
    let events = body.split("data-events=\"").nth(1).unwrap().split('"').next().unwrap().replace("&#38;", "&");
    let heard: Vec<_> = (0..CLIENTS).map(|_| listen(&daemon.address, &events)).collect();
    let watched = daemon.busy(Duration::from_secs(10));
    // Anew: the daemon closes connections that were idle for so long.
    let state = get(&mut connect(&daemon.address), "/");
    assert!(state.contains("▶</span> Running"), "the batch must still run");
    drop(daemon);
    let bytes: Vec<usize> = heard.into_iter().map(|heard| heard.join().unwrap()).collect();
    println!("{CLIENTS} open pages while a batch runs: each was told {} bytes", bytes.iter().min().unwrap());
    println!("  the daemon takes {:.1} % of a core alone and {:.1} % with them", alone * 100.0, watched * 100.0);
}

/// Listens to the end, and gives how much it heard.
fn listen(address: &str, events: &str) -> std::thread::JoinHandle<usize> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(format!("GET {events} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes()).unwrap();
    std::thread::spawn(move || {
        let mut heard = Vec::new();
        // The daemon is killed at the end.
        let _ = stream.read_to_end(&mut heard);
        heard.len()
    })
}

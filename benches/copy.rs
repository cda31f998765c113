//! The whole program against the least that any copier must do: a bare loop of `get` and `put`.
//!
//! ```sh
//! tests/seaweedfs.sh -n 2 cargo bench --bench copy
//! ```
//!
//! Moves the same files between the same two S3 endpoints, in turn, at the same concurrency, each in a process of its
//! own; prints wall time, processor time and peak memory side by side with their ratios. Nothing is asserted.
//! `COPY_FILES`, `COPY_KIB`, `COPY_ROUNDS` and `COPY_CONCURRENCY` change the work.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use futures::stream::{self, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn need(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run this through tests/seaweedfs.sh -n 2"))
}

fn bucket(endpoint: &str, name: &str) -> Arc<AmazonS3> {
    let builder = AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_region("us-east-1")
        .with_bucket_name(name)
        .with_access_key_id(need("S3_ACCESS_KEY_ID"))
        .with_secret_access_key(need("S3_SECRET_ACCESS_KEY"))
        .with_allow_http(true);
    Arc::new(builder.build().expect("a sound configuration"))
}

/// One process's work: everything below `scans/`, to a prefix.
async fn bare(prefix: String) {
    let (source, target) = (bucket(&need("S3_ENDPOINT"), "first"), bucket(&need("S3_ENDPOINT_2"), "second"));
    let all = Key::from("scans");
    let keys = source.list(Some(&all)).map_ok(|object| object.location);
    let copy = |key: Key| {
        let (source, target) = (source.clone(), target.clone());
        let to = Key::parse(format!("{prefix}/{key}")).expect("a sound key");
        tokio::spawn(async move {
            let bytes = source.get(&key).await.expect("a GET").bytes().await.expect("a body");
            target.put(&to, bytes.into()).await.expect("a PUT");
        })
    };
    let copied = keys
        .map(|key| copy(key.expect("a listing")))
        .buffer_unordered(setting("COPY_CONCURRENCY", 64))
        .map(|done| done.expect("no panic"))
        .count()
        .await;
    println!("{copied} files");
}

async fn fill(files: usize, bytes: usize) {
    let target = bucket(&need("S3_ENDPOINT"), "first");
    let png = include_bytes!("../tests/data/images/phys-300.png");
    let put = |n: usize| {
        let target = target.clone();
        async move {
            let mut content = png.to_vec();
            content.extend(n.to_le_bytes());
            content.resize(bytes, 7);
            let (day, document, role) = (n / 3 % 28 + 1, n / 3, ["cover-1", "invoice-1", "attachment-1"][n % 3]);
            let key = format!("scans/ACME/voucher/2025/01/{day:02}/IMG-{document:07}/{role}.png");
            target.put(&Key::parse(key).expect("a sound key"), content.into()).await.expect("a PUT");
        }
    };
    stream::iter((0..files).map(put)).buffer_unordered(64).count().await;
}

fn project(folder: &Path, round: usize) {
    let store = |url: &str, endpoint: String| {
        serde_json::json!({"url": url, "endpoint": endpoint, "region": "us-east-1", "credentials": {"env": "S3_"},
            "conditionalPut": true, "checksum": "sha256"})
    };
    let config = serde_json::json!({"stores": {
        "first": store("s3://first", need("S3_ENDPOINT")), "second": store("s3://second", need("S3_ENDPOINT_2"))}});
    let spec = serde_json::json!({
        "apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": "batch"},
        "spec": {
            "collected": {"from": "2025-01-01", "to": "2025-01-31", "timeZone": "Asia/Shanghai"},
            "source": {"store": "first", "prefix": "scans/", "catalog": {
                "keys": "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}"}},
            "target": {"store": "second", "prefix": format!("ferry-{round}/")},
            "checks": {"fileType": {"allow": ["png"]}, "resolution": {"minDpi": 200}},
            "transfer": {"concurrency": setting("COPY_CONCURRENCY", 64)},
        }
    });
    std::fs::create_dir_all(folder.join("jobs")).expect("a folder");
    std::fs::write(folder.join("batchferry.yaml"), config.to_string()).expect("a file");
    std::fs::write(folder.join("jobs/batch.yaml"), spec.to_string()).expect("a file");
}

struct Figures {
    wall: f64,
    cpu: f64,
    peak_mib: f64,
}

/// Runs a command under GNU time, which reads the kernel's own account of the finished process.
fn measure(command: &mut Command) -> Figures {
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%e %U %S %M"]).arg(command.get_program()).args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        timed.current_dir(folder);
    }
    let began = Instant::now();
    let done = timed.stdout(Stdio::null()).output().expect("GNU time (Debian's package `time`)");
    let wall = began.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let numbers: Vec<f64> =
        said.lines().last().unwrap_or_default().split(' ').filter_map(|number| number.parse().ok()).collect();
    Figures { wall, cpu: numbers[1] + numbers[2], peak_mib: numbers[3] / 1024.0 }
}

fn row(name: &str, figures: &Figures) {
    println!("{name:<12} wall {:7.2} s   cpu {:7.2} s   peak {:7.1} MiB", figures.wall, figures.cpu, figures.peak_mib);
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    if let Some(at) = words.iter().position(|word| word == "--bare") {
        return runtime.block_on(bare(words[at + 1].clone()));
    }
    let (files, kib, rounds) = (setting("COPY_FILES", 10_000), setting("COPY_KIB", 40), setting("COPY_ROUNDS", 3));
    println!("{files} files of {kib} KiB, {rounds} rounds, {} at once", setting("COPY_CONCURRENCY", 64));
    for (endpoint, name) in [("S3_ENDPOINT", "first"), ("S3_ENDPOINT_2", "second")] {
        make_bucket(&need(endpoint), name);
    }
    runtime.block_on(fill(files, kib * 1024));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let bare = measure(Command::new(&words[0]).args(["--bare", &format!("bare-{round}")]));
        row("bare loop", &bare);
        let project_folder = folder.path().join(round.to_string());
        project(&project_folder, round);
        let ferry = measure(Command::new(env!("CARGO_BIN_EXE_batchferry")).arg("run").current_dir(&project_folder));
        row("batchferry", &ferry);
        walls.push(ferry.wall / bare.wall);
        cpus.push(ferry.cpu / bare.cpu);
        std::io::stdout().flush().expect("stdout");
    }
    println!("batchferry to bare loop, median of {rounds}: wall {:.2} ×, cpu {:.2} ×", median(walls), median(cpus));
}

/// Buckets are made by curl, which signs requests; object_store has no call for it.
fn make_bucket(endpoint: &str, name: &str) {
    let user = format!("{}:{}", need("S3_ACCESS_KEY_ID"), need("S3_SECRET_ACCESS_KEY"));
    let done = Command::new("curl")
        .args([
            "-fsS",
            "-X",
            "PUT",
            "--aws-sigv4",
            "aws:amz:us-east-1:s3",
            "--user",
            &user,
            &format!("{endpoint}/{name}"),
        ])
        .status()
        .expect("curl");
    assert!(done.success(), "the bucket {name} could not be made");
}

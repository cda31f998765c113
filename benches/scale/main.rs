//! How the cost of a batch grows with it: plan, run, two kills, a resync with everything in place, report, check of the audit log,
//! check and compaction of the ledger, of so many documents.
//!
//! ```sh
//! cargo bench --bench scale -- 10000 100000 1000000
//! ```
//!
//! Every document has three files of a kilobyte, spread over a hundred days. Source and target are one S3 endpoint in this
//! process that computes its listings and objects from their keys and keeps a bit for each file that was put, so that neither a
//! disk nor a real store's growth is measured. The program is the real one, in a process of its own: its processor time and peak
//! memory are the kernel's figures. The run is killed when half of the files have arrived and again with the last one;
//! `open` is how long the next command takes to open the ledger and answer. With `--scattered`, image numbers are in another
//! order than days, as where an archive numbers by scanner: each page of the listing then meets all of the ledger. Nothing is
//! asserted but that all documents arrive and that the ledger is sound.

mod endpoint;
mod program;
mod world;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use endpoint::Endpoint;
use program::{Figures, Program};
use world::World;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let is_scattered = words.iter().any(|word| word == "--scattered");
    let sizes: Vec<u64> = words.iter().filter_map(|word| word.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![10_000] } else { sizes };
    for documents in sizes {
        measure(World::new(documents, is_scattered), !words.iter().any(|word| word == "--without-plan"));
    }
}

fn measure(world: World, plans: bool) {
    let documents = world.documents();
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let endpoint = Endpoint::start(Arc::new(world));
    project(folder.path(), &endpoint.url());
    let program = Program::new(folder.path());
    println!("{documents} documents, {} files:", documents * 3);

    if plans {
        tell("plan", documents, &program.run(&["plan", "jobs/batch.yaml"]));
    }
    endpoint.forget_times();
    let half = program.until(&["run"], || endpoint.arrived() * 2 >= documents * 3);
    tell("run, to its half", documents / 2, &half);
    tell_stages(&endpoint, documents);
    tell_open(&program, folder.path(), "in the middle");
    tell("run, to its end", documents.div_ceil(2), &program.until(&["run"], || endpoint.arrived() == documents * 3));
    tell_open(&program, folder.path(), "at the end");
    tell("run, what was left", documents, &program.run(&["run"]));
    tell("resync --all", documents, &program.run(&["resync", "batch", "--all"]));
    tell("report", documents, &program.run(&["report", "batch", "--to", "reports"]));
    tell("audit verify", documents, &program.run(&["audit", "verify", "batch"]));
    assert_eq!(endpoint.arrived(), documents * 3, "every file arrived");

    let size = ledger(folder.path());
    println!("  ledger: {:.1} MiB, {:.0} bytes for each document", mib(size), size as f64 / documents as f64);
    let checked = program.run(&["ledger", "check"]);
    tell("ledger check", documents, &checked);
    checked
        .said
        .lines()
        .filter(|line| line.contains("│") || line.contains("  "))
        .for_each(|line| println!("    {line}"));
    tell("ledger compact", documents, &program.run(&["ledger", "compact"]));
    let size = ledger(folder.path());
    println!("  compacted: {:.1} MiB, {:.0} bytes for each document", mib(size), size as f64 / documents as f64);
    tell_open(&program, folder.path(), "after compaction");
}

fn tell(what: &str, documents: u64, figures: &Figures) {
    let per = |seconds: f64| seconds * 1e6 / documents as f64;
    let Figures { wall, cpu, peak_mib, .. } = figures;
    println!(
        "  {what:<18} wall {wall:8.2} s ({:6.0} µs each)   cpu {cpu:8.2} s ({:6.0} µs each)   peak {peak_mib:6.1} MiB",
        per(*wall),
        per(*cpu)
    );
    std::io::stdout().flush().expect("stdout");
}

/// What the endpoint saw of a run.
fn tell_stages(endpoint: &Endpoint, documents: u64) {
    let [listing, grouping, moving] = endpoint.stages();
    println!(
        "  of it: listing {listing:.2} s, grouping {grouping:.2} s, moving {moving:.2} s ({:.0} µs each)",
        moving * 2e6 / documents as f64
    );
}

fn tell_open(program: &Program, folder: &Path, when: &str) {
    let size = ledger(folder);
    let began = Instant::now();
    let peak = program.run(&["list"]).peak_mib;
    let seconds = began.elapsed().as_secs_f64();
    println!("  open {when}: {seconds:.2} s, peak {peak:.1} MiB, a ledger of {:.1} MiB", mib(size));
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Bytes of the ledger on disk.
fn ledger(folder: &Path) -> u64 {
    let entries =
        fs::read_dir(folder.join(".batchferry/ledger")).expect("a ledger").map(|entry| entry.expect("a file"));
    entries.map(|entry| entry.metadata().map_or(0, |file| file.len())).sum()
}

fn project(folder: &Path, endpoint: &str) {
    let store = |bucket: &str| {
        serde_json::json!({"url": format!("s3://{bucket}"), "endpoint": endpoint, "credentials": {"env": "SCALE_"},
            "conditionalPut": true, "checksum": "sha256"})
    };
    let config = serde_json::json!({"stores": {"scans": store("scans"), "vault": store("vault")},
        "reports": {"dir": "reports-beside"}});
    let spec = serde_json::json!({
        "apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": "batch"},
        "spec": {
            "collected": {"from": "2025-01-01", "to": "2025-12-31", "timeZone": "Asia/Shanghai"},
            "source": {"store": "scans", "prefix": "scans/", "catalog": {
                "keys": "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}"}},
            "target": {"store": "vault"},
            "checks": {"requiredRoles": {"cover": 1, "invoice": 1}, "fileType": {"allow": ["png"]}},
            "transfer": {"concurrency": 64},
        }
    });
    fs::create_dir(folder.join("jobs")).expect("a folder");
    fs::write(folder.join("batchferry.yaml"), config.to_string()).expect("a file");
    fs::write(folder.join("jobs/batch.yaml"), spec.to_string()).expect("a file");
}

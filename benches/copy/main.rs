//! The whole program against the least that any copier must do: a bare loop of `get` and `put`; and its memory with
//! ten times the documents.
//!
//! ```sh
//! tests/seaweedfs.sh -n 2 cargo bench --bench copy
//! ```
//!
//! Moves the same files between the same two S3 endpoints, in turn, at the same concurrency, each in a process of its
//! own, and once more without being told how many at once; prints wall time, processor time and peak memory side by side
//! with their ratios, and what looking into the files costs by itself: they are fetched once, and looked into as they lie in memory. It does so first with both
//! servers on this machine, where they and the program compete for the processor, then with every request arriving
//! 50 ms later, as in a data centre's object store; in between it moves them within one server, sent and copied by it. Then
//! it moves 10,000 and 100,000 documents of one small file each, for the peak memory of both. Nothing is asserted. `COPY_FILES`, `COPY_KIB`, `COPY_ROUNDS`, `COPY_CONCURRENCY`,
//! `COPY_DELAY_MS` and `COPY_DOCUMENTS` (the fewer; 0: none) change the work; files in a folder `COPY_LOOK` are looked into.

mod bare;
mod buckets;
mod checks;
mod far;
mod measure;
mod project;

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::measure::{Figures, measure, median, row};

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn concurrency() -> usize {
    setting("COPY_CONCURRENCY", 64)
}

fn need(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run this through tests/seaweedfs.sh -n 2"))
}

/// Of the source and of the target.
type Endpoints = [String; 2];

const NAMES: [&str; 2] = ["S3_ENDPOINT", "S3_ENDPOINT_2"];

/// One run of the program, in a project of its own.
fn ferry(folder: &Path, endpoints: &Endpoints, prefix: &str, to: &str, at_once: Option<usize>) -> Figures {
    project::write(folder, endpoints, (prefix, to), false, at_once);
    measure(Command::new(env!("CARGO_BIN_EXE_batchferry")).arg("run").current_dir(folder))
}

/// Gives the median wall time of the bare loop.
fn beside_the_bare_loop(program: &str, endpoints: &Endpoints, folder: &Path, what: &str) -> Option<f64> {
    println!("{what}:");
    let rounds = setting("COPY_ROUNDS", 3);
    let (mut walls, mut cpus, mut bares, mut found) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let to = format!("{what}-{round}").replace(' ', "-");
        let variables = NAMES.iter().zip(endpoints);
        let bare = measure(Command::new(program).args(["--bare", &format!("bare-{to}")]).envs(variables));
        row("bare loop", &bare);
        let ferries = [Some(concurrency()), None].map(|at_once| {
            let to = format!("ferry-{}-{to}", at_once.is_some());
            let ferry = ferry(&folder.join(&to), endpoints, "scans", &to, at_once);
            row(if at_once.is_some() { "batchferry" } else { "by itself" }, &ferry);
            ferry
        });
        walls.push(ferries[0].wall / bare.wall);
        cpus.push(ferries[0].cpu / bare.cpu);
        found.push(ferries[1].wall / ferries[0].wall);
        bares.push(bare.wall);
        std::io::stdout().flush().expect("stdout");
    }
    if let (Some(wall), Some(cpu)) = (median(walls), median(cpus)) {
        println!("batchferry to bare loop, median of {rounds}: wall {wall:.2} ×, cpu {cpu:.2} ×");
    }
    if let Some(wall) = median(found) {
        println!("by itself, to {} files at once, median of {rounds}: wall {wall:.2} ×", concurrency());
    }
    median(bares)
}

/// The same files within one server, sent and copied by it.
fn within_one_server(folder: &Path, rounds: usize) {
    println!("within one server, sent and copied by it:");
    let endpoint = need(NAMES[0]);
    buckets::make_second_beside_the_first();
    let endpoints: Endpoints = [endpoint.clone(), endpoint];
    let (mut walls, mut cpus) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let [sent, copied] = [false, true].map(|copies| {
            let to = format!("beside-{round}-{copies}");
            let folder = folder.join(&to);
            project::write(&folder, &endpoints, ("scans", &to), copies, Some(concurrency()));
            let figures = measure(Command::new(env!("CARGO_BIN_EXE_batchferry")).arg("run").current_dir(&folder));
            row(if copies { "copied" } else { "sent" }, &figures);
            figures
        });
        walls.push(copied.wall / sent.wall);
        cpus.push(copied.cpu / sent.cpu);
    }
    if let (Some(wall), Some(cpu)) = (median(walls), median(cpus)) {
        println!("copied to sent, median of {rounds}: wall {wall:.2} ×, cpu {cpu:.2} ×");
    }
}

fn ten_times_the_documents(runtime: &tokio::runtime::Runtime, endpoints: &Endpoints, folder: &Path) {
    let fewer = setting("COPY_DOCUMENTS", 10_000);
    let [few, many] = [fewer, fewer * 10].map(|documents| {
        let prefix = format!("documents-{documents}");
        runtime.block_on(buckets::fill(&prefix, documents, 0, 1));
        let figures = ferry(&folder.join(&prefix), endpoints, &prefix, &prefix, Some(concurrency()));
        row(&format!("{documents} documents"), &figures);
        figures
    });
    println!("ten times the documents: peak {:.2} ×", many.peak_mib / few.peak_mib);
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    if let Some(at) = words.iter().position(|word| word == "--bare") {
        return runtime.block_on(bare::bare(words[at + 1].clone()));
    }
    checks::of_files();
    let (files, kib) = (setting("COPY_FILES", 10_000), setting("COPY_KIB", 40));
    println!("{files} files of {kib} KiB, {} at once", concurrency());
    buckets::make();
    runtime.block_on(buckets::fill("scans", files, kib * 1024, 3));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let near: Endpoints = NAMES.map(need);
    if let Some(wall) = beside_the_bare_loop(&words[0], &near, folder.path(), "servers next door") {
        checks::alone(files, kib * 1024, wall);
    }
    within_one_server(folder.path(), setting("COPY_ROUNDS", 3));
    let delay = setting("COPY_DELAY_MS", 50);
    if delay > 0 {
        let late = Duration::from_millis(delay as u64);
        let far: Endpoints = near.clone().map(|endpoint| runtime.block_on(far::relay(&endpoint, late)));
        beside_the_bare_loop(&words[0], &far, folder.path(), &format!("servers {delay} ms away"));
    }
    if setting("COPY_DOCUMENTS", 10_000) > 0 {
        ten_times_the_documents(&runtime, &near, folder.path());
    }
}

//! How fast documents go through the ledger, and how much memory and disk that takes.
//!
//! `cargo bench --bench ledger -- 200000` lists, groups, starts and finishes that many documents of two files,
//! 64 at a time, as the engine does. The numbers come in no order, which costs the ledger most. Memory is the peak so far.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../tests/ledger/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::time::Instant;

use batchferry::ledger::{Change, Durability, Ledger, LedgerOptions};
use batchferry::model::counts::Listed;
use batchferry::model::listing::{Mark, Shard};
use futures::StreamExt;

use support::*;

#[tokio::main]
async fn main() {
    let documents = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(20_000_u32);
    let dir = tempfile::tempdir_in(".").unwrap();
    let ledger = Ledger::open(dir.path(), &LedgerOptions { cache: 32 << 20, instance: None, fuse: None }).unwrap();
    let batch = accept(&ledger, "bench").await.id;
    let numbers: Vec<String> = (0..documents).map(|n| format!("{:010}", n.wrapping_mul(2_654_435_761))).collect();

    let begun = Instant::now();
    for page in numbers.chunks(500) {
        commit(&ledger, listing(batch, page)).await;
    }
    tell("listed", documents, begun, dir.path());

    let begun = Instant::now();
    for page in numbers.chunks(100) {
        commit(&ledger, group(batch, page.iter().map(|number| grouped(number, 2)).collect())).await;
    }
    tell("grouped", documents, begun, dir.path());

    let begun = Instant::now();
    let writer = ledger.writer();
    futures::stream::iter(&numbers)
        .for_each_concurrent(64, |number| {
            let writer = writer.clone();
            async move {
                writer.commit(start(batch, number, 1), Durability::Flushed).await.unwrap();
                writer.commit(finish(batch, migrated(number, 2, 1)), Durability::Later).await.unwrap();
            }
        })
        .await;
    tell("started and finished", documents, begun, dir.path());

    let begun = Instant::now();
    assert_sound(&ledger, batch);
    tell("recounted", documents, begun, dir.path());
    ledger.close().unwrap();
    let begun = Instant::now();
    drop(open(dir.path()));
    tell("reopened", documents, begun, dir.path());
}

fn listing(batch: u32, numbers: &[String]) -> Change {
    let files = numbers.iter().flat_map(|number| (1..=2).map(move |n| file(number, &format!("{number}/{n}"), 10)));
    Change::Page {
        batch,
        shard: Shard::all("scans/"),
        mark: Mark::Resume(numbers.last().cloned()),
        files: files.collect(),
        unrecognised: Vec::new(),
        listed: Listed::default(),
        unlistable: Vec::new(),
        contiguous: true,
    }
}

fn tell(what: &str, documents: u32, begun: Instant, state: &std::path::Path) {
    let seconds = begun.elapsed().as_secs_f64();
    let disk = std::fs::metadata(state.join("ledger/db")).unwrap().len() >> 20;
    let memory = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let memory = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("unknown").trim();
    println!("{what}: {seconds:.1} s, {:.0} documents/s, {disk} MiB on disk, {memory}", f64::from(documents) / seconds);
}

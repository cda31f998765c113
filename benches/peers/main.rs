//! The whole program beside the copiers that people come from, on the same servers in one run.
//!
//! ```sh
//! tests/seaweedfs.sh -n 2 cargo bench --bench peers
//! ```
//!
//! Two S3 servers on loopback. Every client moves the same files from a bucket of the first to a fresh bucket of the second, with as
//! many workers, in turn, several times over; then moves them again, with everything in place. Afterwards each takes one day
//! out of a million objects, and lists them. batchferry keeps its ledger, looks into every file and has every byte proven;
//! the others are measured as they come and with their own proofs off. Printed are medians with the fewest and the most, the
//! requests that reached the two servers, and what batchferry took against the best of the others. Nothing is asserted.
//!
//! The others come from PyPI into `target/peers`; one that cannot be had is named and left out. `PEERS_ROUNDS`,
//! `PEERS_SMALL` (files of 40 KiB), `PEERS_LARGE` (files of 16 MiB), `PEERS_OBJECTS` (to select from) and
//! `PEERS_CONCURRENCY` change the work; a number of 0 leaves it out.

mod bare;
mod bucket;
mod client;
mod corpus;
mod ferry;
#[path = "../copy/measure.rs"]
mod measure;
mod requests;
mod table;
mod tools;
mod works;

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn concurrency() -> usize {
    setting("PEERS_CONCURRENCY", 32)
}

fn need(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run this through tests/seaweedfs.sh -n 2"))
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, bucket] = arguments.as_slice()
        && flag == "--bare"
    {
        return runtime.block_on(bare::bare(bucket));
    }
    if std::env::var("S3_ENDPOINT_2").is_err() {
        return println!("run this through tests/seaweedfs.sh -n 2: two S3 servers are measured against");
    }
    let tools = tools::ready();
    let folder = tempfile::tempdir().expect("a folder");
    works::all(&runtime, &tools, folder.path());
}

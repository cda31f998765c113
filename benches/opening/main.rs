//! How long a ledger takes to open after a crash, and what of that grows with it.
//!
//! `cargo bench --bench opening -- 200000 800000` fills a ledger with that many documents of three files, 64 at a time, as
//! the engine does, kills the process that did it, and opens the ledger twice, each time in a process of its own: once with all of its
//! log since sled's last note of its state to read, and once with the note that the first opening left. `--scattered` gives image numbers no order.
//! Nothing is asserted but that the last document is there.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../../tests/ledger/support.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod support;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use batchferry::ledger::{Change, Durability, Ledger, LedgerOptions};
use batchferry::model::counts::Listed;
use batchferry::model::listing::{Mark, Shard};
use futures::StreamExt as _;

use support::*;

/// What a daemon has unless its config says otherwise.
const CACHE: u64 = 32 << 20;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["fill", state, documents, order] => fill(Path::new(state), documents.parse().unwrap(), *order == "scattered"),
        ["open", state, last] => opened(Path::new(state), last),
        words => {
            let order = if words.contains(&"--scattered") { "scattered" } else { "sorted" };
            let sizes: Vec<u32> = words.iter().filter_map(|word| word.parse().ok()).collect();
            for documents in if sizes.is_empty() { vec![20_000] } else { sizes } {
                measure(documents, order);
            }
        }
    }
}

fn measure(documents: u32, order: &str) {
    let dir = tempfile::tempdir_in(".").unwrap();
    let state = dir.path().to_str().unwrap();
    println!("{documents} documents, {order}:");
    let mut child = own(&["fill", state, &documents.to_string(), order]).stdin(Stdio::piped()).spawn().unwrap();
    BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok).for_each(|line| {
        println!("  {line}");
        if line.starts_with("filled") {
            child.kill().unwrap();
        }
    });
    child.wait().unwrap();
    let last = number(documents - 1, order == "scattered");
    for when in ["after the crash", "again"] {
        let done = own(&["open", state, &last]).output().unwrap();
        print!("  opened {when}: {}", String::from_utf8_lossy(&done.stdout));
    }
    let (bytes, (written, note)) = (disk(dir.path()), note(dir.path()));
    let per = |bytes: u64| bytes as f64 / f64::from(documents);
    println!(
        "  {} MiB on disk, {:.0} bytes for each document; {:.0} were written",
        bytes >> 20,
        per(bytes),
        per(written)
    );
    println!("  the note: {} KiB, {:.0} bytes for each document", note >> 10, per(note));
}

fn own(words: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(words).stdout(Stdio::piped());
    command
}

fn number(n: u32, scattered: bool) -> String {
    let n = if scattered { n.wrapping_mul(2_654_435_761) } else { n };
    format!("IMG-{n:010}")
}

#[tokio::main]
async fn fill(state: &Path, documents: u32, scattered: bool) {
    let ledger = Ledger::open(state, &LedgerOptions { cache: CACHE, instance: None, fuse: None }).unwrap();
    let batch = accept(&ledger, "bench").await.id;
    let numbers: Vec<String> = (0..documents).map(|n| number(n, scattered)).collect();
    let begun = Instant::now();
    for page in numbers.chunks(333) {
        commit(&ledger, listing(batch, page)).await;
    }
    for page in numbers.chunks(100) {
        let document = |number: &String| {
            let mut document = grouped(number, 3);
            document.claims = (1..=3)
                .map(|n| {
                    let key = format!("{number}/{n}");
                    claim(&format!("s3://flagship/archive/{key}"), number, Some(&key))
                })
                .collect();
            document
        };
        commit(&ledger, group(batch, page.iter().map(document).collect())).await;
    }
    let (writer, longest) = (ledger.writer(), Mutex::new(Duration::ZERO));
    futures::stream::iter(&numbers)
        .for_each_concurrent(64, |number| {
            let (writer, longest) = (writer.clone(), &longest);
            async move {
                let asked = Instant::now();
                writer.commit(start(batch, number, 1), Durability::Flushed).await.unwrap();
                let waited = asked.elapsed();
                record(longest, waited);
                writer.commit(finish(batch, migrated(number, 3, 1)), Durability::Later).await.unwrap();
            }
        })
        .await;
    writer.commit(start(batch, &numbers[0], 2), Durability::Flushed).await.unwrap();
    let (seconds, longest) = (begun.elapsed().as_secs_f64(), longest.lock().unwrap().as_secs_f64());
    println!("filled in {seconds:.1} s, no document waited for more than {longest:.2} s, {}", memory());
    std::io::stdout().flush().unwrap();
    // Until the kill.
    let _ = std::io::stdin().read(&mut [0]);
}

fn listing(batch: u32, numbers: &[String]) -> Change {
    let files = numbers.iter().flat_map(|number| (1..=3).map(move |n| file(number, &format!("{number}/{n}"), 10)));
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

fn opened(state: &Path, last: &str) {
    let begun = Instant::now();
    let ledger = Ledger::open(state, &LedgerOptions { cache: CACHE, instance: None, fuse: None }).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let document = ledger.reader().documents(1, Default::default(), None, 1).unwrap();
    assert!(!document.is_empty() && ledger.reader().document(1, &image(last)).unwrap().is_some(), "{last} is there");
    println!("{seconds:.2} s, of which {:.2} s of processor time; {}", processor(), memory());
}

fn record(longest: &Mutex<Duration>, waited: Duration) {
    let mut longest = longest.lock().unwrap();
    *longest = waited.max(*longest);
}

/// Processor time of this process so far, in seconds.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // Fields 14 and 15 of proc(5), in clock ticks of a hundredth of a second.
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of =
        |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown").trim().to_owned();
    format!("memory {} at most, {} now", of("VmHWM:"), of("VmRSS:"))
}

fn disk(state: &Path) -> u64 {
    std::fs::metadata(state.join("ledger/db")).unwrap().len()
}

/// What sled's note of its state says was written to the log in all, and its own size.
fn note(state: &Path) -> (u64, u64) {
    let entries = std::fs::read_dir(state.join("ledger")).unwrap().map(Result::unwrap);
    let notes = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().unwrap();
        let written = u64::from_str_radix(name.strip_prefix("snap.")?, 16).unwrap();
        Some((written, entry.metadata().unwrap().len()))
    });
    notes.max().unwrap_or_default()
}

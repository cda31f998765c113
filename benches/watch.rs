//! What it costs to look at a jobs directory: the first look with everything to read and check, looks that find nothing
//! new, and the memory that is kept.
//!
//! `cargo bench --bench watch -- 10000` makes so many specs in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use batchferry::specs::{FileChange, KnownFile, Look, Scanner, load_config};

const SPEC: &str = include_str!("../tests/data/specs/good.yaml");
const SETTLE: Duration = Duration::from_secs(2);

/// Ticks of `/proc/self/stat` in a second: always 100 on Linux.
const TICKS: f64 = 100.0;

/// Looks are so short that several are measured together.
const LOOKS: u32 = 20;

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(10_000_usize);
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path().join("jobs");
    for number in 0..count {
        let path = jobs.join(format!("team-{:02}/batch-{number:05}.yaml", number % 20));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, SPEC.replace("name: good", &format!("name: batch-{number:05}"))).unwrap();
    }
    let config = folder.path().join("batchferry.yaml");
    fs::write(&config, "stores: {src: {url: 'file:src'}, dst: {url: 'file:dst'}}\n").unwrap();
    let config = load_config(Some(&config)).unwrap().config;
    // So that no stamp is young any more, as with specs that were committed earlier.
    std::thread::sleep(Duration::from_secs(3));

    let start = Instant::now();
    let mut scanner = Scanner::new(jobs.clone(), config.clone(), SETTLE, &[]);
    measured("first look, all to read", 1, || scanner.scan(start));
    let look = measured("second look, all to check and give out", 1, || scanner.scan(start + SETTLE));
    assert_eq!((look.valid, look.changes.len()), (count, count));
    let known = known(&look);
    drop((look, scanner));

    let mut scanner = Scanner::new(jobs, config, SETTLE, &known);
    drop(known);
    let look = measured("first look where the ledger knows all", 1, || scanner.scan(start));
    assert!(look.changes.iter().all(|change| matches!(change, FileChange::Known { .. })));
    drop(look);
    let before = memory();
    let look = measured("look that finds nothing new", LOOKS, || scanner.scan(start + SETTLE));
    assert_eq!((look.valid, look.read, look.again), (count, 0, None));
    measured("look that reads all again", 1, || scanner.scan(start + Duration::from_secs(301)));
    println!("memory: {before} KiB resident with the scanner, and after more looks {} KiB", memory());
    drop(scanner);
}

fn known(look: &Look) -> Vec<KnownFile> {
    let known = |change: &FileChange| match change {
        FileChange::Spec(spec) => {
            Some(KnownFile { file: spec.file_name.clone(), name: spec.file.metadata.name.clone(), digest: spec.digest })
        }
        _ => None,
    };
    look.changes.iter().filter_map(known).collect()
}

fn measured(what: &str, times: u32, mut look: impl FnMut() -> Look) -> Look {
    let (wall, cpu) = (Instant::now(), cpu());
    for _ in 1..times {
        look();
    }
    let look = look();
    let each = |seconds: f64| seconds * 1000.0 / f64::from(times);
    let (wall, cpu) = (each(wall.elapsed().as_secs_f64()), each(self::cpu() - cpu));
    println!("{what}: {wall:.1} ms, {cpu:.1} ms of CPU, {} read, {} KiB resident", look.read, memory());
    look
}

/// Seconds of CPU that this process has used, by all its threads.
fn cpu() -> f64 {
    let stat = fs::read_to_string(Path::new("/proc/self/stat")).unwrap();
    let (_, behind) = stat.rsplit_once(')').unwrap();
    let ticks: f64 = behind.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap()).sum();
    ticks / TICKS
}

/// KiB that are resident.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

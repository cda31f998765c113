//! What a daemon with many specs costs: `cargo bench --bench daemon [-- SPECS]`, 10,000 if not said.
//!
//! Prints how long it takes from the start to readiness (first with an empty ledger, then with a full one), the CPU of
//! a look at unchanged specs, how long a changed spec takes to be acted on beyond the settle time, and what the idle
//! daemon takes of a core and of memory.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has failed")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SETTLE: Duration = Duration::from_secs(2);

struct Daemon {
    child: Child,
    log: std::io::Lines<BufReader<std::process::ChildStderr>>,
}

impl Daemon {
    /// Starts it, and how long it took to be ready.
    fn start(folder: &Path) -> (Self, Duration) {
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_batchferry"))
            .arg("serve")
            .current_dir(folder)
            .env("BATCHFERRY_LOG", "info")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut daemon = Self { child, log };
        daemon.logs("ready");
        (daemon, began.elapsed())
    }

    fn logs(&mut self, text: &str) {
        assert!(self.log.by_ref().any(|line| line.unwrap().contains(text)), "never said {text:?}");
    }

    /// CPU seconds so far, of all its threads.
    fn cpu(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        // Fields 14 and 15 of proc(5), in clock ticks of a hundredth of a second.
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    /// Resident memory in MiB.
    fn resident(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spec(n: usize, priority: i32) -> String {
    format!(
        "apiVersion: batchferry/v1\nkind: MigrationBatch\nmetadata: {{name: batch-{n:06}}}\nspec:\n  suspend: true\n  \
         priority: {priority}\n  collected: {{from: 2025-01-01, to: 2025-01-31, timeZone: Asia/Shanghai}}\n  source:\n    \
         store: src\n    catalog: {{keys: \"{{organization}}/{{collected:%Y/%m/%d}}/{{imageNumber}}/{{role}}-{{sequence}}.{{extension}}\"}}\n  \
         target: {{store: dst, prefix: \"b{n}/\"}}\n"
    )
}

fn rescan(folder: &Path) {
    let done = Command::new(env!("CARGO_BIN_EXE_batchferry")).arg("rescan").current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{done:?}");
}

fn main() {
    let specs: usize = std::env::args().filter_map(|argument| argument.parse().ok()).next().unwrap_or(10_000);
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    for name in ["jobs", "src", "dst"] {
        fs::create_dir(at.join(name)).unwrap();
    }
    let stores = "stores: {src: {url: \"file:src\"}, dst: {url: \"file:dst\"}}\nwatch: {rescan: 1h, settle: 2s}\nreports: {dir: reports}\n";
    fs::write(at.join("batchferry.yaml"), stores).unwrap();
    for n in 0..specs {
        fs::write(at.join(format!("jobs/{n:06}.yaml")), spec(n, 0)).unwrap();
    }
    let (mut daemon, first) = Daemon::start(at);
    println!("{specs} specs, new:    ready after {:.2} s", first.as_secs_f64());
    let began = Instant::now();
    (0..specs).for_each(|_| daemon.logs("spec accepted"));
    println!("{specs} specs, new:    all accepted {:.2} s later (settle time included)", began.elapsed().as_secs_f64());
    // What is measured below is a daemon that has nothing left to write.
    while fs::read_dir(at.join("reports")).map_or(0, Iterator::count) < specs {
        std::thread::sleep(Duration::from_millis(100));
    }
    std::thread::sleep(Duration::from_secs(1));
    println!("{specs} specs, new:    every report written {:.2} s later", began.elapsed().as_secs_f64());
    drop(daemon);

    let (mut daemon, again) = Daemon::start(at);
    println!("{specs} specs, known:  ready after {:.2} s", again.as_secs_f64());
    // Stamps are trusted once they are two seconds old.
    std::thread::sleep(Duration::from_secs(3));
    rescan(at);
    let before = daemon.cpu();
    (0..10).for_each(|_| rescan(at));
    println!(
        "a look at unchanged specs: {:.0} ms of CPU, with what asking for it costs the daemon",
        (daemon.cpu() - before) * 100.0
    );

    let began = Instant::now();
    fs::write(at.join("jobs/000000.yaml"), spec(0, 1)).unwrap();
    daemon.logs("spec accepted");
    println!("a changed spec: acted on {:.2} s after the settle time", (began.elapsed() - SETTLE).as_secs_f64());

    std::thread::sleep(Duration::from_secs(2));
    let (before, began) = (daemon.cpu(), Instant::now());
    std::thread::sleep(Duration::from_secs(20));
    let share = (daemon.cpu() - before) / began.elapsed().as_secs_f64();
    println!("idle: {:.2} % of a core, {:.1} MiB resident", share * 100.0, daemon.resident());
}

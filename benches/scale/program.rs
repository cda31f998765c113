//! The real program, and what it took.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a process took.
pub struct Figures {
    pub wall: f64,
    pub cpu: f64,
    pub peak_mib: f64,
    /// What it printed.
    pub said: String,
}

/// The program in a project.
pub struct Program<'a> {
    folder: &'a Path,
}

impl<'a> Program<'a> {
    pub fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// Runs it to its end.
    pub fn run(&self, words: &[&str]) -> Figures {
        let (figures, done) = self.watch(words, || false);
        assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
        figures
    }

    /// Runs it, and kills it once something holds.
    pub fn until(&self, words: &[&str], holds: impl Fn() -> bool) -> Figures {
        self.watch(words, holds).0
    }

    fn watch(&self, words: &[&str], holds: impl Fn() -> bool) -> (Figures, Output) {
        let (began, before) = (Instant::now(), cpu_of_children());
        let program = std::env::var_os("SCALE_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_batchferry").into());
        let mut child = Command::new(program)
            .args(words)
            .current_dir(self.folder)
            .env("SCALE_ACCESS_KEY_ID", "key")
            .env("SCALE_SECRET_ACCESS_KEY", "secret")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        let mut peak = 0.0;
        while child.try_wait().expect("a child").is_none() {
            peak = memory(&child).unwrap_or(peak);
            if holds() {
                child.kill().expect("a child");
            }
            // Sampling memory is the one thing here that has no event to wait for.
            thread::sleep(Duration::from_millis(5));
        }
        let wall = began.elapsed().as_secs_f64();
        let done = child.wait_with_output().expect("a child");
        let said = String::from_utf8_lossy(&done.stdout).into_owned();
        (Figures { wall, cpu: cpu_of_children() - before, peak_mib: peak, said }, done)
    }
}

/// The most memory that a process has had so far, in MiB.
fn memory(child: &Child) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.split_whitespace().next()?.parse::<f64>().ok().map(|kib| kib / 1024.0)
}

/// Processor time of all children that have ended, in seconds.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("proc(5)");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // Fields 16 and 17 of proc(5), in clock ticks of a hundredth of a second.
    let ticks = |field: usize| fields[field].parse::<f64>().expect("a number");
    (ticks(13) + ticks(14)) / 100.0
}

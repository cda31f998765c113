//! A daemon of a test's own.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::project::Project;

/// Longest wait for anything that a test awaits. Far more than anything needs.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A running daemon. Killed when dropped, if it has not ended.
pub struct Daemon {
    child: Child,
    log: Receiver<String>,
    seen: Vec<String>,
}

impl Daemon {
    /// Starts it and waits until it is ready.
    pub fn start(project: &Project) -> Self {
        let mut daemon = Self::spawn(project);
        daemon.logs("ready");
        daemon
    }

    /// Starts it.
    pub fn spawn(project: &Project) -> Self {
        Self::spawn_with(project, &[])
    }

    /// Starts it with these variables in its environment.
    pub fn spawn_with(project: &Project, variables: &[(&str, &str)]) -> Self {
        let mut command = project.command(&["serve"]);
        command.envs(variables.iter().copied());
        Self::of(command)
    }

    /// Starts it by a command of the test's own.
    pub fn of(mut command: Command) -> Self {
        if !command.get_envs().any(|(name, _)| name == "BATCHFERRY_LOG") {
            command.env("BATCHFERRY_LOG", "info");
        }
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (lines, log) = channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if lines.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, log, seen: Vec::new() }
    }

    /// Waits until a line of the log holds `text`, and gives it.
    #[track_caller]
    pub fn logs(&mut self, text: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let rest = end.saturating_duration_since(Instant::now());
            match self.log.recv_timeout(rest) {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if line.contains(text) {
                        return line;
                    }
                }
                Err(_) => panic!("the log never said {text:?}:\n{}", self.seen.join("\n")),
            }
        }
    }

    /// Its input, where the command that started it has one.
    pub fn take_stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().unwrap()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args(["-s", name, &self.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    /// SIGTERM, and the exit code.
    #[track_caller]
    pub fn stop(self) -> Option<i32> {
        self.signal("TERM");
        self.wait()
    }

    /// Waits for its end, and gives the exit code; `None`: killed.
    #[track_caller]
    pub fn wait(mut self) -> Option<i32> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.all().join("\n"));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Everything that the log has said.
    pub fn all(&mut self) -> Vec<String> {
        self.seen.extend(self.log.try_iter());
        self.seen.clone()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Project {
    /// Waits until `show` of a batch is as the test wants it.
    #[track_caller]
    pub fn await_batch(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        let mut last = String::new();
        while Instant::now() < end {
            let done = self.run(&["show", name, "-o", "json"]);
            if done.code == Some(0) {
                let show = done.json();
                if wanted(&show) {
                    return show;
                }
            }
            last = format!("{}\n{}", done.stdout, done.stderr);
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("batch {name} never was as wanted; at last:\n{last}");
    }

    /// Waits until a file of the project holds `text`.
    #[track_caller]
    pub fn await_file(&self, name: &str, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = std::fs::read_to_string(self.path(name)).unwrap_or_default();
            if found.contains(text) {
                return;
            }
            assert!(Instant::now() < end, "{name} never held {text:?}:\n{found}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a batch has ended with this sync status.
    #[track_caller]
    pub fn await_ended(&self, name: &str, sync: &str) -> Value {
        self.await_batch(name, |show| show["runStatus"] == "Ended" && show["syncStatus"] == sync)
    }
}

/// Whether a batch has a condition with this reason.
pub fn has(show: &Value, reason: &str) -> bool {
    show["conditions"].as_array().unwrap().iter().any(|held| held["reason"] == reason)
}

/// Whether a report's totals add up, for documents, files and bytes.
#[track_caller]
pub fn assert_reconciles(report: &Value) {
    for what in ["documents", "files", "bytes"] {
        let of = |name: &str| report[what][name].as_u64().unwrap();
        assert_eq!(
            of("inScope"),
            of("migrated") + of("alreadyAtTarget") + of("failed") + of("pending"),
            "{what}: {report}"
        );
    }
}

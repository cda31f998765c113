//! Each client's command for each kind of work.

use std::path::Path;
use std::process::Command;

use crate::tools::Tools;
use crate::{bucket, concurrency, ferry, need};

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    /// This program.
    Batchferry,
    /// The least that any copier on its HTTP client must do.
    Bare,
    /// As it comes.
    Rclone,
    /// With all that it would prove turned off.
    RcloneTuned,
    /// `juicefs sync`.
    Juicefs,
    /// Down to this machine and up again: it cannot reach two servers in one go.
    S5cmd,
}

/// A bucket of the first server, and one of the second; what lies below `scans/` in the one is to come to lie in the other.
pub struct Way<'a> {
    pub from: &'a str,
    pub to: &'a str,
    /// A folder of this client's own.
    pub folder: &'a Path,
}

impl Client {
    /// As the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Batchferry => "batchferry",
            Self::Bare => "bare loop",
            Self::Rclone => "rclone",
            Self::RcloneTuned => "rclone, no proofs",
            Self::Juicefs => "juicefs sync",
            Self::S5cmd => "s5cmd, staged",
        }
    }

    /// Those that can be had, this program first.
    pub fn all(tools: &Tools) -> Vec<Self> {
        let mut all = vec![Self::Batchferry, Self::Bare];
        all.extend(tools.rclone.iter().flat_map(|_| [Self::Rclone, Self::RcloneTuned]));
        all.extend(tools.juicefs.iter().map(|_| Self::Juicefs));
        all.extend(tools.s5cmd.iter().map(|_| Self::S5cmd));
        all
    }

    /// Moves everything.
    pub fn copy(self, tools: &Tools, way: &Way) -> Command {
        let workers = concurrency().to_string();
        match self {
            Self::Batchferry => {
                ferry::project(way.folder, way.from, way.to, ferry::ALL, "**");
                ferry::command(way.folder, &["run"])
            }
            Self::Bare => {
                let mut bare = Command::new(std::env::current_exe().expect("this program"));
                bare.args(["--bare", &format!("{}:{}", way.from, way.to)]);
                bare
            }
            Self::Rclone => self.rclone(tools, way, &["copy", "--fast-list"], &workers),
            Self::RcloneTuned => {
                let lean = [
                    "copy",
                    "--fast-list",
                    "--size-only",
                    "--s3-no-head",
                    "--s3-disable-checksum",
                    "--ignore-checksum",
                ];
                self.rclone(tools, way, &lean, &workers)
            }
            Self::Juicefs => {
                let mut juicefs = Command::new(tools.juicefs.as_ref().expect("juicefs"));
                juicefs.args(["sync", "--no-https", "--threads", &workers, "--log-level", "error"]);
                juicefs.args([minio(0, way.from), minio(1, way.to)]);
                juicefs
            }
            Self::S5cmd => {
                let [from, to] = [0, 1].map(bucket::endpoint);
                let (s5cmd, stage) = (tools.s5cmd.as_ref().expect("s5cmd"), way.folder.join("stage"));
                let run = format!("{} --numworkers {workers} --log error", s5cmd.display());
                let stage = stage.display();
                shell(&format!(
                    "mkdir -p {stage} && S3_ENDPOINT_URL={from} {run} cp 's3://{}/*' {stage}/ && \
                     S3_ENDPOINT_URL={to} {run} cp '{stage}/*' s3://{}/",
                    way.from, way.to
                ))
            }
        }
    }

    /// Moves everything once more, where all is in place; `None`: it has no such thing.
    pub fn again(self, tools: &Tools, way: &Way) -> Option<Command> {
        match self {
            Self::Batchferry => Some(ferry::command(way.folder, &["resync", "batch", "--all"])),
            Self::Rclone | Self::RcloneTuned | Self::Juicefs => Some(self.copy(tools, way)),
            Self::Bare | Self::S5cmd => None,
        }
    }

    /// Moves the documents of one day; `None`: it cannot choose, or not in one go.
    pub fn one_day(self, tools: &Tools, way: &Way) -> Option<Command> {
        let workers = concurrency().to_string();
        match self {
            Self::Batchferry => {
                ferry::project(way.folder, way.from, way.to, ["2025-03-05", "2025-03-05"], "**");
                Some(ferry::command(way.folder, &["run"]))
            }
            Self::RcloneTuned => {
                let lean = [
                    "copy",
                    "--include",
                    "/scans/*/*/2025/03/05/**",
                    "--s3-no-head",
                    "--s3-disable-checksum",
                    "--ignore-checksum",
                ];
                Some(self.rclone(tools, way, &lean, &workers))
            }
            Self::Rclone => {
                let listed = ["copy", "--fast-list", "--include", "/scans/*/*/2025/03/05/**"];
                Some(self.rclone(tools, way, &listed, &workers))
            }
            Self::Juicefs => {
                let mut juicefs = self.copy(tools, way);
                juicefs.args(["--match-full-path", "--include", "scans/*/*/2025/03/05/**", "--exclude", "**"]);
                Some(juicefs)
            }
            Self::S5cmd => {
                let [from, to] = [0, 1].map(bucket::endpoint);
                let (s5cmd, stage) = (tools.s5cmd.as_ref().expect("s5cmd"), way.folder.join("stage"));
                let run = format!("{} --numworkers {workers} --log error", s5cmd.display());
                let stage = stage.display();
                Some(shell(&format!(
                    "mkdir -p {stage} && S3_ENDPOINT_URL={from} {run} cp 's3://{}/scans/*/*/2025/03/05/*' {stage}/ && \
                     S3_ENDPOINT_URL={to} {run} cp '{stage}/*' s3://{}/scans/",
                    way.from, way.to
                )))
            }
            Self::Bare => None,
        }
    }

    /// Lists everything; `None`: it has no such command.
    pub fn list(self, tools: &Tools, way: &Way) -> Option<Command> {
        match self {
            // A batch whose filter takes none of them: each is listed and judged.
            Self::Batchferry => {
                ferry::project(way.folder, way.from, way.to, ferry::ALL, "**/none");
                Some(ferry::command(way.folder, &["run"]))
            }
            Self::Rclone => {
                let mut rclone = Command::new(tools.rclone.as_ref().expect("rclone"));
                rclone.args(["lsf", "--fast-list", "-R", "--files-only", &remote("FIRST", way.from)]);
                rclone.envs(remotes());
                Some(rclone)
            }
            Self::S5cmd => {
                let mut s5cmd = Command::new(tools.s5cmd.as_ref().expect("s5cmd"));
                s5cmd
                    .args(["ls", &format!("s3://{}/*", way.from)])
                    .env("S3_ENDPOINT_URL", bucket::endpoint(0))
                    .envs(amazon());
                Some(s5cmd)
            }
            Self::Bare | Self::RcloneTuned | Self::Juicefs => None,
        }
    }

    fn rclone(self, tools: &Tools, way: &Way, words: &[&str], workers: &str) -> Command {
        let mut rclone = Command::new(tools.rclone.as_ref().expect("rclone"));
        rclone.args(words).args(["--transfers", workers, "--checkers", workers, "--config", "/dev/null"]);
        rclone.args([remote("FIRST", way.from), remote("SECOND", way.to)]).envs(remotes());
        rclone
    }
}

fn shell(script: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-ec", script]).envs(amazon());
    shell
}

/// What tools of Amazon's kind read.
fn amazon() -> [(&'static str, String); 3] {
    let [key, secret] = ["S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"].map(need);
    [("AWS_REGION", "us-east-1".to_owned()), ("AWS_ACCESS_KEY_ID", key), ("AWS_SECRET_ACCESS_KEY", secret)]
}

fn remote(name: &str, bucket: &str) -> String {
    format!("{}:{bucket}", name.to_lowercase())
}

/// rclone's two remotes, by its environment.
fn remotes() -> Vec<(String, String)> {
    let remote = |name: &str, server: usize| {
        let setting = |key: &str, value: String| (format!("RCLONE_CONFIG_{name}_{key}"), value);
        [
            setting("TYPE", "s3".to_owned()),
            setting("PROVIDER", "SeaweedFS".to_owned()),
            setting("ENDPOINT", bucket::endpoint(server)),
            setting("REGION", "us-east-1".to_owned()),
            setting("ACCESS_KEY_ID", need("S3_ACCESS_KEY_ID")),
            setting("SECRET_ACCESS_KEY", need("S3_SECRET_ACCESS_KEY")),
        ]
    };
    [remote("FIRST", 0), remote("SECOND", 1)].concat()
}

/// A bucket as juicefs calls it.
fn minio(server: usize, name: &str) -> String {
    let endpoint = bucket::endpoint(server);
    let host = endpoint.trim_start_matches("http://");
    format!("minio://{}:{}@{host}/{name}/", need("S3_ACCESS_KEY_ID"), need("S3_SECRET_ACCESS_KEY"))
}

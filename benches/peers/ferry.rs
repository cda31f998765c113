//! batchferry's own project and commands.

use std::path::Path;
use std::process::Command;

use crate::{bucket, concurrency};

/// Days that hold all documents of the corpora.
pub const ALL: [&str; 2] = ["2025-01-01", "2025-12-31"];

/// Writes config and spec: from the whole bucket `from` to the bucket `to`, those of the days `first` to `last` whose keys fit `include`.
pub fn project(folder: &Path, from: &str, to: &str, [first, last]: [&str; 2], include: &str) {
    let store = |server: usize, name: &str| {
        serde_json::json!({"url": format!("s3://{name}"), "endpoint": bucket::endpoint(server), "region": "us-east-1",
            "credentials": {"env": "S3_"}, "conditionalPut": true, "checksum": "sha256"})
    };
    let config = serde_json::json!({"stores": {"first": store(0, from), "second": store(1, to)}});
    let spec = serde_json::json!({
        "apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": "batch"},
        "spec": {
            "collected": {"from": first, "to": last, "timeZone": "Asia/Shanghai"},
            "source": {"store": "first", "prefix": "scans/", "catalog": {
                "keys": "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}"}},
            "target": {"store": "second", "prefix": "scans/"},
            "filters": {"files": {"include": [include]}},
            "allowEmpty": true,
            "checks": {"fileType": {"allow": ["png"]}, "resolution": {"minDpi": 200}},
            "transfer": {"concurrency": concurrency()},
        }
    });
    std::fs::create_dir_all(folder.join("jobs")).expect("a folder");
    std::fs::write(folder.join("batchferry.yaml"), config.to_string()).expect("a file");
    std::fs::write(folder.join("jobs/batch.yaml"), spec.to_string()).expect("a file");
}

/// A command of the program in that project.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchferry"));
    command.args(arguments).current_dir(folder);
    command
}

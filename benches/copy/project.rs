//! A batchferry project that moves what lies below a prefix.

use std::path::Path;

use crate::Endpoints;

/// Writes config and spec into `folder`: from `prefix` in the first bucket to `to` in the second; `copies`: where both are at
/// one server, it copies by itself; without `at_once` it finds how many files to move at once.
pub fn write(folder: &Path, endpoints: &Endpoints, (prefix, to): (&str, &str), copies: bool, at_once: Option<usize>) {
    let store = |url: &str, endpoint: &str| {
        serde_json::json!({"url": url, "endpoint": endpoint, "region": "us-east-1", "credentials": {"env": "S3_"},
            "conditionalPut": true, "checksum": "sha256", "serverSideCopy": copies})
    };
    let config = serde_json::json!({"stores": {
        "first": store("s3://first", &endpoints[0]), "second": store("s3://second", &endpoints[1])}});
    let spec = serde_json::json!({
        "apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": "batch"},
        "spec": {
            "collected": {"from": "2025-01-01", "to": "2025-01-31", "timeZone": "Asia/Shanghai"},
            "source": {"store": "first", "prefix": format!("{prefix}/"), "catalog": {
                "keys": "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}"}},
            "target": {"store": "second", "prefix": format!("{to}/")},
            "checks": {"fileType": {"allow": ["png"]}, "resolution": {"minDpi": 200}},
            "transfer": {"concurrency": at_once},
        }
    });
    std::fs::create_dir_all(folder.join("jobs")).expect("a folder");
    std::fs::write(folder.join("batchferry.yaml"), config.to_string()).expect("a file");
    std::fs::write(folder.join("jobs/batch.yaml"), spec.to_string()).expect("a file");
}

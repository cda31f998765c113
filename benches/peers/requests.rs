//! Requests that reached the servers, as the servers themselves count them.

use std::process::Command;

use crate::need;

/// S3 requests that each server has answered so far.
pub fn answered() -> [u64; 2] {
    ["S3_METRICS", "S3_METRICS_2"].map(|name| {
        let told = Command::new("curl").args(["-fsS", &need(name)]).output().expect("curl");
        String::from_utf8_lossy(&told.stdout).lines().filter_map(count).sum()
    })
}

/// The value of a line of S3 requests.
fn count(line: &str) -> Option<u64> {
    let value = line.strip_prefix("SeaweedFS_s3_request_total{")?.rsplit(' ').next()?;
    // Prometheus writes large counts as 1.5e+06.
    value.parse::<f64>().ok().map(|count| format!("{count:.0}").parse().unwrap_or_default())
}

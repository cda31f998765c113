//! What a measurement of two stores found.

use serde::Serialize;

/// What came of one concurrency.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BenchStep {
    /// Files on their way at once.
    pub concurrency: u32,
    /// How long it was tried.
    pub seconds: f64,
    /// Files that arrived and were proven.
    pub files: u64,
    /// Of them a second.
    pub files_per_second: f64,
    /// Bytes of them a second.
    pub bytes_per_second: f64,
    /// Half of the files took no longer, in milliseconds.
    pub median_ms: f64,
    /// Nineteen of twenty took no longer.
    pub p95_ms: f64,
    /// Requests that a store turned away because there were too many.
    pub throttled: u64,
    /// Files that failed for another reason.
    pub failed: u64,
}

/// What to put where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BenchAdvice {
    /// The least concurrency that is about as fast as any.
    pub concurrency: u32,
    /// Lines of the spec.
    pub spec: Vec<String>,
    /// Lines of the config, where what it has now would hold the spec back.
    pub config: Vec<String>,
}

/// What a measurement of two stores found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BenchView {
    /// Of this form.
    pub format_version: u32,
    /// The store that was read.
    pub source: String,
    /// The store that was written to.
    pub target: String,
    /// Objects that were read, over and over.
    pub objects: u64,
    /// Bytes of each, on average.
    pub size: u64,
    /// Every concurrency that was tried, in order.
    pub steps: Vec<BenchStep>,
    /// What to put where; absent: nothing arrived, or it was interrupted.
    pub advice: Option<BenchAdvice>,
    /// The first failure that was no throttling.
    pub failure: Option<String>,
    /// Objects of the measurement that could not be removed.
    pub left: Vec<String>,
}

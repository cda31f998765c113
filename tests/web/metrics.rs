//! What `/metrics` says is what Prometheus's text format allows, and every series is there from the beginning.
//!
//! `tests/metrics.py` asks a running daemon with Prometheus's own parser.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use batchferry::model::status::{ItemStatus, RunStatus};
use batchferry::web::{Delivery, Exposition, Metrics};

/// Samples by series, from a text that is read strictly.
fn parse(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'));
    let mut types = BTreeMap::new();
    let mut helped = BTreeSet::new();
    let mut samples = BTreeMap::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(words.ends_with('.') && helped.insert(name.to_owned()), "{line}");
        } else if let Some(of) = line.strip_prefix("# TYPE ") {
            let (name, kind) = of.split_once(' ').unwrap();
            assert!(["counter", "gauge", "histogram"].contains(&kind) && helped.contains(name), "{line}");
            assert!(types.insert(name.to_owned(), kind.to_owned()).is_none(), "{line}");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(samples.insert(series.to_owned(), value.parse().unwrap()).is_none(), "{line}");
            demand_convention(series, &types);
        }
    }
    assert_eq!(helped, types.keys().cloned().collect());
    samples
}

/// A sample belongs to a family that was announced, with the name that its type asks for.
fn demand_convention(series: &str, types: &BTreeMap<String, String>) {
    let name = series.split('{').next().unwrap();
    let is_plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    assert!(is_plain && name.starts_with("batchferry_"), "{series}");
    let part = |suffix: &str| name.strip_suffix(suffix).and_then(|family| types.get(family));
    match types.get(name).map(String::as_str) {
        Some("counter") => assert!(name.ends_with("_total"), "{series}"),
        Some("gauge") => assert!(!name.ends_with("_total") && !name.ends_with("_count"), "{series}"),
        _ => {
            let family = part("_bucket").or_else(|| part("_sum")).or_else(|| part("_count"));
            assert_eq!(family.map(String::as_str), Some("histogram"), "{series}");
        }
    }
}

const COUNTERS: [&str; 19] = [
    "documents_total{result=\"migrated\"}",
    "documents_total{result=\"already_at_target\"}",
    "documents_total{result=\"failed\"}",
    "files_total{result=\"migrated\"}",
    "files_total{result=\"already_at_target\"}",
    "files_total{result=\"failed\"}",
    "read_bytes_total",
    "transferred_bytes_total",
    "list_requests_total",
    "batches{run_status=\"queued\"}",
    "batches{run_status=\"running\"}",
    "batches{run_status=\"ended\"}",
    "batches_stalled",
    "specs{valid=\"true\"}",
    "specs{valid=\"false\"}",
    "webhook_deliveries_total{result=\"delivered\"}",
    "webhook_deliveries_total{result=\"failed\"}",
    "webhook_deliveries_total{result=\"dropped\"}",
    "report_failures_total",
];

const WATCHING: [&str; 6] = [
    "scans_total",
    "watch_overflows_total",
    "watch_errors_total",
    "config_reloads_total",
    "last_scan_timestamp_seconds",
    "scan_duration_seconds_count",
];

#[test]
fn every_series_is_there_at_zero() {
    let samples = parse(&Metrics::default().text(Exposition::Prometheus));
    for name in COUNTERS.iter().chain(&WATCHING) {
        assert_eq!(samples.get(&format!("batchferry_{name}")), Some(&0.0), "{name}");
    }
    assert_eq!(samples["batchferry_config_last_reload_successful"], 1.0);
    let version = format!("batchferry_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(samples[&version], 1.0);
}

#[test]
fn what_is_counted_is_shown() {
    let metrics = Metrics::default();
    for status in ItemStatus::ALL {
        metrics.add_documents(status, 2);
        metrics.add_files(status, 3);
    }
    metrics.add_read_bytes(1 << 40);
    metrics.add_transferred_bytes(5);
    metrics.add_list_requests(6);
    metrics.set_batches(RunStatus::Queued, 7);
    metrics.set_batches(RunStatus::Running, 8);
    metrics.set_batches(RunStatus::Ended, 9);
    metrics.set_stalled(10);
    metrics.set_specs(11, 12);
    metrics.scanned(Duration::from_millis(20), "2025-04-01T00:00:00.5Z".parse().unwrap());
    metrics.watch_overflowed();
    metrics.watch_failed();
    metrics.config_reloaded(false);
    for delivery in [Delivery::Delivered, Delivery::Failed, Delivery::Dropped] {
        metrics.webhook(delivery);
    }
    metrics.report_failed();
    let samples = parse(&metrics.text(Exposition::Prometheus));
    let shown = COUNTERS.map(|name| samples[&format!("batchferry_{name}")]);
    let bytes = f64::from(1 << 30) * 1024.0;
    let expected = [2.0, 2.0, 2.0, 3.0, 3.0, 3.0, bytes, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 1.0, 1.0, 1.0, 1.0];
    assert_eq!(shown, expected);
    assert_eq!(WATCHING.map(|name| samples[&format!("batchferry_{name}")]), [1.0, 1.0, 1.0, 1.0, 1_743_465_600.5, 1.0]);
    assert_eq!(samples["batchferry_scan_duration_seconds_bucket{le=\"0.01\"}"], 0.0);
    assert_eq!(samples["batchferry_scan_duration_seconds_bucket{le=\"0.025\"}"], 1.0);
    assert_eq!(samples["batchferry_scan_duration_seconds_bucket{le=\"+Inf\"}"], 1.0);
    assert_eq!(samples["batchferry_config_last_reload_successful"], 0.0);
    metrics.config_reloaded(true);
    assert_eq!(parse(&metrics.text(Exposition::Prometheus))["batchferry_config_last_reload_successful"], 1.0);
}

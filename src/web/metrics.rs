//! What the daemon counts, for Prometheus. One value that is passed to whoever counts; nothing global.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::labelled::Labelled;
use crate::model::status::{ItemStatus, RunStatus};

/// Bounds of the buckets of scans, in seconds.
const SCAN_BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 5.0, 15.0, 60.0];

/// The ways in which an item can be decided, as labels.
const RESULTS: [&str; 3] = ["migrated", "already_at_target", "failed"];

type Whole = Gauge<u64, AtomicU64>;
type Real = Gauge<f64, AtomicU64>;

/// How a webhook's delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The receiver took it.
    Delivered,
    /// The receiver refused it, or did not take it in time.
    Failed,
    /// Too many others waited, or the daemon stopped.
    Dropped,
}

/// The form in which metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposition {
    /// Prometheus's text format, version 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Exposition {
    /// The form for an `Accept` header: OpenMetrics where it is named, else what everything reads.
    pub fn accepted(accept: &str) -> Self {
        if accept.contains("application/openmetrics-text") { Self::OpenMetrics } else { Self::Prometheus }
    }

    /// Its content type.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Everything that is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    documents: Labelled<Counter>,
    files: Labelled<Counter>,
    read: Counter,
    transferred: Counter,
    list_requests: Counter,
    batches: Labelled<Whole>,
    stalled: Whole,
    specs: Labelled<Whole>,
    scans: Counter,
    scan_duration: Histogram,
    last_scan: Real,
    watch_overflows: Counter,
    watch_errors: Counter,
    config_reloads: Counter,
    config_sound: Whole,
    deliveries: Labelled<Counter>,
    report_failures: Counter,
}

impl Default for Metrics {
    /// Every series from the beginning, at zero; the config that the daemon began with counts as loaded.
    fn default() -> Self {
        let mut registry = Registry::with_prefix("batchferry");
        registry.register("build", "The version that runs", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        let metrics = Self {
            documents: Labelled::new("result", &RESULTS),
            files: Labelled::new("result", &RESULTS),
            read: Counter::default(),
            transferred: Counter::default(),
            list_requests: Counter::default(),
            batches: Labelled::new("run_status", &["queued", "running", "ended"]),
            stalled: Whole::default(),
            specs: Labelled::new("valid", &["true", "false"]),
            scans: Counter::default(),
            scan_duration: Histogram::new(SCAN_BUCKETS),
            last_scan: Real::default(),
            watch_overflows: Counter::default(),
            watch_errors: Counter::default(),
            config_reloads: Counter::default(),
            config_sound: Whole::default(),
            deliveries: Labelled::new("result", &["delivered", "failed", "dropped"]),
            report_failures: Counter::default(),
            registry: Registry::default(),
        };
        metrics.config_sound.set(1);
        metrics.register_moving(&mut registry);
        metrics.register_watching(&mut registry);
        Self { registry, ..metrics }
    }
}

impl Metrics {
    fn register_moving(&self, registry: &mut Registry) {
        registry.register("documents", "Documents decided", self.documents.family());
        registry.register("files", "Files decided", self.files.family());
        let bytes = Unit::Bytes;
        registry.register_with_unit("read", "Bytes read from source stores", bytes.clone(), self.read.clone());
        let help = "Bytes written to target stores";
        registry.register_with_unit("transferred", help, bytes, self.transferred.clone());
        registry.register("list_requests", "Listing requests to source stores", self.list_requests.clone());
        registry.register("batches", "Batches by run status", self.batches.family());
        registry.register("batches_stalled", "Batches that wait for something to be mended", self.stalled.clone());
        registry.register("report_failures", "Reports that could not be written", self.report_failures.clone());
        registry.register("webhook_deliveries", "Notices of batches, by how they ended", self.deliveries.family());
    }

    fn register_watching(&self, registry: &mut Registry) {
        let seconds = Unit::Seconds;
        registry.register("specs", "Specs in the jobs directory, by whether they are valid", self.specs.family());
        registry.register("scans", "Looks through the jobs directory", self.scans.clone());
        let help = "How long a look through the jobs directory took";
        registry.register_with_unit("scan_duration", help, seconds.clone(), self.scan_duration.clone());
        let help = "When the jobs directory was last looked through, in Unix time";
        registry.register_with_unit("last_scan_timestamp", help, seconds, self.last_scan.clone());
        let help = "Times that the system lost events of the jobs directory";
        registry.register("watch_overflows", help, self.watch_overflows.clone());
        registry.register("watch_errors", "Errors of watching the jobs directory", self.watch_errors.clone());
        registry.register("config_reloads", "Attempts to load the config anew", self.config_reloads.clone());
        let help = "Whether the config was sound when it was last loaded";
        registry.register("config_last_reload_successful", help, self.config_sound.clone());
    }

    /// Documents have got this status; pending ones do not count.
    pub fn add_documents(&self, status: ItemStatus, count: u64) {
        add(&self.documents, status, count);
    }

    /// Files have got this status; pending ones do not count.
    pub fn add_files(&self, status: ItemStatus, count: u64) {
        add(&self.files, status, count);
    }

    /// Bytes were read from a source store.
    pub fn add_read_bytes(&self, bytes: u64) {
        self.read.inc_by(bytes);
    }

    /// Bytes were written to a target store.
    pub fn add_transferred_bytes(&self, bytes: u64) {
        self.transferred.inc_by(bytes);
    }

    /// Listing requests were sent.
    pub fn add_list_requests(&self, count: u64) {
        self.list_requests.inc_by(count);
    }

    /// How many batches there are with this run status.
    pub fn set_batches(&self, status: RunStatus, count: u64) {
        let label = match status {
            RunStatus::Queued => "queued",
            RunStatus::Running => "running",
            RunStatus::Ended => "ended",
        };
        self.batches.of(label).set(count);
    }

    /// How many batches are stalled.
    pub fn set_stalled(&self, count: u64) {
        self.stalled.set(count);
    }

    /// How many specs there are.
    pub fn set_specs(&self, valid: u64, invalid: u64) {
        self.specs.of("true").set(valid);
        self.specs.of("false").set(invalid);
    }

    /// The jobs directory was looked through.
    pub fn scanned(&self, took: Duration, at: Timestamp) {
        self.scans.inc();
        self.scan_duration.observe(took.as_secs_f64());
        self.last_scan.set(at.as_duration().as_secs_f64());
    }

    /// The system lost events of the jobs directory.
    pub fn watch_overflowed(&self) {
        self.watch_overflows.inc();
    }

    /// Watching the jobs directory met an error.
    pub fn watch_failed(&self) {
        self.watch_errors.inc();
    }

    /// The config was loaded anew, or could not be and the last good one stays.
    pub fn config_reloaded(&self, is_sound: bool) {
        self.config_reloads.inc();
        self.config_sound.set(is_sound.into());
    }

    /// A notice was delivered or given up.
    pub fn webhook(&self, delivery: Delivery) {
        let label = match delivery {
            Delivery::Delivered => "delivered",
            Delivery::Failed => "failed",
            Delivery::Dropped => "dropped",
        };
        self.deliveries.of(label).inc();
    }

    /// A report could not be written.
    pub fn report_failed(&self) {
        self.report_failures.inc();
    }

    /// Every metric as it stands.
    pub fn text(&self, exposition: Exposition) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail.
        let _ = match exposition {
            Exposition::Prometheus => prometheus_text::encode(&mut text, &self.registry),
            Exposition::OpenMetrics => text::encode(&mut text, &self.registry),
        };
        text
    }
}

fn add(counters: &Labelled<Counter>, status: ItemStatus, count: u64) {
    let label = match status {
        ItemStatus::Pending => return,
        ItemStatus::Migrated => "migrated",
        ItemStatus::AlreadyAtTarget => "already_at_target",
        ItemStatus::Failed => "failed",
    };
    counters.of(label).inc_by(count);
}

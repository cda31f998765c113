//! Renewing the report of a batch while it runs.

use std::path::PathBuf;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::report;
use super::run::Engine;
use crate::model::batch::{BatchId, BatchRecord};
use crate::model::config::Reports;
use crate::model::status::RunStatus;

/// Where reports go.
#[derive(Debug, Clone)]
pub struct Places {
    /// The jobs directory.
    pub jobs: PathBuf,
    /// What the config says of reports.
    pub reports: Reports,
}

/// Renews the report of a running batch as often as the config says.
pub async fn with_reports<T>(engine: &Engine, places: &Places, id: BatchId, work: impl Future<Output = T>) -> T {
    let mut tick = tokio::time::interval(places.reports.refresh.0.max(Duration::from_secs(1)));
    tick.tick().await;
    tokio::pin!(work);
    // A slow disk under the reports holds up reports, and nothing else.
    let mut writing: Option<JoinHandle<()>> = None;
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            _ = tick.tick() => {
                if writing.as_ref().is_none_or(JoinHandle::is_finished) {
                    writing = Some(renew(engine, places.clone(), id));
                }
            }
        }
    };
    if let Some(writing) = writing {
        // The last report must not be overtaken by one of these; it says by itself what went wrong.
        let _ = writing.await;
    }
    result
}

fn renew(engine: &Engine, places: Places, id: BatchId) -> JoinHandle<()> {
    let reader = engine.ledger.reader();
    tokio::task::spawn_blocking(move || {
        // One that has not begun yet has nothing new to tell.
        let running = |batch: &BatchRecord| batch.run_status == RunStatus::Running;
        let Some(batch) = reader.batch(id).ok().flatten().filter(running) else { return };
        if let Err(error) = report::write(&reader, &batch, &places.jobs, &places.reports) {
            tracing::warn!(batch = %batch.name, %error, "the report of the running batch was not written");
        }
    })
}

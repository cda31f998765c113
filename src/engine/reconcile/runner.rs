//! One run as a task of its own: the run, its report renewed meanwhile, and what came of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::engine::begin::Again;
use crate::engine::context::Meters;
use crate::engine::refresh::{Places, with_reports};
use crate::engine::run::{Ask, Engine, Ran, RunError};
use crate::engine::stop::Stop;
use crate::model::batch::{BatchId, BatchRecord};

use super::schedule::daemon;

/// A run under way, as the loop holds it.
pub struct Running {
    /// How it is stopped.
    pub stop: Stop,
    /// The number of the last run before it began.
    pub before: u32,
}

/// What a run needs.
pub struct Run {
    /// The engine of the config that it begins with.
    pub engine: Arc<Engine>,
    /// Where reports go.
    pub places: Arc<Places>,
    /// The batch.
    pub batch: BatchRecord,
    /// `spec.repeat` is due.
    pub repeat: bool,
    /// How it is stopped.
    pub stop: Stop,
    /// Its figures.
    pub meters: Arc<Meters>,
    /// Longest time for documents in flight after a request to stop.
    pub grace: Duration,
    /// Who is told when it has begun.
    pub begun: mpsc::UnboundedSender<BatchId>,
}

/// A run that has ended, or stopped where it can go on.
pub struct Ended {
    /// Of which batch.
    pub id: BatchId,
    /// What came of it.
    pub ran: Result<Ran, RunError>,
    /// Its figures.
    pub meters: Arc<Meters>,
}

impl Run {
    /// Runs the batch to its end, or to where it is stopped.
    pub async fn run(self) -> Ended {
        let (id, operator, meters) = (self.batch.id, daemon(), self.meters);
        // The loop ends after its runs.
        let begun = |_: &BatchRecord| {
            let _ = self.begun.send(id);
        };
        let again = self.repeat.then_some(Again::Repeat);
        let ask = Ask {
            again,
            operator: &operator,
            meters: &meters,
            stop: &self.stop,
            grace: self.grace,
            begun: Some(&begun),
        };
        let work = self.engine.run(self.batch, ask);
        let ran = with_reports(&self.engine, &self.places, id, work).await;
        Ended { id, ran, meters }
    }
}

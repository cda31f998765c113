//! A plan beside a running daemon: its own throw-away ledger, the daemon's claims and limits.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::parts;
use crate::engine::context::Meters;
use crate::engine::limits::GlobalLimits;
use crate::engine::plan::plan;
use crate::engine::run::{Ask, Patience, Ran};
use crate::engine::stop::Stop;
use crate::ledger::Reader;
use crate::model::batch::EndReason;
use crate::model::control::{PlanView, Refusal, RefusalKind, Reply, Request};
use crate::model::event::Operator;
use crate::model::units::Span;
use crate::specs::{self, LoadedConfig, LoadedSpec};
use crate::web::Asked;

/// How long documents in flight have once the time of a bounded plan is over: what waits for a store is not waited for.
const GRACE: Duration = Duration::from_secs(2);

/// Makes plans.
pub struct Planner {
    /// The ledger of real batches, for the target keys that they have claimed.
    pub claims: Reader,
    /// The operator's bounds.
    pub limits: Arc<GlobalLimits>,
}

impl Planner {
    /// Answers a request for a plan; given up when nobody waits for it any more.
    pub async fn answer(&self, config: &LoadedConfig, asked: Asked) {
        let Asked { request, operator, mut reply } = asked;
        let Request::Plan { file, text, within } = request else { return };
        let stop = Stop::default();
        let planning = self.plan(config, (file, text, within), &operator, &stop);
        tokio::pin!(planning);
        let planned = tokio::select! {
            planned = &mut planning => planned,
            () = reply.closed() => given_up(&stop, planning).await,
            () = over(within) => given_up(&stop, planning).await,
        };
        // Whoever asked may have gone away.
        let _ = reply.send(planned.map(|view| Reply::Plan(Box::new(view))));
    }

    async fn plan(
        &self,
        config: &LoadedConfig,
        (file, text, within): (String, String, Option<Span>),
        operator: &Operator,
        stop: &Stop,
    ) -> Result<PlanView, Refusal> {
        let spec = loaded(config, file, text)?;
        let unavailable = |error: &dyn std::fmt::Display| Refusal::new(RefusalKind::Unavailable, error);
        let scratch = tempfile::tempdir()
            .map_err(|error| unavailable(&format_args!("cannot make a temporary folder: {error}")))?;
        let ledger = parts::ledger(&config.config, scratch.path()).map_err(|error| unavailable(&error))?;
        let engine =
            parts::engine(&config.config, scratch.path(), Arc::new(ledger), self.limits.clone(), Patience::StoreWait);
        let meters = Arc::new(Meters::default());
        let grace = if within.is_some() { GRACE } else { config.config.shutdown.0 };
        let ask = Ask { again: None, operator, meters: &meters, stop, grace, begun: None };
        let (report, ran) =
            plan(&engine, &spec, ask, Some(self.claims.clone())).await.map_err(|error| unavailable(&error))?;
        if ran == Ran::Until(EndReason::StoreWait) {
            return Err(unavailable(&"a store did not answer in time, so not everything was looked at"));
        }
        Ok(PlanView {
            failed: report.failed.clone(),
            finished: ran == Ran::Until(EndReason::Finished),
            interrupted: ran == Ran::Until(EndReason::Interrupted),
            report,
        })
    }
}

/// Asks a plan to stop, and gives what was found until then.
async fn given_up<T>(stop: &Stop, planning: impl Future<Output = T>) -> T {
    stop.request(EndReason::Interrupted);
    planning.await
}

/// Resolves when the time for a plan is over; without a bound, never.
async fn over(within: Option<Span>) {
    match within {
        Some(Span(within)) => tokio::time::sleep(within).await,
        None => std::future::pending().await,
    }
}

fn loaded(config: &LoadedConfig, file: String, text: String) -> Result<LoadedSpec, Refusal> {
    let checked = specs::check_text(&file, &text, Some(&config.config));
    let (spec, digest) = checked.map_err(|problems| {
        let first = problems.first().map(|first| format!(": {}:{}: {}", first.file, first.line, first.message));
        let more =
            format!("the spec is not valid{}; `batchferry validate` names every problem", first.unwrap_or_default());
        Refusal::new(RefusalKind::Refused, more)
    })?;
    let json = serde_json::to_string(&spec).map_err(|error| Refusal::new(RefusalKind::Invalid, error))?;
    Ok(LoadedSpec { path: PathBuf::from(&file), file_name: file, text, file: spec, digest, json })
}

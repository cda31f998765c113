//! A plan: the same listing, grouping and judging as a run, in a ledger that is thrown away; nothing is written to the
//! target. What a run would write stays pending.

use std::path::Path;

use jiff::Timestamp;

use super::accept::{Offered, accept};
use super::context::Plan;
use super::report::{self, MakeError};
use super::run::{Ask, Engine, Ran, RunError};
use crate::ledger::Reader;
use crate::model::report::Report;
use crate::rules::reporting::remedy_of_plan;
use crate::specs::LoadedSpec;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The pass could not be carried on.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Its result cannot be shown.
    #[error(transparent)]
    Make(#[from] MakeError),
}

/// Plans a batch: `engine`'s ledger is one to throw away, `claims` that of the real batches.
///
/// # Errors
/// Why there is no plan.
pub async fn plan(
    engine: &Engine,
    spec: &LoadedSpec,
    ask: Ask<'_>,
    claims: Option<Reader>,
) -> Result<(Report, Ran), PlanError> {
    let offered = Offered { spec, operator: ask.operator.clone() };
    let batch = accept(&engine.ledger, offered, Timestamp::now()).await.map_err(RunError::from)?;
    let id = batch.id;
    let beside = spec.path.parent().map(Path::to_owned).unwrap_or_default();
    let ran = engine.plan(batch, ask, Plan { claims, beside }).await?;
    let reader = engine.ledger.reader();
    // Accepted a moment ago, in a ledger of our own.
    let batch = reader.batch(id).map_err(RunError::from)?.expect("the planned batch is in its ledger");
    let mut report = report::make(&reader, &batch)?;
    tell_before_a_run(&mut report);
    Ok((report, ran))
}

fn tell_before_a_run(report: &mut Report) {
    let view = &mut report.batch;
    for reason in view.failures.iter_mut().chain(&mut view.warnings) {
        reason.remedy = remedy_of_plan(&reason.remedy, &view.name, &view.spec.path);
    }
}

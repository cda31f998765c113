//! The stages of a run before documents move, each durable before the next begins.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::begin::draft;
use super::context::RunContext;
use super::document::Unfinished;
use super::moving::Halt;
use super::retry::Unanswered;
use super::{freeze, group, relist};
use crate::ledger::{Durability, EventDraft, LedgerError};
use crate::model::batch::{BatchRecord, EndReason, RunCause, Stage};
use crate::model::event::Change;
use crate::model::spec::ResyncScope;

/// Every stage before moving, from where the ledger says the run stands.
///
/// # Errors
/// Why moving cannot begin.
pub async fn prepare(context: &Arc<RunContext>) -> Result<(), Halt> {
    loop {
        let record = context.record().map_err(Halt::Ledger)?;
        let failed_only = record.run().is_some_and(|run| run.cause == RunCause::Resync(ResyncScope::Failed));
        let listing = record.listing;
        match record.stage {
            Stage::Moving => return Ok(()),
            Stage::Discovering => {
                freeze::discover(context, listing).await.map_err(|why| halt(context, why))?;
                advance(context, |record| {
                    record.stage = Stage::Listing;
                    Vec::new()
                })
                .await?;
            }
            Stage::Listing if failed_only => {
                relist::relist(context, listing).await.map_err(|why| halt(context, why))?;
                relisted(context).await?;
            }
            Stage::Listing => {
                freeze::list_all(context, listing).await.map_err(|why| halt(context, why))?;
                advance(context, |record| {
                    record.stage = Stage::Grouping;
                    Vec::new()
                })
                .await?;
            }
            Stage::Grouping => group(context, listing).await?,
        }
    }
}

async fn advance(
    context: &RunContext,
    edit: impl FnOnce(&mut BatchRecord) -> Vec<EventDraft> + Send + 'static,
) -> Result<(), Halt> {
    let edited: Result<_, LedgerError> = context.writer.update(context.batch, Durability::Flushed, edit).await;
    edited.map(drop).map_err(Halt::Ledger)
}

async fn group(context: &RunContext, listing: u32) -> Result<(), Halt> {
    let population = group::group(context, listing).await.map_err(|why| halt(context, why))?;
    let operator = context.operator.clone();
    advance(context, move |record| {
        record.population = Some(population.digest);
        record.stage = Stage::Moving;
        let frozen = Change::Frozen { population: population.digest, documents: population.documents };
        vec![draft(record, &operator, Timestamp::now(), frozen)]
    })
    .await
}

/// Files have come and gone since the scope was listed: what was listed is counted from what is known now.
async fn relisted(context: &RunContext) -> Result<(), Halt> {
    let listing = context.record().map_err(Halt::Ledger)?.whole_listing();
    let not_listed = context.reader.not_listed(context.batch, listing).map_err(Halt::Ledger)?;
    let files = context.reader.counts(context.batch).map_err(Halt::Ledger)?.files.in_scope() - not_listed;
    let requests = context.meters.requests.load(Ordering::Relaxed) - context.requests_before;
    advance(context, move |record| {
        record.listed.objects = files + record.listed.out_of_scope + record.listed.unrecognised;
        record.listed.requests += requests;
        record.stage = Stage::Moving;
        Vec::new()
    })
    .await
}

fn halt(context: &RunContext, unfinished: Unfinished) -> Halt {
    match unfinished {
        Unfinished::Ledger(error) => Halt::Ledger(error),
        Unfinished::Unanswered(Unanswered::Stopped) => {
            Halt::Ended(context.stop.reason().unwrap_or(EndReason::Interrupted))
        }
        Unfinished::Unanswered(Unanswered::Stalled(error) | Unanswered::Failed(error)) => Halt::Stalled(error),
    }
}

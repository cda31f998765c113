//! The stages of a run before documents move, each durable before the next begins.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;

use super::begin::draft;
use super::context::RunContext;
use super::document::Unfinished;
use super::moving::Halt;
use super::regroup::Grouped;
use super::retry::Unanswered;
use super::{catalog, freeze, listing as pages, regroup, relist};
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
                stop_at(context, freeze::discover(context, listing).await).await?;
                advance(context, |record| {
                    record.stage = Stage::Listing;
                    Vec::new()
                })
                .await?;
            }
            Stage::Listing if failed_only => {
                stop_at(context, relist::relist(context, listing).await).await?;
                relisted(context).await?;
                catalog::clear(context);
            }
            Stage::Listing if !catalog::is_open(context, listing) => {
                // What was sorted for it is gone, and may have changed since.
                back(context).await?;
            }
            Stage::Listing if !pages::can_go_on(context).map_err(Halt::Ledger)? => back(context).await?,
            Stage::Listing => {
                stop_at(context, pages::list_all(context, listing).await).await?;
                advance(context, |record| {
                    record.stage = Stage::Grouping;
                    Vec::new()
                })
                .await?;
            }
            Stage::Grouping if !catalog::is_open(context, listing) => back(context).await?,
            Stage::Grouping => {
                if let (Some(rows), Some(table)) = (catalog::has_rows(context), context.table()) {
                    let added = catalog::add_absent(context, rows, table, listing).await;
                    stop_at(context, added).await?;
                }
                group(context, listing).await?;
                catalog::clear(context);
            }
        }
    }
}

/// A listing is begun anew.
async fn back(context: &RunContext) -> Result<(), Halt> {
    advance(context, |record| {
        record.stage = Stage::Discovering;
        Vec::new()
    })
    .await
}

/// A catalog that cannot be read ends the run: what is wrong with it stands where people look for what is missing.
async fn stop_at(context: &RunContext, outcome: Result<(), Unfinished>) -> Result<(), Halt> {
    match outcome {
        Err(Unfinished::Catalog(reason)) => {
            tracing::info!(batch = context.batch, "the catalog cannot be read");
            let recorded = catalog::record_problems(context, "catalog", vec![reason]).await;
            recorded.map_err(|why| halt(context, why))?;
            catalog::clear(context);
            Err(Halt::Ended(EndReason::CatalogUnreadable))
        }
        other => other.map_err(|why| halt(context, why)),
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
    let Grouped { grouping, is_basis, lost } =
        regroup::group(context, listing).await.map_err(|why| halt(context, why))?;
    let operator = context.operator.clone();
    advance(context, move |record| {
        record.listed.objects += lost;
        record.population = Some(grouping.population);
        record.stage = Stage::Moving;
        record.grouped = is_basis.then_some(grouping);
        let frozen = Change::Frozen { population: grouping.population, documents: grouping.documents };
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
        Unfinished::Catalog(_) => Halt::Ended(EndReason::CatalogUnreadable),
        Unfinished::Unanswered(Unanswered::Stopped) => {
            Halt::Ended(context.stop.reason().unwrap_or(EndReason::Interrupted))
        }
        Unfinished::Unanswered(Unanswered::Stalled(error) | Unanswered::Failed(error)) => Halt::Stalled(error),
    }
}

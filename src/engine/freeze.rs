//! Freezing the population begins with what can match: the prefixes to list.
//!
//! All of them are known before the first page counts: until then the stage is `Discovering` and is begun anew.

use futures::stream::{self, StreamExt};

use super::catalog::{self, Catalog};
use super::context::RunContext;
use super::document::Unfinished;
use super::folders::{Folders, folders};
use super::page::{list, page_change, with_mark};
use super::retry::Unanswered;
use super::spread::{Spread, spread};
use crate::catalogs::KeyTemplate;
use crate::catalogs::pushdown::{self, Frontier, Selection};
use crate::ledger::{Change, Durability};
use crate::model::listing::{Mark, Shard};
use crate::stores::Page;

/// Listings in flight at once: enough to hide round trips, few enough not to disturb the source.
pub const PARALLEL_LISTINGS: usize = 16;

/// Finds the prefixes to list and records them.
///
/// # Errors
/// Why the stage is not done.
pub async fn discover(context: &RunContext, listing: u32) -> Result<(), Unfinished> {
    commit(context, Change::ClearListing { batch: context.batch }).await?;
    catalog::build_inventory(context, listing).await?;
    match &context.setup.catalog {
        Catalog::Keys(template) => discover_by_template(context, template, listing).await,
        Catalog::Rows(_) => discover_everything(context, listing).await,
    }
}

/// Rows say nothing of where their objects lie, so everything below the prefix is listed, its folders side by side.
async fn discover_everything(context: &RunContext, listing: u32) -> Result<(), Unfinished> {
    let folders = folders(context).await?;
    catalog::build(context, &folders, listing).await?;
    let Folders { open, shards } = folders;
    for prefix in open {
        let Directories { unlistable, .. } = directories(context, &prefix, listing).await?;
        if let Some(reason) = unlistable {
            mark_unlistable(context, prefix, reason, listing).await?;
        }
    }
    mark_shards(context, shards.into_iter().map(|shard| (shard, None)).collect(), listing).await
}

async fn mark_unlistable(context: &RunContext, prefix: String, reason: String, listing: u32) -> Result<(), Unfinished> {
    let page = page_change(context, &Shard::all(prefix), (Page::default(), Mark::Unlistable(reason)), listing, false)?;
    commit(context, page).await
}

async fn mark_shards(context: &RunContext, shards: Vec<(Shard, Option<Page>)>, listing: u32) -> Result<(), Unfinished> {
    for (shard, first) in shards {
        let begun = first.map_or_else(|| (Page::default(), Mark::Resume(None)), with_mark);
        let page = page_change(context, &shard, begun, listing, true)?;
        commit(context, page).await?;
    }
    Ok(())
}

/// Finds the prefixes that a template allows.
async fn discover_by_template(context: &RunContext, template: &KeyTemplate, listing: u32) -> Result<(), Unfinished> {
    let selector = &context.setup.selector;
    let collected = &context.setup.file.spec.collected;
    let accepts = |field: &str, value: &str| selector.accepts(field, value);
    let literals = selector.literals();
    let selection = Selection {
        from: collected.from,
        to: collected.to,
        organizations: literals.organizations,
        organization_head: literals.organization_head,
        document_types: literals.document_types,
        document_type_head: literals.document_type_head,
        image_numbers: literals.image_numbers,
        accepts: &accepts,
    };
    let setup = &context.setup;
    let mut frontier = pushdown::start(template, &setup.file.spec.source.prefix, &selection, &setup.zones);
    let mut shards = Vec::new();
    while !frontier.is_empty() {
        let mut level = Vec::new();
        for next in frontier.drain(..) {
            match next {
                Frontier::List(shard) => shards.push(shard),
                Frontier::Discover(discovery) => level.push(discovery),
            }
        }
        let mut found = stream::iter(level)
            .map(|discovery| async move {
                let found = directories(context, &discovery.prefix, listing).await;
                (discovery, found)
            })
            .buffered(PARALLEL_LISTINGS);
        // In order, whoever answers first, so that the same source gives the same records.
        while let Some((discovery, found)) = found.next().await {
            let Directories { names, unlistable } = found?;
            if let Some(reason) = unlistable {
                mark_unlistable(context, discovery.prefix.clone(), reason, listing).await?;
            }
            frontier.extend(pushdown::expand(template, &discovery, &names, &selection, &setup.zones));
        }
    }
    let Spread { open, shards } = spread(context, template, shards).await?;
    for (shard, page) in open {
        let page = page_change(context, &shard, (page, Mark::Done), listing, false)?;
        commit(context, page).await?;
    }
    mark_shards(context, shards, listing).await
}

/// The folders at one level, as far as they could be listed.
#[derive(Default)]
struct Directories {
    names: Vec<String>,
    unlistable: Option<String>,
}

/// The folders below a prefix; objects that lie at that level are classified like any others.
async fn directories(context: &RunContext, prefix: &str, listing: u32) -> Result<Directories, Unfinished> {
    let (mut found, mut token) = (Directories::default(), None);
    let shard = Shard::all(prefix);
    loop {
        stop_if_asked(context)?;
        let page = match list(context, prefix, true, token.as_deref()).await? {
            Ok(page) => page,
            Err(reason) => return Ok(Directories { unlistable: Some(reason), ..found }),
        };
        found.names.extend(page.directories.iter().cloned());
        token.clone_from(&page.next);
        commit(context, page_change(context, &shard, with_mark(page), listing, false)?).await?;
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// Whether the run goes on.
///
/// # Errors
/// It was asked to stop.
pub fn stop_if_asked(context: &RunContext) -> Result<(), Unfinished> {
    if context.stop.requested() { Err(Unanswered::Stopped.into()) } else { Ok(()) }
}

/// Records a change.
///
/// # Errors
/// The ledger's.
pub async fn commit(context: &RunContext, change: Change) -> Result<(), Unfinished> {
    context.writer.commit(change, Durability::Later).await.map(drop).map_err(Unfinished::Ledger)
}

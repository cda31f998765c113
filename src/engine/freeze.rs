//! Freezing the population: what can match is listed, in parallel shards, page by page into the ledger.
//!
//! A shard's mark is written with its page, so that an interrupted listing goes on where it stopped and counts
//! nothing twice. The shards themselves are all known before the first page counts: until then the stage is
//! `Discovering` and is begun anew.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt, TryStreamExt};

use super::catalog::{self, Catalog};
use super::classify::{Classified, classify};
use super::context::{Meters, RunContext};
use super::document::Unfinished;
use super::folders::{Folders, folders};
use super::retry::Unanswered;
use super::spread::{Spread, spread};
use crate::catalogs::KeyTemplate;
use crate::catalogs::pushdown::{self, Frontier, Selection};
use crate::ledger::{Change, Durability};
use crate::model::counts::Listed;
use crate::model::document::SourceObject;
use crate::model::failure::{Code, Disposition};
use crate::model::listing::{Mark, Shard};
use crate::stores::{Page, StoreError};
use crate::tables::Table;

/// Listings in flight at once: enough to hide round trips, few enough not to disturb the source.
const PARALLEL_LISTINGS: usize = 16;

/// Finds the prefixes to list and records them.
///
/// # Errors
/// Why the stage is not done.
pub async fn discover(context: &RunContext, listing: u32) -> Result<(), Unfinished> {
    commit(context, Change::ClearListing { batch: context.batch }, Durability::Later).await?;
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
    let page = page_change(context, &Shard { prefix }, (Page::default(), Mark::Unlistable(reason)), listing, false)?;
    commit(context, page, Durability::Later).await
}

async fn mark_shards(context: &RunContext, shards: Vec<(Shard, Option<Page>)>, listing: u32) -> Result<(), Unfinished> {
    for (shard, first) in shards {
        let begun = first.map_or_else(|| (Page::default(), Mark::Resume(None)), with_mark);
        let page = page_change(context, &shard, begun, listing, true)?;
        commit(context, page, Durability::Later).await?;
    }
    Ok(())
}

/// A page, and where its listing stands after it.
fn with_mark(page: Page) -> (Page, Mark) {
    let mark = if page.next.is_some() { Mark::Resume(page.next.clone()) } else { Mark::Done };
    (page, mark)
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
        commit(context, page, Durability::Later).await?;
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
    let shard = Shard { prefix: prefix.to_owned() };
    loop {
        stop_if_asked(context)?;
        let page = match list(context, prefix, true, token.as_deref()).await? {
            Ok(page) => page,
            Err(reason) => return Ok(Directories { unlistable: Some(reason), ..found }),
        };
        found.names.extend(page.directories.iter().cloned());
        token.clone_from(&page.next);
        commit(context, page_change(context, &shard, with_mark(page), listing, false)?, Durability::Later).await?;
        if token.is_none() {
            return Ok(found);
        }
    }
}

fn stop_if_asked(context: &RunContext) -> Result<(), Unfinished> {
    if context.stop.requested() { Err(Unanswered::Stopped.into()) } else { Ok(()) }
}

/// Lists every shard that is not done yet.
///
/// # Errors
/// Why the stage is not done; what is listed stays listed.
pub async fn list_all(context: &RunContext, listing: u32) -> Result<(), Unfinished> {
    let marks = context.reader.marks(context.batch).map_err(Unfinished::Ledger)?;
    let open = marks.into_iter().filter_map(|(shard, mark)| match mark {
        Mark::Resume(token) => Some((shard, token)),
        Mark::Done | Mark::Unlistable(_) => None,
    });
    stream::iter(open.map(Ok))
        .try_for_each_concurrent(PARALLEL_LISTINGS, |(shard, token)| list_shard(context, shard, token, listing))
        .await
}

async fn list_shard(context: &RunContext, shard: Shard, token: Option<String>, listing: u32) -> Result<(), Unfinished> {
    let mut listed = list(context, &shard.prefix, false, token.as_deref()).await?;
    loop {
        stop_if_asked(context)?;
        let (page, mark) = listed.map_or_else(|reason| (Page::default(), Mark::Unlistable(reason)), with_mark);
        let token = page.next.clone();
        let recorded = async {
            let page = page_change(context, &shard, (page, mark), listing, true)?;
            commit(context, page, Durability::Later).await
        };
        let Some(token) = token else { return recorded.await };
        // The store makes the next page while this one is recorded.
        let (next, recorded) = futures::join!(list(context, &shard.prefix, false, Some(&token)), recorded);
        recorded?;
        listed = next?;
    }
}

/// One page, or why this prefix cannot be listed.
///
/// # Errors
/// Why there is no answer now.
pub async fn list(
    context: &RunContext,
    prefix: &str,
    by_directory: bool,
    token: Option<&str>,
) -> Result<Result<Page, String>, Unfinished> {
    if let Some(objects) = context.inventory() {
        let page = catalog::inventory_page(&objects, prefix, by_directory, token);
        let page = page.map_err(|error| catalog::on_disk(context, &error))?;
        Meters::add(&context.meters.listed, page.objects.len() as u64);
        return Ok(Ok(page));
    }
    let source = &context.setup.source.store;
    match context.retrier().ask(source, || source.list(prefix, by_directory, token)).await {
        Ok(page) => {
            Meters::add(&context.meters.requests, page.requests);
            Meters::add(&context.meters.listed, (page.objects.len() + page.unaddressable.len()) as u64);
            Ok(Ok(page))
        }
        // A refusal of this very prefix; what may pass is waited for, lest half of a document be taken for the whole.
        Err(Unanswered::Failed(error)) if error.disposition == Disposition::Reject => {
            let probe = context.retrier().probe(source).await;
            if probe.is_ok() {
                return Ok(Err(error.to_string()));
            }
            // It answers nothing else either: what answers there is not the store.
            Err(Unanswered::Stalled(StoreError { code: Code::StoreUnavailable, ..error }).into())
        }
        Err(other) => Err(other.into()),
    }
}

/// `contiguous`: the page has every key between its first and its last. Those at one level of folders have not.
fn page_change(
    context: &RunContext,
    shard: &Shard,
    (page, mark): (Page, Mark),
    listing: u32,
    contiguous: bool,
) -> Result<Change, Unfinished> {
    let rows = context.table();
    let mut sorted = Sorted { listed: Listed { requests: page.requests, ..Listed::default() }, ..Sorted::default() };
    for object in page.objects {
        sorted.add(context, rows.as_deref(), object, listing, None)?;
    }
    for (object, reason) in page.unaddressable {
        sorted.add(context, rows.as_deref(), object, listing, Some(reason))?;
    }
    if let Mark::Unlistable(reason) = &mark {
        sorted.unlistable.push(format!("{}: {reason}", shard.prefix));
    }
    Ok(Change::Page {
        batch: context.batch,
        shard: shard.clone(),
        mark,
        files: sorted.files,
        unrecognised: sorted.unrecognised,
        listed: sorted.listed,
        unlistable: sorted.unlistable,
        contiguous,
    })
}

#[derive(Default)]
struct Sorted {
    files: Vec<crate::model::document::FileRecord>,
    unrecognised: Vec<SourceObject>,
    listed: Listed,
    unlistable: Vec<String>,
}

impl Sorted {
    /// A key that cannot be addressed is a file of its document (which then fails), or else leaves the batch
    /// incomplete: nobody can tell what it is.
    fn add(
        &mut self,
        context: &RunContext,
        rows: Option<&Table>,
        object: SourceObject,
        listing: u32,
        unaddressable: Option<String>,
    ) -> Result<(), Unfinished> {
        self.listed.objects += 1;
        let key = object.key.clone();
        let classified = classify(&context.setup, rows, object, listing, unaddressable.clone());
        match classified.map_err(|error| catalog::on_disk(context, &error))? {
            Classified::File(file) => self.files.push(*file),
            Classified::OutOfScope(filter) => {
                self.listed.out_of_scope += 1;
                *by(&mut self.listed.out_of_scope_by, &filter) += 1;
            }
            Classified::Unrecognised(object) => {
                self.listed.unrecognised += 1;
                self.unrecognised.push(object);
                self.unlistable.extend(unaddressable.map(|reason| format!("{key}: {reason}")));
            }
        }
        Ok(())
    }
}

fn by<'a>(counts: &'a mut BTreeMap<String, u64>, filter: &str) -> &'a mut u64 {
    counts.entry(filter.to_owned()).or_default()
}

async fn commit(context: &RunContext, change: Change, durability: Durability) -> Result<(), Unfinished> {
    context.writer.commit(change, durability).await.map(drop).map_err(Unfinished::Ledger)
}

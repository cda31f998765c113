//! Every shard is listed, page by page into the ledger; of a long one what is left is listed in ranges of keys, side by side.
//!
//! A shard's mark is written with its page, so that an interrupted listing goes on where it stopped and counts nothing twice. What is
//! divided, and where, follows from the keys alone, whoever answers first: so the same source gives the same pages, of which the
//! next listing need not record anything anew.

use std::collections::VecDeque;

use futures::stream::{FuturesUnordered, StreamExt};

use super::context::RunContext;
use super::divide::divide;
use super::document::Unfinished;
use super::freeze::{PARALLEL_LISTINGS, commit, stop_if_asked};
use super::key_order::KeyOrder;
use super::page::{list_shard, page_change};
use super::ranges::bounded;
use crate::ledger::{Change, LedgerError};
use crate::model::listing::{Mark, Shard};
use crate::stores::Page;

/// Pages after which what is left of a shard is divided: to find where costs about half as many requests, of one key each.
const LONG: usize = 32;
/// The same where there are enough to be listed side by side: only one that is much longer than the others is worth it.
const LONG_AMONG_MANY: usize = 256;

/// Whether what is listed can be gone on with: ranges only of a source that is still relied on for its order.
///
/// # Errors
/// The ledger's.
pub fn can_go_on(context: &RunContext) -> Result<bool, LedgerError> {
    let is_ordered = context.setup.source.store.abilities().ordered;
    Ok(is_ordered || context.reader.marks(context.batch)?.iter().all(|(shard, _)| shard.range.is_none()))
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
    let (mut waiting, mut listings) = (open.collect::<VecDeque<_>>(), FuturesUnordered::new());
    let long = if waiting.len() < PARALLEL_LISTINGS { LONG } else { LONG_AMONG_MANY };
    loop {
        while listings.len() < PARALLEL_LISTINGS
            && let Some((shard, token)) = waiting.pop_front()
        {
            listings.push(list_pages(context, shard, token, (listing, long)));
        }
        let Some(ranges) = listings.next().await else { return Ok(()) };
        waiting.extend(ranges?.into_iter().map(|range| (range, None)));
    }
}

/// Lists a shard, or its first `long` pages, and gives back what is left of it, in ranges.
async fn list_pages(
    context: &RunContext,
    shard: Shard,
    token: Option<String>,
    (listing, long): (u32, usize),
) -> Result<Vec<Shard>, Unfinished> {
    let mut order = KeyOrder::of(&shard);
    let mut listed = list_shard(context, &shard, token.as_deref()).await?;
    for pages in 1.. {
        stop_if_asked(context)?;
        let (page, mark) = match listed {
            Ok(page) => bounded(context, &shard, &mut order, page).await?,
            Err(reason) => (Page::default(), Mark::Unlistable(reason)),
        };
        let token = page.next.clone();
        let recorded = async {
            let page = page_change(context, &shard, (page, mark), listing, true)?;
            commit(context, page).await
        };
        let Some(token) = token else {
            recorded.await?;
            break;
        };
        if pages == long {
            recorded.await?;
            let (ranges, requests) = divide(context, &shard, order.last()).await?;
            if !ranges.is_empty() {
                let (batch, ranges_left) = (context.batch, ranges.clone());
                commit(context, Change::Divide { batch, shard, ranges, requests }).await?;
                return Ok(ranges_left);
            }
            listed = list_shard(context, &shard, Some(&token)).await?;
            if let Ok(page) = &mut listed {
                page.requests += requests;
            }
            continue;
        }
        // The store makes the next page while this one is recorded.
        let (next, recorded) = futures::join!(list_shard(context, &shard, Some(&token)), recorded);
        recorded?;
        listed = next?;
    }
    Ok(Vec::new())
}

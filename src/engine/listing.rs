//! Every shard is listed, page by page into the ledger; of a long one what is left is listed in ranges of keys, side by side.
//!
//! A shard's mark is written with its page, so that an interrupted listing goes on where it stopped and counts nothing twice. What is
//! divided, and where, follows from the keys alone, whoever answers first: so the same source gives the same pages, of which the
//! next listing need not record anything anew.

use std::collections::VecDeque;

use futures::stream::{FuturesUnordered, StreamExt};

use super::context::RunContext;
use super::divide::{Divided, divide};
use super::document::Unfinished;
use super::freeze::{PARALLEL_LISTINGS, commit, stop_if_asked};
use super::key_order::KeyOrder;
use super::page::{list_shard, page_change, with_mark};
use crate::ledger::Change;
use crate::model::listing::{Mark, Shard};
use crate::stores::Page;

/// Pages after which what is left of a shard is divided: to find where costs about half as many requests, of one key each.
const LONG: usize = 32;
/// The same where there are enough prefixes to be listed side by side: only one that is much longer than the others is worth it.
const LONG_AMONG_MANY: usize = 256;

/// Lists every shard that is not done yet.
///
/// # Errors
/// Why the stage is not done; what is listed stays listed.
pub async fn list_all(context: &RunContext, listing: u32) -> Result<(), Unfinished> {
    let marks = context.reader.marks(context.batch).map_err(Unfinished::Ledger)?;
    let prefixes = marks.iter().filter(|(shard, _)| shard.range.is_none()).count();
    let long = if prefixes < PARALLEL_LISTINGS { LONG } else { LONG_AMONG_MANY };
    let open = marks.into_iter().filter_map(|(shard, mark)| match mark {
        Mark::Resume(token) => Some((shard, token)),
        Mark::Done | Mark::Unlistable(_) => None,
    });
    let (mut waiting, mut listings) = (open.collect::<VecDeque<_>>(), FuturesUnordered::new());
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
    let mut listed = list_shard(context, &shard, token.as_deref(), &mut order).await?;
    for pages in 1.. {
        stop_if_asked(context)?;
        let (page, mark) = listed.map_or_else(|reason| (Page::default(), Mark::Unlistable(reason)), with_mark);
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
            let Divided { ranges, requests } = divide(context, &shard, order.last()).await?;
            if !ranges.is_empty() {
                commit(context, Change::Divide { batch: context.batch, shard, ranges: ranges.clone(), requests })
                    .await?;
                return Ok(ranges);
            }
            listed = list_shard(context, &shard, Some(&token), &mut order).await?;
            listed.iter_mut().for_each(|page| page.requests += requests);
            continue;
        }
        // The store makes the next page while this one is recorded.
        let (next, recorded) = futures::join!(list_shard(context, &shard, Some(&token), &mut order), recorded);
        recorded?;
        listed = next?;
    }
    Ok(Vec::new())
}

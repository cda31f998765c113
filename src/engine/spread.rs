//! Long listings side by side: where few prefixes are to be listed, those that take more than a page are listed folder by folder,
//! as long as the folders are not those of documents. How many there are, and how evenly they are filled, nobody knows before.

use futures::stream::{self, StreamExt, TryStreamExt};

use super::context::RunContext;
use super::document::Unfinished;
use super::page::list;
use crate::catalogs::KeyTemplate;
use crate::model::listing::Shard;
use crate::stores::Page;

/// So many listings side by side are enough.
const ENOUGH: usize = 8;
/// Listings at most that come of dividing prefixes: each may cost a request for a handful of keys.
const MOST: usize = 128;
/// Levels of folders looked into.
const LEVELS: usize = 4;

/// Prefixes to list, divided.
#[derive(Default)]
pub struct Spread {
    /// Prefixes whose folders are among the shards, and what lies in them beside those.
    pub open: Vec<(Shard, Page)>,
    /// What is listed as a whole, with its first page if that was asked for.
    pub shards: Vec<(Shard, Option<Page>)>,
}

/// What a look at a prefix says.
enum Look {
    /// It is listed as a whole.
    Whole(Shard, Option<Page>),
    /// Its folders are listed, and this is what it has beside them.
    Divided(Shard, Page),
}

/// Divides prefixes that hold more than a page. Records nothing.
///
/// # Errors
/// Why there is no answer.
pub async fn spread(
    context: &RunContext,
    template: &KeyTemplate,
    mut shards: Vec<Shard>,
) -> Result<Spread, Unfinished> {
    let mut spread = Spread::default();
    for _ in 0..LEVELS {
        let known = spread.shards.len() + shards.len();
        // An inventory is at hand: nothing of it has to be waited for.
        if shards.is_empty() || known >= ENOUGH || context.inventory().is_some() {
            break;
        }
        let looks = stream::iter(shards.drain(..)).map(|shard| look(context, template, shard, MOST / known));
        // In order, whoever answers first, so that the same source gives the same records.
        for look in looks.buffered(ENOUGH).try_collect::<Vec<_>>().await? {
            match look {
                Look::Whole(shard, first) => spread.shards.push((shard, first)),
                Look::Divided(shard, mut page) => {
                    shards.extend(page.directories.drain(..).map(Shard::all));
                    spread.open.push((shard, page));
                }
            }
        }
    }
    spread.shards.extend(shards.into_iter().map(|shard| (shard, None)));
    Ok(spread)
}

async fn look(context: &RunContext, template: &KeyTemplate, shard: Shard, most: usize) -> Result<Look, Unfinished> {
    if !template.is_above_documents(context.setup.below_prefix(&shard.prefix)) {
        return Ok(Look::Whole(shard, None));
    }
    // What cannot be listed is found again, and recorded, when it is listed as a whole.
    let Ok(mut first) = list(context, &shard.prefix, false, None).await? else { return Ok(Look::Whole(shard, None)) };
    if first.next.is_none() {
        return Ok(Look::Whole(shard, Some(first)));
    }
    let Ok(mut level) = list(context, &shard.prefix, true, None).await? else {
        return Ok(Look::Whole(shard, Some(first)));
    };
    // Of the two pages one is for nothing; the report tells of every request.
    let requests = first.requests + level.requests;
    (first.requests, level.requests) = (requests, requests);
    let divides = level.next.is_none() && (2..=most).contains(&level.directories.len());
    Ok(if divides { Look::Divided(shard, level) } else { Look::Whole(shard, Some(first)) })
}

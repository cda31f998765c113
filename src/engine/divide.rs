//! Divides what is left of a long listing into ranges of keys.

use super::context::RunContext;
use super::cuts::cuts;
use super::document::Unfinished;
use super::search::{Search, Silence};
use crate::model::listing::{KeyRange, Shard};

/// Divides what is left of a shard behind the `last` key that came in order, if the source is relied on for that order. Records nothing.
/// Gives ranges that together hold what is left, none if it is not to be divided, and how many requests it took to find them.
///
/// # Errors
/// Why there is no answer now.
pub async fn divide(context: &RunContext, shard: &Shard, last: Option<&str>) -> Result<(Vec<Shard>, u64), Unfinished> {
    let is_ordered = context.setup.source.store.abilities().ordered && context.inventory().is_none();
    let Some(last) = last.filter(|_| is_ordered) else { return Ok((Vec::new(), 0)) };
    let search = Search::new(context, &shard.prefix);
    let ranges = match cuts_behind(&search, shard, last).await {
        Ok(cuts) if !cuts.is_empty() => ranges(shard, last, cuts),
        Ok(_) | Err(Silence::Untold) => Vec::new(),
        Err(Silence::Unfinished(why)) => return Err(why),
    };
    Ok((ranges, search.requests()))
}

async fn cuts_behind(search: &Search<'_>, shard: &Shard, last: &str) -> Result<Vec<String>, Silence> {
    let first_behind = async |after: String| {
        let key = search.first_behind(&after).await?;
        Ok(key.filter(|key| shard.range.as_ref().is_none_or(|range| range.reaches(key))))
    };
    let Some(first) = first_behind(last.to_owned()).await? else { return Ok(Vec::new()) };
    cuts(&first, shard.prefix.len(), first_behind).await
}

/// The ranges from `last` over each cut to the end of a shard.
fn ranges(shard: &Shard, last: &str, cuts: Vec<String>) -> Vec<Shard> {
    let end = shard.range.as_ref().and_then(|range| range.upto.clone());
    let begins = std::iter::once(last.to_owned()).chain(cuts.clone());
    let ends = cuts.into_iter().map(Some).chain([end]);
    let ranges = begins.zip(ends).map(|(after, upto)| KeyRange { after, upto });
    ranges.map(|range| Shard { prefix: shard.prefix.clone(), range: Some(range) }).collect()
}

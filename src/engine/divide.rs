//! Divides what is left of a long listing into ranges of keys.

use std::sync::atomic::{AtomicU64, Ordering};

use super::context::RunContext;
use super::cuts::cuts;
use super::document::Unfinished;
use super::page::answered;
use crate::model::listing::{KeyRange, Shard};

/// What is left of a shard.
#[derive(Default)]
pub struct Divided {
    /// Ranges that together hold what is left; none: it is not to be divided.
    pub ranges: Vec<Shard>,
    /// Requests that it took to find them.
    pub requests: u64,
}

/// Divides what is left of a shard behind the `last` key that came in order, if the source is relied on for that order. Records nothing.
///
/// # Errors
/// Why there is no answer now.
pub async fn divide(context: &RunContext, shard: &Shard, last: Option<&str>) -> Result<Divided, Unfinished> {
    let is_ordered = context.setup.source.store.abilities().ordered && context.inventory().is_none();
    let Some(last) = last.filter(|_| is_ordered) else { return Ok(Divided::default()) };
    let search = Search { context, shard, requests: AtomicU64::new(0) };
    let ranges = match search.cuts(last).await {
        Ok(cuts) if !cuts.is_empty() => ranges(shard, last, cuts),
        Ok(_) | Err(Silence::Untold) => Vec::new(),
        Err(Silence::Unfinished(why)) => return Err(why),
    };
    Ok(Divided { ranges, requests: search.requests.into_inner() })
}

/// The ranges from `last` over each cut to the end of a shard.
fn ranges(shard: &Shard, last: &str, cuts: Vec<String>) -> Vec<Shard> {
    let end = shard.range.as_ref().and_then(|range| range.upto.clone());
    let begins = std::iter::once(last.to_owned()).chain(cuts.clone());
    let ends = cuts.into_iter().map(Some).chain([end]);
    let ranges = begins.zip(ends).map(|(after, upto)| KeyRange { after, upto });
    ranges.map(|range| Shard { prefix: shard.prefix.clone(), range: Some(range) }).collect()
}

/// Looks for keys of a shard.
struct Search<'a> {
    context: &'a RunContext,
    shard: &'a Shard,
    requests: AtomicU64,
}

/// Why no key is known.
enum Silence {
    /// The source does not say, or not so that it can be relied on: the shard is listed on as it was.
    Untold,
    /// There is no answer now.
    Unfinished(Unfinished),
}

impl Search<'_> {
    async fn cuts(&self, last: &str) -> Result<Vec<String>, Silence> {
        let Some(first) = self.first(last.to_owned()).await? else { return Ok(Vec::new()) };
        cuts(&first, self.shard.prefix.len(), |after| self.first(after)).await
    }

    /// The first key behind a text.
    async fn first(&self, after: String) -> Result<Option<String>, Silence> {
        let Shard { prefix, range } = self.shard;
        let source = &self.context.setup.source.store;
        let page = answered(self.context, || source.list_after(prefix, &after, 1)).await;
        let page = page.map_err(Silence::Unfinished)?.map_err(|_| Silence::Untold)?;
        self.requests.fetch_add(page.requests, Ordering::Relaxed);
        match page.keys().min() {
            // It does not begin where it was asked to.
            Some(key) if *key <= *after => Err(Silence::Untold),
            Some(key) => Ok(range.as_ref().is_none_or(|range| range.reaches(key)).then(|| key.to_owned())),
            None if page.next.is_some() => Err(Silence::Untold),
            None => Ok(None),
        }
    }
}

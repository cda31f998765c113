//! Pages of a range: they come in order, they end where the range does, and the next range begins where they end.

use super::context::RunContext;
use super::document::Unfinished;
use super::key_order::KeyOrder;
use super::page::{count, with_mark};
use super::search::{Search, Silence};
use crate::model::listing::{KeyRange, Mark, Shard};
use crate::stores::Page;

/// How often the end of a range is looked at, since keys come and go.
const LOOKS: usize = 3;

/// What of a page is to be recorded, and where the listing of its shard stands after it.
///
/// # Errors
/// Why there is no answer now.
pub async fn bounded(
    context: &RunContext,
    shard: &Shard,
    order: &mut KeyOrder,
    mut page: Page,
) -> Result<(Page, Mark), Unfinished> {
    let before = order.last().map(str::to_owned);
    order.take(&page);
    let Some(range) = &shard.range else { return Ok(with_mark(page)) };
    let mut holds = order.holds();
    if holds {
        let beyond = cut(&mut page, range);
        count(context, &page);
        if page.next.is_none() {
            let last = page.keys().max().map(str::to_owned).or(before).unwrap_or_else(|| range.after.clone());
            let search = Search::new(context, &shard.prefix);
            holds = is_seamless(&search, range, last, beyond).await?;
            page.requests += search.requests();
        }
    }
    if holds {
        return Ok(with_mark(page));
    }
    let why = format!(
        "store {} does not list in the order of its keys: declare `orderedListing: false` for it, then resync with `--all`",
        context.setup.source.store.name()
    );
    Ok((Page { requests: page.requests, ..Page::default() }, Mark::Unlistable(why)))
}

/// Leaves out what lies behind the end of a range; gives the first such key, behind which nothing has to be asked for.
fn cut(page: &mut Page, range: &KeyRange) -> Option<String> {
    let beyond = page.keys().filter(|key| !range.reaches(key)).min()?.to_owned();
    page.objects.retain(|object| range.reaches(&object.key));
    page.unaddressable.retain(|(object, _)| range.reaches(&object.key));
    page.next = None;
    Some(beyond)
}

/// Whether the next range begins with the very key that comes behind the `last` one of this. Then nothing lies in between, in whatever
/// order the source has its keys. `beyond`: the key that came there; `None`: there was no more.
async fn is_seamless(
    search: &Search<'_>,
    range: &KeyRange,
    mut last: String,
    mut beyond: Option<String>,
) -> Result<bool, Unfinished> {
    let Some(upto) = &range.upto else { return Ok(true) };
    for _ in 0..LOOKS {
        match search.first_behind(upto).await {
            Ok(begin) if begin == beyond => return Ok(true),
            Ok(_) => {}
            Err(Silence::Untold) => return Ok(false),
            Err(Silence::Unfinished(why)) => return Err(why),
        }
        beyond = match search.first_behind(&last).await {
            // It has come since, and is for the next listing.
            Ok(Some(key)) if range.reaches(&key) => {
                last = key;
                continue;
            }
            Ok(beyond) => beyond,
            Err(Silence::Untold) => return Ok(false),
            Err(Silence::Unfinished(why)) => return Err(why),
        };
    }
    Ok(false)
}

//! One page of a listing: asked for, and sorted into what is recorded of it.

use std::collections::BTreeMap;

use super::catalog;
use super::classify::{Classified, classify};
use super::context::{Meters, RunContext};
use super::document::Unfinished;
use super::retry::Unanswered;
use crate::ledger::Change;
use crate::model::counts::Listed;
use crate::model::document::{FileRecord, SourceObject};
use crate::model::failure::{Code, Disposition};
use crate::model::listing::{Mark, Shard};
use crate::stores::{Page, StoreError};
use crate::tables::Table;

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
        count(context, &page);
        return Ok(Ok(page));
    }
    let source = &context.setup.source.store;
    let page = answered(context, || source.list(prefix, by_directory, token)).await?;
    Ok(page.inspect(|page| count(context, page)))
}

/// One page of a shard, or why it cannot be listed. Of a range it may go beyond the end.
///
/// # Errors
/// Why there is no answer now.
pub async fn list_shard(
    context: &RunContext,
    shard: &Shard,
    token: Option<&str>,
) -> Result<Result<Page, String>, Unfinished> {
    let source = &context.setup.source.store;
    match (&shard.range, token) {
        (Some(range), None) => answered(context, || source.list_after(&shard.prefix, &range.after, usize::MAX)).await,
        (Some(_), token) => answered(context, || source.list(&shard.prefix, false, token)).await,
        (None, token) => list(context, &shard.prefix, false, token).await,
    }
}

/// Tells of the objects of a page, where people look while it goes on.
pub fn count(context: &RunContext, page: &Page) {
    Meters::add(&context.meters.listed, page.keys().count() as u64);
}

/// What the source says to a request for a page.
///
/// # Errors
/// Why there is no answer now.
pub async fn answered<F>(context: &RunContext, request: impl FnMut() -> F) -> Result<Result<Page, String>, Unfinished>
where
    F: Future<Output = Result<Page, StoreError>>,
{
    let source = &context.setup.source.store;
    match context.retrier().ask(source, request).await {
        Ok(page) => {
            Meters::add(&context.meters.requests, page.requests);
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

/// A page, and where its listing stands after it.
pub fn with_mark(page: Page) -> (Page, Mark) {
    let mark = if page.next.is_some() { Mark::Resume(page.next.clone()) } else { Mark::Done };
    (page, mark)
}

/// What is to be recorded of a page.
///
/// `contiguous`: the page has every key between its first and its last. Those at one level of folders have not.
///
/// # Errors
/// What a catalog tells of its objects cannot be read.
pub fn page_change(
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
    files: Vec<FileRecord>,
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

//! Reading failed and pending documents anew: each one's own keys are listed again, nothing else.

use std::collections::{HashMap, HashSet};

use futures::stream::{self, TryStreamExt};

use super::classify::{Classified, classify};
use super::context::{Meters, RunContext};
use super::document::Unfinished;
use super::fetch::own_failure;
use super::group;
use super::merge::{self, Before, merge};
use super::retry::Unanswered;
use crate::catalogs::KeyReading;
use crate::ledger::{DocumentFilter, GroupedDocument};
use crate::model::document::{DocumentRecord, DocumentState, FileRecord};
use crate::model::ids::ImageNumber;
use crate::model::status::ItemStatus;

/// Documents listed at once.
const PARALLEL_LISTINGS: usize = 16;
/// Documents read from the ledger at once.
const PAGE: usize = 256;

/// Lists every failed and pending document again and merges what is there now.
///
/// # Errors
/// Why the stage is not done; begun anew, it does the same again.
pub async fn relist(context: &RunContext, listing: u32) -> Result<(), Unfinished> {
    for status in [ItemStatus::Pending, ItemStatus::Failed] {
        let mut after: Option<ImageNumber> = None;
        loop {
            let filter = DocumentFilter { status: Some(status), code: None };
            let page = read(context, filter, after.as_ref())?;
            let Some(last) = page.last() else { break };
            after = Some(last.image_number.clone());
            stream::iter(page.into_iter().map(Ok))
                .try_for_each_concurrent(PARALLEL_LISTINGS, |document| one(context, document, listing))
                .await?;
        }
    }
    Ok(())
}

fn read(
    context: &RunContext,
    filter: DocumentFilter,
    after: Option<&ImageNumber>,
) -> Result<Vec<DocumentRecord>, Unfinished> {
    context.reader.documents(context.batch, filter, after, PAGE).map_err(Unfinished::Ledger)
}

async fn one(context: &RunContext, document: DocumentRecord, listing: u32) -> Result<(), Unfinished> {
    if context.stop.requested() {
        return Err(Unanswered::Stopped.into());
    }
    let known = context.reader.files(context.batch, &document.image_number).map_err(Unfinished::Ledger)?;
    let mut current = Vec::new();
    for prefix in prefixes(context, &known) {
        let listed = list(context, &prefix, &document.image_number, listing, &mut current).await;
        if let Err(failure) = own_failure(listed, &prefix)? {
            let record = DocumentRecord { state: DocumentState::Failed(failure), ..document };
            return group::write(context, listing, vec![merge::unchanged(record)], Vec::new()).await;
        }
    }
    keep_states(&known, &mut current);
    let now: HashSet<String> = current.iter().map(|file| file.object.key.clone()).collect();
    let gone: Vec<FileRecord> = known.into_iter().filter(|file| !now.contains(&file.object.key)).collect();
    let claims = group::claims(&context.setup, &current);
    let on_conflict = context.setup.file.spec.target.on_conflict;
    let before = Before::of(&context.reader, context.batch, document).map_err(Unfinished::Ledger)?;
    let grouped = GroupedDocument { claims, ..merge(Some(before), current, &gone, on_conflict) };
    group::write(context, listing, vec![grouped], Vec::new()).await
}

/// The shortest prefixes that hold all that the known keys tell of the document.
fn prefixes(context: &RunContext, files: &[FileRecord]) -> Vec<String> {
    let setup = &context.setup;
    let mut prefixes: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let below = setup.below_prefix(&file.object.key);
            match setup.template.read(below, &setup.zones) {
                KeyReading::File(fields) | KeyReading::InDirectory(fields) => {
                    // With the slash of its directory, lest `1` stand for `10` as well.
                    let end = fields.document_prefix;
                    let end = end + usize::from(below[end..].starts_with('/'));
                    Some(format!("{}{}", setup.file.spec.source.prefix, &below[..end]))
                }
                KeyReading::Unrecognised => None,
            }
        })
        .collect();
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

async fn list(
    context: &RunContext,
    prefix: &str,
    image: &ImageNumber,
    listing: u32,
    files: &mut Vec<FileRecord>,
) -> Result<(), Unanswered> {
    let source = &context.setup.source.store;
    let mut token: Option<String> = None;
    loop {
        let page = context.retrier().ask(source, || source.list(prefix, false, token.as_deref())).await?;
        Meters::add(&context.meters.requests, page.requests);
        let objects = page.objects.into_iter().map(|object| (object, None));
        let unaddressable = page.unaddressable.into_iter().map(|(object, reason)| (object, Some(reason)));
        let objects = objects.chain(unaddressable);
        files.extend(objects.filter_map(|(object, reason)| match classify(&context.setup, object, listing, reason) {
            Classified::File(file) if file.record.image_number == *image => Some(*file),
            Classified::File(_) | Classified::OutOfScope(_) | Classified::Unrecognised(_) => None,
        }));
        token = page.next;
        // More files than a document may have are not needed to know that there are too many.
        if token.is_none() || files.len() > group::MAX_FILES {
            return Ok(());
        }
    }
}

fn keep_states(known: &[FileRecord], current: &mut [FileRecord]) {
    let known: HashMap<&str, &FileRecord> = known.iter().map(|file| (file.object.key.as_str(), file)).collect();
    for file in current {
        if let Some(before) = known.get(file.object.key.as_str()) {
            file.state = before.state.clone();
        }
    }
}

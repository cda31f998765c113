//! Reading failed and pending documents anew: each one's own keys are listed again, nothing else.

use futures::stream::{self, TryStreamExt};

use super::classify::{Classified, classify};
use super::context::{Meters, RunContext};
use super::document::Unfinished;
use super::group;
use super::merge::merge;
use super::retry::Unanswered;
use crate::catalogs::KeyReading;
use crate::ledger::{DocumentFilter, GroupedDocument};
use crate::model::document::{DocumentRecord, FileRecord};
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
        list(context, &prefix, &document.image_number, listing, &mut current).await?;
    }
    keep_states(&known, &mut current);
    let gone: Vec<FileRecord> =
        known.into_iter().filter(|file| !current.iter().any(|now| now.object.key == file.object.key)).collect();
    let claims = group::claims(&context.setup, &current);
    let on_conflict = context.setup.file.spec.target.on_conflict;
    let grouped = GroupedDocument { claims, ..merge(Some(document), current, &gone, on_conflict) };
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
                    Some(format!("{}{}", setup.file.spec.source.prefix, &below[..fields.document_prefix]))
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
) -> Result<(), Unfinished> {
    let source = &context.setup.source.store;
    let mut token: Option<String> = None;
    loop {
        let page = context.retrier().ask(source, || source.list(prefix, false, token.as_deref())).await?;
        Meters::add(&context.meters.requests, page.requests);
        let objects = page.objects.into_iter().chain(page.unaddressable.into_iter().map(|(object, _)| object));
        files.extend(objects.filter_map(|object| match classify(&context.setup, object, listing) {
            Classified::File(file) if file.record.image_number == *image => Some(*file),
            Classified::File(_) | Classified::OutOfScope(_) | Classified::Unrecognised(_) => None,
        }));
        token = page.next;
        if token.is_none() {
            return Ok(());
        }
    }
}

fn keep_states(known: &[FileRecord], current: &mut [FileRecord]) {
    for file in current {
        if let Some(before) = known.iter().find(|before| before.object.key == file.object.key) {
            file.state = before.state.clone();
        }
    }
}

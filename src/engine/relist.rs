//! Reading failed and pending documents anew: each one's own keys are listed again, nothing else.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures::stream::{self, TryStreamExt};

use super::catalog::{self, Catalog, Wanted};
use super::classify::{Classified, classify};
use super::context::{Meters, RunContext};
use super::document::Unfinished;
use super::fetch::own_failure;
use super::group;
use super::merge::{self, Before, merge};
use super::retry::Unanswered;
use super::setup::Setup;
use crate::catalogs::{KeyReading, KeyTemplate};
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
pub async fn relist(context: &Arc<RunContext>, listing: u32) -> Result<(), Unfinished> {
    let wanted = catalog::read_again(context, listing).await?;
    for status in [ItemStatus::Pending, ItemStatus::Failed] {
        let mut after: Option<ImageNumber> = None;
        loop {
            let filter = DocumentFilter { status: Some(status), code: None };
            let page = read(context, filter, after.as_ref())?;
            let Some(last) = page.last() else { break };
            after = Some(last.image_number.clone());
            stream::iter(page.into_iter().map(Ok))
                .try_for_each_concurrent(PARALLEL_LISTINGS, |document| one(context, &wanted, document, listing))
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

async fn one(context: &RunContext, wanted: &Wanted, document: DocumentRecord, listing: u32) -> Result<(), Unfinished> {
    if context.stop.requested() {
        return Err(Unanswered::Stopped.into());
    }
    let known = context.reader.files(context.batch, &document.image_number).map_err(Unfinished::Ledger)?;
    let disk = |error| catalog::on_disk(context, &error);
    let places = wanted.of(&document.image_number).map_err(disk)?;
    let mut current = Vec::new();
    for prefix in prefixes(context, &document.image_number, &known, &places) {
        let listed = list(context, &prefix, &document.image_number, listing, &mut current).await;
        let listed = match listed {
            Err(Unfinished::Unanswered(unanswered)) => Err(unanswered),
            Err(other) => return Err(other),
            Ok(()) => Ok(()),
        };
        if let Err(failure) = own_failure(listed, &prefix)? {
            let record = DocumentRecord { state: DocumentState::Failed(failure), ..document };
            return group::write(context, listing, vec![merge::unchanged(record)], Vec::new()).await.map(drop);
        }
    }
    let absent = catalog::absent_of(context, &document.image_number, &places, &current, listing);
    current.extend(absent.map_err(disk)?);
    keep_states(&known, &mut current);
    let now: HashSet<String> = current.iter().map(|file| file.object.key.clone()).collect();
    let gone: Vec<FileRecord> = known.into_iter().filter(|file| !now.contains(&file.object.key)).collect();
    let claims = group::claims(&context.setup, &current);
    let on_conflict = context.setup.file.spec.target.on_conflict;
    let before = Before::of(&context.reader, context.batch, document).map_err(Unfinished::Ledger)?;
    let grouped = GroupedDocument { claims, ..merge(Some(before), current, &gone, on_conflict) };
    group::write(context, listing, vec![grouped], Vec::new()).await.map(drop)
}

/// The shortest prefixes that hold all that the known keys, or the rows now, tell of the document.
fn prefixes(context: &RunContext, image: &ImageNumber, files: &[FileRecord], places: &[String]) -> Vec<String> {
    let setup = &context.setup;
    let source = &setup.file.spec.source.prefix;
    let mut prefixes = match (&setup.catalog, setup.catalog.template()) {
        (_, Some(template)) => {
            let mut prefixes = by_template(setup, template, files);
            if prefixes.is_empty() {
                // Nothing of it was ever there.
                prefixes.push(format!("{source}{}", template.directory_of(image)));
            }
            prefixes
        }
        (Catalog::Rows(rows), None) => catalog::prefixes(rows, source, places),
        (Catalog::Keys(_), None) => Vec::new(),
    };
    prefixes.sort();
    prefixes.dedup();
    prefixes
}

fn by_template(setup: &Setup, template: &KeyTemplate, files: &[FileRecord]) -> Vec<String> {
    let told = files.iter().filter(|file| !file.record.absent).filter_map(|file| {
        let below = setup.below_prefix(&file.object.key);
        match template.read(below, &setup.zones) {
            KeyReading::File(fields) | KeyReading::InDirectory(fields) => {
                // With the slash of its directory, lest `1` stand for `10` as well.
                let end = fields.document_prefix;
                let end = end + usize::from(below[end..].starts_with('/'));
                Some(format!("{}{}", setup.file.spec.source.prefix, &below[..end]))
            }
            KeyReading::Unrecognised => None,
        }
    });
    told.collect()
}

async fn list(
    context: &RunContext,
    prefix: &str,
    image: &ImageNumber,
    listing: u32,
    files: &mut Vec<FileRecord>,
) -> Result<(), Unfinished> {
    let (source, rows) = (&context.setup.source.store, context.table());
    let mut token: Option<String> = None;
    loop {
        let page = context.retrier().ask(source, || source.list(prefix, false, token.as_deref())).await?;
        Meters::add(&context.meters.requests, page.requests);
        let objects = page.objects.into_iter().map(|object| (object, None));
        let unaddressable = page.unaddressable.into_iter().map(|(object, reason)| (object, Some(reason)));
        let objects = objects.chain(unaddressable);
        for (object, reason) in objects {
            let classified = classify(&context.setup, rows.as_deref(), object, listing, reason);
            match classified.map_err(|error| catalog::on_disk(context, &error))? {
                Classified::File(file) if file.record.image_number == *image => files.push(*file),
                Classified::File(_) | Classified::OutOfScope(_) | Classified::Unrecognised(_) => {}
            }
        }
        token = page.next;
        // More files than a document may have are not needed to know that there are too many.
        if token.is_none() || files.len() > group::MAX_FILES {
            return Ok(());
        }
    }
}

/// What became of the files that are known, as the whole listing keeps it.
fn keep_states(known: &[FileRecord], current: &mut [FileRecord]) {
    let known: HashMap<&str, &FileRecord> = known.iter().map(|file| (file.object.key.as_str(), file)).collect();
    for file in current {
        if let Some(before) = known.get(file.object.key.as_str()) {
            file.state = before.state.clone();
            file.findings.clone_from(&before.findings);
            file.checks = before.checks;
        }
    }
}

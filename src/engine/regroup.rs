//! Grouping again: where a listing finds every file as the last one left it, and documents are made by the same rules, only those
//! that are pending or failed are looked at.

use super::catalog::Catalog;
use super::context::RunContext;
use super::document::Unfinished;
use super::group::{self, Population};
use super::setup::Setup;
use crate::ledger::LedgerError;
use crate::model::batch::{BatchRecord, Grouping};
use crate::model::ids::Digest;

/// Makes documents of all files of the current listing.
///
/// # Errors
/// Why the stage is not done.
pub async fn group(context: &RunContext, listing: u32) -> Result<Grouped, Unfinished> {
    let record = context.record().map_err(Unfinished::Ledger)?;
    let listed = &record.listed;
    let files = listed.objects.saturating_sub(listed.out_of_scope + listed.unrecognised);
    let rules = rules(&context.setup);
    if let Some(last) = as_it_was(context, &record, rules, files).map_err(Unfinished::Ledger)? {
        tracing::info!(batch = record.name.as_str(), documents = last.documents, "everything is listed as it was");
        let Population { is_contested, .. } = group::group_undecided(context, listing).await?;
        return Ok(Grouped { grouping: Grouping { listing, ..last }, is_basis: !is_contested, lost: 0 });
    }
    let Population { digest, documents, files: seen, is_contested } = group::group(context, listing).await?;
    let (grouping, lost) =
        (Grouping { listing, rules, files, documents, population: digest }, seen.saturating_sub(files));
    // What could not be listed may be gone by the time when it can; and who asks for what another one has, asks at each grouping.
    Ok(Grouped { grouping, is_basis: !is_contested && lost == 0 && record.unlistable.is_empty(), lost })
}

/// What grouping said.
pub struct Grouped {
    /// What it was of.
    pub grouping: Grouping,
    /// The next grouping may go by it.
    pub is_basis: bool,
    /// Files that the listing saw and does not count: it was cut off behind them and begun again, and they were gone by then.
    pub lost: u64,
}

/// The last grouping, if this one would say the same of every document that is not pending or failed.
fn as_it_was(
    context: &RunContext,
    record: &BatchRecord,
    rules: Digest,
    files: u64,
) -> Result<Option<Grouping>, LedgerError> {
    let is_of_the_last = |last: &Grouping| last.listing + 1 == record.listing && last.rules == rules;
    let Some(last) = record.grouped.filter(|last| is_of_the_last(last) && last.files == files) else { return Ok(None) };
    // Rows tell of more than what is listed, and documents may lie in part where nothing could be listed.
    if !matches!(context.setup.catalog, Catalog::Keys(_)) || !record.unlistable.is_empty() {
        return Ok(None);
    }
    let as_they_were = context.reader.files_as_they_were(context.batch, last.listing, record.listing)?;
    Ok((as_they_were == Some(files)).then_some(last))
}

/// Everything that grouping follows besides what was listed.
fn rules(setup: &Setup) -> Digest {
    let mut file = setup.file.clone();
    // That it is asked for changes nothing of what is done.
    file.spec.resync = None;
    // Plain data with string keys, written to memory, cannot fail.
    let spec = serde_json::to_string(&file).expect("a spec is plain data");
    let target = [Some(setup.address("")), setup.folded_address("")];
    Digest::of(format!("{}\n{spec}\n{}\n{target:?}", env!("CARGO_PKG_VERSION"), setup.source_identity()).as_bytes())
}

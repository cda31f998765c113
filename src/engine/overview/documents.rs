//! A page of documents.

use jiff::civil::Date;

use crate::ledger::{Browsed, DocumentFilter, LedgerError, Reader, Wanted};
use crate::model::batch::BatchId;
use crate::model::document::DocumentRecord;
use crate::model::failure::Code;
use crate::model::overview::DocumentQuery;

/// Documents looked at for one page. With these, a page that finds nothing is answered in a few hundredths of a second.
const LOOK_AT: usize = 5_000;

/// The documents that a query asks for, up to its limit or until enough were looked at.
///
/// # Errors
/// An unreadable ledger.
pub(super) fn page(reader: &Reader, batch: BatchId, query: &DocumentQuery) -> Result<Browsed, LedgerError> {
    let [organization, document_type] =
        [&query.organization, &query.document_type].map(|text| text.as_ref().map(|text| text.to_lowercase()));
    let fits = |document: &DocumentRecord| {
        let fields = &document.fields;
        holds(fields.organization.as_deref(), organization.as_deref())
            && holds(fields.document_type.as_deref(), document_type.as_deref())
            && within(fields.collected.map(|collected| collected.day), query)
    };
    let wanted = Wanted {
        filter: DocumentFilter { status: query.status, code: query.code },
        beginning: query.beginning.as_deref().unwrap_or_default(),
        after: query.after.as_ref(),
        fits: &fits,
        limit: query.limit.max(1) as usize,
        look_at: LOOK_AT,
    };
    reader.browse(batch, &wanted)
}

/// Codes of failures and warnings that a batch's documents have.
///
/// # Errors
/// An unreadable ledger.
pub(super) fn codes(reader: &Reader, batch: BatchId) -> Result<Vec<Code>, LedgerError> {
    let counts = reader.counts(batch)?;
    let kept = (counts.files.target_kept > 0).then_some(Code::TargetKept);
    let mut codes: Vec<Code> = counts.failures.keys().chain(counts.warnings.keys()).copied().chain(kept).collect();
    codes.sort_unstable_by_key(|code| code.as_str());
    codes.dedup();
    Ok(codes)
}

fn holds(found: Option<&str>, wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| found.is_some_and(|found| found.to_lowercase().contains(wanted)))
}

/// A document without a day is in no range.
fn within(day: Option<Date>, query: &DocumentQuery) -> bool {
    let from = query.from.is_none_or(|from| day.is_some_and(|day| day >= from));
    from && query.to.is_none_or(|to| day.is_some_and(|day| day <= to))
}

//! What each change puts on the stage.

use super::{finish, group, page};
use crate::ledger::change::{Change, Committed};
use crate::ledger::error::LedgerError;
use crate::ledger::keys::{self, Table};
use crate::ledger::rows::StartMark;
use crate::ledger::stage::Stage;

/// Stages one change.
pub(in crate::ledger) fn apply(stage: &mut Stage, change: Change) -> Result<Committed, LedgerError> {
    let done = Committed::default();
    match change {
        Change::Page { batch, shard, mark, files, unrecognised, listed, unlistable, contiguous } => {
            let page = page::Page { shard, mark, files, unrecognised, listed, unlistable, contiguous };
            page::page(stage, batch, page).map(|()| done)
        }
        Change::Divide { batch, shard, ranges, requests } => {
            page::divide(stage, batch, &shard, &ranges, requests).map(|()| done)
        }
        Change::Rows { batch, files } => page::rows(stage, batch, files).map(|()| done),
        Change::ClearListing { batch } => page::clear(stage, batch).map(|()| done),
        Change::Group { batch, run, at, operator, listing, documents, strays } => {
            let cause = group::Cause { run, at, operator };
            let refused = group::group(stage, batch, listing, &cause, documents)?;
            page::strays(stage, batch, strays)?;
            Ok(Committed { refused })
        }
        Change::Start { batch, image_number, attempt, run, at } => {
            let key = keys::of_text(Table::Started, batch, image_number.as_str());
            stage.put(key, &StartMark { attempt, run, at });
            Ok(done)
        }
        Change::Finish { batch, outcome, run, generation, at, operator } => {
            let cause = group::Cause { run, at, operator };
            finish::finish(stage, batch, *outcome, generation, &cause).map(|()| done)
        }
    }
}

//! The verdict on a ledger.

use std::fs::File;
use std::path::Path;

use super::survey::{Survey, survey};
use crate::ledger::content::Content;
use crate::ledger::disk::{self, Places};
use crate::ledger::error::LedgerError;
use crate::ledger::keys;
use crate::ledger::rows;
use crate::ledger::store::Store;
use crate::ledger::upgrade::CURRENT;
use crate::model::ids::Digest;
use crate::model::ledger_check::LedgerCheckView;
use crate::model::view::FORMAT_VERSION;

/// Walks through the ledger in the directory `state` and says what in it is not as it was written. Changes no record: an
/// older format stays what it is, and is judged as such. Blocks; reads everything, in bounded memory.
///
/// # Errors
/// [`LedgerError::Missing`], [`LedgerError::Held`], [`LedgerError::Newer`], an upgrade that was cut off, or files that cannot be opened.
pub fn check(state: &Path, cache: u64) -> Result<LedgerCheckView, LedgerError> {
    let places = Places::new(state);
    let lock = existing(&places)?;
    let live = places.live();
    let store = Store::new((disk::open_db(&live, cache)?, cache), live.clone(), lock, None)?;
    let format = match rows::read::<u32>(&store, keys::FORMAT)? {
        None => {
            return Err(LedgerError::open(&live, &"it has no format version, so it is not a ledger of batchferry's"));
        }
        Some(found) if found > CURRENT => return Err(LedgerError::Newer { path: live, found, supported: CURRENT }),
        Some(format) => format,
    };
    if let Some(older) = rows::read::<u32>(&store, keys::UPGRADING)? {
        let why =
            format!("its upgrade from format {older} was cut off: `batchferry list` goes on with it, then check again");
        return Err(LedgerError::open(&live, &why));
    }
    let disk = disk::size(&live)?;
    let surveyed = survey(&store, format)?;
    Ok(view(surveyed, &live, format, disk))
}

/// Takes an existing ledger for this process, and brings its places in order.
pub(super) fn existing(places: &Places) -> Result<File, LedgerError> {
    let missing = || LedgerError::Missing { path: places.live() };
    if !places.state().exists() {
        return Err(missing());
    }
    let lock = places.lock()?;
    places.settle()?;
    if places.live().exists() { Ok(lock) } else { Err(missing()) }
}

fn view(survey: Survey, live: &Path, format: u32, disk: u64) -> LedgerCheckView {
    let Survey { batches, sizes, problems, .. } = survey;
    let (records, bytes) = sizes.total();
    let fresh = Content { records, bytes, sha256: Digest::ZERO }.on_disk();
    let problems_total = problems.total();
    LedgerCheckView {
        format_version: FORMAT_VERSION,
        ledger: live.display().to_string(),
        format,
        sound: problems_total == 0,
        batches: batches.len(),
        documents: sizes.records(b'D'),
        files: sizes.records(b'F'),
        records,
        bytes,
        kinds: sizes.by_size(),
        disk,
        reclaimable: disk.saturating_sub(fresh),
        problems: problems.shown(|id| batches.get(id).map(|known| known.number.to_string())),
        problems_total,
    }
}

//! A ledger is written anew without what it wastes.

use std::path::Path;
use std::time::Instant;

use super::check::existing;
use crate::ledger::compact::{Steps, write_beside};
use crate::ledger::content::Content;
use crate::ledger::disk::{self, Places};
use crate::ledger::error::LedgerError;
use crate::ledger::fuse::Fuse;
use crate::ledger::upgrade;
use crate::model::ledger_check::LedgerCompactView;
use crate::model::view::FORMAT_VERSION;

/// Writes the ledger in the directory `state` anew and, if that is smaller, puts it in the place of the old one. Blocks, for as long as it
/// takes to read everything four times and to write it once. A kill at any instant leaves the old one or the new one,
/// whole, and at most a leftover that the next opening removes. `fuse`: where a test lets it die.
///
/// # Errors
/// [`LedgerError::Missing`], [`LedgerError::Held`], [`LedgerError::NoRoom`], or what the system refuses: then the
/// ledger is as it was.
pub fn compact(state: &Path, cache: u64, fuse: Option<&Fuse>) -> Result<LedgerCompactView, LedgerError> {
    let (began, steps) = (Instant::now(), Steps(fuse));
    let places = Places::new(state);
    let _lock = existing(&places)?;
    let live = places.live();
    let before = disk::size(&live)?;
    let db = disk::open_db(&live, cache)?;
    upgrade::upgrade(&db, &live)?;
    let content = Content::of(&db).map_err(|error| LedgerError::unopened(&live, &error))?;
    let written = enough_room(&places, &content).and_then(|()| write_beside(&db, &content, &places, cache, &steps));
    if let Err(error) = written {
        if steps.step(&places).is_ok() {
            disk::remove(&places.fresh())?;
        }
        return Err(error);
    }
    drop(db);
    if disk::size(&places.fresh())? < before {
        places.promote(|| steps.step(&places))?;
    } else {
        disk::remove(&places.fresh())?;
    }
    Ok(LedgerCompactView {
        format_version: FORMAT_VERSION,
        ledger: live.display().to_string(),
        records: content.records,
        bytes: content.bytes,
        sha256: content.sha256.to_string(),
        before,
        after: disk::size(&live)?.min(before),
        seconds: began.elapsed().as_secs_f64(),
    })
}

fn enough_room(places: &Places, content: &Content) -> Result<(), LedgerError> {
    let (needed, free) = (content.on_disk(), places.room()?);
    if needed <= free {
        return Ok(());
    }
    Err(LedgerError::NoRoom { path: places.state().to_owned(), needed, free })
}

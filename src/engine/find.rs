//! The batch that a user names: by its name, its number, or the path of its spec.

use std::path::Path;
use std::str::FromStr;

use crate::ledger::{LedgerError, Reader};
use crate::model::batch::BatchRecord;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::ids::BatchName;

/// The batch that is meant. A path means the spec at the end of it: of several the longest.
///
/// # Errors
/// No batch is meant, or the ledger cannot be read.
pub fn find(reader: &Reader, wanted: &str) -> Result<BatchRecord, Refusal> {
    let named = BatchName::from_str(wanted).ok().map(|name| reader.batch_by_name(&name)).transpose();
    if let Some(batch) = named.map_err(unavailable)?.flatten() {
        return Ok(batch);
    }
    let batches = reader.batches().map_err(unavailable)?;
    let numbered = batches.iter().find(|batch| batch.number.as_str() == wanted);
    let at_path = || {
        let fits = batches.iter().filter(|batch| Path::new(wanted).ends_with(&batch.spec.path));
        fits.max_by_key(|batch| batch.spec.path.len())
    };
    numbered.or_else(at_path).cloned().ok_or_else(|| Refusal::new(RefusalKind::NotFound, unknown(wanted, &batches)))
}

fn unknown(wanted: &str, batches: &[BatchRecord]) -> String {
    let nearest = batches
        .iter()
        .map(|batch| (strsim::damerau_levenshtein(batch.name.as_str(), wanted), batch.name.as_str()))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    let hint = match nearest {
        Some((_, name)) => format!("did you mean {name}?"),
        None => "`batchferry list` shows them; a spec becomes a batch when a run or a daemon first takes it".to_owned(),
    };
    format!("no batch {wanted:?}; {hint}")
}

/// The ledger cannot be read.
pub fn unavailable(error: LedgerError) -> Refusal {
    Refusal::new(RefusalKind::Unavailable, error)
}

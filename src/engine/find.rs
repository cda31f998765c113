//! The batch that a user names: by its name, its number, or the path of its spec.

use std::path::Path;
use std::str::FromStr;

use crate::ledger::{LedgerError, Reader};
use crate::model::batch::BatchRecord;
use crate::model::control::{Refusal, RefusalKind};
use crate::model::ids::BatchName;

/// The batch that is meant. A path is that of a spec below the jobs directory, or from its root; of several batches that
/// had one path it means the newest.
///
/// # Errors
/// No batch is meant, or the ledger cannot be read.
pub fn find(reader: &Reader, jobs: &Path, wanted: &str) -> Result<BatchRecord, Refusal> {
    let named = BatchName::from_str(wanted).ok().map(|name| reader.batch_by_name(&name)).transpose();
    if let Some(batch) = named.map_err(unavailable)?.flatten() {
        return Ok(batch);
    }
    let batches = reader.batches().map_err(unavailable)?;
    let root = jobs.canonicalize().unwrap_or_else(|_| jobs.to_owned());
    let path = Path::new(wanted).strip_prefix(&root).unwrap_or(Path::new(wanted));
    let newest = |fits: &dyn Fn(&&BatchRecord) -> bool| batches.iter().rev().find(fits);
    newest(&|batch| batch.number.as_str() == wanted)
        .or_else(|| newest(&|batch| Path::new(&batch.spec.path) == path))
        .cloned()
        .ok_or_else(|| Refusal::new(RefusalKind::NotFound, unknown(wanted, &batches)))
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

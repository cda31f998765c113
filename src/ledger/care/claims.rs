//! Claims of target keys: each names a document that there is.

use super::batches::Batches;
use super::documents::beside;
use super::problems::wrong;
use crate::ledger::claim::ClaimRecord;
use crate::ledger::error::LedgerError;
use crate::ledger::keys;
use crate::ledger::store::Store;
use crate::ledger::values;

/// One claim.
pub(super) fn claim(store: &Store, batches: &mut Batches, key: &[u8], value: &[u8]) -> Result<(), LedgerError> {
    let record: ClaimRecord = values::decode(key, value)?;
    let said = |error: LedgerError| match error {
        LedgerError::Damaged { detail, .. } => wrong(format!("the claim of {}: {detail}", record.address)),
        other => other,
    };
    if keys::claim(&record.address) != key {
        return Err(said(wrong("it stands at the key of another address")));
    }
    batches.known(record.batch).map_err(said)?;
    beside(store, record.batch, &record.image_number).map_err(said)?;
    match &record.contested {
        Some(contest) => batches.known(contest.batch).map(drop).map_err(said),
        None => Ok(()),
    }
}

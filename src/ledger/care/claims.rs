//! Claims of target keys: each names a document that there is.

use super::batches::Batches;
use super::documents::beside;
use super::problems::wrong;
use crate::ledger::claim::ClaimRecord;
use crate::ledger::error::LedgerError;
use crate::ledger::keys;
use crate::ledger::store::Store;
use crate::ledger::upgrade;
use crate::ledger::values;

/// One claim of a ledger of this format.
pub(super) fn claim(
    store: &Store,
    batches: &mut Batches,
    format: u32,
    (key, value): (&[u8], &[u8]),
) -> Result<(), LedgerError> {
    let (address, record): (Option<String>, ClaimRecord) = if format < upgrade::CLAIMS_BY_ADDRESS {
        let (address, record): (String, _) = values::decode(key, value)?;
        (Some(address).filter(|address| upgrade::digested_claim(address) == key), record)
    } else {
        (keys::address_of_claim(key), values::decode(key, value)?)
    };
    let address = address.ok_or_else(|| wrong("its key is not that of its address"))?;
    let said = |error: LedgerError| match error {
        LedgerError::Damaged { detail, .. } => wrong(format!("the claim of {address}: {detail}")),
        other => other,
    };
    batches.known(record.batch).map_err(said)?;
    beside(store, record.batch, &record.image_number).map_err(said)?;
    match &record.contested {
        Some(contest) => batches.known(contest.batch).map(drop).map_err(said),
        None => Ok(()),
    }
}

//! Whose a target address is: the document's that claimed it first, across batches.

use serde::{Deserialize, Serialize};

use super::error::LedgerError;
use super::keys;
use super::rows::{self, Lookup};
use super::stage::Stage;
use crate::model::batch::BatchId;
use crate::model::ids::ImageNumber;

/// A document asks for a target address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Claim {
    /// The target's canonical address: endpoint, bucket and key.
    pub address: String,
    /// The source store's location; with the image number it identifies the document.
    pub source: String,
    /// The document.
    pub image_number: ImageNumber,
    /// The source key of the file; `None`: the manifest.
    pub file_key: Option<String>,
}

/// A claim as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// The target's canonical address: what the claim stands at, so that it is not in the record.
    #[serde(skip)]
    pub address: String,
    /// The source store's location.
    pub source: String,
    /// The document.
    pub image_number: ImageNumber,
    /// The batch that claimed it.
    pub batch: BatchId,
    /// The source key of the file; `None`: the manifest.
    pub file_key: Option<String>,
    /// Who else asked for the address last.
    pub contested: Option<Contest>,
}

/// Another document asked for a claimed address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contest {
    /// The batch of the other document.
    pub batch: BatchId,
    /// The listing of that batch: an older one tells nothing of what is there now.
    pub listing: u32,
    /// The other document.
    pub image_number: ImageNumber,
}

/// A claim that was not granted, because the address is another document's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedClaim {
    /// What was asked for.
    pub claim: Claim,
    /// Who has it.
    pub holder: ClaimRecord,
}

/// Who holds `address`.
pub(super) fn holder(at: &impl Lookup, address: &str) -> Result<Option<ClaimRecord>, LedgerError> {
    let record = rows::read::<ClaimRecord>(at, &keys::claim(address))?;
    Ok(record.map(|record| ClaimRecord { address: address.to_owned(), ..record }))
}

/// Grants `claim` unless another document holds the address; then notes who asked, and returns it.
pub(super) fn stake(
    stage: &mut Stage,
    batch: BatchId,
    listing: u32,
    claim: Claim,
) -> Result<Option<RefusedClaim>, LedgerError> {
    let held = holder(stage, &claim.address)?;
    let same = |held: &ClaimRecord| (&held.source, &held.image_number) == (&claim.source, &claim.image_number);
    match held {
        Some(holder) if !same(&holder) => {
            // A contest within the holder's own batch fails both; one from outside only the newcomer, who is told below.
            let within = holder.contested.as_ref().is_some_and(|contest| contest.batch == holder.batch);
            if batch == holder.batch || !within {
                let contested = Some(Contest { batch, listing, image_number: claim.image_number.clone() });
                stage.put(keys::claim(&claim.address), &ClaimRecord { contested, ..holder.clone() });
            }
            Ok(Some(RefusedClaim { claim, holder }))
        }
        Some(holder) if holder.file_key == claim.file_key => Ok(None),
        held => {
            let Claim { address, source, image_number, file_key } = claim;
            let key = keys::claim(&address);
            let contested = held.and_then(|held| held.contested);
            stage.put(key, &ClaimRecord { address, source, image_number, batch, file_key, contested });
            Ok(None)
        }
    }
}

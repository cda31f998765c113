//! One write of one object: by the server itself where it copies, else by sending the bytes.

use super::context::RunContext;
use super::fetch::pin;
use super::place::{Placement, mismatch};
use crate::model::failure::{Code, Disposition};
use crate::model::receipt::Proof;
use crate::model::work::FileWork;
use crate::stores::{CopyFrom, CopyResult, PutIf, PutResult, Store, StoreError};

/// Who made the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// We sent it.
    Us,
    /// Its server copied it.
    Store,
}

impl By {
    /// What the store's own checksum of the object proves; `told`: that of the source is the store's own, too.
    pub fn proof(self, told: bool) -> Proof {
        match (self, told) {
            (Self::Us, _) => Proof::StoreChecksum,
            (Self::Store, false) => Proof::StoreCopy,
            (Self::Store, true) => Proof::StoreDigests,
        }
    }
}

/// What came of a write.
pub struct Made {
    /// As the store says it.
    pub result: PutResult,
    /// Who made it.
    pub by: By,
}

/// Makes the object where `only_if` allows it.
///
/// # Errors
/// What the store said; or that it does not copy, where the bytes are not at hand.
pub async fn make(context: &RunContext, placement: &Placement<'_>, only_if: PutIf) -> Result<Made, StoreError> {
    let target = &context.setup.target.store;
    let copied = match placement.file {
        Some(file) if context.copier.takes_whole(&context.setup.source.store, file) => {
            copy(context, placement, file, only_if).await?
        }
        _ => None,
    };
    let (wanted, by) = (&placement.wanted, By::Us);
    match (copied, &placement.bytes) {
        (Some(result), _) => Ok(Made { result, by: By::Store }),
        (None, Some(bytes)) => {
            let result = target.put(wanted.key, bytes.clone(), &wanted.sha256, only_if, placement.carried).await?;
            Ok(Made { result, by })
        }
        (None, None) => Err(not_copied(target, wanted.key)),
    }
}

/// Nothing was written: the server does not copy, and there are no bytes at hand.
pub fn not_copied(target: &Store, key: &str) -> StoreError {
    StoreError {
        code: Code::StoreUnavailable,
        disposition: Disposition::Reject,
        ..mismatch(target, key, "it does not copy by itself".to_owned())
    }
}

/// `None`: the server does not copy, and has written nothing.
async fn copy(
    context: &RunContext,
    placement: &Placement<'_>,
    file: &FileWork,
    only_if: PutIf,
) -> Result<Option<PutResult>, StoreError> {
    let (target, wanted) = (&context.setup.target.store, &placement.wanted);
    let from = CopyFrom { store: &context.setup.source.store, key: &file.object.key, pin: &pin(file) };
    Ok(match target.copy(wanted.key, from, &wanted.sha256, only_if, placement.carried).await? {
        CopyResult::Done(result) => Some(result),
        // It is looked at like any other write; what it lacks shows there, and the next try sends it.
        CopyResult::Odd(written) => {
            context.copier.give_up(target, "it answers as if to a write");
            Some(PutResult::Written(written))
        }
        CopyResult::Unable(said) => {
            context.copier.give_up(target, &said);
            None
        }
    })
}

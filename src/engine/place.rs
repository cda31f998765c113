//! Putting one object at the target: only where nothing else is, and never without proof that it arrived.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;

use super::context::RunContext;
use super::fetch::own_failure;
use super::make::{By, Made, make};
use super::readback::{self, Comparison};
use super::receipts::is_as_left;
use super::retry::Unanswered;
use crate::model::failure::{Code, Disposition, Failure};
use crate::model::ids::Digest;
use crate::model::receipt::{Proof, Receipt};
use crate::model::spec::{OnConflict, Verify};
use crate::model::work::FileWork;
use crate::stores::{Carried, PutIf, PutResult, Store, StoreError, TargetObject, Written};

/// What should be at a target key.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The whole key.
    pub key: &'a str,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: Digest,
    /// A receipt of ours for what was there.
    pub receipt: Option<&'a Receipt>,
    /// What this batch left there before: nothing else may be replaced then.
    pub earlier: Option<&'a Receipt>,
    /// The digest is the source store's own: nobody has read the file.
    pub told: bool,
}

impl<'a> Wanted<'a> {
    /// What should be at the target key of `file`, which is `key`.
    pub fn of(file: &'a FileWork, key: &'a str, sha256: Digest) -> Self {
        let receipt = file.earlier.as_ref().map(|earlier| &earlier.receipt);
        Self { key, size: file.object.size, sha256, receipt, earlier: file.left_there(), told: false }
    }
}

/// An object to put at the target.
pub struct Placement<'a> {
    /// What should be there, and where.
    pub wanted: Wanted<'a>,
    /// The content; `None`: it is not at hand, and the store must copy it by itself.
    pub bytes: Option<Bytes>,
    /// The file that it is, where the store may copy it by itself.
    pub file: Option<&'a FileWork>,
    /// What travels along.
    pub carried: &'a Carried,
    /// An earlier attempt may have written it: an identical object is ours.
    pub ours: bool,
}

/// What is at a target key before anything is written there.
#[derive(Debug)]
pub enum Look {
    /// Nothing, or not looked: the store itself refuses to overwrite.
    Free,
    /// The same content, known by reading both or by an earlier receipt.
    Identical(TargetObject, Proof),
    /// Another object, to be replaced.
    Replace,
    /// Another object, to be kept.
    Keep {
        /// Its digest.
        sha256: Digest,
        /// Its bytes.
        size: u64,
    },
    /// The document fails: another object is there, or nobody may look.
    Refused(Failure),
}

impl Look {
    /// What a write after this look may replace.
    fn allows(&self) -> PutIf {
        if matches!(self, Self::Replace) { PutIf::Any } else { PutIf::Absent }
    }

    /// The same of a key that is to be written to.
    pub fn again(&self) -> Self {
        if matches!(self, Self::Replace) { Self::Replace } else { Self::Free }
    }

    /// Nothing, or the failure of the document.
    ///
    /// # Errors
    /// That failure.
    pub fn verdict(self) -> Result<(), Failure> {
        if let Self::Refused(failure) = self { Err(failure) } else { Ok(()) }
    }

    /// Whether the document fails for it.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Whether nothing is to be written.
    pub fn is_settled(&self) -> bool {
        !matches!(self, Self::Free | Self::Replace)
    }

    /// What became of the placement, if nothing is to be written.
    pub fn settled(self) -> Option<Placed> {
        match self {
            Self::Identical(object, proof) => Some(Placed::Identical(object, proof)),
            Self::Keep { sha256, size } => Some(Placed::Kept { sha256, size }),
            Self::Refused(failure) => Some(Placed::Refused(failure)),
            Self::Free | Self::Replace => None,
        }
    }
}

/// What became of a placement.
#[derive(Debug)]
pub enum Placed {
    /// Written by us, and proven.
    Written {
        /// What the store calls it.
        etag: Option<String>,
        /// Its version there.
        version: Option<String>,
        /// How arrival was proven.
        proof: Proof,
    },
    /// Was there, and identical.
    Identical(TargetObject, Proof),
    /// Another object was kept.
    Kept {
        /// Its digest.
        sha256: Digest,
        /// Its bytes.
        size: u64,
    },
    /// Another object is there, or nobody may look.
    Refused(Failure),
}

/// Looks at a target key where the store would not refuse to overwrite, or where we may have written before.
///
/// # Errors
/// Why the store has no answer.
pub async fn look(context: &RunContext, placement: &Placement<'_>) -> Result<Look, Unanswered> {
    let target = &context.setup.target.store;
    if target.abilities().conditional_put && !placement.ours && context.plan.is_none() {
        return Ok(Look::Free);
    }
    look_again(context, &placement.wanted).await
}

async fn look_again(context: &RunContext, wanted: &Wanted<'_>) -> Result<Look, Unanswered> {
    let target = &context.setup.target.store;
    let look = async {
        match context.retrier().ask(target, || target.head(wanted.key)).await? {
            None => Ok(Look::Free),
            Some(there) => compare(context, wanted, there).await,
        }
    };
    Ok(own_failure(look.await, wanted.key)?.unwrap_or_else(Look::Refused))
}

/// Compares what is at a key with what should be, and applies `target.onConflict`.
///
/// # Errors
/// Why the store has no answer.
pub async fn compare(context: &RunContext, wanted: &Wanted<'_>, there: TargetObject) -> Result<Look, Unanswered> {
    if wanted.receipt.is_some_and(|receipt| receipt.sha256 == wanted.sha256 && is_as_left(receipt, &there)) {
        return Ok(Look::Identical(there, Proof::EarlierReceipt));
    }
    let on_conflict = context.setup.file.spec.target.on_conflict;
    if there.size != wanted.size && on_conflict != OnConflict::KeepTarget {
        return Ok(differs(on_conflict, wanted, &there, None));
    }
    Ok(match readback::digest(context, wanted.key, &there, readback::piece(wanted.size)).await? {
        Comparison::Gone => Look::Free,
        Comparison::Digest(found) if found == wanted.sha256 && there.size == wanted.size => {
            Look::Identical(there, if wanted.told { Proof::ReadBack } else { Proof::BothRead })
        }
        Comparison::Digest(found) => differs(on_conflict, wanted, &there, Some(found)),
    })
}

fn differs(on_conflict: OnConflict, wanted: &Wanted<'_>, there: &TargetObject, found: Option<Digest>) -> Look {
    match (on_conflict, wanted.earlier, found) {
        (OnConflict::KeepTarget, _, Some(sha256)) => Look::Keep { sha256, size: there.size },
        (OnConflict::Overwrite, Some(receipt), _) if !is_as_left(receipt, there) => {
            let failure = Failure::new(Code::ChangedAfterMigration, wanted.key);
            let left = words(receipt.size, Some(receipt.sha256));
            Look::Refused(
                failure.with(format!("what was migrated there ({left})"), "an object that someone else wrote"),
            )
        }
        (OnConflict::Overwrite, ..) => Look::Replace,
        (OnConflict::Fail | OnConflict::KeepTarget, ..) => {
            let meant = words(wanted.size, found.map(|_| wanted.sha256));
            Look::Refused(Failure::new(Code::Conflict, wanted.key).with(meant, words(there.size, found)))
        }
    }
}

fn words(size: u64, sha256: Option<Digest>) -> String {
    match sha256 {
        Some(sha256) => format!("{size} bytes, SHA-256 {sha256}"),
        None => format!("{size} bytes"),
    }
}

/// Puts the object where `look` allows it, and proves that it arrived.
///
/// # Errors
/// Why the store has no answer.
pub async fn place(context: &RunContext, placement: &Placement<'_>, look: Look) -> Result<Placed, Unanswered> {
    let only_if = look.allows();
    if let Some(placed) = look.settled() {
        return Ok(placed);
    }
    let sent = AtomicBool::new(placement.ours);
    if let Some(placed) = put(context, placement, only_if, &sent).await? {
        return Ok(placed);
    }
    match look_again(context, &placement.wanted).await? {
        // Ours: the answer to an earlier try was lost on the way.
        Look::Identical(object, _) if sent.load(Ordering::Relaxed) => {
            Ok(Placed::Written { etag: object.etag, version: object.version, proof: Proof::ReadBack })
        }
        look => {
            let only_if = look.allows();
            match look.settled() {
                Some(placed) => Ok(placed),
                // It went away in between, or the spec says to overwrite it.
                None => {
                    Ok(put(context, placement, only_if, &sent).await?.unwrap_or_else(|| conflict(placement.wanted.key)))
                }
            }
        }
    }
}

/// Another object came to the key in between.
pub fn conflict(key: &str) -> Placed {
    Placed::Refused(Failure::new(Code::Conflict, key).with("no other writer", "another object each time"))
}

/// `None`: something else is there and the store refused.
async fn put(
    context: &RunContext,
    placement: &Placement<'_>,
    only_if: PutIf,
    sent: &AtomicBool,
) -> Result<Option<Placed>, Unanswered> {
    let target = &context.setup.target.store;
    let (wanted, tries) = (&placement.wanted, Tries::default());
    context
        .retrier()
        .ask(target, || async {
            let Some(only_if) = tries.next(target, wanted.key, only_if).await? else { return Ok(None) };
            let tried_before = sent.swap(true, Ordering::Relaxed);
            let Made { result, by } = make(context, placement, only_if).await?;
            match result {
                PutResult::Exists => {
                    sent.store(tried_before, Ordering::Relaxed);
                    Ok(None)
                }
                PutResult::Written(written) => {
                    tries.wrote(&written);
                    prove(context, target, placement, (written, by)).await.map(Some)
                }
            }
        })
        .await
}

/// What earlier tries of one PUT may have left at the key.
#[derive(Default)]
struct Tries {
    count: AtomicU32,
    /// The entity tag of what we wrote last, and could not prove.
    wrote: Mutex<Option<String>>,
}

impl Tries {
    fn wrote(&self, written: &Written) {
        // A tag is replaced as a whole, so a panic elsewhere leaves nothing half done.
        self.wrote.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&written.etag);
    }

    /// What the next try may replace; `None`: what is there must be looked at first. What arrived broken was written by
    /// us, and is replaced as long as nobody else has written there since.
    async fn next(&self, target: &Store, key: &str, only_if: PutIf) -> Result<Option<PutIf>, StoreError> {
        let first = self.count.fetch_add(1, Ordering::Relaxed) == 0;
        let wrote = self.wrote.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if first || only_if == PutIf::Any || (wrote.is_none() && target.abilities().conditional_put) {
            return Ok(Some(only_if));
        }
        Ok(match target.head(key).await? {
            None => Some(PutIf::Absent),
            Some(there) if wrote.is_some() && there.etag == wrote => Some(PutIf::Any),
            // Either someone else has written there since, or the store names our own object in two ways: nobody can tell,
            // and so it is not replaced.
            Some(_) if wrote.is_some() => {
                let detail = "what was written is not proven, and the store calls what is there by another entity tag";
                return Err(StoreError {
                    disposition: Disposition::Reject,
                    ..mismatch(target, key, detail.to_owned())
                });
            }
            Some(_) => None,
        })
    }
}

async fn prove(
    context: &RunContext,
    target: &Store,
    placement: &Placement<'_>,
    (written, by): (Written, By),
) -> Result<Placed, StoreError> {
    let proof = match context.setup.file.spec.transfer.verify {
        Verify::Size => {
            let size = target.head(placement.wanted.key).await?.map(|object| object.size);
            expect_size(target, placement, size)?;
            Proof::SizeOnly
        }
        Verify::Checksum if written.verified_by_store => by.proof(placement.wanted.told),
        Verify::Checksum | Verify::ReadBack => {
            let found = readback::digest_once(target, placement.wanted.key, placement.wanted.size).await?;
            expect_digest(target, placement, found)?;
            Proof::ReadBack
        }
    };
    Ok(Placed::Written { etag: written.etag, version: written.version, proof })
}

fn expect_size(target: &Store, placement: &Placement<'_>, found: Option<u64>) -> Result<(), StoreError> {
    let wanted = placement.wanted.size;
    if found == Some(wanted) {
        return Ok(());
    }
    let found = found.map_or("nothing".to_owned(), |size| format!("{size} bytes"));
    Err(mismatch(target, placement.wanted.key, format!("wrote {wanted} bytes, found {found}")))
}

fn expect_digest(target: &Store, placement: &Placement<'_>, found: Digest) -> Result<(), StoreError> {
    if found == placement.wanted.sha256 {
        return Ok(());
    }
    Err(mismatch(target, placement.wanted.key, format!("wrote SHA-256 {}, read back {found}", placement.wanted.sha256)))
}

/// What was read back is not what was sent; worth another try.
pub fn mismatch(target: &Store, key: &str, detail: String) -> StoreError {
    StoreError {
        code: Code::ChecksumMismatch,
        disposition: Disposition::Retry,
        store: target.name().clone(),
        key: Some(key.to_owned()),
        detail,
        retry_after: None,
    }
}

//! What can go wrong with the ledger. Cloneable, because one failed write answers many waiters.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::batch::BatchId;
use crate::model::ids::{BatchName, BatchNumber, ImageNumber};
use crate::model::units::Size;

/// What can go wrong with the ledger.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LedgerError {
    /// Another process holds the state directory.
    #[error(
        "{} is locked: another process holds the state, a daemon (then `batchferry list`, `show`, `resync` and `wait` ask it) or another `run`; stop it or wait for its end, then try again",
        path.display()
    )]
    Held {
        /// The lock file.
        path: PathBuf,
    },
    /// The files cannot be opened, created or replaced.
    #[error("the ledger at {} cannot be opened: {reason}", path.display())]
    Open {
        /// The file or directory concerned.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// There is none.
    #[error("there is no ledger at {}: nothing has run with this state directory yet (`state` in the config)", path.display())]
    Missing {
        /// The ledger's directory.
        path: PathBuf,
    },
    /// The disk has not enough room to write it anew.
    #[error(
        "{} has {} free, and writing the ledger anew takes about {}; make room, then try again (the ledger is as it was)",
        path.display(), Size(*free), Size(*needed)
    )]
    NoRoom {
        /// The state directory.
        path: PathBuf,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// A later version of batchferry wrote it.
    #[error(
        "the ledger at {} has format {found}, and this batchferry knows formats up to {supported}; use the batchferry that wrote it, or a later one",
        path.display()
    )]
    Newer {
        /// The ledger's directory.
        path: PathBuf,
        /// The format found.
        found: u32,
        /// The newest format known.
        supported: u32,
    },
    /// A write or flush failed; the ledger takes no more writes until it is opened again.
    #[error(
        "the ledger at {} cannot be written (LedgerUnavailable): {reason}; mend the cause (is the disk full?) and start again, the work goes on from what is recorded",
        path.display()
    )]
    Write {
        /// The ledger's directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// A read failed.
    #[error("the ledger at {} cannot be read: {reason}", path.display())]
    Read {
        /// The ledger's directory.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// Something in it is not what it should be.
    #[error("the ledger is damaged at {item}: {detail}; restore the state directory from a backup")]
    Damaged {
        /// Where.
        item: String,
        /// Expected and found.
        detail: String,
    },
    /// A name that a batch has already; names are never given again.
    #[error("the batch name {name} belongs to {number} already; choose another name")]
    NameTaken {
        /// The name.
        name: BatchName,
        /// The batch that has it.
        number: BatchNumber,
    },
    /// No such batch.
    #[error("no batch {batch} in the ledger")]
    NoBatch {
        /// Its short name.
        batch: BatchId,
    },
    /// No such document.
    #[error("no document {image_number:?} in batch {batch}")]
    NoDocument {
        /// The batch's short name.
        batch: BatchId,
        /// The document.
        image_number: ImageNumber,
    },
    /// No such file.
    #[error("no file {key:?} in document {image_number:?} of batch {batch}")]
    NoFile {
        /// The batch's short name.
        batch: BatchId,
        /// The document.
        image_number: ImageNumber,
        /// The file's key.
        key: String,
    },
    /// The ledger was closed.
    #[error("the ledger is closed and takes no more writes")]
    Closed,
}

impl LedgerError {
    /// Whether the ledger's content is unknown from here on.
    pub(super) fn is_fatal(&self) -> bool {
        matches!(self, Self::Write { .. })
    }

    /// The system refuses something about `path`.
    pub(super) fn open(path: &Path, reason: &dyn fmt::Display) -> Self {
        Self::Open { path: path.to_owned(), reason: reason.to_string() }
    }

    /// sled refuses to open or rewrite the files at `path`.
    pub(super) fn unopened(path: &Path, error: &sled::Error) -> Self {
        Self::Open { path: path.to_owned(), reason: reason(error) }
    }

    /// `item` is not what it should be.
    pub(super) fn damaged(item: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Damaged { item: item.into(), detail: detail.into() }
    }
}

/// An error of sled's in words. sled copies the system's errors as debug text; only the message is taken from it.
pub(super) fn reason(error: &sled::Error) -> String {
    match error {
        sled::Error::Corruption { .. } => "its files are damaged; restore the state directory from a backup".to_owned(),
        sled::Error::Io(error) => {
            let text = error.to_string();
            let message = text.split_once("message: \"").and_then(|(_, rest)| rest.split_once('"'));
            message.map_or(text.clone(), |(message, _)| message.to_owned())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_sled_copied_read_like_those_of_the_system() {
        let original = sled::Error::Io(std::io::Error::from_raw_os_error(28));
        assert_eq!(reason(&original), "No space left on device (os error 28)");
        assert_eq!(reason(&original.clone()), "No space left on device");
        assert_eq!(reason(&sled::Error::Unsupported("that".to_owned())), "Unsupported: that");
    }
}

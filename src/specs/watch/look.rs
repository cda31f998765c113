//! What one look at the jobs directory tells.

use std::time::Duration;

use crate::model::diagnostic::InvalidSpec;
use crate::model::ids::{BatchName, Digest};
use crate::specs::spec::LoadedSpec;

/// A file whose spec the ledger has already, from before the daemon started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// The file's path below the jobs directory.
    pub file: String,
    /// The batch's name.
    pub name: BatchName,
    /// The digest of the spec as the ledger has it.
    pub digest: Digest,
}

/// What became of one file. A file's changes come in order; the last one holds.
#[derive(Debug)]
pub enum FileChange {
    /// A valid spec: new, changed, or asked for again.
    Spec(Box<LoadedSpec>),
    /// A valid spec that is as the ledger has it. Said once for each such file, when it is first seen.
    Known {
        /// The file's path below the jobs directory.
        file: String,
        /// The batch's name.
        name: BatchName,
    },
    /// A spec, or a folder, that is not accepted, and the batch's name if it can be read all the same.
    Invalid(InvalidSpec, Option<BatchName>),
    /// A YAML file that is not ours.
    Ignored(String),
    /// A file that is no longer there.
    Gone(String),
}

impl FileChange {
    /// Which file, as a path below the jobs directory.
    pub fn file(&self) -> &str {
        match self {
            Self::Spec(spec) => &spec.file_name,
            Self::Invalid(invalid, _) => &invalid.file,
            Self::Known { file, .. } | Self::Ignored(file) | Self::Gone(file) => file,
        }
    }
}

/// What a look found.
#[derive(Debug)]
pub struct Look {
    /// What has changed and settled since the look before, those that are gone first.
    pub changes: Vec<FileChange>,
    /// Valid specs, as given out so far.
    pub valid: usize,
    /// Specs and folders that are not accepted, as given out so far.
    pub invalid: usize,
    /// YAML files that are not ours, as given out so far.
    pub ignored: usize,
    /// How long from now until something that waits may have settled; `None`: nothing waits.
    pub again: Option<Duration>,
    /// How many files were read.
    pub read: usize,
    /// Why this look changes nothing: what it saw is more likely an accident than anyone's wish.
    pub healthy: Result<(), String>,
}

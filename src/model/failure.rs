//! Codes and failures: recorded as data, because they are read long after the run that met them.
//!
//! Texts and remedies stand in [`super::catalogue`].

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident),+ $(,)?) => {
        /// A stable code for what can go wrong. Codes are never renamed or reused. The order is that of the
        /// ledger's encoding: new ones go to the end.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum Code {
            $($(#[$doc])* $code),+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The code as users write it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code)),+
                }
            }
        }
    };
}

codes! {
    /// A required field is absent, or a date cannot be read.
    MissingField,
    /// Fewer files of a role than required.
    MissingRole,
    /// A number is missing in the sequence of a role's files.
    SequenceGap,
    /// An object in the document's directory matches no template.
    UnrecognisedFile,
    /// The content is not what the extension says.
    TypeMismatch,
    /// The content's type is not among those allowed.
    TypeNotAllowed,
    /// Zero bytes.
    EmptyFile,
    /// The file ends before its format does.
    Truncated,
    /// The content needs a password.
    Encrypted,
    /// The content cannot be read as its type.
    Unreadable,
    /// Fewer dots per inch or pixels than required.
    ResolutionTooLow,
    /// More bytes than allowed.
    FileTooLarge,
    /// A key with control characters, `.` or `..` segments, or one that the target cannot hold.
    UnsafeKey,
    /// One image number with two sets of files.
    DuplicateDocument,
    /// The same bytes in two documents.
    DuplicateContent,
    /// Two documents, or two files, with one target key.
    TargetCollision,
    /// Another object is at the target key.
    Conflict,
    /// Another object is at the target key and was kept on purpose.
    TargetKept,
    /// Sound itself, but another file of the document failed.
    HeldBack,
    /// Listed, and gone when it was read.
    SourceMissing,
    /// The source changed between listing and reading.
    ChangedDuringRun,
    /// The source changed after the document was migrated.
    ChangedAfterMigration,
    /// What was read back is not what was sent.
    ChecksumMismatch,
    /// The store refuses this object.
    AccessDenied,
    /// The store asks to slow down.
    Throttled,
    /// A request made no progress in time.
    Timeout,
    /// The store does not answer, or answers with an error of its own.
    StoreUnavailable,
    /// The store does not accept the credentials.
    CredentialsRejected,
    /// The store is full.
    QuotaExceeded,
    /// Keys that cannot be listed or addressed.
    UnlistableKeys,
    /// No document is in scope.
    NothingSelected,
    /// The operator's policy forbids it.
    PolicyDenied,
    /// The run's deadline passed.
    DeadlineExceeded,
    /// The run's limit of failed documents was reached.
    TooManyFailures,
    /// Cancelled by a command.
    Cancelled,
    /// The spec is not valid.
    InvalidSpec,
    /// A part of the spec changed that is fixed once the batch has started.
    ImmutableFieldChanged,
    /// The bucket or folder of a store does not exist.
    StoreMissing,
    /// More files in one document than can be judged as a whole.
    TooManyFiles,
    /// The ledger cannot be written.
    LedgerUnavailable,
    /// The spec says `suspend: true`.
    SuspendedBySpec,
    /// Suspended by a command.
    SuspendedByCommand,
    /// The spec's file is gone.
    SpecVanished,
    /// Outside `transfer.windows`.
    OutsideWindow,
    /// A batch of `spec.after` is not complete.
    WaitingForBatch,
    /// Deleted by a command.
    Retired,
    /// The report folder cannot be written.
    ReportUnwritable,
    /// An object at the target may be what an attempt of ours left there, and is not proven to be.
    Unproven,
    /// A header of the source is not ASCII and does not travel along.
    HeaderLost,
    /// A store cannot be set up as the config says: credentials or certificates are not there.
    StoreUnusable,
    /// The store's clock and this machine's differ too much.
    ClockSkewed,
    /// A small file that would unpack to more than can be looked at.
    DecompressionBomb,
    /// More or fewer pages than allowed.
    PageCount,
    /// A virus scanner found something.
    Infected,
    /// The virus scanner could not tell.
    Unscannable,
    /// The same invoice in two documents.
    DuplicateInvoice,
    /// An index, a sidecar or an inventory cannot be read as the spec says.
    CatalogUnreadable,
    /// Target keys that differ only in case or in how characters are composed, or that other systems do not take.
    AmbiguousKey,
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = String;

    /// Without regard to case, so that `--code missingrole` works.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str().eq_ignore_ascii_case(text))
            .ok_or_else(|| format!("no failure code {text:?}; `batchferry explain` lists them"))
    }
}

/// What a failure is about: the four groups of DA/T 70-2018, and three of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Group {
    /// 真实性: is it what it claims to be.
    Authenticity,
    /// 完整性: is everything there.
    Completeness,
    /// 可用性: can it be read.
    Usability,
    /// 安全性: is it safe to keep.
    Security,
    /// The transfer of one document.
    Transfer,
    /// A store as such.
    Store,
    /// The batch as such.
    Batch,
}

impl Group {
    /// The group's word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authenticity => "authenticity",
            Self::Completeness => "completeness",
            Self::Usability => "usability",
            Self::Security => "security",
            Self::Transfer => "transfer",
            Self::Store => "store",
            Self::Batch => "batch",
        }
    }
}

/// What to do about an error of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Try the request again after a while.
    Retry,
    /// Try again after a while; where that does not help it is the store's failure, never the document's.
    Reconnect,
    /// What the request is a part of is lost: only beginning the whole anew can help.
    Restart,
    /// The document fails; trying again does not help.
    Reject,
    /// It is the store's failure, not the document's: the batch stalls until the store answers again.
    Stall,
}

/// Why one document or file failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What went wrong.
    pub code: Code,
    /// The key, image number or field that it is about.
    pub item: String,
    /// What was expected, in a few words.
    pub expected: Option<String>,
    /// What was found, in a few words.
    pub actual: Option<String>,
}

impl Failure {
    /// A failure of `item` with nothing to compare.
    pub fn new(code: Code, item: impl Into<String>) -> Self {
        Self { code, item: item.into(), expected: None, actual: None }
    }

    /// The same, saying what was expected and what was found.
    #[must_use]
    pub fn with(self, expected: impl Into<String>, actual: impl Into<String>) -> Self {
        Self { expected: Some(expected.into()), actual: Some(actual.into()), ..self }
    }
}

/// The result of one check on one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Outcome {
    /// As it should be.
    Pass,
    /// Not as it should be; the spec says that this only warns.
    Warn,
    /// Not as it should be.
    Fail,
    /// The file does not say. Not a failure.
    Unknown,
    /// The question has no meaning for this item.
    NotApplicable,
    /// Not checked. Not a pass.
    NotRun,
}

impl Outcome {
    /// The outcome's word in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Warn => "Warn",
            Self::Fail => "Fail",
            Self::Unknown => "Unknown",
            Self::NotApplicable => "NotApplicable",
            Self::NotRun => "NotRun",
        }
    }
}

/// What a check found that does not fail the item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `Warn` or `Unknown`; the ledger keeps no others.
    pub outcome: Outcome,
    /// What was found, in the words of a failure.
    pub failure: Failure,
}

impl Finding {
    /// A warning that the object at `target_key` may be what an attempt of ours left there.
    pub fn unproven(target_key: &str) -> Self {
        Self { outcome: Outcome::Warn, failure: Failure::new(Code::Unproven, target_key) }
    }

    /// The target key of such an object, if that is what was found.
    pub fn unproven_key(&self) -> Option<&str> {
        (self.failure.code == Code::Unproven).then_some(&self.failure.item)
    }
}

//! What a verification of a target finds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::event::{Sample, VerifyCounts};
use super::ids::{BatchName, BatchNumber, ImageNumber};

/// Findings that are told one by one.
pub const FINDINGS_SHOWN: usize = 1_000;

/// What of an object at the target is not as it was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Difference {
    /// It is not there.
    Missing,
    /// Its bytes are others.
    Changed,
    /// It is there, and no document of any batch explains it.
    Extra,
    /// The store refused it or did not answer: it may be sound.
    Unread,
}

impl Difference {
    /// Its word in text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::Extra => "extra",
            Self::Unread => "unread",
        }
    }
}

/// One object that is not as it was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyFinding {
    /// What is the matter.
    pub difference: Difference,
    /// The document, where one is known.
    pub image_number: Option<ImageNumber>,
    /// The whole key in the target store.
    pub key: String,
    /// What the receipt says.
    pub expected: Option<String>,
    /// What was found.
    pub actual: Option<String>,
}

/// What a verification looked at and what it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifyView {
    /// Always 1.
    pub format_version: u32,
    /// The batch's number.
    pub batch_number: BatchNumber,
    /// The batch's name.
    pub name: BatchName,
    /// How many documents were drawn and by which seed; absent: all.
    pub sample: Option<Sample>,
    /// Everything was looked at and is as it was left.
    pub sound: bool,
    /// The counts.
    pub result: VerifyCounts,
    /// The first objects that are not as they were left; `result` counts all.
    pub findings: Vec<VerifyFinding>,
    /// Why not everything was looked at: the store did not answer, or someone asked to stop. Such a result is no event of the
    /// audit log.
    pub unfinished: Option<String>,
    /// Someone asked to stop.
    pub interrupted: bool,
}

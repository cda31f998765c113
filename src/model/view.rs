//! What commands and reports show: the JSON of the contract, `formatVersion` 1.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::batch::{Condition, EndReason, RunCause};
use super::counts::{Listed, Tally};
use super::document::FileCounts;
use super::failure::{Code, Group, Outcome};
use super::ids::{BatchName, BatchNumber, Digest, ImageNumber};
use super::outcomes::{Check, Outcomes};
use super::receipt::Proof;
use super::spec::FileGlobs;
use super::status::{ItemStatus, RunStatus, SyncStatus};

/// The version of every JSON that we print.
pub const FORMAT_VERSION: u32 = 1;

/// A batch: `show -o json` and the head of `report.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BatchView {
    /// Always 1.
    pub format_version: u32,
    /// The number that people quote.
    pub batch_number: BatchNumber,
    /// The spec's name.
    pub name: BatchName,
    /// Labels of the spec.
    pub labels: BTreeMap<String, String>,
    /// When it was accepted (UTC, RFC 3339).
    pub created: String,
    /// The spec in force.
    pub spec: SpecView,
    /// Whether a run is under way.
    pub run_status: RunStatus,
    /// How far the documents have come.
    pub sync_status: SyncStatus,
    /// By the spec or by a command.
    pub suspended: bool,
    /// What people should know.
    pub conditions: Vec<Condition>,
    /// The range.
    pub collected: CollectedView,
    /// Where documents come from and go to.
    pub source: PlaceView,
    /// Where documents go.
    pub target: PlaceView,
    /// Documents by status.
    pub documents: TallyView,
    /// Files by status.
    pub files: TallyView,
    /// Bytes by status of their files.
    pub bytes: TallyView,
    /// What the listing found.
    pub listed: Listed,
    /// Files in scope that the last listing of the whole scope did not find: gone from the source, or below a prefix that
    /// could not be listed.
    #[serde(default)]
    pub not_listed: u64,
    /// Documents at the target and proven (已同步单据数).
    pub synced: u64,
    /// Documents that are not (未同步单据数).
    pub unsynced: u64,
    /// Failed documents by code, most first.
    pub failures: Vec<FailureView>,
    /// Warnings by code, most first.
    pub warnings: Vec<FailureView>,
    /// Runs, oldest first: the first one and the last ones.
    pub runs: Vec<RunView>,
    /// Runs between those, of which only the audit log tells.
    #[serde(default)]
    pub runs_left_out: u64,
    /// The audit chain.
    pub audit: AuditView,
    /// Digest of the frozen population.
    pub population: Option<Digest>,
}

/// The spec in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SpecView {
    /// Path below the jobs directory.
    pub path: String,
    /// Digest of the parsed spec.
    pub digest: Digest,
    /// Rises when the digest changes.
    pub generation: u32,
    /// The commit whose bytes equal the file's.
    pub commit: Option<String>,
    /// The commit's author, or who owns the file.
    pub operator: String,
}

/// The range of collection dates, both ends inclusive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CollectedView {
    /// First local day.
    pub from: String,
    /// Last local day.
    pub to: String,
    /// IANA zone.
    pub time_zone: String,
    /// First instant, inclusive.
    pub from_utc: String,
    /// First instant after the range.
    pub to_utc: String,
}

/// A store and a prefix in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlaceView {
    /// The store's name in the config.
    pub store: String,
    /// The prefix of the spec.
    pub prefix: String,
}

/// What the spec selects besides the range; empty: all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FiltersView {
    /// Globs on the organization.
    pub organizations: Vec<String>,
    /// Globs on the document type.
    pub document_types: Vec<String>,
    /// Exact image numbers.
    pub image_numbers: Vec<String>,
    /// Globs on the key below the prefix.
    pub files: FileGlobs,
}

/// Items (or bytes) by status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TallyView {
    /// All.
    pub in_scope: u64,
    /// Copied and proven.
    pub migrated: u64,
    /// There before.
    pub already_at_target: u64,
    /// Of those: different ones that were kept on purpose.
    pub target_kept: u64,
    /// Decided against.
    pub failed: u64,
    /// Not decided yet.
    pub pending: u64,
}

impl From<Tally> for TallyView {
    fn from(tally: Tally) -> Self {
        Self {
            in_scope: tally.in_scope(),
            migrated: tally.migrated,
            already_at_target: tally.already_at_target,
            target_kept: tally.target_kept,
            failed: tally.failed,
            pending: tally.pending,
        }
    }
}

/// One reason and how many documents it holds back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FailureView {
    /// The code.
    pub code: Code,
    /// What it is about.
    pub group: Group,
    /// Trying again may help by itself.
    pub transient: bool,
    /// How many documents.
    pub documents: u64,
    /// A few image numbers.
    pub examples: Vec<ImageNumber>,
    /// What it means.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RunView {
    /// 1, 2, …
    pub number: u32,
    /// Why it began.
    pub cause: RunCause,
    /// The generation of the spec that it kept.
    pub generation: u32,
    /// UTC, RFC 3339.
    pub started: String,
    /// UTC, RFC 3339.
    pub ended: Option<String>,
    /// Why it ended.
    pub reason: Option<EndReason>,
    /// Who asked for it.
    pub operator: String,
}

impl BatchView {
    /// Why the last run ended before every document was decided; `None`: it did not, or nothing is missing.
    pub fn cut_short(&self) -> Option<Code> {
        let is_told = self.run_status == RunStatus::Ended && self.sync_status != SyncStatus::Complete;
        self.runs.last().filter(|_| is_told)?.reason?.code()
    }
}

/// The audit chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditView {
    /// How many events.
    pub events: u64,
    /// Digest of the last one.
    pub head: Digest,
}

/// A document: an element of `documents -o json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentView {
    /// Its id in the archive.
    pub image_number: ImageNumber,
    /// 组织.
    pub organization: Option<String>,
    /// 单据类型.
    pub document_type: Option<String>,
    /// Local day.
    pub collected: Option<String>,
    /// Where it stands.
    pub status: ItemStatus,
    /// Why, if it failed or was kept.
    pub code: Option<Code>,
    /// The same in words: item, expected, actual.
    pub reason: Option<String>,
    /// Its files.
    pub files: FileCounts,
}

/// A file: an element of `files -o json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileView {
    /// cover, invoice, attachment, or the archive's own word.
    pub role: String,
    /// The whole key in the source store.
    pub source_key: String,
    /// The whole key in the target store.
    pub target_key: Option<String>,
    /// Bytes.
    pub size: u64,
    /// Digest of the bytes that were read.
    pub sha256: Option<Digest>,
    /// Where it stands.
    pub status: ItemStatus,
    /// Why, if it failed or was kept.
    pub code: Option<Code>,
    /// The same in words.
    pub reason: Option<String>,
    /// The version of the object that was read at the source, where the store gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<String>,
    /// The version of the object at the target, where the store gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_version: Option<String>,
    /// How its arrival was proven; absent where it has not arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
    /// Where its fields were found; absent: in its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What came of each check that was asked for or always runs; only where the files of one document are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<CheckView>,
}

/// What came of one check of a file, or of its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CheckView {
    /// By its name in the spec.
    pub check: Check,
    /// Which of the four groups of DA/T 70 it belongs to.
    pub group: Group,
    /// What came of it.
    pub outcome: Outcome,
}

impl CheckView {
    /// Of all checks of a file.
    pub fn all(outcomes: &Outcomes) -> Vec<Self> {
        outcomes.told().map(|(check, outcome)| Self { check, group: check.group(), outcome }).collect()
    }
}

impl FileView {
    /// The worst that came of a check, and of which ones: `pass`, `warn: resolution`, `not run`.
    pub fn worst_check(&self) -> String {
        let mut outcomes = Outcomes::default();
        for view in &self.checks {
            outcomes.set(view.check, view.outcome);
        }
        let (worst, checks) = outcomes.worst();
        let word = match worst {
            Outcome::Pass | Outcome::NotApplicable => return "pass".to_owned(),
            // Which ones depends on what kept them from running, and that is told as the reason.
            Outcome::NotRun => return "not run".to_owned(),
            Outcome::Unknown => "unknown",
            Outcome::Warn => "warn",
            Outcome::Fail => "fail",
        };
        let names: Vec<&str> = checks.into_iter().map(Check::as_str).collect();
        format!("{word}: {}", names.join(", "))
    }
}

/// One row of the table by organization and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BreakdownRow {
    /// 组织.
    pub organization: Option<String>,
    /// 单据类型.
    pub document_type: Option<String>,
    /// Documents by status.
    pub documents: TallyView,
    /// Bytes of all their files.
    pub bytes: u64,
}

//! What a check of the ledger finds, and what a compaction of it did.

use serde::Serialize;

/// Problems that are told one by one.
pub const PROBLEMS_SHOWN: usize = 20;

/// How much room the records of one kind take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KindSize {
    /// The kind, in words.
    pub kind: String,
    /// Records.
    pub records: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
}

/// Something that is not as batchferry writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerProblem {
    /// The batch's number, or the ledger's short name for it where its record cannot be read.
    pub batch: Option<String>,
    /// The document.
    pub image_number: Option<String>,
    /// The kind of record.
    pub kind: String,
    /// What is wrong with it: expected and found.
    pub message: String,
}

/// What a check of the ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerCheckView {
    /// Of this form.
    pub format_version: u32,
    /// The ledger's directory.
    pub ledger: String,
    /// The format of its records.
    pub format: u32,
    /// Nothing is wrong.
    pub sound: bool,
    /// Batches.
    pub batches: u64,
    /// Documents of all batches.
    pub documents: u64,
    /// Files of all documents.
    pub files: u64,
    /// Records of every kind.
    pub records: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// The same by kind, the largest first.
    pub kinds: Vec<KindSize>,
    /// Bytes on disk.
    pub disk: u64,
    /// About how many of them a compaction would give back.
    pub reclaimable: u64,
    /// The first problems.
    pub problems: Vec<LedgerProblem>,
    /// All problems.
    pub problems_total: u64,
}

/// What a compaction did.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerCompactView {
    /// Of this form.
    pub format_version: u32,
    /// The ledger's directory.
    pub ledger: String,
    /// Records that were written anew.
    pub records: u64,
    /// Bytes of their keys and values.
    pub bytes: u64,
    /// SHA-256 of all keys and values in order: the same before and after.
    pub sha256: String,
    /// Bytes on disk before.
    pub before: u64,
    /// Bytes on disk after; as many as before if the new one would be no smaller, so that the old one stays.
    pub after: u64,
    /// How long it took.
    pub seconds: f64,
}

//! Counters of documents, files and bytes, and the identity that they must always satisfy.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::failure::Code;
use super::status::ItemStatus;

/// How many items (or bytes) stand at each status. Items in scope are by definition the sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Copied and proven.
    pub migrated: u64,
    /// There before, including those in `target_kept`.
    pub already_at_target: u64,
    /// Of `already_at_target`: those where the target differs and was kept on purpose.
    pub target_kept: u64,
    /// Decided against.
    pub failed: u64,
    /// Not decided yet.
    pub pending: u64,
}

impl Tally {
    /// Items at the target and proven.
    pub fn synced(&self) -> u64 {
        self.migrated + self.already_at_target
    }

    /// Items not at the target, or not proven.
    pub fn unsynced(&self) -> u64 {
        self.failed + self.pending
    }

    /// Every item of the batch.
    pub fn in_scope(&self) -> u64 {
        self.synced() + self.unsynced()
    }

    /// The counter of one status.
    pub fn of(&self, status: ItemStatus) -> u64 {
        match status {
            ItemStatus::Pending => self.pending,
            ItemStatus::Migrated => self.migrated,
            ItemStatus::AlreadyAtTarget => self.already_at_target,
            ItemStatus::Failed => self.failed,
        }
    }

    /// Adds `amount` at `status`; `kept` marks a target that differs and was kept.
    pub fn add(&mut self, status: ItemStatus, kept: bool, amount: u64) {
        *self.at(status) += amount;
        if kept {
            self.target_kept += amount;
        }
    }

    /// Takes back what [`Tally::add`] added.
    ///
    /// # Errors
    /// `None` if fewer are counted than are taken: the counters are damaged and the caller must say so.
    #[must_use]
    pub fn remove(&mut self, status: ItemStatus, kept: bool, amount: u64) -> Option<()> {
        let counter = self.at(status);
        *counter = counter.checked_sub(amount)?;
        if kept {
            self.target_kept = self.target_kept.checked_sub(amount)?;
        }
        Some(())
    }

    fn at(&mut self, status: ItemStatus) -> &mut u64 {
        match status {
            ItemStatus::Pending => &mut self.pending,
            ItemStatus::Migrated => &mut self.migrated,
            ItemStatus::AlreadyAtTarget => &mut self.already_at_target,
            ItemStatus::Failed => &mut self.failed,
        }
    }
}

/// What the listing found, before any document was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Objects that the listings returned.
    pub objects: u64,
    /// Objects that a filter left out.
    pub out_of_scope: u64,
    /// The same, by the filter that left them out (`collected`, `organizations`, `files.exclude`, …).
    pub out_of_scope_by: BTreeMap<String, u64>,
    /// Objects that match no template and lie in no selected document's directory.
    pub unrecognised: u64,
    /// LIST requests (directories read, for a local folder).
    pub requests: u64,
}

impl Listed {
    /// Adds what another part of the listing found.
    pub fn add(&mut self, other: &Self) {
        self.objects += other.objects;
        self.out_of_scope += other.out_of_scope;
        self.unrecognised += other.unrecognised;
        self.requests += other.requests;
        for (filter, objects) in &other.out_of_scope_by {
            *self.out_of_scope_by.entry(filter.clone()).or_default() += objects;
        }
    }
}

/// All counters of a batch; kept by the ledger's writer in the same write as what they count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Documents by status.
    pub documents: Tally,
    /// Files by status.
    pub files: Tally,
    /// Bytes of files by status.
    pub bytes: Tally,
    /// Failed documents by code.
    pub failures: BTreeMap<Code, u64>,
    /// Documents with at least one warning, by code.
    pub warnings: BTreeMap<Code, u64>,
}

/// A total that does not add up: a bug or a damaged ledger, never a state to report from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("totals do not reconcile: {what}: expected {expected}, counted {actual}")]
pub struct Unreconciled {
    /// Which identity is broken.
    pub what: String,
    /// What the other side of the identity says.
    pub expected: u64,
    /// What was counted.
    pub actual: u64,
}

impl Counts {
    /// Asserts every identity that can be checked against an independent count of the items.
    ///
    /// # Errors
    /// The first identity that does not hold.
    pub fn reconcile(&self, counted: &Self) -> Result<(), Unreconciled> {
        let pairs = [
            ("documents", self.documents, counted.documents),
            ("files", self.files, counted.files),
            ("bytes", self.bytes, counted.bytes),
        ];
        for (what, kept, actual) in pairs {
            for status in ItemStatus::ALL {
                equal(&format!("{what} {status:?}"), kept.of(status), actual.of(status))?;
            }
            equal(&format!("{what} target kept"), kept.target_kept, actual.target_kept)?;
        }
        self.check()
    }

    /// Asserts the identities within these counters.
    ///
    /// # Errors
    /// The first identity that does not hold.
    pub fn check(&self) -> Result<(), Unreconciled> {
        equal("failed documents by code", self.documents.failed, self.failures.values().sum())?;
        let no_more = |what: &str, whole: u64, part: u64| if part <= whole { Ok(()) } else { equal(what, whole, part) };
        no_more("documents whose target was kept", self.documents.already_at_target, self.documents.target_kept)?;
        no_more("documents without a file", self.files.in_scope(), self.documents.in_scope())
    }
}

fn equal(what: &str, expected: u64, actual: u64) -> Result<(), Unreconciled> {
    if expected == actual { Ok(()) } else { Err(Unreconciled { what: what.to_owned(), expected, actual }) }
}

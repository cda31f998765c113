//! The figures of a batch, counted one by one from what the ledger holds: nothing of ours that adds up is used.

use std::collections::{BTreeMap, BTreeSet};

use batchferry::ledger::{DocumentFilter, Reader};
use batchferry::model::batch::BatchId;
use batchferry::model::document::{DocumentState, FileState};
use batchferry::model::event::Change;
use batchferry::model::failure::{Code, Outcome};
use batchferry::model::status::ItemStatus;

/// In scope, migrated, already at the target, of those kept, failed, pending.
pub type Six = [u64; 6];

/// All figures.
#[derive(Debug, Default)]
pub struct Counted {
    pub documents: Six,
    pub files: Six,
    pub bytes: Six,
    pub failures: BTreeMap<Code, u64>,
    pub warnings: BTreeMap<Code, u64>,
    /// By organization and type: documents, and bytes.
    pub groups: BTreeMap<[Option<String>; 2], (Six, u64)>,
    pub partial: u64,
    pub warning_items: u64,
    pub events: u64,
    /// By run: decided to be synced, decided to have failed, bytes copied.
    pub runs: BTreeMap<u32, [u64; 3]>,
    /// By image number: status, code, files, synced ones, failed ones.
    pub rows: BTreeMap<String, (ItemStatus, Option<Code>, [u64; 3])>,
}

impl Counted {
    /// Counts a batch.
    pub fn of(reader: &Reader, batch: BatchId) -> Self {
        let mut counted = Self::default();
        for document in reader.documents(batch, DocumentFilter::default(), None, usize::MAX).unwrap() {
            counted.document(reader, batch, &document);
        }
        for event in reader.events(batch, 0, usize::MAX).unwrap() {
            counted.events += 1;
            if let Change::Document { new, .. } = event.change {
                let place = match new {
                    ItemStatus::Pending => continue,
                    ItemStatus::Migrated | ItemStatus::AlreadyAtTarget => 0,
                    ItemStatus::Failed => 1,
                };
                counted.runs.entry(event.run).or_default()[place] += 1;
            }
        }
        counted
    }

    fn document(&mut self, reader: &Reader, batch: BatchId, document: &batchferry::model::document::DocumentRecord) {
        let (place, kept, code) = match &document.state {
            DocumentState::Pending => (5, false, None),
            DocumentState::Migrated => (1, false, None),
            DocumentState::AlreadyAtTarget { kept } => (2, *kept, kept.then_some(Code::TargetKept)),
            DocumentState::Failed(failure) => (4, false, Some(failure.code)),
        };
        let group = [document.fields.organization.clone(), document.fields.document_type.clone()];
        let of_group = self.groups.entry(group).or_default();
        for six in [&mut self.documents, &mut of_group.0] {
            add(six, place, kept, 1);
        }
        let mut counts = [0; 3];
        for file in reader.files(batch, &document.image_number).unwrap() {
            let (place, kept) = match &file.state {
                FileState::Pending => (5, false),
                FileState::Migrated(_) => (1, false),
                FileState::AlreadyAtTarget(_) => (2, false),
                FileState::TargetKept(_) => (2, true),
                FileState::Failed(_) => (4, false),
            };
            add(&mut self.files, place, kept, 1);
            add(&mut self.bytes, place, kept, file.object.size);
            of_group.1 += file.object.size;
            counts[0] += 1;
            counts[1] += u64::from(place == 1 || place == 2);
            counts[2] += u64::from(place == 4);
            if let FileState::Migrated(receipt) = &file.state {
                self.runs.entry(receipt.run).or_default()[2] += file.object.size;
            }
        }
        if place == 4 {
            *self.failures.entry(code.unwrap()).or_default() += 1;
            self.partial += u64::from(counts[1] > 0);
        }
        self.warning_items += document.findings.len() as u64;
        let warned = document.findings.iter().filter(|finding| finding.outcome == Outcome::Warn);
        for code in warned.map(|finding| finding.failure.code).collect::<BTreeSet<_>>() {
            *self.warnings.entry(code).or_default() += 1;
        }
        self.rows.insert(document.image_number.to_string(), (document.state.status(), code, counts));
    }
}

fn add(six: &mut Six, place: usize, kept: bool, amount: u64) {
    six[0] += amount;
    six[place] += amount;
    six[3] += if kept { amount } else { 0 };
}

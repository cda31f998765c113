//! The verdict on one audit log.

use super::{records, walk};
use crate::ledger::{LedgerError, Reader};
use crate::model::audit::{Anchor, AuditFault, AuditVerdict};
use crate::model::batch::BatchRecord;
use crate::rules::auditing::against;

/// Faults that are told one by one.
const SHOWN: usize = 20;

const WITHOUT: &str = "events that were cut off at the end show only against a head that was kept outside the ledger, and none was given (--against)";
const WITH: &str = "events that were cut off at the end show only against a head that was kept outside the ledger: up to the one given none are missing, and of later ones this cannot tell";

/// What is wrong, the first of it in full.
#[derive(Debug, Default)]
pub(super) struct Faults {
    shown: Vec<AuditFault>,
    total: u64,
}

impl Faults {
    /// What comes before all others: the first bad event.
    pub(super) fn push_first(&mut self, fault: AuditFault) {
        self.total += 1;
        self.shown.insert(0, fault);
        self.shown.truncate(SHOWN);
    }

    pub(super) fn push(&mut self, fault: AuditFault) {
        self.total += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(fault);
        }
    }
}

/// Documents whose last events are noted at once, at some 40 to 70 bytes each; for each so many the events are read once.
const SPAN: usize = 500_000;

/// Checks a batch's log, against a head that was kept outside the ledger where there is one. Blocks; reads every event and
/// every record of the batch, in bounded memory.
///
/// # Errors
/// The ledger cannot be read; what is wrong in it is a fault, not an error.
pub fn check(reader: &Reader, batch: &BatchRecord, anchor: Option<&Anchor>) -> Result<AuditVerdict, LedgerError> {
    check_by(reader, batch, anchor, SPAN)
}

/// The same, `span` documents for each time that the events are read.
///
/// # Errors
/// As [`check`].
pub fn check_by(
    reader: &Reader,
    batch: &BatchRecord,
    anchor: Option<&Anchor>,
    span: usize,
) -> Result<AuditVerdict, LedgerError> {
    let mut faults = Faults::default();
    let walked = walk::walk(reader, batch, anchor, &mut faults)?;
    if let Some(fault) = anchor.and_then(|anchor| against(anchor, walked.anchored)) {
        faults.push(fault);
    }
    let documents = records::compare(reader, batch, span, &mut faults)?;
    Ok(AuditVerdict {
        batch_number: batch.number.clone(),
        name: batch.name.clone(),
        sound: faults.total == 0,
        events: walked.anchored.events,
        head: walked.head,
        documents,
        against: anchor.cloned(),
        faults: faults.shown,
        faults_total: faults.total,
        note: if anchor.is_some() { WITH } else { WITHOUT }.to_owned(),
    })
}

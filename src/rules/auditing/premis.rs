//! What PREMIS calls an event of ours, and how it ended.

use crate::model::audit::EventOutcome::{Failure, Success, Warning};
use crate::model::audit::EventType::{
    Accession, FixityCheck, Ingestion, MessageDigestCalculation, Replication, Validation, VirusCheck,
};
use crate::model::audit::{EventOutcome, EventType};
use crate::model::catalogue;
use crate::model::event::{Change, VerifyCounts};
use crate::model::failure::{Code, Group};
use crate::model::status::{ItemStatus, RunStatus};

/// The type and the outcome of an event.
///
/// Byte-exact copying is `replication`; a document that was there before was compared, which is a `fixity check`; one that
/// was refused by a check went through a `validation`.
pub fn premis(change: &Change) -> (EventType, EventOutcome) {
    match change {
        Change::Accepted | Change::SpecChanged { .. } => (Accession, Success),
        // Custody of what was moved stays where it is; the batch as such takes nothing in any more.
        Change::Retired => (Accession, Warning),
        Change::RunStarted | Change::Resumed | Change::ResyncRequested { .. } | Change::Released { .. } => {
            (Ingestion, Success)
        }
        Change::Suspended { .. } => (Ingestion, Warning),
        Change::Stalled { .. } => (Ingestion, Failure),
        Change::RunEnded { status, code } => (Ingestion, run_ended(*status, *code)),
        Change::Frozen { .. } | Change::CatalogRead { .. } => (MessageDigestCalculation, Success),
        Change::Document { new, code, .. } => document(*new, *code),
        Change::Verified { result, .. } => (FixityCheck, verified(*result)),
    }
}

fn run_ended(status: RunStatus, code: Option<Code>) -> EventOutcome {
    match (status, code) {
        (RunStatus::Ended, None) => Success,
        _ => Warning,
    }
}

fn document(new: ItemStatus, code: Option<Code>) -> (EventType, EventOutcome) {
    match (new, code) {
        // Taken again.
        (ItemStatus::Pending, _) => (Ingestion, Success),
        (ItemStatus::Migrated, _) => (Replication, Success),
        (ItemStatus::AlreadyAtTarget, None) => (FixityCheck, Success),
        (ItemStatus::AlreadyAtTarget, Some(_)) => (FixityCheck, Warning),
        (ItemStatus::Failed, code) => (code.map_or(Replication, refused_by), Failure),
    }
}

/// What refused a document.
fn refused_by(code: Code) -> EventType {
    match code {
        Code::ChecksumMismatch | Code::ChangedDuringRun | Code::ChangedAfterMigration | Code::Conflict => FixityCheck,
        Code::Infected | Code::Unscannable => VirusCheck,
        code => match catalogue::entry(code).group {
            Group::Authenticity | Group::Completeness | Group::Usability | Group::Security => Validation,
            Group::Transfer | Group::Store | Group::Batch => Replication,
        },
    }
}

fn verified(result: VerifyCounts) -> EventOutcome {
    match (result.differs(), result.is_sound()) {
        (true, _) => Failure,
        (false, true) => Success,
        (false, false) => Warning,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::event::Sample;
    use crate::model::ids::{Digest, ImageNumber};

    fn decided(new: ItemStatus, code: Option<Code>) -> Change {
        let (image_number, record) = (ImageNumber::new("IMG-1"), Digest::of(b"record"));
        Change::Document { image_number, old: ItemStatus::Pending, new, code, record }
    }

    #[test]
    fn every_kind_of_event_has_a_type_and_an_outcome() {
        let ended = |status, code| Change::RunEnded { status, code };
        for (change, expected) in [
            (Change::Accepted, (Accession, Success)),
            (Change::SpecChanged { generation: 2 }, (Accession, Success)),
            (Change::Retired, (Accession, Warning)),
            (Change::RunStarted, (Ingestion, Success)),
            (Change::ResyncRequested { all: true }, (Ingestion, Success)),
            (Change::Resumed, (Ingestion, Success)),
            (Change::Released { code: Code::OutsideWindow }, (Ingestion, Success)),
            (Change::Suspended { code: Code::SuspendedByCommand }, (Ingestion, Warning)),
            (Change::Stalled { code: Code::StoreUnavailable }, (Ingestion, Failure)),
            (ended(RunStatus::Ended, None), (Ingestion, Success)),
            (ended(RunStatus::Ended, Some(Code::Cancelled)), (Ingestion, Warning)),
            (ended(RunStatus::Queued, None), (Ingestion, Warning)),
            (Change::Frozen { population: Digest::ZERO, documents: 0 }, (MessageDigestCalculation, Success)),
        ] {
            assert_eq!(premis(&change), expected, "{change:?}");
        }
    }

    #[test]
    fn a_document_is_replicated_checked_or_refused() {
        for (status, code, expected) in [
            (ItemStatus::Pending, None, (Ingestion, Success)),
            (ItemStatus::Migrated, None, (Replication, Success)),
            (ItemStatus::AlreadyAtTarget, None, (FixityCheck, Success)),
            (ItemStatus::AlreadyAtTarget, Some(Code::TargetKept), (FixityCheck, Warning)),
            (ItemStatus::Failed, Some(Code::ChecksumMismatch), (FixityCheck, Failure)),
            (ItemStatus::Failed, Some(Code::Conflict), (FixityCheck, Failure)),
            (ItemStatus::Failed, Some(Code::MissingRole), (Validation, Failure)),
            (ItemStatus::Failed, Some(Code::TypeMismatch), (Validation, Failure)),
            (ItemStatus::Failed, Some(Code::Encrypted), (Validation, Failure)),
            (ItemStatus::Failed, Some(Code::Infected), (VirusCheck, Failure)),
            (ItemStatus::Failed, Some(Code::Unscannable), (VirusCheck, Failure)),
            (ItemStatus::Failed, Some(Code::Timeout), (Replication, Failure)),
            (ItemStatus::Failed, None, (Replication, Failure)),
        ] {
            assert_eq!(premis(&decided(status, code)), expected, "{status:?} {code:?}");
        }
    }

    #[test]
    fn a_verification_that_could_not_read_everything_is_no_success_and_no_failure() {
        let sound = VerifyCounts { documents: 1, files: 2, bytes: 20, ..VerifyCounts::default() };
        let sample = Some(Sample { size: 1, seed: "2025".to_owned() });
        let verified = |result| premis(&Change::Verified { result, sample: sample.clone() });
        assert_eq!(verified(sound), (FixityCheck, Success));
        assert_eq!(verified(VerifyCounts { unread: 1, ..sound }), (FixityCheck, Warning));
        for bad in [
            VerifyCounts { missing: 1, ..sound },
            VerifyCounts { changed: 1, unread: 1, ..sound },
            VerifyCounts { extra: 1, ..sound },
        ] {
            assert_eq!(verified(bad), (FixityCheck, Failure));
        }
    }
}

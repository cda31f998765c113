//! Replies with something in every field, so that what the wire loses is seen.

use std::collections::BTreeMap;
use std::io::Write as _;

use batchferry::model::audit::{Anchor, AuditFault, AuditRow, AuditVerdict, ChainView, EventOutcome, EventType};
use batchferry::model::bag::{BagFile, RecordRow, SpecText};
use batchferry::model::batch::{Condition, ConditionKind, EndReason, RunCause};
use batchferry::model::control::{Page, PlanView, Refusal, RefusalKind, Reply, ReportFile, Request, RescanView};
use batchferry::model::counts::Listed;
use batchferry::model::diagnostic::Diagnostic;
use batchferry::model::document::{
    CatalogRecord, DocumentRecord, DocumentState, FieldOrigin, Fields, FileCounts, FileRecord, FileState, Role,
    SourceObject,
};
use batchferry::model::draft::{SpecCheck, WrittenSpec};
use batchferry::model::event::{AuditEvent, Change, Operator, Sample, VerifyCounts};
use batchferry::model::failure::{Code, Failure, Finding, Group, Outcome};
use batchferry::model::ids::{BatchNumber, Digest, ImageNumber};
use batchferry::model::outcomes::{Check, Outcomes};
use batchferry::model::report::{Capped, FailedItem, PartialDocument, Report, WarningItem};
use batchferry::model::spec::{ResyncScope, Verify};
use batchferry::model::status::{ItemStatus, RunStatus, SyncStatus};
use batchferry::model::timeline::Timeline;
use batchferry::model::verify::{Difference, VerifyFinding, VerifyView};
use batchferry::model::view::{
    AuditView, BatchView, BreakdownRow, CheckView, CollectedView, DocumentView, FORMAT_VERSION, FailureView, FileView,
    FiltersView, PlaceView, RunView, SpecView, TallyView,
};

/// A name that must survive as it is.
pub const EVIL: &str = "发票/%2F?#+&=\"'<x>\u{1}\n\u{202e} 🙂";

fn tally(from: u64) -> TallyView {
    let (migrated, already_at_target, target_kept, failed, pending) =
        (from, from + 1, from + 2, from + 3, u64::MAX - 9);
    TallyView { in_scope: from + 9, migrated, already_at_target, target_kept, failed, pending }
}

fn run(number: u32, cause: RunCause, reason: Option<EndReason>) -> RunView {
    let ended = reason.map(|_| "2025-04-01T09:02:03Z".to_owned());
    let started = "2025-04-01T01:02:03.5Z".to_owned();
    RunView { number, cause, generation: 2, started, ended, reason, operator: EVIL.to_owned() }
}

pub fn batch() -> BatchView {
    BatchView {
        format_version: FORMAT_VERSION,
        batch_number: BatchNumber::generate(Some("eu1"), jiff::civil::date(2025, 4, 1), 7),
        name: "acme-vouchers-2025-q1".parse().unwrap(),
        labels: BTreeMap::from([("team".to_owned(), EVIL.to_owned())]),
        created: "2025-04-01T01:02:00Z".to_owned(),
        spec: SpecView {
            path: "财务/acme.yaml".to_owned(),
            digest: Digest::of(b"spec"),
            generation: 2,
            commit: Some("1a2b".to_owned()),
            operator: "王芳 <wang.fang@example.org>".to_owned(),
        },
        run_status: RunStatus::Running,
        sync_status: SyncStatus::Partial,
        suspended: true,
        conditions: vec![Condition {
            kind: ConditionKind::Waiting,
            reason: Code::OutsideWindow,
            message: EVIL.to_owned(),
            since: "2025-04-01T01:02:03.123456789Z".parse().unwrap(),
        }],
        collected: CollectedView {
            from: "2025-01-01".to_owned(),
            to: "2025-03-31".to_owned(),
            time_zone: "Asia/Shanghai".to_owned(),
            from_utc: "2024-12-31T16:00:00Z".to_owned(),
            to_utc: "2025-03-31T16:00:00Z".to_owned(),
        },
        source: PlaceView { store: "scans".to_owned(), prefix: EVIL.to_owned() },
        target: PlaceView { store: "vault".to_owned(), prefix: String::new() },
        documents: tally(10),
        files: tally(20),
        bytes: tally(30),
        not_listed: 3,
        listed: Listed {
            objects: 38,
            out_of_scope: 6,
            out_of_scope_by: BTreeMap::from([("collected".to_owned(), 4)]),
            unrecognised: 2,
            requests: 12,
        },
        synced: 7,
        unsynced: 6,
        failures: vec![failure(Code::Conflict)],
        warnings: vec![failure(Code::ResolutionTooLow)],
        runs: vec![
            run(1, RunCause::First, Some(EndReason::DeadlineExceeded)),
            run(2, RunCause::Resync(ResyncScope::All), None),
        ],
        runs_left_out: 0,
        audit: AuditView { events: 1_234, head: Digest::of(b"audit") },
        population: Some(Digest::of(b"population")),
    }
}

fn failure(code: Code) -> FailureView {
    FailureView {
        code,
        group: Group::Transfer,
        transient: true,
        documents: 3,
        examples: vec![ImageNumber::new(EVIL)],
        message: "means".to_owned(),
        remedy: "do".to_owned(),
    }
}

fn document(image: &str) -> DocumentView {
    DocumentView {
        image_number: ImageNumber::new(image),
        organization: Some(EVIL.to_owned()),
        document_type: None,
        collected: Some("2025-01-02".to_owned()),
        status: ItemStatus::AlreadyAtTarget,
        code: Some(Code::TargetKept),
        reason: Some(EVIL.to_owned()),
        files: FileCounts { total: 3, synced: 2, failed: 1 },
    }
}

fn file() -> FileView {
    FileView {
        role: "cover".to_owned(),
        source_key: EVIL.to_owned(),
        target_key: Some(EVIL.to_owned()),
        size: u64::MAX,
        sha256: Some(Digest::of(b"file")),
        status: ItemStatus::Migrated,
        code: None,
        reason: None,
        source_version: None,
        target_version: None,
        proof: None,
        origin: None,
        checks: CheckView::all(&outcomes()),
    }
}

fn outcomes() -> Outcomes {
    let mut outcomes = Outcomes::default();
    outcomes.set(Check::Readable, Outcome::Warn);
    outcomes
}

fn failed() -> FailedItem {
    let failure = Failure::new(Code::MissingRole, EVIL).with("1", "0");
    FailedItem { document: document("A"), failure, files: vec![file()] }
}

pub fn plan() -> PlanView {
    let report = Report {
        details: Capped::default(),
        timeline: Timeline::default(),
        left_out: BTreeMap::new(),
        batch: batch(),
        breakdown: Capped {
            rows: vec![BreakdownRow { organization: None, document_type: None, documents: tally(1), bytes: 5 }],
            total: 9,
        },
        partial_documents: Capped {
            rows: vec![PartialDocument {
                image_number: ImageNumber::new("A"),
                at_target: vec![EVIL.to_owned()],
                missing: vec![],
            }],
            total: 1,
        },
        warning_items: Capped {
            rows: vec![WarningItem {
                image_number: None,
                code: Code::UnrecognisedFile,
                outcome: Outcome::Unknown,
                item: EVIL.to_owned(),
                expected: Some("a".to_owned()),
                actual: None,
            }],
            total: 1,
        },
        // Not part of a report's JSON; a plan carries what failed beside it.
        documents: Capped::default(),
        failed: Capped::default(),
        filters: FiltersView { organizations: vec!["ACME-*".to_owned()], ..FiltersView::default() },
        verify: Verify::ReadBack,
        unlistable: vec![EVIL.to_owned()],
    };
    PlanView { report, failed: Capped { rows: vec![failed()], total: 1 }, finished: true, interrupted: true }
}

fn chain() -> ChainView {
    ChainView { batch_number: BatchNumber::new(EVIL), name: "a".parse().unwrap(), events: 7, head: Digest::of(b"head") }
}

fn verdict() -> AuditVerdict {
    AuditVerdict {
        batch_number: BatchNumber::new(EVIL),
        name: "a".parse().unwrap(),
        sound: false,
        events: 7,
        head: Digest::of(b"head"),
        documents: 3,
        against: Some(Anchor { event: 9, digest: Digest::of(b"anchor") }),
        faults: vec![AuditFault {
            event: Some(8),
            image_number: Some(ImageNumber::new(EVIL)),
            message: EVIL.to_owned(),
        }],
        faults_total: 2,
        note: EVIL.to_owned(),
    }
}

fn verified() -> VerifyView {
    VerifyView {
        format_version: FORMAT_VERSION,
        batch_number: BatchNumber::new(EVIL),
        name: "a".parse().unwrap(),
        sample: Some(Sample { size: u32::MAX, seed: EVIL.to_owned() }),
        sound: false,
        result: VerifyCounts { unread: u64::MAX, ..VerifyCounts::default() },
        findings: [Difference::Missing, Difference::Changed, Difference::Extra, Difference::Unread]
            .map(|difference| VerifyFinding {
                difference,
                image_number: Some(ImageNumber::new(EVIL)),
                key: EVIL.to_owned(),
                expected: Some(EVIL.to_owned()),
                actual: None,
            })
            .to_vec(),
        unfinished: Some(EVIL.to_owned()),
        interrupted: true,
    }
}

fn record() -> RecordRow {
    let at = "2025-04-01T01:02:03.123456789Z".parse().unwrap();
    let image = ImageNumber::new(EVIL);
    let failure = Failure::new(Code::Conflict, EVIL).with(EVIL, "b");
    let file = FileRecord {
        object: SourceObject { key: EVIL.to_owned(), size: u64::MAX, etag: None, modified: at },
        record: CatalogRecord {
            image_number: image.clone(),
            fields: Fields::default(),
            unreadable: vec![(EVIL.to_owned(), EVIL.to_owned())],
            role: Role::Invoice,
            role_label: Some(EVIL.to_owned()),
            sequence: None,
            recognised: false,
            origin: FieldOrigin::default(),
            absent: false,
        },
        state: FileState::Failed(failure.clone()),
        findings: vec![Finding { outcome: Outcome::Warn, failure: failure.clone() }],
        unaddressable: Some(EVIL.to_owned()),
        seen: 3,
        checks: outcomes(),
    };
    let document = DocumentRecord {
        image_number: image,
        fields: Fields { extra: BTreeMap::from([(EVIL.to_owned(), EVIL.to_owned())]), ..Fields::default() },
        state: DocumentState::Failed(failure),
        findings: Vec::new(),
        files: FileCounts { total: 1, synced: 0, failed: 1 },
        bytes: u64::MAX,
        attempts: 2,
        run: 3,
        generation: 4,
        gone_from_source: true,
    };
    RecordRow { document, files: vec![file] }
}

/// One event of every kind.
fn events() -> Vec<AuditRow> {
    let (code, result) = (Code::TargetKept, VerifyCounts { bytes: u64::MAX, extra: 1, ..VerifyCounts::default() });
    let changes = [
        Change::Accepted,
        Change::RunStarted,
        Change::Frozen { population: Digest::of(b"p"), documents: u64::MAX },
        Change::Document {
            image_number: ImageNumber::new(EVIL),
            old: ItemStatus::Pending,
            new: ItemStatus::AlreadyAtTarget,
            code: Some(code),
            record: Digest::of(b"r"),
        },
        Change::Stalled { code },
        Change::Resumed,
        Change::RunEnded { status: RunStatus::Ended, code: None },
        Change::ResyncRequested { all: true },
        Change::SpecChanged { generation: 3 },
        Change::Suspended { code },
        Change::Released { code },
        Change::Retired,
        Change::Verified { result, sample: Some(Sample { size: 3, seed: EVIL.to_owned() }) },
    ];
    changes.into_iter().zip(1..).map(|(change, sequence)| event(sequence, change)).collect()
}

fn event(sequence: u64, change: Change) -> AuditRow {
    let event = AuditEvent {
        sequence,
        at: "2025-04-01T01:02:03.123456789Z".parse().unwrap(),
        batch: BatchNumber::new(EVIL),
        run: 2,
        attempt: 3,
        operator: Operator { name: EVIL.to_owned(), commit: Some("1a2b".to_owned()) },
        spec: Digest::of(b"spec"),
        change,
        previous: Digest::of(b"previous"),
    };
    AuditRow {
        format_version: FORMAT_VERSION,
        name: "a".parse().unwrap(),
        event_type: EventType::MessageDigestCalculation,
        outcome: EventOutcome::Warning,
        digest: event.digest(),
        event,
    }
}

/// What is sent as a bag: nothing here looks into it.
pub const BAG: &str = "PK: a whole bag";

/// A bag of these bytes, in a file that goes with it.
pub fn bag(bytes: &[u8]) -> BagFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    BagFile::new("MB-1 发票.zip".to_owned(), bytes.len() as u64, file.path().to_owned(), file)
}

fn checked() -> SpecCheck {
    let problem = Diagnostic {
        severity: batchferry::model::checks::Severity::Warn,
        rule: "unknown-store".to_owned(),
        message: EVIL.to_owned(),
        suggestion: Some(EVIL.to_owned()),
        file: EVIL.to_owned(),
        field: "spec.source.store".to_owned(),
        line: 3,
        column: 12,
        length: 6,
        source_line: EVIL.to_owned(),
    };
    let (name, digest) = (Some("acme".parse().unwrap()), Some(Digest::of(b"spec")));
    SpecCheck { valid: false, name, digest, diagnostics: vec![problem] }
}

/// A full reply to each kind of request.
pub fn full(request: &Request) -> Result<Reply, Refusal> {
    Ok(match request {
        // Pages ask within the daemon alone.
        Request::Overview(_) => return Err(Refusal::new(RefusalKind::Invalid, "not over the wire")),
        Request::Batches { .. } => Reply::Batches(Page::new(vec![batch(), batch()], Some(EVIL.to_owned()))),
        Request::Documents { .. } => {
            Reply::Documents(Page::new(vec![document("A"), document(EVIL)], Some(EVIL.to_owned())))
        }
        Request::Files { .. } => Reply::Files(vec![file(), file()]),
        Request::Chains { .. } => Reply::Chains(Page::new(vec![chain()], Some("7".to_owned()))),
        Request::Events { .. } => Reply::Events(Page::new(events(), Some("9".to_owned()))),
        Request::CheckAudit { .. } => Reply::AuditChecked(Box::new(verdict())),
        Request::Bag { .. } => Reply::Bag(bag(BAG.as_bytes())),
        Request::Verify { .. } => Reply::Verified(Box::new(verified())),
        Request::Spec { .. } => {
            Reply::Spec(SpecText { batch_number: EVIL.to_owned(), json: format!("{{\"a\":{EVIL:?}}}") })
        }
        Request::Records { .. } => Reply::Records(Page::new(vec![record()], Some(EVIL.to_owned()))),
        Request::Report { .. } => {
            Reply::Report(vec![ReportFile { name: "README.zh-CN.md".to_owned(), text: EVIL.repeat(1_000) }])
        }
        Request::WriteReport { .. } => Reply::Written(EVIL.to_owned()),
        Request::Plan { .. } => Reply::Plan(Box::new(plan())),
        Request::CheckSpec { .. } => Reply::Checked(checked()),
        Request::WriteSpec { .. } => Reply::SpecWritten(WrittenSpec {
            file: EVIL.to_owned(),
            name: "acme".parse().unwrap(),
            digest: Digest::of(b"spec"),
        }),
        Request::Rescan => Reply::Rescanned(RescanView { valid: 1, invalid: 2, ignored: 3 }),
        Request::Batch { .. }
        | Request::Resync { .. }
        | Request::Suspend { .. }
        | Request::Resume { .. }
        | Request::Cancel { .. }
        | Request::Delete { .. } => Reply::Batch(Box::new(batch())),
    })
}

/// A short reply, for tests of other things.
#[expect(clippy::unnecessary_wraps, reason = "what a daemon answers may also be a refusal")]
pub fn rescanned(_: &Request) -> Result<Reply, Refusal> {
    Ok(Reply::Rescanned(RescanView::default()))
}

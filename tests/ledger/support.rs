//! Records to put into ledgers.

use std::path::Path;

use batchferry::engine::audit;
use batchferry::ledger::{Change, Claim, Durability, GroupedDocument, Ledger, LedgerOptions, NewBatch};
use batchferry::model::batch::{BatchId, BatchRecord, SpecRecord};
use batchferry::model::document::{
    CatalogRecord, DocumentRecord, DocumentState, FieldOrigin, Fields, FileCounts, FileRecord, FileState, Role,
    SourceObject,
};
use batchferry::model::event::Operator;
use batchferry::model::failure::{Code, Failure, Finding, Outcome};
use batchferry::model::ids::{Digest, ImageNumber};
use batchferry::model::outcomes::Outcomes;
use batchferry::model::receipt::{Pin, Proof, Receipt};
use batchferry::model::work::{DocumentOutcome, FileOutcome};
use jiff::Timestamp;

pub fn options() -> LedgerOptions {
    LedgerOptions { cache: 8 << 20, instance: None, fuse: None }
}

pub fn open(state: &Path) -> Ledger {
    Ledger::open(state, &options()).unwrap()
}

pub fn at() -> Timestamp {
    "2025-04-02T03:04:05Z".parse().unwrap()
}

pub fn operator() -> Operator {
    Operator { name: "林 <lin@example.org>".to_owned(), commit: Some("c0ffee".to_owned()) }
}

pub fn image(text: &str) -> ImageNumber {
    ImageNumber::new(text)
}

pub fn new_batch(name: &str) -> NewBatch {
    let json = format!("{{\"name\":{name:?}}}");
    NewBatch {
        name: name.parse().unwrap(),
        spec: SpecRecord {
            path: format!("{name}.yaml"),
            digest: Digest::of(json.as_bytes()),
            generation: 1,
            json,
            operator: operator(),
        },
        operator: operator(),
        handled_resync: None,
    }
}

pub async fn accept(ledger: &Ledger, name: &str) -> BatchRecord {
    ledger.writer().accept(new_batch(name), at()).await.unwrap()
}

pub fn object(key: &str, size: u64) -> SourceObject {
    SourceObject { key: key.to_owned(), size, etag: Some("\"e1\"".to_owned()), modified: at() }
}

pub fn file(number: &str, key: &str, size: u64) -> FileRecord {
    FileRecord {
        object: object(key, size),
        record: CatalogRecord {
            image_number: image(number),
            fields: Fields { organization: Some("ACME-01".to_owned()), ..Fields::default() },
            unreadable: vec![("collected".to_owned(), "2025-02-30".to_owned())],
            role: Role::Invoice,
            role_label: None,
            sequence: Some("001".to_owned()),
            recognised: true,
            origin: FieldOrigin::default(),
            absent: false,
        },
        state: FileState::Pending,
        findings: Vec::new(),
        unaddressable: None,
        seen: 1,
        checks: Outcomes::default(),
    }
}

pub fn document(number: &str) -> DocumentRecord {
    DocumentRecord {
        image_number: image(number),
        fields: Fields { organization: Some("ACME-01".to_owned()), ..Fields::default() },
        state: DocumentState::Pending,
        findings: Vec::new(),
        files: FileCounts::default(),
        bytes: 0,
        attempts: 0,
        run: 0,
        generation: 0,
        gone_from_source: false,
    }
}

pub fn warning(code: Code) -> Finding {
    Finding { outcome: Outcome::Warn, failure: Failure::new(code, "a") }
}

/// A document with the files `{number}/1 …`, of 10 bytes each, and no claims.
pub fn grouped(number: &str, files: usize) -> GroupedDocument {
    let files = (1..=files).map(|n| file(number, &format!("{number}/{n}"), 10)).collect();
    GroupedDocument { record: document(number), files, removed: Vec::new(), claims: Vec::new() }
}

pub fn claim(address: &str, number: &str, key: Option<&str>) -> Claim {
    Claim {
        address: address.to_owned(),
        source: "s3://scans".to_owned(),
        image_number: image(number),
        file_key: key.map(str::to_owned),
    }
}

pub fn group(batch: BatchId, documents: Vec<GroupedDocument>) -> Change {
    Change::Group { batch, run: 1, at: at(), operator: operator(), listing: 1, documents, strays: Vec::new() }
}

pub async fn commit(ledger: &Ledger, change: Change) {
    ledger.writer().commit(change, Durability::Later).await.unwrap();
}

pub fn receipt(key: &str) -> Receipt {
    Receipt {
        target_key: format!("archive/{key}"),
        size: 10,
        sha256: Digest::of(key.as_bytes()),
        etag: Some("\"t1\"".to_owned()),
        version: None,
        proof: Proof::ReadBack,
        source: Pin { size: 10, etag: None, modified: at(), version: None },
        at: at(),
        run: 1,
        generation: 1,
    }
}

/// The outcome of a document whose `files` (numbers) were all copied.
pub fn migrated(number: &str, files: usize, attempt: u32) -> DocumentOutcome {
    let file = |n: usize| {
        let key = format!("{number}/{n}");
        FileOutcome {
            state: FileState::Migrated(receipt(&key)),
            key,
            findings: Vec::new(),
            checks: Outcomes::default(),
        }
    };
    DocumentOutcome {
        image_number: image(number),
        state: DocumentState::Migrated,
        findings: Vec::new(),
        files: (1..=files).map(file).collect(),
        attempt,
        uniques: None,
    }
}

/// The outcome of a document whose first file failed with `code` and whose others were held back.
pub fn failed(number: &str, files: usize, code: Code, attempt: u32) -> DocumentOutcome {
    let failure = |n: usize| Failure::new(if n == 1 { code } else { Code::HeldBack }, format!("{number}/{n}"));
    let file = |n: usize| FileOutcome {
        key: format!("{number}/{n}"),
        state: FileState::Failed(failure(n)),
        findings: vec![warning(Code::SequenceGap)],
        checks: Outcomes::default(),
    };
    DocumentOutcome {
        image_number: image(number),
        state: DocumentState::Failed(failure(1)),
        findings: vec![warning(Code::SequenceGap), warning(Code::SequenceGap)],
        files: (1..=files).map(file).collect(),
        attempt,
        uniques: None,
    }
}

pub fn finish(batch: BatchId, outcome: DocumentOutcome) -> Change {
    Change::Finish { batch, outcome: Box::new(outcome), run: 1, generation: 1, at: at(), operator: operator() }
}

pub fn start(batch: BatchId, number: &str, attempt: u32) -> Change {
    Change::Start { batch, image_number: image(number), attempt, run: 1, at: at() }
}

/// Demands that the kept counters equal the counted ones and that the audit chain is whole.
pub fn assert_sound(ledger: &Ledger, batch: BatchId) {
    let reader = ledger.reader();
    let (kept, counted) = (reader.counts(batch).unwrap(), reader.recount(batch, 0, |_| Ok(())).unwrap().counts);
    assert_eq!(kept, counted, "counters");
    kept.reconcile(&counted).unwrap();
    let mut previous = Digest::ZERO;
    let events = reader.events(batch, 0, usize::MAX).unwrap();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.sequence, index as u64 + 1);
        assert_eq!(event.previous, previous, "event {} does not follow its predecessor", event.sequence);
        previous = event.digest();
    }
    assert_eq!(reader.head(batch).unwrap(), (events.len() as u64, previous), "head");
    let verdict = audit::check(&reader, &reader.batch(batch).unwrap().unwrap(), None).unwrap();
    assert!(verdict.sound, "{verdict:#?}");
}

//! Random batches, written into a real ledger through its writer, in the order in which a run writes.

use std::collections::BTreeMap;
use std::path::Path;

use batchferry::engine::begin::{begin, draft};
use batchferry::engine::run::ended;
use batchferry::ledger::{Change, Durability, GroupedDocument, Ledger, LedgerOptions, NewBatch};
use batchferry::model::batch::{AskedResync, BatchId, EndReason, SpecRecord, Stage};
use batchferry::model::counts::Listed;
use batchferry::model::document::{
    CatalogRecord, Collected, DocumentRecord, DocumentState, FieldOrigin, Fields, FileCounts, FileRecord, FileState,
    Role, SourceObject,
};
use batchferry::model::event::{self, Operator};
use batchferry::model::failure::{Code, Failure, Finding, Outcome};
use batchferry::model::ids::{Digest, ImageNumber};
use batchferry::model::listing::{Mark, Shard};
use batchferry::model::outcomes::Outcomes;
use batchferry::model::receipt::{KeptTarget, Pin, Proof, Receipt};
use batchferry::model::spec::ResyncScope;
use batchferry::model::work::{DocumentOutcome, FileOutcome};
use batchferry::specs::check_text;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const SPEC: &str = r#"
apiVersion: batchferry/v1
kind: MigrationBatch
metadata: {name: random}
spec:
  collected: {from: 2025-01-01, to: 2025-12-31, timeZone: Asia/Shanghai}
  source: {store: a, catalog: {keys: "{collected:%Y%m%d}/{imageNumber}/{fileName}"}}
  target: {store: b}
  allowEmpty: true
"#;

/// Names that documents, keys and fields are made of: some would break a table, a cell or an element.
const NAMES: [&str; 6] = ["ACME", "华东 分公司", "a|b", "=1+1", "<script>x</script>", "q\"u'o\u{202e}te"];
const CODES: [Code; 5] =
    [Code::Conflict, Code::MissingRole, Code::Truncated, Code::DuplicateDocument, Code::TargetCollision];
const WARNINGS: [Code; 3] = [Code::ResolutionTooLow, Code::SequenceGap, Code::DuplicateContent];

/// What becomes of a file.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    Pending,
    Migrated,
    There,
    Kept,
    Failed(usize),
}

/// What becomes of a document in one run.
#[derive(Debug, Clone)]
pub struct Decision {
    pub files: Vec<Fate>,
    /// A failure of the document itself.
    pub own: Option<usize>,
    /// Warnings (`true`), and what could not be determined.
    pub findings: Vec<(usize, bool)>,
    /// Seconds since the run before it.
    pub after: i64,
}

/// A document and what becomes of it; `None`: it is not reached.
#[derive(Debug, Clone)]
pub struct Document {
    pub organization: Option<usize>,
    pub document_type: Option<usize>,
    pub sizes: Vec<u64>,
    pub first: Option<Decision>,
    pub second: Option<Decision>,
}

/// A batch.
#[derive(Debug, Clone)]
pub struct Batch {
    pub documents: Vec<Document>,
    pub unrecognised: u64,
    pub out_of_scope: [u64; 2],
    pub unlistable: usize,
    /// Why each run ends; there are one or two.
    pub reasons: Vec<EndReason>,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Migrated),
        1 => Just(Fate::There),
        1 => Just(Fate::Kept),
        1 => Just(Fate::Pending),
        2 => (0..CODES.len()).prop_map(Fate::Failed),
    ]
}

fn decision(files: usize) -> impl Strategy<Value = Option<Decision>> {
    let own = proptest::option::weighted(0.15, 0..CODES.len());
    let findings = proptest::collection::vec((0..WARNINGS.len(), any::<bool>()), 0..3);
    let decision = (proptest::collection::vec(fate(), files), own, findings, -5..90_i64)
        .prop_map(|(files, own, findings, after)| Decision { files, own, findings, after });
    proptest::option::weighted(0.8, decision)
}

fn document() -> impl Strategy<Value = Document> {
    let name = || proptest::option::weighted(0.9, 0..NAMES.len());
    let sizes = proptest::collection::vec(prop_oneof![Just(0), 1..100_000_u64, Just(1_u64 << 40)], 1..5);
    (name(), name(), sizes).prop_flat_map(|(organization, document_type, sizes)| {
        let decisions = (decision(sizes.len()), decision(sizes.len()));
        (Just((organization, document_type, sizes)), decisions).prop_map(
            |((organization, document_type, sizes), (first, second))| Document {
                organization,
                document_type,
                sizes,
                first,
                second,
            },
        )
    })
}

/// Any batch.
pub fn batch() -> impl Strategy<Value = Batch> {
    let reason = || {
        prop_oneof![
            Just(EndReason::Finished),
            Just(EndReason::Cancelled),
            Just(EndReason::DeadlineExceeded),
            Just(EndReason::Interrupted),
        ]
    };
    let documents = proptest::collection::vec(document(), 0..30);
    (documents, 0..4_u64, [0..5_u64, 0..5_u64], 0..3_usize, proptest::collection::vec(reason(), 1..3)).prop_map(
        |(documents, unrecognised, out_of_scope, unlistable, reasons)| Batch {
            documents,
            unrecognised,
            out_of_scope,
            unlistable,
            reasons,
        },
    )
}

fn operator() -> Operator {
    Operator { name: "林 <lin@example.org>".to_owned(), commit: None }
}

fn at(seconds: i64) -> Timestamp {
    "2025-04-02T03:04:05Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn image(number: usize) -> String {
    format!("{}-{number:03}", NAMES[number % NAMES.len()])
}

fn object(key: &str, size: u64) -> SourceObject {
    SourceObject { key: key.to_owned(), size, etag: None, modified: at(0) }
}

fn fields(document: &Document) -> Fields {
    let name = |index: Option<usize>| index.map(|index| NAMES[index].to_owned());
    let day = Collected { day: jiff::civil::date(2025, 2, 3), instant: None };
    Fields {
        organization: name(document.organization),
        document_type: name(document.document_type),
        collected: Some(day),
        ..Fields::default()
    }
}

fn files(number: usize, document: &Document) -> Vec<FileRecord> {
    let file = |(n, size): (usize, &u64)| FileRecord {
        object: object(&key(number, n), *size),
        record: CatalogRecord {
            image_number: ImageNumber::new(image(number)),
            fields: fields(document),
            unreadable: Vec::new(),
            role: Role::Invoice,
            role_label: None,
            sequence: None,
            recognised: true,
            origin: FieldOrigin::default(),
            absent: false,
        },
        state: FileState::Pending,
        findings: Vec::new(),
        unaddressable: None,
        seen: 1,
        checks: Outcomes::default(),
    };
    document.sizes.iter().enumerate().map(file).collect()
}

fn key(number: usize, file: usize) -> String {
    format!("20250203/{}/{file}", image(number))
}

fn grouped(number: usize, document: &Document) -> GroupedDocument {
    let record = DocumentRecord {
        image_number: ImageNumber::new(image(number)),
        fields: fields(document),
        state: DocumentState::Pending,
        findings: Vec::new(),
        files: FileCounts::default(),
        bytes: 0,
        attempts: 0,
        run: 0,
        generation: 0,
        gone_from_source: false,
    };
    GroupedDocument { record, files: files(number, document), removed: Vec::new(), claims: Vec::new() }
}

fn state(fate: Fate, key: &str, size: u64, run: u32, at: Timestamp) -> FileState {
    let source = Pin { size, etag: None, modified: at, version: None };
    let receipt = Receipt {
        target_key: key.to_owned(),
        size,
        sha256: Digest::of(key.as_bytes()),
        etag: None,
        version: None,
        proof: Proof::ReadBack,
        source: source.clone(),
        at,
        run,
        generation: 1,
    };
    match fate {
        Fate::Pending => FileState::Pending,
        Fate::Migrated => FileState::Migrated(receipt),
        Fate::There => FileState::AlreadyAtTarget(receipt),
        Fate::Kept => FileState::TargetKept(KeptTarget {
            target_key: key.to_owned(),
            source_sha256: Digest::ZERO,
            target_sha256: Digest::of(b"other"),
            target_size: 1,
            source,
        }),
        Fate::Failed(code) => FileState::Failed(Failure::new(CODES[code], key).with("that", "this")),
    }
}

fn outcome(number: usize, document: &Document, decision: &Decision, run: u32, at: Timestamp) -> DocumentOutcome {
    let files = decision.files.iter().zip(&document.sizes).enumerate().map(|(n, (fate, size))| {
        let key = key(number, n);
        FileOutcome {
            state: state(*fate, &key, *size, run, at),
            key,
            findings: Vec::new(),
            checks: Outcomes::default(),
        }
    });
    let files: Vec<FileOutcome> = files.collect();
    let of_files = DocumentState::of_files(files.iter().map(|file| &file.state));
    let own = decision.own.map(|code| DocumentState::Failed(Failure::new(CODES[code], image(number))));
    let finding = |(code, is_warning): &(usize, bool)| Finding {
        outcome: if *is_warning { Outcome::Warn } else { Outcome::Unknown },
        failure: Failure::new(WARNINGS[*code], image(number)),
    };
    DocumentOutcome {
        image_number: ImageNumber::new(image(number)),
        state: own.unwrap_or(of_files),
        findings: decision.findings.iter().map(finding).collect(),
        files,
        attempt: 1,
        uniques: None,
    }
}

/// A ledger that holds one batch.
pub struct Written {
    pub ledger: Ledger,
    pub batch: BatchId,
}

impl Written {
    /// Writes a batch into a new ledger.
    pub async fn new(state: &Path, batch: &Batch) -> Self {
        let options = LedgerOptions { cache: 1 << 20, instance: None, fuse: None };
        let ledger = Ledger::open(state, &options).unwrap();
        let (file, digest) = check_text("random.yaml", SPEC, None).unwrap();
        let spec = SpecRecord {
            path: "random.yaml".to_owned(),
            digest,
            generation: 1,
            json: serde_json::to_string(&file).unwrap(),
            operator: operator(),
        };
        let new = NewBatch { name: "random".parse().unwrap(), spec, operator: operator(), handled_resync: None };
        let id = ledger.writer().accept(new, at(-60)).await.unwrap().id;
        let written = Self { ledger, batch: id };
        for (pass, reason) in (1_u32..).zip(&batch.reasons) {
            written.pass(batch, pass, *reason).await;
        }
        written
    }

    /// A run, or an interrupted one that goes on.
    async fn pass(&self, batch: &Batch, pass: u32, reason: EndReason) {
        let mut now = i64::from(pass) * 100_000;
        let run = self.begin(pass, at(now)).await;
        if pass == 1 {
            self.freeze(batch, at(now)).await;
        }
        for (number, document) in batch.documents.iter().enumerate() {
            let decision = if pass == 1 { &document.first } else { &document.second };
            // What is synced stays so.
            let is_synced = self.is_synced(number);
            let Some(decision) = decision.as_ref().filter(|_| !is_synced) else { continue };
            now += decision.after;
            self.decide(
                DocumentOutcome { attempt: pass, ..outcome(number, document, decision, run, at(now)) },
                run,
                at(now),
            )
            .await;
        }
        let end = at(now + 1);
        let edit = move |record: &mut _| ended(record, reason, &operator(), end);
        self.ledger.writer().update(self.batch, Durability::Later, edit).await.unwrap();
    }

    fn is_synced(&self, number: usize) -> bool {
        let document = self.ledger.reader().document(self.batch, &ImageNumber::new(image(number))).unwrap();
        document.is_some_and(|document| document.state.status().is_synced())
    }

    /// The number of the run that begins or goes on.
    async fn begin(&self, pass: u32, at: Timestamp) -> u32 {
        let asked = AskedResync { scope: ResyncScope::Failed, operator: operator() };
        let edit = move |record: &mut batchferry::model::batch::BatchRecord| {
            record.asked = (pass > 1).then_some(asked);
            let events = begin(record, None, &operator(), at);
            record.stage = Stage::Moving;
            events
        };
        self.ledger.writer().update(self.batch, Durability::Later, edit).await.unwrap().run_number()
    }

    async fn freeze(&self, batch: &Batch, at: Timestamp) {
        let files: Vec<FileRecord> =
            batch.documents.iter().enumerate().flat_map(|(number, document)| files(number, document)).collect();
        let [dates, files_out] = batch.out_of_scope;
        let by = BTreeMap::from([("collected".to_owned(), dates), ("files.exclude".to_owned(), files_out)]);
        let listed = Listed {
            objects: files.len() as u64 + dates + files_out + batch.unrecognised,
            out_of_scope: dates + files_out,
            out_of_scope_by: by,
            unrecognised: batch.unrecognised,
            requests: 3,
        };
        self.commit(Change::Page {
            batch: self.batch,
            shard: Shard::all(""),
            mark: Mark::Done,
            files,
            unrecognised: (0..batch.unrecognised).map(|n| object(&format!("stray/{n}"), 5)).collect(),
            listed,
            unlistable: (0..batch.unlistable).map(|n| format!("a//{n}")).collect(),
            contiguous: true,
        })
        .await;
        let documents = batch.documents.iter().enumerate().map(|(number, document)| grouped(number, document));
        let documents: Vec<GroupedDocument> = documents.collect();
        let total = documents.len() as u64;
        let (run, operator_of_run) = (1, operator());
        let (strays, listing, operator) = (Vec::new(), 1, operator_of_run);
        self.commit(Change::Group { batch: self.batch, run, at, operator, listing, documents, strays }).await;
        let edit = move |record: &mut batchferry::model::batch::BatchRecord| {
            let population = Digest::of(b"population");
            record.population = Some(population);
            vec![draft(record, &self::operator(), at, event::Change::Frozen { population, documents: total })]
        };
        self.ledger.writer().update(self.batch, Durability::Later, edit).await.unwrap();
    }

    async fn decide(&self, outcome: DocumentOutcome, run: u32, at: Timestamp) {
        let image_number = outcome.image_number.clone();
        self.commit(Change::Start { batch: self.batch, image_number, attempt: outcome.attempt, run, at }).await;
        let (outcome, operator) = (Box::new(outcome), operator());
        self.commit(Change::Finish { batch: self.batch, outcome, run, generation: 1, at, operator }).await;
    }

    async fn commit(&self, change: Change) {
        self.ledger.writer().commit(change, Durability::Later).await.unwrap();
    }
}

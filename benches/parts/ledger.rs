//! Documents of three files through the ledger, and questions to it. Each write is that of 32 documents.

use batchferry::ledger::{Change, DocumentFilter, Durability, Ledger};
use batchferry::model::batch::BatchId;
use batchferry::model::counts::Listed;
use batchferry::model::listing::{Mark, Shard};
use batchferry::model::status::ItemStatus;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::support::{accept, claim, file, finish, group, grouped, image, migrated, open, start};

/// Documents of one write.
const DOCUMENTS: usize = 32;
const FILES: usize = 3;

/// A ledger with a batch, and numbers for new documents.
struct Bench {
    runtime: Runtime,
    ledger: Ledger,
    batch: BatchId,
    next: usize,
    _folder: TempDir,
}

/// How far documents have come.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Stage {
    Listed,
    Grouped,
    Started,
    Finished,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(".").unwrap();
        let runtime = Runtime::new().unwrap();
        let ledger = open(folder.path());
        let batch = runtime.block_on(accept(&ledger, "bench")).id;
        Self { runtime, ledger, batch, next: 0, _folder: folder }
    }

    /// Numbers of new documents, which have come so far.
    fn documents(&mut self, stage: Option<Stage>) -> Vec<String> {
        let numbers: Vec<String> = (self.next..self.next + DOCUMENTS).map(|n| format!("IMG-{n:09}")).collect();
        self.next += DOCUMENTS;
        for each in [Stage::Listed, Stage::Grouped, Stage::Started, Stage::Finished] {
            if stage.is_some_and(|stage| each <= stage) {
                self.bring(&numbers, each);
            }
        }
        numbers
    }

    /// Brings documents from the stage before to this one.
    fn bring(&self, numbers: &[String], stage: Stage) {
        let changes = self.changes(numbers, stage);
        let writer = self.ledger.writer();
        self.runtime.block_on(async {
            // All at once, as the engine does.
            let commits = changes.into_iter().map(|change| writer.commit(change, Durability::Later));
            futures::future::try_join_all(commits).await.unwrap();
        });
    }

    fn changes(&self, numbers: &[String], stage: Stage) -> Vec<Change> {
        match stage {
            Stage::Listed => vec![self.page(numbers)],
            Stage::Grouped => vec![group(self.batch, numbers.iter().map(|number| with_claims(number)).collect())],
            Stage::Started => numbers.iter().map(|number| start(self.batch, number, 1)).collect(),
            Stage::Finished => numbers.iter().map(|number| finish(self.batch, migrated(number, FILES, 1))).collect(),
        }
    }

    fn page(&self, numbers: &[String]) -> Change {
        let files =
            numbers.iter().flat_map(|number| (1..=FILES).map(move |n| file(number, &format!("{number}/{n}"), 10)));
        Change::Page {
            batch: self.batch,
            shard: Shard::all(""),
            mark: Mark::Resume(numbers.last().cloned()),
            files: files.collect(),
            unrecognised: Vec::new(),
            listed: Listed::default(),
            unlistable: Vec::new(),
            contiguous: true,
        }
    }
}

fn with_claims(number: &str) -> batchferry::ledger::GroupedDocument {
    let mut document = grouped(number, FILES);
    let keys = document.files.iter().map(|file| file.object.key.clone());
    document.claims = keys.map(|key| claim(&format!("s3://vault/archive/{key}"), number, Some(&key))).collect();
    document
}

/// Measures the step to `stage` of documents that stand before it.
fn step(bencher: Bencher, before: Option<Stage>, stage: Stage) {
    let bench = std::cell::RefCell::new(Bench::new());
    bencher
        .counter(ItemsCount::new(DOCUMENTS))
        .with_inputs(|| bench.borrow_mut().documents(before))
        .bench_local_values(|numbers| bench.borrow().bring(&numbers, stage));
}

#[divan::bench]
fn write_1_listed(bencher: Bencher) {
    step(bencher, None, Stage::Listed);
}

/// As a new listing of a batch in which everything is in place.
#[divan::bench]
fn write_1_listed_again(bencher: Bencher) {
    step(bencher, Some(Stage::Finished), Stage::Listed);
}

#[divan::bench]
fn write_2_grouped(bencher: Bencher) {
    step(bencher, Some(Stage::Listed), Stage::Grouped);
}

#[divan::bench]
fn write_3_started(bencher: Bencher) {
    step(bencher, Some(Stage::Grouped), Stage::Started);
}

#[divan::bench]
fn write_4_finished(bencher: Bencher) {
    step(bencher, Some(Stage::Started), Stage::Finished);
}

/// A ledger of so many documents.
fn filled(documents: usize) -> Bench {
    let mut bench = Bench::new();
    while bench.next < documents {
        bench.documents(Some(Stage::Finished));
    }
    bench
}

#[divan::bench]
fn read_a_document_and_its_files(bencher: Bencher) {
    let bench = filled(2_000);
    let (reader, number) = (bench.ledger.reader(), image("IMG-000001000"));
    bencher.bench_local(|| {
        let document = reader.document(bench.batch, black_box(&number)).unwrap();
        (document, reader.files(bench.batch, &number).unwrap())
    });
}

#[divan::bench]
fn read_a_page_of_50_documents(bencher: Bencher) {
    let bench = filled(2_000);
    let (reader, after) = (bench.ledger.reader(), image("IMG-000001000"));
    let filter = DocumentFilter { status: Some(ItemStatus::Migrated), code: None };
    bencher.bench_local(|| reader.documents(bench.batch, filter, Some(black_box(&after)), 50).unwrap());
}

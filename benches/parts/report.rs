//! A report of a thousand documents: gathered from the ledger, and rendered in both languages.

use batchferry::engine::report::make;
use batchferry::model::batch::EndReason;
use batchferry::model::config::Language;
use batchferry::reports::render;
use divan::Bencher;
use divan::counter::ItemsCount;

#[path = "../../tests/reports/batches.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod batches;

use batches::{Batch, Decision, Document, Fate, Written};

const DOCUMENTS: usize = 1_000;

/// Every tenth document failed.
fn document(number: usize) -> Document {
    let fate = if number.is_multiple_of(10) { Fate::Failed(number % 5) } else { Fate::Migrated };
    let decision = Decision { files: vec![fate; 3], own: None, findings: Vec::new(), after: 1 };
    let sizes = vec![40_960; 3];
    Document { organization: Some(number % 3), document_type: Some(0), sizes, first: Some(decision), second: None }
}

fn written(state: &std::path::Path) -> Written {
    let batch = Batch {
        documents: (0..DOCUMENTS).map(document).collect(),
        unrecognised: 3,
        out_of_scope: [7, 2],
        unlistable: 0,
        reasons: vec![EndReason::Finished],
    };
    tokio::runtime::Runtime::new().unwrap().block_on(Written::new(state, &batch))
}

#[divan::bench]
fn gather(bencher: Bencher) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let written = written(folder.path());
    let reader = written.ledger.reader();
    let batch = reader.batch(written.batch).unwrap().unwrap();
    bencher.counter(ItemsCount::new(DOCUMENTS)).bench_local(|| make(&reader, &batch).unwrap());
}

#[divan::bench]
fn render_all_files(bencher: Bencher) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let written = written(folder.path());
    let reader = written.ledger.reader();
    let report = make(&reader, &reader.batch(written.batch).unwrap().unwrap()).unwrap();
    let languages = [Language::English, Language::Chinese];
    bencher.counter(ItemsCount::new(DOCUMENTS)).bench_local(|| render(&report, &languages, false).unwrap());
}

//! A run that dies at each of its ledger writes in turn ends like one that never died.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use batchferry::engine::accept::{Offered, accept};
use batchferry::engine::context::Meters;
use batchferry::engine::copier::CopySizes;
use batchferry::engine::limits::GlobalLimits;
use batchferry::engine::run::{Ask, Engine, Patience, RunError};
use batchferry::engine::stop::Stop;
use batchferry::engine::store_set::StoreSet;
use batchferry::ledger::{Blown, DocumentFilter, Fuse, Ledger, LedgerError, LedgerOptions};
use batchferry::model::counts::Counts;
use batchferry::model::document::FileState;
use batchferry::model::event::Operator;
use batchferry::model::status::RunStatus;
use batchferry::specs;
use serde_json::json;

use crate::copies;
use crate::project::{Project, distinct};
use crate::s3::{self, Buckets};
use crate::support::S3Server;

/// Image number, status and code, and the same of each file.
type Document = (String, String, Vec<(String, String)>);

/// Everything of which the contract says that it is the same after a crash.
#[derive(Debug, PartialEq)]
struct End {
    documents: Vec<Document>,
    counts: Counts,
    listed: (u64, u64, u64),
    objects: BTreeMap<String, Vec<u8>>,
}

/// Documents of every outcome but one: migrated, two kinds of failed ones, a stray. One that was there before is left
/// out, because the contract takes an identical object of a document that was begun and not recorded for ours.
fn project() -> Project {
    let project = Project::local();
    project.put_document("2025/01/05", "GOOD-1");
    project.put_document("2025/01/06", "GOOD-2");
    project.put("ACME/voucher/2025/01/08/LACKS/cover-1.png", &distinct("lacks"));
    project.put_document("2025/01/09", "CONFLICT");
    project.put_at("dst", "ACME/voucher/2025/01/09/CONFLICT/cover-1.png", b"someone else's");
    project.put("ACME/voucher/2025/01/05/stray.txt", b"stray");
    project.spec("batch", |spec| {
        spec["checks"] = json!({"requiredRoles": {"cover": 1, "invoice": 1}});
        spec["target"]["manifest"] = json!("{organization}/{imageNumber}/document.json");
        spec["transfer"] = json!({"concurrency": 1});
    });
    project
}

/// One life of a process, in which servers copy no more than so much at once: opens the ledger, accepts the spec, runs it.
pub async fn live_with(project: &Project, fuse: Option<Fuse>, copy_sizes: CopySizes) -> Result<(), RunError> {
    let config = specs::load_config(Some(&project.path("batchferry.yaml"))).unwrap();
    let options = LedgerOptions { cache: 4 << 20, instance: None, fuse };
    let ledger = Arc::new(Ledger::open(&config.config.state, &options)?);
    let engine = Engine {
        ledger: ledger.clone(),
        stores: Arc::new(StoreSet::new(config.config.clone()).copying(copy_sizes)),
        limits: GlobalLimits::new(&config.config.limits),
        patience: Patience::StoreWait,
        scratch: config.config.state.clone(),
    };
    let operator = Operator { name: "tester".to_owned(), commit: None };
    let spec = specs::scan_jobs(&config.config.jobs, Some(&config.config)).unwrap().specs.remove(0);
    let offered = Offered { spec: &spec, operator: operator.clone() };
    let batch = accept(&ledger, offered, jiff::Timestamp::now()).await?;
    let (meters, stop) = (Arc::new(Meters::default()), Stop::default());
    let grace = Duration::from_secs(30);
    let ask = Ask { again: None, operator: &operator, meters: &meters, stop: &stop, grace, begun: None };
    engine.run(batch, ask).await.map(drop)
}

/// A project, and the server that it moves documents at, if it is none of folders.
struct Scene {
    project: Project,
    server: Option<S3Server>,
}

impl From<Project> for Scene {
    fn from(project: Project) -> Self {
        Self { project, server: None }
    }
}

impl Scene {
    fn objects(&self) -> BTreeMap<String, Vec<u8>> {
        match &self.server {
            None => self.project.objects("dst"),
            Some(server) => s3::objects(server, "new-archive"),
        }
    }
}

fn end(scene: &Scene) -> End {
    let project = &scene.project;
    let config = specs::load_config(Some(&project.path("batchferry.yaml"))).unwrap();
    let options = LedgerOptions { cache: 4 << 20, instance: None, fuse: None };
    let ledger = Ledger::open(&config.config.state, &options).unwrap();
    let reader = ledger.reader();
    let batch = reader.batches().unwrap().remove(0);
    assert_eq!(batch.run_status, RunStatus::Ended);
    let counts = reader.counts(batch.id).unwrap();
    counts.reconcile(&reader.recount(batch.id, 0, |_| Ok(())).unwrap().counts).unwrap();
    let documents = reader.documents(batch.id, DocumentFilter::default(), None, 100).unwrap();
    let documents = documents.iter().map(|document| {
        let files = reader.files(batch.id, &document.image_number).unwrap();
        let state = |state: &FileState| format!("{:?} {:?}", state.status(), code(state));
        let files = files.iter().map(|file| (file.object.key.clone(), state(&file.state))).collect();
        let code = document.state.failure().map(|failure| failure.code);
        (document.image_number.to_string(), format!("{:?} {code:?}", document.state.status()), files)
    });
    let listed = &batch.listed;
    let listed = (listed.objects, listed.out_of_scope, listed.unrecognised);
    End { documents: documents.collect(), counts, listed, objects: scene.objects() }
}

fn code(state: &FileState) -> Option<batchferry::model::failure::Code> {
    match state {
        FileState::Failed(failure) => Some(failure.code),
        _ => None,
    }
}

/// Three documents with one content, side by side: the first fails, the second moves, the third is refused.
fn twins() -> Project {
    let project = Project::local();
    for image in ["TWIN-1", "TWIN-2", "TWIN-3", "TWIN-4"] {
        let seed = if image == "TWIN-4" { "another" } else { "same" };
        project.put(&format!("ACME/voucher/2025/01/05/{image}/cover-1.png"), &distinct(seed));
    }
    project.put_at("dst", "ACME/voucher/2025/01/05/TWIN-1/cover-1.png", b"someone else's");
    project.spec("batch", |spec| spec["checks"] = json!({"duplicateContent": {"severity": "Fail"}}));
    project
}

/// The same with an invoice in place of content.
fn invoices() -> Project {
    let project = Project::local();
    for image in ["TWIN-1", "TWIN-2", "TWIN-3", "TWIN-4"] {
        let number = if image == "TWIN-4" { "1" } else { "2" };
        let invoice = format!("<?xml version=\"1.0\"?><a><InvoiceNumber>{number}</InvoiceNumber><b>{image}</b></a>");
        project.put(&format!("ACME/voucher/2025/01/05/{image}/invoice-1.xml"), invoice.as_bytes());
    }
    project.put_at("dst", "ACME/voucher/2025/01/05/TWIN-1/invoice-1.xml", b"someone else's");
    project.spec("batch", |spec| spec["checks"] = json!({"duplicateInvoice": {}}));
    project
}

/// Documents that an index tells of: one moves, one lacks an object, one is disputed between rows, one is out of the way
/// of a manifest. Objects lie in several folders, so that they are listed side by side.
fn indexed() -> Project {
    let project = Project::local();
    for key in ["a/1.png", "a/2.png", "b/3.png", "b/4.png", "c/stray.txt"] {
        project.put(key, &distinct(key));
    }
    let rows = "path,image,day\na/1.png,GOOD,2025-01-05\na/2.png,GOOD,2025-01-05\nb/3.png,LACKS,2025-01-06\nb/9.png,LACKS,2025-01-06\nb/4.png,ONE,2025-01-07\nb/4.png,OTHER,2025-01-07\na/8.png,OUT,2025-02-07\n";
    project.put_at("jobs", "index.csv", rows.as_bytes());
    project.spec("batch", |spec| {
        let columns = json!({"key": "path", "imageNumber": "image", "collected": "day"});
        spec["source"]["catalog"] = json!({"index": {"file": "index.csv", "columns": columns}});
        spec["transfer"] = json!({"concurrency": 1});
    });
    project
}

/// Documents that the server copies, one of them in parts, and one to whose key something else has come.
fn copied() -> Scene {
    let Buckets { server, project } = copies::copying(3, |config| config["limits"] = json!({"memory": "1MiB"}));
    let large = "ACME/voucher/2025/01/05/LARGE/cover-1.bmp";
    let mut content = include_bytes!("../data/images/bottom-up-200.bmp").to_vec();
    content.resize(11 << 20, 7);
    server.plant("old-archive", large, &content);
    server.plant("new-archive", "ACME/voucher/2025/01/05/IMG-1/cover-1.png", b"someone else's");
    project.spec("batch", |spec| {
        spec["target"]["manifest"] = json!("{organization}/{imageNumber}/document.json");
        spec["transfer"] = json!({"concurrency": 1});
    });
    Scene { project, server: Some(server) }
}

/// What is larger is copied in parts.
const PARTS: CopySizes = CopySizes { whole: 6 << 20, part: 5 << 20 };

async fn dies_everywhere<S: Into<Scene>>(scene: fn() -> S, blown: Blown) {
    dies_everywhere_then(scene, blown, |_| ()).await;
}

/// The same where something befalls the project between two lives.
async fn dies_everywhere_then<S: Into<Scene>>(scene: fn() -> S, blown: Blown, befalls: fn(&Project)) {
    let calm: Scene = scene().into();
    live_with(&calm.project, None, PARTS).await.unwrap();
    let expected = end(&calm);
    assert_eq!(expected.documents.len(), 4);
    let mut writes = 0;
    loop {
        let scene: Scene = scene().into();
        match live_with(&scene.project, Some(Fuse::new(writes, blown)), PARTS).await {
            Ok(()) => break,
            Err(RunError::Ledger(LedgerError::Write { .. })) => {}
            Err(error) => panic!("after {writes} writes: {error}"),
        }
        befalls(&scene.project);
        live_with(&scene.project, None, PARTS).await.unwrap();
        assert_eq!(end(&scene), expected, "died {blown:?} write {}", writes + 1);
        writes += 1;
    }
    assert!(writes > 10, "only {writes} writes: the run is too small to tell anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_the_server_copies_end_the_same_after_any_death() {
    dies_everywhere(copied, Blown::Before).await;
    dies_everywhere(copied, Blown::After).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_dies_before_any_of_its_writes_ends_like_one_that_never_died() {
    dies_everywhere(project, Blown::Before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_whose_every_step_is_done_twice_ends_like_one_that_never_died() {
    dies_everywhere(project, Blown::After).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_with_the_same_content_end_the_same_after_any_death() {
    dies_everywhere(twins, Blown::Before).await;
    dies_everywhere(twins, Blown::After).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_with_the_same_invoice_end_the_same_after_any_death() {
    dies_everywhere(invoices, Blown::Before).await;
    dies_everywhere(invoices, Blown::After).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_of_an_index_end_the_same_after_any_death() {
    dies_everywhere(indexed, Blown::Before).await;
    dies_everywhere(indexed, Blown::After).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_whose_sorted_rows_are_lost_begins_anew_and_ends_the_same() {
    // They may never have been there.
    let lose = |project: &Project| drop(std::fs::remove_dir_all(project.path(".batchferry/catalogs")));
    dies_everywhere_then(indexed, Blown::Before, lose).await;
}

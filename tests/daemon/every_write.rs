//! A daemon that dies at each of its ledger writes in turn, and is started anew, ends each step like one that never died.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use batchferry::ledger::{Blown, DocumentFilter, Fuse};
use batchferry::model::batch::BatchRecord;
use batchferry::model::control::Request;
use batchferry::model::counts::Counts;
use batchferry::model::failure::Code;
use batchferry::model::spec::ResyncScope;
use batchferry::model::status::RunStatus;
use serde_json::json;
use tokio::task::LocalSet;

use crate::life::{Died, Life, open};
use crate::project::Project;

/// What someone does, and how the batch stands after it.
struct Step {
    edit: Option<fn(&Project)>,
    ask: Option<fn(String) -> Request>,
    until: fn(&BatchRecord) -> bool,
}

const fn edit(edit: fn(&Project), until: fn(&BatchRecord) -> bool) -> Step {
    Step { edit: Some(edit), ask: None, until }
}

const fn ask(ask: fn(String) -> Request, until: fn(&BatchRecord) -> bool) -> Step {
    Step { edit: None, ask: Some(ask), until }
}

fn write(project: &Project, suspend: bool, to: &str) {
    project.spec("batch", |spec| {
        spec["suspend"] = json!(suspend);
        spec["collected"]["to"] = json!(to);
        spec["transfer"] = json!({"concurrency": 1});
    });
}

fn has_ended(batch: &BatchRecord) -> bool {
    batch.run_status == RunStatus::Ended
}

/// Everything that can happen to a batch, one thing after another.
const STEPS: [Step; 14] = [
    edit(|project| write(project, true, "2025-01-31"), |batch| batch.has(Code::SuspendedBySpec)),
    edit(|project| write(project, false, "2025-01-31"), has_ended),
    ask(|batch| Request::Suspend { batch }, |batch| batch.has(Code::SuspendedByCommand)),
    ask(|batch| Request::Resync { batch, scope: ResyncScope::Failed }, |batch| batch.run_status == RunStatus::Queued),
    ask(|batch| Request::Cancel { batch }, has_ended),
    ask(|batch| Request::Resume { batch }, |batch| !batch.has(Code::SuspendedByCommand)),
    ask(|batch| Request::Resync { batch, scope: ResyncScope::All }, |batch| batch.runs.len() > 1 && has_ended(batch)),
    edit(|project| fs::write(project.path("jobs/batch.yaml"), BROKEN).unwrap(), |batch| batch.has(Code::InvalidSpec)),
    edit(|project| write(project, false, "2025-02-28"), |batch| batch.has(Code::ImmutableFieldChanged)),
    edit(|project| write(project, true, "2025-01-31"), |batch| batch.has(Code::SuspendedBySpec)),
    edit(|project| write(project, false, "2025-01-31"), |batch| batch.conditions.is_empty()),
    edit(
        |project| fs::rename(project.path("jobs/batch.yaml"), project.path("away.yaml")).unwrap_or_default(),
        |batch| batch.has(Code::SpecVanished),
    ),
    ask(|batch| Request::Delete { batch }, |batch| batch.has(Code::Retired)),
    edit(|project| write(project, false, "2025-01-31"), |batch| batch.conditions.len() > 1 || batch.has(Code::Retired)),
];

const BROKEN: &str =
    "{\"apiVersion\":\"batchferry/v1\",\"kind\":\"MigrationBatch\",\"metadata\":{\"name\":\"batch\"},\"spec\":{}}";

/// Everything that must be the same however often the process died; times, runs and events may differ.
#[derive(Debug, PartialEq)]
struct State {
    run_status: RunStatus,
    generation: u32,
    digest: String,
    conditions: BTreeSet<String>,
    wishes: (bool, bool, bool),
    documents: Vec<String>,
    counts: Counts,
    objects: BTreeMap<String, Vec<u8>>,
}

fn state(project: &Project) -> State {
    let ledger = open(project, None).unwrap();
    let reader = ledger.reader();
    let batch = reader.batch_by_name(&"batch".parse().unwrap()).unwrap().unwrap();
    let counts = reader.counts(batch.id).unwrap();
    counts.reconcile(&reader.recount(batch.id, 0, |_| Ok(())).unwrap().counts).unwrap();
    let documents = reader.documents(batch.id, DocumentFilter::default(), None, 100).unwrap();
    let documents = documents.iter().map(|document| format!("{} {:?}", document.image_number, document.state));
    let conditions = batch.conditions.iter().map(|held| format!("{:?} {}", held.kind, held.reason));
    State {
        run_status: batch.run_status,
        generation: batch.spec.generation,
        digest: batch.spec.digest.to_string(),
        conditions: conditions.collect(),
        wishes: (batch.suspended, batch.asked.is_some(), batch.cancelled.is_some()),
        documents: documents.collect(),
        counts,
        objects: project.objects("dst"),
    }
}

fn empty() -> Project {
    let project = Project::with_config(&json!({
        "stores": {"src": {"url": "file:src"}, "dst": {"url": "file:dst"}},
        "watch": {"rescan": "200ms", "settle": "10ms"},
    }));
    fs::create_dir(project.path(".batchferry")).unwrap();
    project.put_document("2025/01/05", "GOOD");
    project.put("ACME/voucher/2025/01/06/EMPTY/cover-1.png", b"");
    // Something that stays, so that the jobs directory is never empty: that would change nothing.
    fs::write(project.path("jobs/other.yaml"), "a: tool's own\n").unwrap();
    project
}

/// Another project as this one is now.
fn copy(project: &Project) -> Project {
    let copy = empty();
    for folder in ["jobs", "dst", ".batchferry"] {
        for (key, bytes) in project.objects(folder) {
            copy.put_at(folder, &key, &bytes);
        }
    }
    copy
}

async fn take(step: &Step, life: &Life) -> Result<(), Died> {
    if let Some(ask) = step.ask {
        life.ask(ask("batch".to_owned())).await?;
    }
    life.until("batch", step.until).await
}

/// Takes a step in one life; whether it was to its end.
async fn live(step: &Step, project: &Project, fuse: Option<Fuse>) -> Result<(), Died> {
    let life = Life::begin(project, fuse)?;
    let taken = take(step, &life).await;
    let ended = life.end().await;
    taken.and(ended)
}

async fn dies_everywhere(blown: Blown) {
    let mut calm = empty();
    let mut deaths = 0;
    for (number, step) in STEPS.iter().enumerate() {
        let before = copy(&calm);
        let begin = |project: &Project| step.edit.into_iter().for_each(|edit| edit(project));
        begin(&calm);
        live(step, &calm, None).await.unwrap();
        let expected = state(&calm);
        for writes in 0.. {
            let wild = copy(&before);
            begin(&wild);
            if live(step, &wild, Some(Fuse::new(writes, blown))).await.is_ok() {
                break;
            }
            live(step, &wild, None).await.unwrap();
            assert_eq!(state(&wild), expected, "step {number} died {blown:?} write {}", writes + 1);
            deaths += 1;
        }
        calm = copy(&calm);
    }
    assert!(deaths > 25, "only {deaths} deaths: the steps are too few to tell anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_dies_before_any_of_its_writes_ends_each_step_like_one_that_never_died() {
    LocalSet::new().run_until(dies_everywhere(Blown::Before)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_whose_every_write_is_made_and_not_heard_of_ends_each_step_like_one_that_never_died() {
    LocalSet::new().run_until(dies_everywhere(Blown::After)).await;
}

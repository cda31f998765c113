//! A daemon of which only the pages are there: a ledger of the test's own behind a port.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use batchferry::engine::commands;
use batchferry::engine::drafting::{SpecWriter, choices};
use batchferry::engine::overview::{Overviews, Places};
use batchferry::engine::view::batch_view;
use batchferry::ledger::{Durability, Ledger, NewBatch};
use batchferry::model::batch::{BatchRecord, Condition, ConditionKind, EndReason, RunCause, RunRecord, Stage};
use batchferry::model::config::{Config, Reports};
use batchferry::model::control::{Reply, Request};
use batchferry::model::diagnostic::{Diagnostic, InvalidSpec};
use batchferry::model::document::{Collected, DocumentRecord};
use batchferry::model::failure::Code;
use batchferry::model::ids::Digest;
use batchferry::model::overview::{Overview, Overviewed};
use batchferry::model::status::RunStatus;
use batchferry::specs::load_config;
use batchferry::web::{Access, Asked, Health, Metrics, ProbeServer};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use crate::ledger::{at, commit, failed, finish, group, grouped, image, migrated, operator};
use crate::raw::{Answer, read};
use crate::views::plan;

/// Names that try to be more than names.
pub const SCRIPT: &str = "<script>alert(1)</script>";
pub const QUOTES: &str = "\"' onmouseover='alert(1)' x=\"";
pub const TURNED: &str = "a\u{202e}gpj.exe";
pub const ROUTE: &str = "../发票 a%2F?x=1&y#z";

/// Longest time that a loop may be silent: longer than any test.
const SILENCE: Duration = Duration::from_secs(3600);

/// The pages of a ledger.
pub struct Pages {
    pub ledger: Arc<Ledger>,
    pub address: SocketAddr,
    /// Who may read and act; at first, whoever sits at the machine reads.
    pub access: Arc<Access>,
    /// Holds the state, the jobs and the reports.
    pub root: TempDir,
    stop: Option<oneshot::Sender<()>>,
}

impl Pages {
    /// Pages of an empty ledger.
    pub async fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let ledger = Arc::new(crate::ledger::open(&root.path().join("state")));
        let overviews = Arc::new(Overviews::new(ledger.reader(), Arc::default()));
        let places = Places { jobs: root.path().join("jobs"), reports: Reports::default() };
        let (asks, asked) = mpsc::channel(64);
        tokio::spawn(answer(ledger.clone(), overviews, places, config(root.path()), asked));
        let server = ProbeServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = server.address();
        let (stop, stopped) = oneshot::channel();
        let (health, access) = (Arc::new(Health::new(SILENCE, &[])), Arc::new(Access::new(None)));
        tokio::spawn(
            server.serve(health, Arc::new(Metrics::default()), asks, access.clone(), async { drop(stopped.await) }),
        );
        Self { ledger, address, access, root, stop: Some(stop) }
    }

    /// Pages of a ledger with a batch of many kinds of documents, one that is stalled, and one that has not run.
    pub async fn filled() -> Self {
        let pages = Self::new().await;
        let first = accept(&pages.ledger, "acme-2025-q1", json!({"team": "finance", "note": SCRIPT})).await;
        fill(&pages.ledger, &first).await;
        let second = accept(&pages.ledger, "globex", json!({})).await;
        let stalled = Condition {
            kind: ConditionKind::Stalled,
            reason: Code::StoreUnavailable,
            message: format!("store src does not answer: {SCRIPT}"),
            since: at(),
        };
        update(&pages.ledger, second.id, move |record| record.conditions.push(stalled)).await;
        accept(&pages.ledger, "initech", json!({"team": "ops"})).await;
        let folder = pages.root.path().join("jobs/acme-2025-q1.report");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("report.html"), "<p>report").unwrap();
        std::fs::write(folder.join("documents.csv"), "a,b").unwrap();
        pages
    }

    /// Asks for a page as a browser does that likes a language.
    pub async fn get(&self, target: &str, language: &str) -> Answer {
        self.ask(target, &format!("host: localhost\r\naccept: text/html\r\naccept-language: {language}\r\n")).await
    }

    /// Asks with headers of the test's own.
    pub async fn ask(&self, target: &str, headers: &str) -> Answer {
        let mut stream = self.connect(target, headers).await;
        read(&mut stream).await
    }

    /// Sends a form as a page of this address does, or as someone else: with headers of the test's own.
    pub async fn post(&self, target: &str, headers: &[(&str, &str)], form: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "POST {target} HTTP/1.1\r\nconnection: close\r\nhost: {}\r\naccept: text/html\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n{headers}\r\n",
            self.host(),
            form.len()
        );
        stream.write_all(format!("{head}{form}").as_bytes()).await.unwrap();
        read(&mut stream).await
    }

    /// Its name in addresses.
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// The beginning of a conversation.
    pub async fn connect(&self, target: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!("GET {target} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream
    }

    /// Asks the daemon to stop.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }
}

/// Answers what pages ask; of specs that are not accepted there is one that tries to be more than text. Commands are obeyed as
/// by the daemon, for which every spec is there.
async fn answer(
    ledger: Arc<Ledger>,
    overviews: Arc<Overviews>,
    places: Places,
    config: Config,
    mut asked: mpsc::Receiver<Asked>,
) {
    let writer = SpecWriter::new(ledger.reader());
    while let Some(Asked { request, operator, reply }) = asked.recv().await {
        if let Some(answer) = writer.answer(&config, request.clone(), &operator) {
            let _ = reply.send(answer);
            continue;
        }
        if let Request::Plan { .. } = request {
            let _ = reply.send(Ok(Reply::Plan(Box::new(plan()))));
            continue;
        }
        let Request::Overview(question) = request else {
            let done = commands::obey(&ledger, &places.jobs, &request, operator, |_| Ok(false)).await;
            let view = |record| Reply::Batch(Box::new(batch_view(&ledger.reader(), &record).unwrap()));
            let _ = reply.send(done.map(view));
            continue;
        };
        let answer = match question {
            Overview::Choices => Ok(Overviewed::Choices(choices(&config))),
            Overview::Invalid => Ok(Overviewed::Invalid(vec![invalid()])),
            question => {
                let (overviews, places) = (overviews.clone(), places.clone());
                tokio::task::spawn_blocking(move || overviews.answer(&places, &question)).await.unwrap()
            }
        };
        let _ = reply.send(answer.map(|shown| Reply::Overview(Box::new(shown))));
    }
}

/// A config with two stores, and one that nothing is written to.
fn config(root: &Path) -> Config {
    let path = root.join("batchferry.yaml");
    let stores = "{src: {url: 'file:src'}, dst: {url: 'file:dst'}, old: {url: 'https://old.example/'}}";
    std::fs::create_dir_all(root.join("jobs")).unwrap();
    std::fs::write(&path, format!("stores: {stores}\nallowSpecWrites: true\n")).unwrap();
    load_config(Some(&path)).unwrap().config
}

fn invalid() -> InvalidSpec {
    let problem = Diagnostic {
        severity: batchferry::model::checks::Severity::Fail,
        rule: "unknown-field".to_owned(),
        message: format!("no field {SCRIPT:?} here"),
        suggestion: Some("write `labels`".to_owned()),
        file: "finance/wrong.yaml".to_owned(),
        field: "metadata.lables".to_owned(),
        line: 3,
        column: 12,
        length: 6,
        source_line: "metadata: {lables: {a: '</pre><b>'}}".to_owned(),
    };
    InvalidSpec { file: format!("finance/{QUOTES}.yaml"), diagnostics: vec![problem] }
}

/// A batch of the first quarter.
pub async fn accept(ledger: &Ledger, name: &str, labels: serde_json::Value) -> BatchRecord {
    let spec = json!({
        "apiVersion": "batchferry/v1", "kind": "MigrationBatch", "metadata": {"name": name, "labels": labels},
        "spec": {
            "collected": {"from": "2025-01-01", "to": "2025-03-31", "timeZone": "Asia/Shanghai"},
            "source": {"store": "src", "prefix": "scans/", "catalog": {"keys": "{collected:%Y-%m-%d}/{imageNumber}/{fileName}"}},
            "target": {"store": "dst"},
            "filters": {"organizations": [format!("ORG-{name}-*")]},
        }
    });
    let json = spec.to_string();
    let spec = batchferry::model::batch::SpecRecord {
        path: format!("{name}.yaml"),
        digest: Digest::of(json.as_bytes()),
        generation: 1,
        json,
        operator: operator(),
    };
    let new = NewBatch { name: name.parse().unwrap(), spec, operator: operator(), handled_resync: None };
    ledger.writer().accept(new, at()).await.unwrap()
}

/// Edits a batch's record.
pub async fn update(ledger: &Ledger, id: u32, edit: impl FnOnce(&mut BatchRecord) + Send + 'static) {
    let edit = |record: &mut BatchRecord| {
        edit(record);
        Vec::new()
    };
    ledger.writer().update(id, Durability::Later, edit).await.unwrap();
}

/// Documents of a run that has ended: synced ones, failed ones, one that is pending.
async fn fill(ledger: &Ledger, batch: &BatchRecord) {
    let long = "L".repeat(1_000);
    let names = [SCRIPT, QUOTES, TURNED, ROUTE, &long, "A-1", "A-2", "A-3", "B-1"];
    let documents = names.iter().map(|name| {
        let mut document = grouped(name, 2);
        tell(&mut document.record, name);
        document
    });
    commit(ledger, group(batch.id, documents.collect())).await;
    for name in &names[..7] {
        commit(ledger, finish(batch.id, migrated(name, 2, 1))).await;
    }
    commit(ledger, finish(batch.id, failed("A-3", 2, Code::MissingRole, 1))).await;
    let run = RunRecord {
        number: 1,
        cause: RunCause::First,
        generation: 1,
        started: at(),
        ended: Some(("2025-04-02T03:09:05Z".parse().unwrap(), EndReason::Cancelled)),
        operator: operator(),
    };
    let edit = |record: &mut BatchRecord| {
        record.runs.push(run);
        record.run_status = RunStatus::Ended;
        record.stage = Stage::Moving;
        record.population = Some(Digest::of(b"population"));
        record.listed.objects = 18;
    };
    update(ledger, batch.id, edit).await;
}

fn tell(document: &mut DocumentRecord, name: &str) {
    document.image_number = image(name);
    document.fields.organization = Some(if name.starts_with('A') { "ACME-01".to_owned() } else { SCRIPT.to_owned() });
    document.fields.document_type = Some("voucher".to_owned());
    let day = jiff::civil::date(2025, 1, if name == "A-2" { 20 } else { 10 });
    document.fields.collected = Some(Collected { day, instant: None });
}

//! One life of the daemon's loop in this process, on a ledger that can be made to die at a write.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use batchferry::engine::limits::GlobalLimits;
use batchferry::engine::reconcile::{Command, Outside, Reconciler, Shown};
use batchferry::engine::run::{Engine, Patience};
use batchferry::engine::store_set::StoreSet;
use batchferry::ledger::{Fuse, Ledger, LedgerError, LedgerOptions};
use batchferry::model::batch::BatchRecord;
use batchferry::model::control::{Refusal, RefusalKind, Request};
use batchferry::model::event::Operator;
use batchferry::specs;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::daemon::PATIENCE;
use crate::project::Project;

/// A daemon's loop at work.
pub struct Life {
    ledger: Arc<Ledger>,
    commands: mpsc::Sender<Command>,
    stop: oneshot::Sender<()>,
    loop_: JoinHandle<Result<(), LedgerError>>,
}

/// The ledger took no more.
#[derive(Debug)]
pub struct Died;

/// Opens a project's ledger.
pub fn open(project: &Project, fuse: Option<Fuse>) -> Result<Ledger, LedgerError> {
    let options = LedgerOptions { cache: 4 << 20, instance: None, fuse };
    Ledger::open(&project.path(".batchferry"), &options)
}

/// An engine as a daemon has it.
pub fn engine(project: &Project, ledger: Arc<Ledger>) -> Arc<Engine> {
    let config = specs::load_config(Some(&project.path("batchferry.yaml"))).unwrap().config;
    let limits = GlobalLimits::new(&config.limits);
    let scratch = config.state.clone();
    Arc::new(Engine { ledger, stores: Arc::new(StoreSet::new(config)), limits, patience: Patience::Endless, scratch })
}

impl Life {
    /// Begins; dies at once where the fuse blows while the ledger is opened.
    pub fn begin(project: &Project, fuse: Option<Fuse>) -> Result<Self, Died> {
        let config = specs::load_config(Some(&project.path("batchferry.yaml"))).unwrap();
        let ledger = match open(project, fuse) {
            Ok(ledger) => Arc::new(ledger),
            Err(error) => return Err(expected(&error)),
        };
        let engine = engine(project, ledger.clone());
        let (notices, _) = mpsc::unbounded_channel();
        let (figures, pulse) = (Arc::default(), Arc::new(AtomicU64::new(0)));
        let shown = Shown { notices, figures, pulse, wrong: Arc::default(), authored: Arc::default() };
        let reconciler = Reconciler::new(engine, config, shown).unwrap();
        let ((commands, asked), (stop, stopped)) = (mpsc::channel(1), oneshot::channel());
        let (_, reloads) = mpsc::channel(1);
        let loop_ = tokio::task::spawn_local(reconciler.run(Outside { commands: asked, reloads, stop: stopped }));
        Ok(Self { ledger, commands, stop, loop_ })
    }

    /// Asks for something; a refusal is an answer too: it may have been done before a death.
    pub async fn ask(&self, request: Request) -> Result<(), Died> {
        let (reply, answer) = oneshot::channel();
        let operator = Operator { name: "ana".to_owned(), commit: None };
        // A dead loop takes none, and then nobody answers either.
        let _ = self.commands.send(Command { request, operator, reply }).await;
        match answer.await {
            Ok(Err(Refusal { kind: RefusalKind::Unavailable, .. })) | Err(_) => Err(Died),
            Ok(_) => Ok(()),
        }
    }

    /// Waits until the batch is as wanted.
    pub async fn until(&self, name: &str, wanted: impl Fn(&BatchRecord) -> bool) -> Result<(), Died> {
        let (reader, name, end) = (self.ledger.reader(), name.parse().unwrap(), Instant::now() + PATIENCE);
        loop {
            let record = reader.batch_by_name(&name).unwrap();
            if record.as_ref().is_some_and(&wanted) {
                return Ok(());
            }
            if self.loop_.is_finished() {
                return Err(Died);
            }
            assert!(Instant::now() < end, "never as wanted: {record:#?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Ends, by a request or because it has died already.
    pub async fn end(self) -> Result<(), Died> {
        // A dead loop hears nothing.
        let _ = self.stop.send(());
        let ended = self.loop_.await.unwrap();
        let ledger = Arc::into_inner(self.ledger).map_or(Ok(()), Ledger::close);
        ended.and(ledger).map_err(|error| expected(&error))
    }
}

#[track_caller]
fn expected(error: &LedgerError) -> Died {
    assert!(matches!(error, LedgerError::Write { .. }), "{error}");
    Died
}

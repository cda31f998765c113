//! The only thread that writes, and the handle that others commit through.

use std::mem;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

use super::apply;
use super::change::{Change, Committed, Durability, EventDraft, NewBatch};
use super::error::LedgerError;
use super::stage::Stage;
use super::store::Store;
use crate::model::batch::{BatchId, BatchRecord};

/// Commits that may wait for the writer; more make their callers wait.
const QUEUE: usize = 256;
/// How long a commit that waits for the disk waits for company at most: one flush then serves many documents, most of which
/// are being read meanwhile.
const LINGER: Duration = Duration::from_millis(40);
/// How long it waits for the next to come: where nothing more is under way, nobody waits in vain.
const QUIET: Duration = Duration::from_millis(8);

/// The handle that commits go through.
#[derive(Clone)]
pub struct Writer {
    requests: mpsc::Sender<Request>,
}

impl Writer {
    /// Records `change`; returns when `durability` is reached. Changes are applied in the order in which they
    /// are handed over. A caller that stops waiting does not undo its change.
    ///
    /// # Errors
    /// [`LedgerError::Write`] if the disk refuses: then nothing more is taken. Errors about the change itself
    /// (an unknown batch, document or file) leave the ledger as it was.
    pub async fn commit(&self, change: Change, durability: Durability) -> Result<Committed, LedgerError> {
        self.ask(durability, move |stage, _| apply::apply(stage, change)).await
    }

    /// Makes a batch of a spec, with the next number of the UTC day of `at`; returns once it is on disk.
    ///
    /// # Errors
    /// [`LedgerError::NameTaken`] if a batch has that name; [`LedgerError::Write`] as in [`Writer::commit`].
    pub async fn accept(&self, new: NewBatch, at: Timestamp) -> Result<BatchRecord, LedgerError> {
        self.accept_with(new, at, |_| Vec::new()).await
    }

    /// The same, and edits the record before anyone sees it: nobody can take the batch for one that may run.
    ///
    /// # Errors
    /// As in [`Writer::accept`].
    pub async fn accept_with(
        &self,
        new: NewBatch,
        at: Timestamp,
        edit: impl FnOnce(&mut BatchRecord) -> Vec<EventDraft> + Send + 'static,
    ) -> Result<BatchRecord, LedgerError> {
        self.ask(Durability::Flushed, move |stage, instance| {
            let record = apply::accept(stage, instance, new, at)?;
            apply::update(stage, record.id, edit)
        })
        .await
    }

    /// Edits a batch's record as it is when the edit has its turn, and gives the new record back. Nothing is written,
    /// and no event told, where the edit changes nothing and tells nothing.
    ///
    /// # Errors
    /// As in [`Writer::commit`].
    pub async fn update(
        &self,
        batch: BatchId,
        durability: Durability,
        edit: impl FnOnce(&mut BatchRecord) -> Vec<EventDraft> + Send + 'static,
    ) -> Result<BatchRecord, LedgerError> {
        self.ask(durability, move |stage, _| apply::update(stage, batch, edit)).await
    }

    async fn ask<T: Send + 'static>(
        &self,
        durability: Durability,
        change: impl FnOnce(&mut Stage, Option<&str>) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (reply, answer) = oneshot::channel();
        let work: Work = Box::new(move |turn| staged(turn, change, reply));
        self.requests.send(Request { durability, work }).await.map_err(|_| LedgerError::Closed)?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }
}

/// What a request meets when its turn comes.
enum Turn<'a, 'b> {
    /// A stage, and the instance's name for new numbers.
    Stage(&'a mut Stage<'b>, Option<&'a str>),
    /// An earlier write failed.
    Refuse(LedgerError),
}

/// What came of a request.
enum Staged {
    /// It waits for the write.
    Waits(Answer),
    /// Only this change could not be made, and its waiter knows.
    Answered,
    /// The store failed, and the waiter knows.
    Fatal(LedgerError),
}

/// Tells a waiter how its group fared.
type Answer = Box<dyn FnOnce(Result<(), LedgerError>) + Send>;
/// Stages a change and keeps its waiter.
type Work = Box<dyn FnOnce(Turn) -> Staged + Send>;

/// A change that waits for its turn.
struct Request {
    durability: Durability,
    work: Work,
}

/// Stages a change for its waiter. A waiter that has gone away needs no answer.
fn staged<T: Send + 'static>(
    turn: Turn,
    change: impl FnOnce(&mut Stage, Option<&str>) -> Result<T, LedgerError>,
    reply: oneshot::Sender<Result<T, LedgerError>>,
) -> Staged {
    let result = match turn {
        Turn::Refuse(error) => Err(error),
        Turn::Stage(stage, instance) => {
            let result = change(stage, instance);
            if result.is_ok() {
                stage.keep();
            } else {
                stage.discard();
            }
            result
        }
    };
    match result {
        Ok(value) => Staged::Waits(Box::new(move |written| drop(reply.send(written.map(|()| value))))),
        Err(error) => {
            drop(reply.send(Err(error.clone())));
            if error.is_fatal() { Staged::Fatal(error) } else { Staged::Answered }
        }
    }
}

/// The writer's thread, as its owner holds it.
pub(super) struct WriterThread {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Result<(), LedgerError>>,
}

impl WriterThread {
    /// Starts the thread.
    pub(super) fn start(store: Arc<Store>, instance: Option<String>) -> std::io::Result<(Self, Writer)> {
        let (requests, queue) = mpsc::channel(QUEUE);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        let thread = thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || runtime.block_on(Loop { store, instance, queue, poison: None }.run(stopped)))?;
        Ok((Self { stop, thread }, Writer { requests }))
    }

    /// Records what is queued, flushes and ends the thread.
    pub(super) fn stop(self) -> Result<(), LedgerError> {
        // An error means that the thread has ended already; joining tells how.
        let _ = self.stop.send(());
        self.thread.join().unwrap_or(Err(LedgerError::Closed))
    }
}

/// The state of the writer's thread.
struct Loop {
    store: Arc<Store>,
    instance: Option<String>,
    queue: mpsc::Receiver<Request>,
    /// The write that failed.
    poison: Option<LedgerError>,
}

impl Loop {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) -> Result<(), LedgerError> {
        loop {
            let first = tokio::select! {
                biased;
                _ = &mut stopped, if !self.queue.is_closed() => {
                    self.queue.close();
                    continue;
                }
                request = self.queue.recv() => request,
            };
            match first {
                Some(first) => self.group(first).await,
                None => return self.poison.map_or_else(|| self.store.flush(), Err),
            }
        }
    }

    /// Stages requests until no more come, writes them, in pieces if they are many, and answers: whoever waits for the disk
    /// after one flush for all.
    async fn group(&mut self, first: Request) {
        let store = Arc::clone(&self.store);
        let mut stage = Stage::new(&store);
        let (mut later, mut flushed) = (Vec::new(), Vec::new());
        let mut latest = None;
        let mut next = Some(first);
        while let Some(request) = next {
            let waits = request.durability == Durability::Flushed;
            if waits && latest.is_none() {
                latest = Some(Instant::now() + LINGER);
            }
            self.stage(&mut stage, request, if waits { &mut flushed } else { &mut later });
            let is_full = stage.is_full();
            if is_full {
                tell(mem::take(&mut later), &self.write(&mut stage));
            }
            next = if is_full && latest.is_none() { None } else { self.next(latest).await };
        }
        let written = self.write(&mut stage);
        tell(later, &written);
        if latest.is_some() {
            tell(flushed, &self.flush());
        }
    }

    /// The next request that need not wait, or that comes in time.
    async fn next(&mut self, latest: Option<Instant>) -> Option<Request> {
        let Some(latest) = latest else { return self.queue.try_recv().ok() };
        let now = Instant::now();
        // A queue that is never empty would go on past any time.
        if now >= latest {
            return None;
        }
        timeout_at(latest.min(now + QUIET), self.queue.recv()).await.ok().flatten()
    }

    fn stage(&mut self, stage: &mut Stage, request: Request, answers: &mut Vec<Answer>) {
        let turn = match &self.poison {
            Some(error) => Turn::Refuse(error.clone()),
            None => Turn::Stage(stage, self.instance.as_deref()),
        };
        match (request.work)(turn) {
            Staged::Waits(answer) => answers.push(answer),
            Staged::Answered => {}
            Staged::Fatal(error) => self.poison = Some(error),
        }
    }

    fn write(&mut self, stage: &mut Stage) -> Result<(), LedgerError> {
        self.unless_poisoned(|_| stage.write())
    }

    fn flush(&mut self) -> Result<(), LedgerError> {
        self.unless_poisoned(Store::flush)
    }

    /// After a write that failed nothing more is written.
    fn unless_poisoned(&mut self, act: impl FnOnce(&Store) -> Result<(), LedgerError>) -> Result<(), LedgerError> {
        if let Some(error) = &self.poison {
            return Err(error.clone());
        }
        let acted = act(&self.store);
        self.poison = acted.as_ref().err().cloned();
        acted
    }
}

fn tell(answers: Vec<Answer>, written: &Result<(), LedgerError>) {
    answers.into_iter().for_each(|answer| answer(written.clone()));
}

//! The only thread that writes, and the handle that others commit through.

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
/// How long a commit that waits for the disk waits for company: one flush then serves many documents.
const LINGER: Duration = Duration::from_millis(10);

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

    /// Stages requests until there are enough or no more come, writes them as one and answers.
    async fn group(&mut self, first: Request) {
        let store = Arc::clone(&self.store);
        let mut stage = Stage::new(&store);
        let mut answers = Vec::new();
        let mut deadline = None;
        let mut next = Some(first);
        while let Some(request) = next {
            if request.durability == Durability::Flushed && deadline.is_none() {
                deadline = Some(Instant::now() + LINGER);
            }
            self.stage(&mut stage, request, &mut answers);
            next = if stage.is_full() { None } else { self.next(deadline).await };
        }
        let written = self.write(&mut stage, deadline.is_some());
        for answer in answers {
            answer(written.clone());
        }
    }

    /// The next request that need not wait, or that comes in time.
    async fn next(&mut self, deadline: Option<Instant>) -> Option<Request> {
        match deadline {
            Some(deadline) => timeout_at(deadline, self.queue.recv()).await.ok().flatten(),
            None => self.queue.try_recv().ok(),
        }
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

    fn write(&mut self, stage: &mut Stage, flush: bool) -> Result<(), LedgerError> {
        if let Some(error) = &self.poison {
            return Err(error.clone());
        }
        let written = stage.write().and_then(|()| if flush { self.store.flush() } else { Ok(()) });
        self.poison = written.as_ref().err().cloned();
        written
    }
}

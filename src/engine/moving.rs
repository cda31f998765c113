//! Moving documents: as many at once as the spec allows, each outcome recorded as it comes, an end at a document
//! boundary whatever the reason.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Receiver;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::context::RunContext;
use super::document::{Unfinished, move_document};
use super::feed::feed;
use super::retry::Unanswered;
use crate::ledger::{Change, DocumentFilter, Durability, LedgerError};
use crate::model::batch::EndReason;
use crate::model::ids::ImageNumber;
use crate::model::status::ItemStatus;
use crate::model::work::{DocumentOutcome, DocumentWork};
use crate::stores::StoreError;

/// How long documents that are given up may take to remove what they have begun at the target.
const TIDYING: Duration = Duration::from_secs(2);
/// Documents read from the ledger at once.
const PAGE: usize = 512;
/// Outcomes that may wait for the ledger at once: one write of it takes many of them.
const RECORDINGS: usize = 64;
/// How long documents in flight may take to finish after a request to stop, where nothing else is said.
pub const GRACE: Duration = Duration::from_secs(30);

/// Why no more documents are taken.
#[derive(Debug)]
pub enum Halt {
    /// Every pending document was taken and decided, or a limit or command ended the run.
    Ended(EndReason),
    /// A store does not answer; pending documents wait for it.
    Stalled(StoreError),
    /// The ledger cannot be read or written; nothing may go on.
    Ledger(LedgerError),
}

/// When to stop besides the end of the documents.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// When the run's deadline passes.
    pub deadline: Option<Instant>,
    /// Failed documents of the run at which it ends.
    pub max_failures: Option<u64>,
}

/// Moves pending documents until there is a reason to halt.
pub async fn move_all(context: &Arc<RunContext>, bounds: Bounds) -> Halt {
    let failed = match bounds.max_failures.map(|most| failed_before(context, most)).transpose() {
        Ok(failed) => failed.unwrap_or_default(),
        Err(error) => return Halt::Ledger(error),
    };
    if bounds.max_failures.is_some_and(|most| failed >= most) {
        return Halt::Ended(EndReason::TooManyFailures);
    }
    let pass = Pass {
        context: Arc::clone(context),
        bounds,
        failed,
        tasks: JoinSet::new(),
        recordings: JoinSet::new(),
        halt: None,
        give_up: None,
    };
    // Beside the documents, and not on a thread that each of them would have to wake. It ends with whoever waits for it.
    let mut passing = JoinSet::new();
    passing.spawn(pass.whole());
    // One task was spawned, and nothing but the end of this aborts it.
    let passed = passing.join_next().await.expect("a task was spawned");
    passed.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()))
}

/// Documents that failed in this run before it was interrupted; no more are counted than matter.
fn failed_before(context: &RunContext, most: u64) -> Result<u64, LedgerError> {
    let filter = DocumentFilter { status: Some(ItemStatus::Failed), code: None };
    let (mut failed, mut after) = (0, None);
    loop {
        let page = context.reader.documents(context.batch, filter, after.as_ref(), PAGE)?;
        failed += page.iter().filter(|document| document.run == context.run).count() as u64;
        match page.last() {
            Some(last) if failed < most => after = Some(last.image_number.clone()),
            _ => return Ok(failed),
        }
    }
}

struct Pass {
    context: Arc<RunContext>,
    bounds: Bounds,
    failed: u64,
    tasks: JoinSet<(ImageNumber, Result<DocumentOutcome, Unfinished>)>,
    /// Outcomes on their way to the ledger. Their documents hold no place any more: nothing moves for them.
    recordings: JoinSet<(ImageNumber, Result<(), LedgerError>)>,
    halt: Option<Halt>,
    /// When documents in flight are given up: they stay pending.
    give_up: Option<Instant>,
}

impl Pass {
    async fn whole(mut self) -> Halt {
        self.context.turns.clear();
        self.context.limiter.begins_to_move();
        let (mut work, feeding) = feed(&self.context);
        self.run(&mut work).await;
        drop(work);
        if let Err(panic) = feeding.await {
            std::panic::resume_unwind(panic.into_panic());
        }
        self.halt.unwrap_or(Halt::Ended(EndReason::Finished))
    }

    async fn run(&mut self, work: &mut Receiver<Result<DocumentWork, LedgerError>>) {
        let never = Instant::now() + Duration::from_secs(365 * 24 * 3600);
        let deadline = self.bounds.deadline.unwrap_or(never);
        let mut more = true;
        while (more && self.halt.is_none()) || !self.tasks.is_empty() || !self.recordings.is_empty() {
            // A timer may be a moment late, and a document must not slip in meanwhile.
            if self.halt.is_none() && Instant::now() >= deadline {
                self.halt(Halt::Ended(EndReason::DeadlineExceeded));
                continue;
            }
            let open = more && self.halt.is_none() && self.has_room();
            let others_wait = self.halt.is_none() && !work.is_empty() && self.recordings.len() < RECORDINGS;
            self.context.limiter.others_wait(others_wait);
            tokio::select! {
                // Outcomes first: they free a place and may be a reason to halt.
                biased;
                Some(recorded) = self.recordings.join_next() => self.recorded(recorded),
                Some(done) = self.tasks.join_next() => self.done(done),
                reason = self.context.stop.wait(), if self.give_up.is_none() => self.interrupt(reason),
                () = tokio::time::sleep_until(self.give_up.unwrap_or(never)), if self.may_give_up() => self.abandon().await,
                () = tokio::time::sleep_until(deadline), if self.halt.is_none() => self.halt(Halt::Ended(EndReason::DeadlineExceeded)),
                // Whether there is room is looked at anew.
                () = self.context.limiter.raised(), if !open => {}
                next = work.recv(), if open => match next {
                    Some(Ok(document)) => self.begin(document),
                    Some(Err(error)) => self.halt(Halt::Ledger(error)),
                    None => more = false,
                },
            }
        }
    }

    fn has_room(&self) -> bool {
        self.tasks.len() < self.context.limiter.concurrency() && self.recordings.len() < RECORDINGS
    }

    /// Outcomes that are being recorded are never given up: the ledger answers or fails. With nothing else left, a time
    /// that is over would come up again and again meanwhile.
    fn may_give_up(&self) -> bool {
        self.give_up.is_some() && !self.tasks.is_empty()
    }

    fn interrupt(&mut self, reason: EndReason) {
        self.give_up = Instant::now().checked_add(self.context.grace);
        self.halt(Halt::Ended(reason));
    }

    /// First documents may tidy up behind themselves; then there is no more time for them.
    async fn abandon(&mut self) {
        if self.context.abandoned.requested() {
            return self.tasks.shutdown().await;
        }
        self.context.abandoned.request(self.stopped());
        self.give_up = Some(Instant::now() + TIDYING);
    }

    /// Why someone asked to stop.
    fn stopped(&self) -> EndReason {
        self.context.stop.reason().unwrap_or(EndReason::Interrupted)
    }

    fn begin(&mut self, document: DocumentWork) {
        let (context, image) = (self.context.clone(), document.image_number.clone());
        context.turns.enter(&document);
        self.tasks.spawn(async move { (image, move_document(&context, document).await) });
    }

    fn done(&mut self, done: Result<(ImageNumber, Result<DocumentOutcome, Unfinished>), JoinError>) {
        match done {
            Ok((_, Ok(outcome))) => self.record(outcome),
            Ok((image, Err(unfinished))) => {
                self.unfinished(unfinished);
                // Those who wait for it end only after the reason is known.
                self.context.twins.forget(&image);
                self.context.turns.unfinished(&image);
            }
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    fn unfinished(&mut self, unfinished: Unfinished) {
        match unfinished {
            Unfinished::Unanswered(Unanswered::Stalled(error)) => self.halt(Halt::Stalled(error)),
            Unfinished::Unanswered(Unanswered::Stopped) => self.halt(Halt::Ended(self.stopped())),
            // An item's own error is made a failure of it where it occurs; one that slips through is the store's.
            Unfinished::Unanswered(Unanswered::Failed(error)) => self.halt(Halt::Stalled(error)),
            Unfinished::Ledger(error) => self.halt(Halt::Ledger(error)),
            // Catalogs are read before anything moves.
            Unfinished::Catalog(_) => self.halt(Halt::Ended(EndReason::CatalogUnreadable)),
        }
    }

    /// Hands an outcome to the ledger; [`Self::recorded`] hears what came of it.
    fn record(&mut self, outcome: DocumentOutcome) {
        self.context.meters.count(&outcome);
        if outcome.state.status() == ItemStatus::Failed {
            self.failed += 1;
        }
        if self.bounds.max_failures.is_some_and(|most| self.failed >= most) {
            self.halt(Halt::Ended(EndReason::TooManyFailures));
        }
        let (context, image) = (self.context.clone(), outcome.image_number.clone());
        let change = Change::Finish {
            batch: context.batch,
            outcome: Box::new(outcome),
            run: context.run,
            generation: context.generation,
            at: context.now(),
            operator: context.operator.clone(),
        };
        self.recordings.spawn(async move { (image, context.writer.commit(change, Durability::Later).await.map(drop)) });
    }

    fn recorded(&mut self, recorded: Result<(ImageNumber, Result<(), LedgerError>), JoinError>) {
        let (image, committed) = recorded.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        self.context.twins.forget(&image);
        match committed {
            Ok(()) => self.context.turns.leave(&image),
            Err(error) => {
                self.halt(Halt::Ledger(error));
                self.context.turns.unfinished(&image);
            }
        }
    }

    /// The first reason stands, but for the ledger's, which outweighs all.
    fn halt(&mut self, halt: Halt) {
        if self.halt.is_none() || matches!(halt, Halt::Ledger(_)) {
            self.halt = Some(halt);
        }
    }
}

//! When the jobs directory is looked at: at once after a hint, again when what was seen may have settled, and every so
//! often whatever the hints say.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::model::config::Config;
use crate::specs::{JobsWatcher, Look, Scanner};

/// Hints that come together make one look.
const BETWEEN: Duration = Duration::from_millis(250);

/// A look, with the scanner that took it and how long that took.
pub(super) type Looked = (Scanner, Look, Duration);

/// The watcher and the scanner.
pub(super) struct Looking {
    /// Hints that something changed.
    pub(super) watcher: JobsWatcher,
    /// Something says that there is something to see.
    pub(super) wanted: bool,
    rescan: Duration,
    /// `None` while a look is under way.
    scanner: Option<Scanner>,
    task: JoinSet<Looked>,
    /// A config for the scanner, when it is back.
    config: Option<Config>,
    /// When something that waits may have settled.
    again: Option<Instant>,
    last: Option<Instant>,
}

impl Looking {
    /// Nothing was looked at yet.
    pub(super) fn new(watcher: JobsWatcher, scanner: Scanner, rescan: Duration) -> Self {
        let scanner = Some(scanner);
        Self { watcher, wanted: true, rescan, scanner, task: JoinSet::new(), config: None, again: None, last: None }
    }

    /// Another config: every spec is judged anew.
    pub(super) fn reload(&mut self, config: Config) {
        self.rescan = config.watch.rescan.0;
        match &mut self.scanner {
            Some(scanner) => scanner.reload(config.clone(), config.watch.settle.0),
            // A look under way ends first.
            None => self.config = Some(config),
        }
        self.wanted = true;
    }

    /// When the next look is due; `None`: one is under way.
    pub(super) fn due(&self) -> Option<Instant> {
        self.scanner.as_ref()?;
        let Some(last) = self.last else { return Some(Instant::now()) };
        let hinted = self.wanted.then(|| last + BETWEEN);
        [hinted, self.again, last.checked_add(self.rescan)].into_iter().flatten().min()
    }

    /// Begins a look if one is due; `true`: it did.
    pub(super) fn begin(&mut self) -> bool {
        if self.due().is_none_or(|due| due > Instant::now()) {
            return false;
        }
        let Some(mut scanner) = self.scanner.take() else { return false };
        (self.wanted, self.again, self.last) = (false, None, Some(Instant::now()));
        self.task.spawn_blocking(move || {
            let began = Instant::now();
            let look = scanner.scan(began);
            (scanner, look, began.elapsed())
        });
        true
    }

    /// Resolves with a look that has ended, or with `None` after a hint that there is something to see.
    pub(super) async fn next(&mut self) -> Option<Looked> {
        tokio::select! {
            Some(looked) = self.task.join_next() => match looked {
                Ok(looked) => Some(looked),
                // A look that panics is a mistake of ours that nothing can be done without.
                Err(panic) => std::panic::resume_unwind(panic.into_panic()),
            },
            () = self.watcher.changed() => None,
        }
    }

    /// The scanner is free for the next look.
    pub(super) fn put_back(&mut self, mut scanner: Scanner, again: Option<Duration>) {
        if let Some(config) = self.config.take() {
            let settle = config.watch.settle.0;
            scanner.reload(config, settle);
        }
        self.scanner = Some(scanner);
        self.again = again.and_then(|again| Instant::now().checked_add(again));
        self.watcher.rearm();
    }
}

//! The watcher: notices that something may have changed below the jobs directory, or on the way to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::{Config, Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::hints::{Hints, is_denied, unwatched};
use super::way::Way;

/// Watches the jobs directory, and the way to it. It is only ever a hint to look sooner: whoever has it looks regularly
/// all the same, because some file systems tell of nothing.
pub struct JobsWatcher {
    root: PathBuf,
    hints: Arc<Hints>,
    way: Way,
    // Kept, because watching ends when it is dropped.
    armed: Option<RecommendedWatcher>,
}

impl JobsWatcher {
    /// Watches a jobs directory, which need not be there yet. That nothing can be watched is no failure; `last_error`
    /// tells. Blocks while the folders below are found.
    pub fn new(root: &Path) -> Self {
        let root = std::path::absolute(root).unwrap_or_else(|_| root.to_owned());
        let mut watcher = Self { root, hints: Arc::default(), way: Way::default(), armed: None };
        let way = Way::to(&watcher.root);
        watcher.arm(way);
        watcher
    }

    /// Waits until something may have changed since this last ended. Nothing is lost when the wait is given up, and
    /// however much happens meanwhile, it ends once. It never ends where nothing can be watched.
    pub async fn changed(&mut self) {
        self.hints.woken().await;
    }

    /// To be called after each look: watches anew where the way to the directory, or the directory itself, is another
    /// one now. What may have changed in between wakes. Blocks like `new`, when there is something to do.
    pub fn rearm(&mut self) {
        let is_stale = self.hints.take_stale();
        let way = Way::to(&self.root);
        if is_stale || way != self.way {
            self.arm(way);
            self.hints.wake();
        } else if self.hints.error().is_some() && self.arm(way) {
            self.hints.wake();
        }
    }

    /// How often the system had more to tell than it could keep; it told only that.
    pub fn overflows(&self) -> u64 {
        self.hints.overflows()
    }

    /// Why changes are not noticed at once, and what to do; `None`: they are.
    pub fn last_error(&self) -> Option<String> {
        self.hints.error()
    }

    fn arm(&mut self, way: Way) -> bool {
        self.hints.follow(way.clone());
        let hints = Arc::clone(&self.hints);
        let (armed, error) = arm(&way, move |heard: notify::Result<Event>| hints.hear(&heard));
        let is_sound = error.is_none();
        self.hints.fail(error);
        // The old one goes only now, so that no moment is without.
        (self.armed, self.way) = (armed, way);
        is_sound
    }
}

/// Watches a way and all below its end; what could not be watched is said.
pub(super) fn arm(way: &Way, handler: impl notify::EventHandler) -> (Option<RecommendedWatcher>, Option<String>) {
    // Links are not followed: what lies behind one that leads out is not ours.
    let mut watcher = match RecommendedWatcher::new(handler, Config::default().with_follow_symlinks(false)) {
        Ok(watcher) => watcher,
        Err(error) => return (None, Some(unwatched(Path::new("the jobs directory"), &error))),
    };
    let mut failed = None;
    for folder in way.folders() {
        // A folder may let us through without showing what is in it; that its names lead elsewhere is seen by `rearm`.
        if let Some(error) = watcher.watch(folder, RecursiveMode::NonRecursive).err().filter(|error| !is_denied(error))
        {
            failed = Some(unwatched(folder, &error));
        }
    }
    // Last, so that it is watched as a whole even where the way to it leads through it.
    if let Some((end, Err(error))) = way.end().map(|end| (end, watcher.watch(end, RecursiveMode::Recursive))) {
        failed = Some(unwatched(end, &error));
    }
    (Some(watcher), failed)
}

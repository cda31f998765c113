//! What an event of the file system is worth: nothing, a look, or a look and new watches.

use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use notify::event::ModifyKind;
use notify::{ErrorKind, Event, EventKind};
use tokio::sync::Notify;

use super::way::Way;
use crate::model::report::FOLDER_SUFFIX;

/// `EMFILE`, which the system answers where there are too many watchers.
const TOO_MANY_FILES: i32 = 24;

/// What to do about an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// It says nothing about specs.
    Nothing,
    /// Look at the specs.
    Look,
    /// Look, and watch anew: the directory itself may be another one now, or folders may have come unseen.
    Rearm,
}

/// What the thread that receives events tells the one that looks. However many events come, this does not grow.
#[derive(Debug, Default)]
pub(super) struct Hints {
    wake: Notify,
    way: Mutex<Way>,
    stale: AtomicBool,
    overflows: AtomicU64,
    error: Mutex<Option<String>>,
}

impl Hints {
    /// Takes in what the system says.
    pub(super) fn hear(&self, heard: &notify::Result<Event>) {
        match heard {
            Ok(event) => self.weigh(event),
            Err(error) => {
                let folder = error.paths.first().map_or(Path::new("the jobs directory"), PathBuf::as_path);
                self.fail(Some(unwatched(folder, error)));
            }
        }
    }

    fn weigh(&self, event: &Event) {
        let worth = self.way.lock().unwrap_or_else(PoisonError::into_inner).worth(event);
        if worth == Worth::Rearm {
            self.stale.store(true, Ordering::Relaxed);
        }
        if event.need_rescan() {
            // Who sees the overflow counted also sees that watches are stale.
            self.overflows.fetch_add(1, Ordering::Release);
        }
        if worth != Worth::Nothing {
            self.wake();
        }
    }

    /// Says why changes are not seen at once; the first time that wakes.
    pub(super) fn fail(&self, error: Option<String>) {
        let is_new = error.is_some();
        let before = std::mem::replace(&mut *self.error.lock().unwrap_or_else(PoisonError::into_inner), error);
        if is_new && before.is_none() {
            self.wake();
        }
    }

    /// Lets one wait end, now or when it begins.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits for a wake. One that is given up loses none.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Events are judged by this way from now on.
    pub(super) fn follow(&self, way: Way) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = way;
    }

    /// Whether watches must be made anew; asked once.
    pub(super) fn take_stale(&self) -> bool {
        self.stale.swap(false, Ordering::Relaxed)
    }

    pub(super) fn error(&self) -> Option<String> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn overflows(&self) -> u64 {
        self.overflows.load(Ordering::Acquire)
    }
}

impl Way {
    /// What an event is worth to who watches this way and all below its end.
    pub(super) fn worth(&self, event: &Event) -> Worth {
        if event.need_rescan() {
            // Folders that came meanwhile are not watched.
            return Worth::Rearm;
        }
        if matches!(event.kind, EventKind::Access(_)) {
            return Worth::Nothing;
        }
        if event.paths.is_empty() {
            return Worth::Look;
        }
        event.paths.iter().map(|path| self.worth_of(path, event.kind)).fold(Worth::Nothing, larger)
    }

    fn worth_of(&self, path: &Path, kind: EventKind) -> Worth {
        let moves = !matches!(kind, EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)));
        if self.passes(path) {
            return if moves { Worth::Rearm } else { Worth::Look };
        }
        match self.end().and_then(|root| path.strip_prefix(root).ok()) {
            Some(below) if may_matter(below) => Worth::Look,
            _ => Worth::Nothing,
        }
    }
}

fn larger(a: Worth, b: Worth) -> Worth {
    match (a, b) {
        (Worth::Rearm, _) | (_, Worth::Rearm) => Worth::Rearm,
        (Worth::Look, _) | (_, Worth::Look) => Worth::Look,
        (Worth::Nothing, Worth::Nothing) => Worth::Nothing,
    }
}

/// Whether specs may change by what changes at a path below the jobs directory. Reports are our own; what begins with one
/// dot is never looked at (`.git`, an editor's swap file); what begins with two is how Kubernetes delivers a ConfigMap.
fn may_matter(below: &Path) -> bool {
    below.components().all(|part| {
        let Component::Normal(name) = part else { return true };
        let name = name.to_string_lossy();
        !name.ends_with(FOLDER_SUFFIX) && (!name.starts_with('.') || name.starts_with(".."))
    })
}

/// What is said where a folder cannot be watched.
pub(super) fn unwatched(folder: &Path, error: &notify::Error) -> String {
    let (reason, advice) = match &error.kind {
        ErrorKind::MaxFilesWatch => {
            ("the system watches no more folders".to_owned(), "raise fs.inotify.max_user_watches")
        }
        ErrorKind::Io(error) if error.raw_os_error() == Some(TOO_MANY_FILES) => {
            (error.to_string(), "raise fs.inotify.max_user_instances")
        }
        ErrorKind::Io(error) => (error.to_string(), "check that it can be read"),
        ErrorKind::PathNotFound => ("it is not there".to_owned(), "check that it can be read"),
        _ => (error.to_string(), "check that it can be read"),
    };
    let folder = folder.display();
    format!("{folder} is not watched: {reason}; {advice}. Until then changes are found by looking regularly")
}

/// Whether it is a matter of permissions.
pub(super) fn is_denied(error: &notify::Error) -> bool {
    matches!(&error.kind, ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use notify::event::{AccessKind, CreateKind, Flag, RemoveKind, RenameMode};

    use super::*;

    #[test]
    fn events_are_worth_what_they_may_change() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        std::fs::create_dir(base.join("jobs")).unwrap();
        let way = Way::to(&base.join("jobs"));
        let create = EventKind::Create(CreateKind::Any);
        let rename = EventKind::Modify(ModifyKind::Name(RenameMode::Any));
        let worth = |kind: EventKind, paths: &[&str]| {
            let event = paths.iter().fold(Event::new(kind), |event, path| event.add_path(base.join(path)));
            way.worth(&event)
        };
        for (kind, paths, expected) in [
            (create, &["jobs/a.yaml"][..], Worth::Look),
            (create, &["jobs/..data"], Worth::Look),
            (create, &["jobs/..2025_1/a.yaml"], Worth::Look),
            (create, &["jobs/team/new"], Worth::Look),
            (create, &["jobs/a.report"], Worth::Nothing),
            (create, &["jobs/team/a.report/.README.md.new"], Worth::Nothing),
            (create, &["jobs/.git/index.lock"], Worth::Nothing),
            (create, &["jobs/.a.yaml.swp"], Worth::Nothing),
            (create, &["other"], Worth::Nothing),
            (create, &["jobs"], Worth::Rearm),
            (rename, &["jobs/.a.yaml.tmp", "jobs/a.yaml"], Worth::Look),
            (rename, &["jobs/a.report/.README.md.new", "jobs/a.report/README.md"], Worth::Nothing),
            (rename, &["jobs"], Worth::Rearm),
            (EventKind::Remove(RemoveKind::Folder), &[""], Worth::Rearm),
            (EventKind::Modify(ModifyKind::Any), &["jobs/a.yaml"], Worth::Look),
            (EventKind::Access(AccessKind::Any), &["jobs/a.yaml"], Worth::Nothing),
            (EventKind::Access(AccessKind::Any), &["jobs"], Worth::Nothing),
            (EventKind::Other, &[], Worth::Look),
        ] {
            assert_eq!(worth(kind, paths), expected, "{kind:?} {paths:?}");
        }
        assert_eq!(way.worth(&Event::new(EventKind::Other).set_flag(Flag::Rescan)), Worth::Rearm);
        let access = EventKind::Access(AccessKind::Any);
        assert_eq!(way.worth(&Event::new(access).set_flag(Flag::Rescan)), Worth::Rearm);
    }

    #[tokio::test]
    async fn a_failure_wakes_once_and_says_what_to_do() {
        let hints = Hints::default();
        let failure = || Err(notify::Error::new(ErrorKind::MaxFilesWatch).add_path("/jobs/new".into()));
        hints.hear(&failure());
        hints.woken().await;
        let error = hints.error().unwrap();
        assert!(error.starts_with("/jobs/new is not watched") && error.contains("max_user_watches"), "{error}");
        hints.hear(&failure());
        tokio::select! {
            biased;
            () = hints.woken() => panic!("it was known already"),
            () = std::future::ready(()) => {}
        }
        hints.fail(None);
        assert_eq!(hints.error(), None);
    }
}

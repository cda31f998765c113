//! Every way in which specs are delivered, on a real file system with the real watcher: after each, a wait ends, and looks
//! find what is there; and then once more, because many watchers see the first change and none after it.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use batchferry::specs::JobsWatcher;

use crate::jobs::{Jobs, named};

/// Far longer than any event takes, however busy the machine.
const LONG: Duration = Duration::from_secs(60);

struct Live {
    jobs: Jobs,
    watcher: JobsWatcher,
}

impl Live {
    /// Watches `jobs` as it is.
    fn start(mut jobs: Jobs) -> Self {
        let mut watcher = JobsWatcher::new(&jobs.path("jobs"));
        assert_eq!(watcher.last_error(), None);
        jobs.settle();
        watcher.rearm();
        Self { jobs, watcher }
    }

    /// Looks whenever a wait ends, until the files are these, written `file name`.
    async fn until(&mut self, expected: &[&str]) {
        let now = |live: &Self| -> Vec<String> {
            let name =
                |said: &str| said.split([' ', ',']).find(|word| !["is", "still"].contains(word)).unwrap().to_owned();
            live.jobs.state.iter().map(|(file, said)| format!("{file} {}", name(said))).collect()
        };
        while now(self) != expected {
            let changed = tokio::time::timeout(LONG, self.watcher.changed());
            assert!(changed.await.is_ok(), "no hint came; found {:?}, expected {expected:?}", now(self));
            self.jobs.settle();
            self.watcher.rearm();
        }
        assert_eq!(self.watcher.last_error(), None);
    }
}

#[tokio::test]
async fn a_spec_that_is_written_changed_and_deleted() {
    let mut live = Live::start(Jobs::new());
    live.jobs.write("jobs/a.yaml", &named("a"));
    live.until(&["a.yaml a"]).await;
    live.jobs.write("jobs/new/folder/b.yaml", &named("b"));
    live.until(&["a.yaml a", "new/folder/b.yaml b"]).await;
    live.jobs.write("jobs/new/folder/b.yaml", &named("c"));
    live.until(&["a.yaml a", "new/folder/b.yaml c"]).await;
    live.jobs.remove("jobs/a.yaml");
    live.until(&["new/folder/b.yaml c"]).await;
}

#[tokio::test]
async fn an_editor_that_renames_a_new_file_over_the_old() {
    let mut live = Live::start(Jobs::new());
    for name in ["a", "b", "c"] {
        live.jobs.write("jobs/.a.yaml.swp", &named(name));
        fs::rename(live.jobs.path("jobs/.a.yaml.swp"), live.jobs.path("jobs/a.yaml")).unwrap();
        live.until(&[&format!("a.yaml {name}")]).await;
    }
}

/// A link is put in place of another at once, as Kubernetes and git-sync do.
fn swap(target: &Path, link: &Path) {
    let new = link.with_file_name("..new");
    symlink(target, &new).unwrap();
    fs::rename(&new, link).unwrap();
}

#[tokio::test]
async fn a_config_map_whose_data_is_swapped() {
    let jobs = Jobs::new();
    jobs.write("jobs/..1/s.yaml", &named("one"));
    swap(Path::new("..1"), &jobs.path("jobs/..data"));
    symlink("..data/s.yaml", jobs.path("jobs/s.yaml")).unwrap();
    let mut live = Live::start(jobs);
    live.until(&["s.yaml one"]).await;
    for (number, name) in [(2, "two"), (3, "three")] {
        live.jobs.write(&format!("jobs/..{number}/s.yaml"), &named(name));
        swap(Path::new(&format!("..{number}")), &live.jobs.path("jobs/..data"));
        fs::remove_dir_all(live.jobs.path(&format!("jobs/..{}", number - 1))).unwrap();
        live.until(&[&format!("s.yaml {name}")]).await;
    }
}

#[tokio::test]
async fn a_git_sync_link_that_is_swapped() {
    let jobs = Jobs::unmade(&[]);
    jobs.write("sync/.trees/1/specs/s.yaml", &named("one"));
    swap(Path::new(".trees/1"), &jobs.path("sync/current"));
    symlink("sync/current/specs", jobs.path("jobs")).unwrap();
    let mut live = Live::start(jobs);
    live.until(&["s.yaml one"]).await;
    for (number, name) in [(2, "two"), (3, "three")] {
        live.jobs.write(&format!("sync/.trees/{number}/specs/s.yaml"), &named(name));
        swap(Path::new(&format!(".trees/{number}")), &live.jobs.path("sync/current"));
        live.until(&[&format!("s.yaml {name}")]).await;
        // Only now: that the old tree goes must not be what tells of the new one.
        fs::remove_dir_all(live.jobs.path(&format!("sync/.trees/{}", number - 1))).unwrap();
    }
    live.jobs.write("sync/.trees/3/specs/s.yaml", &named("four"));
    live.until(&["s.yaml four"]).await;
}

#[tokio::test]
async fn a_jobs_directory_that_comes_late_and_is_deleted_and_made_again() {
    let mut live = Live::start(Jobs::unmade(&[]));
    for name in ["a", "b", "c"] {
        live.jobs.write("jobs/s.yaml", &named(name));
        live.until(&[&format!("s.yaml {name}")]).await;
        live.jobs.write("jobs/t.yaml", &named("t"));
        live.until(&[&format!("s.yaml {name}"), "t.yaml t"]).await;
        live.jobs.remove("jobs/t.yaml");
        live.until(&[&format!("s.yaml {name}")]).await;
        fs::remove_dir_all(live.jobs.path("jobs")).unwrap();
    }
}

#[tokio::test]
async fn a_folder_above_that_is_swapped_for_another() {
    let jobs = Jobs::unmade(&[]);
    jobs.write("release/specs/s.yaml", &named("one"));
    symlink("release/specs", jobs.path("jobs")).unwrap();
    let mut live = Live::start(jobs);
    live.jobs.write("next/specs/s.yaml", &named("two"));
    fs::rename(live.jobs.path("release"), live.jobs.path("last")).unwrap();
    fs::rename(live.jobs.path("next"), live.jobs.path("release")).unwrap();
    live.until(&["s.yaml two"]).await;
    live.jobs.write("release/specs/s.yaml", &named("three"));
    live.until(&["s.yaml three"]).await;
}

fn git(folder: &Path, words: &[&str]) {
    let identity = ["-c", "user.name=Lin", "-c", "user.email=lin@example.org"];
    let done = Command::new("git").args(identity).args(words).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[tokio::test]
async fn a_checkout_of_a_thousand_specs() {
    const COUNT: usize = 1000;
    let jobs = Jobs::new();
    let repository = jobs.path("jobs");
    git(&repository, &["init", "-q", "-b", "old"]);
    let mut states = Vec::new();
    for branch in ["old", "new"] {
        // Half the files change, a quarter goes, a quarter comes.
        let range = if branch == "old" { 0..COUNT } else { COUNT / 4..COUNT + COUNT / 4 };
        for number in range.clone() {
            let name = if number % 2 == 0 { format!("{branch}-{number}") } else { format!("n-{number}") };
            jobs.write(&format!("jobs/{}/{number:04}.yaml", number % 7), &named(&name));
            states.push((branch, format!("{}/{number:04}.yaml {name}", number % 7)));
        }
        for number in 0..range.start {
            jobs.remove(&format!("jobs/{}/{number:04}.yaml", number % 7));
        }
        git(&repository, &["add", "--all"]);
        git(&repository, &["commit", "-qm", branch]);
        if branch == "old" {
            git(&repository, &["checkout", "-qb", "new"]);
        }
    }
    let of = |branch: &str| {
        let mut lines: Vec<&str> =
            states.iter().filter(|(on, _)| *on == branch).map(|(_, line)| line.as_str()).collect();
        lines.sort_unstable();
        lines
    };
    let mut live = Live::start(jobs);
    live.until(&of("new")).await;
    for branch in ["old", "new"] {
        git(&repository, &["checkout", "-q", branch]);
        live.until(&of(branch)).await;
    }
}

#[tokio::test]
async fn a_way_that_breaks_off_is_watched_as_far_as_it_goes() {
    let jobs = Jobs::unmade(&[]);
    let mut live = Live::start(jobs);
    assert_eq!((live.watcher.overflows(), live.watcher.last_error()), (0, None));
    symlink("later/specs", live.jobs.path("jobs")).unwrap();
    assert!(tokio::time::timeout(LONG, live.watcher.changed()).await.is_ok(), "the name was not there before");
    live.jobs.settle();
    live.watcher.rearm();
    live.jobs.write("later/specs/s.yaml", &named("s"));
    live.until(&["s.yaml s"]).await;
}

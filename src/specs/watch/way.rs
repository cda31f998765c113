//! The way to a directory: every folder on it, and the name in each that leads on, links followed one by one.
//!
//! A swapped link, or a folder deleted and made again, changes nothing in the directory that was watched: the event comes
//! in the folder that holds the name. So every such folder is watched too.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// As many links as the system itself follows.
const MAX_LINKS: usize = 40;

/// A way, as far as it exists.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Way {
    steps: Vec<Step>,
    end: Option<(PathBuf, Option<Identity>)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    folder: PathBuf,
    identity: Option<Identity>,
    /// The name in the folder that leads on, as a whole path.
    name: PathBuf,
}

/// Which folder stands at a path. The time of birth is part of it, because file systems give an inode's number again at
/// once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    born: Option<SystemTime>,
}

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        let found = fs::symlink_metadata(path).ok()?;
        Some(Self { device: found.dev(), inode: found.ino(), born: found.created().ok() })
    }
}

impl Way {
    /// The way to an absolute path.
    pub(super) fn to(path: &Path) -> Self {
        let mut way = Self::default();
        let (mut rest, mut at, mut links) = (backwards(path), PathBuf::from("/"), 0);
        while let Some(part) = rest.pop() {
            if part == ".." {
                at.pop();
                continue;
            }
            let name = at.join(part);
            way.steps.push(Step { identity: Identity::of(&at), folder: at.clone(), name: name.clone() });
            match fs::read_link(&name) {
                Ok(target) if links < MAX_LINKS => {
                    links += 1;
                    rest.extend(backwards(&target));
                    if target.is_absolute() {
                        at = PathBuf::from("/");
                    }
                }
                Err(_) if name.is_dir() => at = name,
                _ => return way,
            }
        }
        way.end = Some((at.clone(), Identity::of(&at)));
        way
    }

    /// The directory itself, without links; `None`: something on the way is missing.
    pub(super) fn end(&self) -> Option<&Path> {
        self.end.as_ref().map(|(path, _)| path.as_path())
    }

    /// The folders on the way, without links.
    pub(super) fn folders(&self) -> BTreeSet<&Path> {
        self.steps.iter().map(|step| step.folder.as_path()).collect()
    }

    /// Whether a change at `path` may lead the way elsewhere.
    pub(super) fn passes(&self, path: &Path) -> bool {
        self.steps.iter().any(|step| step.name == path || step.folder == path)
    }
}

/// The parts of a path, the last one first.
fn backwards(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter(|part| matches!(part, Component::Normal(_) | Component::ParentDir));
    parts.map(|part| part.as_os_str().to_owned()).rev().collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn every_link_on_the_way_is_a_place_where_it_may_turn() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        fs::create_dir_all(base.join("trees/abc/jobs")).unwrap();
        symlink("trees/abc", base.join("current")).unwrap();
        symlink(base.join("current/jobs"), base.join("jobs")).unwrap();
        let way = Way::to(&base.join("./trees/../jobs"));
        assert_eq!(way.end(), Some(base.join("trees/abc/jobs").as_path()));
        for name in ["jobs", "current", "trees", "trees/abc", "trees/abc/jobs"] {
            assert!(way.passes(&base.join(name)), "{name}");
        }
        assert!(!way.passes(&base.join("other")));
        for watched in [&base, &base.join("trees"), &base.join("trees/abc")] {
            assert!(way.folders().contains(watched.as_path()), "{watched:?}");
        }
        assert!(!way.folders().contains(base.join("trees/abc/jobs").as_path()), "the end is watched by itself");
    }

    #[test]
    fn a_way_that_breaks_off_is_known_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        symlink("loop", base.join("loop")).unwrap();
        fs::write(base.join("file"), "").unwrap();
        for missing in ["nowhere/jobs", "loop/jobs", "file/jobs"] {
            let way = Way::to(&base.join(missing));
            assert_eq!(way.end(), None, "{missing}");
            assert!(way.folders().contains(base.as_path()), "{missing}");
        }
    }

    #[test]
    fn a_folder_made_again_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let jobs = folder.path().canonicalize().unwrap().join("jobs");
        fs::create_dir(&jobs).unwrap();
        let before = Way::to(&jobs);
        assert_eq!(Way::to(&jobs), before);
        fs::remove_dir(&jobs).unwrap();
        assert_ne!(Way::to(&jobs), before);
        fs::create_dir(&jobs).unwrap();
        assert_ne!(Way::to(&jobs), before);
    }
}

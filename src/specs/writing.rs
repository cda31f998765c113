//! A new spec in the jobs directory: whole or not at all, in the place of nothing, and nowhere else.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, open, openat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, linkat, unlinkat};

use super::jobs::files_below;
use super::spec::name_in;
use crate::model::ids::BatchName;
use crate::model::report::FOLDER_SUFFIX;

/// Most bytes of a path below the jobs directory.
const LONGEST: usize = 1_000;
/// Most bytes of each of its names: what file systems take, less what a report's folder adds.
const LONGEST_NAME: usize = 240;
/// What the file is called until it is whole. It begins with a dot, so that nobody takes it for a spec; one that a crash left
/// is in nobody's way.
const UNFINISHED: &str = ".batchferry-new-spec";

/// Why a new spec is not there.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It cannot be called so.
    #[error("{0}")]
    Name(String),
    /// Something is there.
    #[error("{0} is there already, and nothing is ever written over it; choose another file name")]
    Exists(String),
    /// The folder of the file is not there, or is a link.
    #[error(
        "there is no folder {0:?} below the jobs directory (links are not followed); make it there first, or choose another"
    )]
    NoFolder(String),
    /// The system does not let us.
    #[error("{file} cannot be written below {}: {source}", jobs.display())]
    System {
        /// Which file.
        file: String,
        /// The jobs directory.
        jobs: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is wrong with a path below the jobs directory as that of a spec; `None`: nothing.
pub fn file_fault(file: &str) -> Option<String> {
    let names: Vec<&str> = file.split('/').collect();
    let (name, folders) = names.split_last()?;
    let reason = if file.len() > LONGEST || names.iter().any(|name| name.len() > LONGEST_NAME) {
        "it is too long"
    } else if file.starts_with('/') {
        "it must be a path below the jobs directory, such as finance/q1.yaml"
    } else if names.iter().any(|name| name.is_empty() || *name == "." || *name == "..") {
        "it may not lead out of the jobs directory, nor have empty parts"
    } else if file.contains(|c: char| c.is_control() || c == '\\') {
        "it has a character that no file name should have"
    } else if names.iter().any(|name| name.starts_with('.')) {
        "what begins with a dot is not looked at"
    } else if folders.iter().any(|folder| folder.ends_with(FOLDER_SUFFIX)) {
        "a folder of a report holds no specs"
    } else if !name.ends_with(".yaml") && !name.ends_with(".yml") {
        "it must end with .yaml"
    } else {
        return None;
    };
    let shown: String = file.chars().take(200).collect();
    Some(format!("the file name {shown:?} cannot be that of a spec: {reason}"))
}

/// The file below the jobs directory that gives its batch this name, valid or not; `None`: none does.
///
/// # Errors
/// The directory cannot be read.
pub fn spec_named(jobs: &Path, name: &BatchName) -> io::Result<Option<String>> {
    let root = jobs.canonicalize()?;
    let bears = |path: &PathBuf| fs::read(path).is_ok_and(|bytes| name_in(&bytes).as_ref() == Some(name));
    let found = files_below(&root)?.into_iter().find(bears);
    Ok(found.map(|path| path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned()))
}

/// Writes a new spec. Of two that write the same file, one does; nobody ever sees half of it. One at a time in one directory.
///
/// # Errors
/// Why it is not there. Nothing else has changed.
pub fn write_spec(jobs: &Path, file: &str, text: &str) -> Result<(), WriteError> {
    if let Some(fault) = file_fault(file) {
        return Err(WriteError::Name(fault));
    }
    let failed = |error: Errno| WriteError::System {
        file: file.to_owned(),
        jobs: jobs.to_owned(),
        source: io::Error::from_raw_os_error(error as i32),
    };
    let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
    let directory = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    let mut at = open(jobs, directory, Mode::empty()).map_err(failed)?;
    // Step by step from a folder that is held, so that no link leads elsewhere however quickly it is put there.
    for step in folder.split('/').filter(|step| !step.is_empty()) {
        at = openat(&at, step, directory | OFlag::O_NOFOLLOW, Mode::empty()).map_err(|error| match error {
            Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP => WriteError::NoFolder(folder.to_owned()),
            error => failed(error),
        })?;
    }
    let io_failed = |source| WriteError::System { file: file.to_owned(), jobs: jobs.to_owned(), source };
    let _ = unlinkat(&at, UNFINISHED, UnlinkatFlags::NoRemoveDir);
    let linked = unfinished(&at, text).map_err(io_failed).and_then(|()| {
        // Unlike a rename, a link never takes the place of what is there.
        linkat(&at, UNFINISHED, &at, name, AtFlags::empty()).map_err(|error| match error {
            Errno::EEXIST => WriteError::Exists(file.to_owned()),
            error => failed(error),
        })
    });
    let _ = unlinkat(&at, UNFINISHED, UnlinkatFlags::NoRemoveDir);
    linked?;
    File::from(at).sync_all().map_err(io_failed)
}

/// The whole text on the disk, under a name that is looked at by nobody.
fn unfinished(folder: &OwnedFd, text: &str) -> io::Result<()> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let mode = Mode::S_IRUSR | Mode::S_IWUSR | Mode::S_IRGRP | Mode::S_IROTH;
    let mut file = File::from(openat(folder, UNFINISHED, flags, mode)?);
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn jobs() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("jobs/finance")).unwrap();
        folder
    }

    /// What is in a folder, whatever it is called.
    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn a_spec_is_there_whole_and_nothing_else_is() {
        let folder = jobs();
        let jobs = folder.path().join("jobs");
        for file in ["q1.yaml", "finance/q1.yml", "finance/发票 <script>.yaml"] {
            write_spec(&jobs, file, "a: 发票\n").unwrap();
            assert_eq!(fs::read_to_string(jobs.join(file)).unwrap(), "a: 发票\n");
        }
        assert_eq!(names(&jobs), ["finance", "q1.yaml"]);
        assert_eq!(names(&jobs.join("finance")), ["q1.yml", "发票 <script>.yaml"]);
    }

    #[test]
    fn nothing_is_written_over_whatever_it_is() {
        let folder = jobs();
        let jobs = folder.path().join("jobs");
        fs::write(jobs.join("file.yaml"), "mine").unwrap();
        fs::create_dir(jobs.join("folder.yaml")).unwrap();
        symlink(folder.path().join("elsewhere"), jobs.join("nowhere.yaml")).unwrap();
        symlink(jobs.join("file.yaml"), jobs.join("link.yaml")).unwrap();
        for file in ["file.yaml", "folder.yaml", "nowhere.yaml", "link.yaml"] {
            let refused = write_spec(&jobs, file, "other").unwrap_err();
            assert!(matches!(refused, WriteError::Exists(_)), "{file}: {refused}");
        }
        assert_eq!(fs::read_to_string(jobs.join("file.yaml")).unwrap(), "mine");
        assert_eq!(names(folder.path()), ["jobs"]);
        assert_eq!(names(&jobs), ["file.yaml", "finance", "folder.yaml", "link.yaml", "nowhere.yaml"]);
    }

    #[test]
    fn no_name_leads_out_of_the_directory_or_where_nobody_looks() {
        let folder = jobs();
        let jobs = folder.path().join("jobs");
        fs::create_dir_all(jobs.join("q1.report")).unwrap();
        fs::create_dir_all(jobs.join(".git")).unwrap();
        let long = format!("{}.yaml", "x".repeat(240));
        let longer = format!("{}x.yaml", "x/".repeat(500));
        for file in [
            "",
            "/etc/q1.yaml",
            "../q1.yaml",
            "finance/../../q1.yaml",
            "finance/../q1.yaml",
            "./q1.yaml",
            "finance//q1.yaml",
            "finance/",
            ".q1.yaml",
            ".yaml",
            ".git/q1.yaml",
            "finance/.yaml",
            "q1.report/q1.yaml",
            "q1.txt",
            "q1",
            "q1.yaml/",
            "..\\q1.yaml",
            "q1\0.yaml",
            "q1\n.yaml",
            &long,
            &longer,
        ] {
            let refused = write_spec(&jobs, file, "x").unwrap_err();
            assert!(matches!(refused, WriteError::Name(_)), "{file:?}: {refused}");
            assert!(file_fault(file).is_some(), "{file:?}");
        }
        assert_eq!(names(&jobs), [".git", "finance", "q1.report"]);
        assert!(names(&jobs.join("finance")).is_empty() && names(&jobs.join("q1.report")).is_empty());
        assert_eq!(names(folder.path()), ["jobs"]);
    }

    #[test]
    fn a_link_is_not_followed_and_a_folder_is_not_made() {
        let folder = jobs();
        let jobs = folder.path().join("jobs");
        let outside = folder.path().join("outside");
        fs::create_dir(&outside).unwrap();
        symlink(&outside, jobs.join("link")).unwrap();
        symlink(jobs.join("finance"), jobs.join("inner")).unwrap();
        fs::write(jobs.join("file"), "").unwrap();
        for file in ["link/q1.yaml", "inner/q1.yaml", "none/q1.yaml", "finance/none/q1.yaml", "file/q1.yaml"] {
            let refused = write_spec(&jobs, file, "x").unwrap_err();
            assert!(matches!(refused, WriteError::NoFolder(_)), "{file}: {refused}");
        }
        assert!(names(&outside).is_empty() && names(&jobs.join("finance")).is_empty());
        // The directory itself may be one that a deployment swaps.
        symlink(&jobs, folder.path().join("current")).unwrap();
        write_spec(&folder.path().join("current"), "finance/q1.yaml", "x").unwrap();
        assert_eq!(names(&jobs.join("finance")), ["q1.yaml"]);
    }

    #[test]
    fn of_many_that_write_the_same_file_one_does() {
        let folder = jobs();
        let jobs = folder.path().join("jobs");
        let (turn, texts) = (std::sync::Mutex::new(()), ["one", "two", "three", "four"]);
        let wrote: Vec<&str> = std::thread::scope(|scope| {
            let writing = texts.map(|text| {
                let (jobs, turn) = (&jobs, &turn);
                scope.spawn(move || {
                    let _turn = turn.lock().unwrap();
                    write_spec(jobs, "q1.yaml", text).is_ok().then_some(text)
                })
            });
            writing.into_iter().filter_map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(wrote.len(), 1);
        assert_eq!(fs::read_to_string(jobs.join("q1.yaml")).unwrap(), wrote[0]);
    }

    #[test]
    fn what_a_crash_left_is_in_nobodys_way() {
        let folder = jobs();
        let jobs = folder.path().join("jobs");
        fs::write(jobs.join(UNFINISHED), "half").unwrap();
        write_spec(&jobs, "q1.yaml", "whole").unwrap();
        assert_eq!(fs::read_to_string(jobs.join("q1.yaml")).unwrap(), "whole");
        assert_eq!(names(&jobs), ["finance", "q1.yaml"]);
        // Nor is a link that someone put there.
        fs::write(folder.path().join("other"), "mine").unwrap();
        symlink(folder.path().join("other"), jobs.join(UNFINISHED)).unwrap();
        write_spec(&jobs, "q2.yaml", "whole").unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("other")).unwrap(), "mine");
    }

    #[test]
    fn the_file_of_a_name_is_found_valid_or_not() {
        let folder = jobs();
        let jobs = folder.path().join("jobs");
        let name = |name: &str| name.parse::<BatchName>().unwrap();
        fs::write(jobs.join("finance/a.yaml"), "metadata: {name: acme}\nkind: MigrationBatch\n").unwrap();
        fs::write(jobs.join("b.yaml"), [0xff, 0xfe]).unwrap();
        assert_eq!(spec_named(&jobs, &name("acme")).unwrap().as_deref(), Some("finance/a.yaml"));
        assert_eq!(spec_named(&jobs, &name("acm")).unwrap(), None);
        assert!(spec_named(&folder.path().join("none"), &name("acme")).is_err());
    }
}

//! Writing a report folder: each file whole or not at all, and only if its bytes differ.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::render::Rendered;
use crate::model::config::Reports;
use crate::model::counts::Unreconciled;
use crate::model::report::FOLDER_SUFFIX;

/// Files that a report may have; one that it has no longer is an earlier report's.
const OURS: [&str; 8] = [
    "README.md",
    "README.en.md",
    "README.zh-CN.md",
    "report.json",
    "report.html",
    "documents.csv",
    "failures.csv",
    "failures.jsonl",
];

/// Why a report is not written. A warning: the batch itself is not touched.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder or a file in it.
    #[error("the report was not written: {}: {source}", path.display())]
    Write {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A total does not add up.
    #[error(transparent)]
    Unreconciled(#[from] Unreconciled),
}

/// The folder of a spec's report: beside the spec, or at the same place below the configured directory.
pub fn folder_of(jobs: &Path, spec: &str, config: &Reports) -> PathBuf {
    let root = if config.dir == "beside" { jobs.to_owned() } else { PathBuf::from(&config.dir) };
    let spec = Path::new(spec);
    let stem = spec.file_stem().unwrap_or_default().to_string_lossy();
    root.join(spec.parent().unwrap_or(Path::new(""))).join(format!("{stem}{FOLDER_SUFFIX}"))
}

/// One report is written at a time: two writers of one folder would take each other's temporary files for their own.
static WRITING: Mutex<()> = Mutex::new(());

/// Writes the report of a spec where the config wants it, and tells where that is. A jobs directory that is lost is not
/// made again: that is for whoever delivers it, and an empty one would be in the way.
///
/// # Errors
/// The first path that cannot be written, or a folder that is a link.
pub fn publish(jobs: &Path, spec: &str, config: &Reports, files: &[Rendered]) -> Result<PathBuf, ReportError> {
    let folder = folder_of(jobs, spec, config);
    match folder.strip_prefix(jobs) {
        Ok(below) => fill(&folder, files, || make_below(jobs, below))?,
        Err(_) => write(&folder, files)?,
    };
    Ok(folder)
}

fn make_below(root: &Path, below: &Path) -> io::Result<()> {
    let mut path = root.to_owned();
    below.iter().try_for_each(|name| {
        path.push(name);
        fs::create_dir(&path).or_else(|error| if path.is_dir() { Ok(()) } else { Err(error) })
    })
}

/// Writes the files of a report; `true`: something changed. Links are not followed: who may write specs must not choose
/// what else on this machine is written.
///
/// # Errors
/// The first path that cannot be written, or a folder that is a link.
pub fn write(folder: &Path, files: &[Rendered]) -> Result<bool, ReportError> {
    fill(folder, files, || fs::create_dir_all(folder))
}

fn fill(folder: &Path, files: &[Rendered], make: impl FnOnce() -> io::Result<()>) -> Result<bool, ReportError> {
    // It guards nothing in memory, so a panic elsewhere leaves nothing half done.
    let _alone = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    if fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink()) {
        let refused = io::Error::other("it is a link, which is not followed; remove it");
        return at(folder, Err(refused));
    }
    at(folder, make())?;
    let mut changed = false;
    for file in files {
        changed |= write_one(folder, file)?;
    }
    for name in OURS.iter().filter(|name| !files.iter().any(|file| file.name == **name)) {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => {
                at(&path, removed)?;
                changed = true;
            }
        }
    }
    if changed {
        at(folder, File::open(folder).and_then(|folder| folder.sync_all()))?;
    }
    Ok(changed)
}

fn write_one(folder: &Path, file: &Rendered) -> Result<bool, ReportError> {
    let path = folder.join(&file.name);
    if fs::read(&path).is_ok_and(|bytes| bytes == file.bytes) {
        return Ok(false);
    }
    // One name for all tries: a crash leaves at most one such file, and the next writing takes it over.
    let temporary = folder.join(format!(".{}.new", file.name));
    // What stands there may be a link.
    if let Err(error) = fs::remove_file(&temporary)
        && error.kind() != io::ErrorKind::NotFound
    {
        return at(&temporary, Err(error));
    }
    let written = File::create_new(&temporary).and_then(|mut new| {
        new.write_all(&file.bytes)?;
        new.sync_all()
    });
    at(&temporary, written)?;
    at(&path, fs::rename(&temporary, &path))?;
    Ok(true)
}

fn at<T>(path: &Path, result: io::Result<T>) -> Result<T, ReportError> {
    result.map_err(|source| ReportError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(content: &str) -> Vec<Rendered> {
        vec![Rendered::new("README.md", content), Rendered::new("report.json", "{}\n")]
    }

    #[test]
    fn folders_below_the_jobs_directory_are_made_and_the_directory_itself_is_not() {
        let place = tempfile::tempdir().unwrap();
        let (jobs, beside) = (place.path().join("jobs"), Reports::default());
        let written = publish(&jobs, "team/a.yaml", &beside, &files("one"));
        assert!(written.unwrap_err().to_string().contains("team/a.report"));
        assert!(!jobs.exists());
        fs::create_dir(&jobs).unwrap();
        let folder = publish(&jobs, "team/a.yaml", &beside, &files("one")).unwrap();
        assert_eq!(fs::read_to_string(folder.join("README.md")).unwrap(), "one");
        let elsewhere = Reports { dir: place.path().join("x/y").display().to_string(), ..Reports::default() };
        assert!(publish(&jobs, "a.yaml", &elsewhere, &files("one")).unwrap().starts_with(place.path().join("x/y")));
    }

    #[test]
    fn equal_bytes_are_not_written_again_and_what_is_no_longer_part_goes() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("a.report");
        assert!(write(&folder, &files("one")).unwrap());
        fs::write(folder.join("failures.csv"), "old").unwrap();
        fs::write(folder.join("notes.txt"), "somebody's own").unwrap();
        assert!(write(&folder, &files("one")).unwrap(), "an earlier report's file goes");
        let modified = fs::metadata(folder.join("README.md")).unwrap().modified().unwrap();
        assert!(!write(&folder, &files("one")).unwrap());
        assert_eq!(fs::metadata(folder.join("README.md")).unwrap().modified().unwrap(), modified);
        let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["README.md", "notes.txt", "report.json"]);
    }

    #[test]
    fn links_are_not_followed() {
        let around = tempfile::tempdir().unwrap();
        let (elsewhere, folder) = (around.path().join("elsewhere"), around.path().join("a.report"));
        fs::create_dir(&elsewhere).unwrap();
        fs::write(elsewhere.join("failures.csv"), "somebody's own").unwrap();
        for target in [&elsewhere, &around.path().join("nowhere")] {
            std::os::unix::fs::symlink(target, &folder).unwrap();
            let error = write(&folder, &files("one")).unwrap_err().to_string();
            assert!(error.contains("a.report") && error.contains("link"), "{error}");
            fs::remove_file(&folder).unwrap();
        }
        assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
        fs::create_dir(&folder).unwrap();
        for name in [".README.md.new", "report.json"] {
            std::os::unix::fs::symlink(elsewhere.join("failures.csv"), folder.join(name)).unwrap();
        }
        write(&folder, &files("one")).unwrap();
        assert_eq!(fs::read_to_string(elsewhere.join("failures.csv")).unwrap(), "somebody's own");
        assert_eq!(fs::read_to_string(folder.join("report.json")).unwrap(), "{}\n");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = write(&file.path().join("x.report"), &files("one")).unwrap_err().to_string();
        assert!(error.contains("x.report"), "{error}");
    }

    #[test]
    fn the_folder_stands_beside_the_spec_or_at_the_same_place_elsewhere() {
        let beside = Reports::default();
        assert_eq!(folder_of(Path::new("/j"), "a/b.yaml", &beside), Path::new("/j/a/b.report"));
        let elsewhere = Reports { dir: "/r".to_owned(), ..Reports::default() };
        assert_eq!(folder_of(Path::new("/j"), "a/b.yaml", &elsewhere), Path::new("/r/a/b.report"));
    }
}

//! The report folder of a batch, as far as it is there.

use std::path::{Path, PathBuf};

use crate::model::config::Reports;
use crate::model::control::{Refusal, RefusalKind};
use crate::reports;

/// The files of a report folder, in the order in which people want them.
const FILES: [&str; 7] =
    ["report.html", "README.md", "README.zh-CN.md", "report.json", "documents.csv", "failures.csv", "failures.jsonl"];
/// Reports are kept below half of this; what is larger is none of ours.
const MOST_BYTES: u64 = 1 << 20;

/// Those that are there, with their sizes.
pub(super) fn files(jobs: &Path, spec: &str, reports: &Reports) -> Vec<(String, u64)> {
    let there = FILES.iter().filter_map(|name| {
        let path = inside(jobs, spec, reports, name)?;
        Some(((*name).to_owned(), std::fs::metadata(path).ok()?.len()))
    });
    there.collect()
}

/// The bytes of one.
///
/// # Errors
/// There is none of this name, or it cannot be read.
pub(super) fn file(jobs: &Path, spec: &str, reports: &Reports, name: &str) -> Result<Vec<u8>, Refusal> {
    let known = FILES.iter().find(|known| **known == name);
    let path = known.and_then(|known| inside(jobs, spec, reports, known));
    let path = path.ok_or_else(|| {
        let message = format!("the report of {spec} has no file {name:?} yet; `batchferry report` writes one");
        Refusal::new(RefusalKind::NotFound, message)
    })?;
    let failed = |error: std::io::Error| {
        let message =
            format!("{name} of the report of {spec} cannot be read: {error}; look at the folder's permissions");
        Refusal::new(RefusalKind::Unavailable, message)
    };
    let length = std::fs::metadata(&path).map_err(failed)?.len();
    if length > MOST_BYTES {
        let message =
            format!("{name} of the report of {spec} has {length} bytes; a report of ours has at most {MOST_BYTES}");
        return Err(Refusal::new(RefusalKind::Refused, message));
    }
    std::fs::read(path).map_err(failed)
}

/// Where a file is, if it is there and no link leads out of where reports are.
fn inside(jobs: &Path, spec: &str, reports: &Reports, name: &str) -> Option<PathBuf> {
    let folder = reports::folder_of(jobs, spec, reports);
    // The folder's own parents may be links of the operator's; what commits bring may not lead away.
    let root = folder.parent()?.canonicalize().ok()?;
    let path = folder.join(name).canonicalize().ok()?;
    let expected = root.join(folder.file_name()?).join(name);
    (path == expected && path.is_file()).then_some(path)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_files_of_a_report_are_given_and_no_link_leads_out_of_its_folder() {
        let root = tempfile::tempdir().unwrap();
        let (jobs, reports) = (root.path().join("jobs"), Reports::default());
        let folder = jobs.join("a.report");
        fs::create_dir_all(&folder).unwrap();
        fs::write(root.path().join("secret"), "secret").unwrap();
        fs::write(folder.join("report.json"), "{}").unwrap();
        fs::write(folder.join("other.txt"), "x").unwrap();
        symlink(root.path().join("secret"), folder.join("report.html")).unwrap();
        symlink(root.path(), jobs.join("b.report")).unwrap();
        fs::write(root.path().join("README.md"), "secret").unwrap();
        assert_eq!(files(&jobs, "a.yaml", &reports), [("report.json".to_owned(), 2)]);
        assert_eq!(file(&jobs, "a.yaml", &reports, "report.json").unwrap(), b"{}");
        for (spec, name) in [
            ("a.yaml", "report.html"),
            ("a.yaml", "other.txt"),
            ("a.yaml", "../../secret"),
            ("a.yaml", "documents.csv"),
            ("b.yaml", "README.md"),
            ("c.yaml", "report.json"),
        ] {
            assert_eq!(file(&jobs, spec, &reports, name).unwrap_err().kind, RefusalKind::NotFound, "{spec} {name}");
        }
    }
}

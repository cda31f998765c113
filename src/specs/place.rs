//! Where a spec lies below the jobs directory: what policies go by.

use std::path::{Component, Path};

use super::config::{plain, real_path};

/// The path of a spec's file below the jobs directory, whatever links lead to the directory; links below it are taken as
/// they stand. Of a file elsewhere, such as a checkout that is validated: `name`, if that may be a path below such a
/// directory, else the file's name alone.
pub fn below_jobs(name: &str, path: &Path, jobs: &Path) -> String {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let absolute = std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| plain(&path));
    if let Ok(below) = absolute.strip_prefix(jobs) {
        return text(below);
    }
    let jobs = real_path(jobs);
    if let Ok(below) = absolute.strip_prefix(&jobs) {
        return text(below);
    }
    let (folder, file) = (absolute.parent().map(real_path), absolute.file_name());
    if let (Some(folder), Some(file)) = (folder, file)
        && let Ok(below) = folder.strip_prefix(&jobs)
    {
        return text(&below.join(file));
    }
    let mut parts = Path::new(name).components();
    match file {
        Some(file) if !parts.all(|part| matches!(part, Component::Normal(_))) => file.to_string_lossy().into_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_spec_has_one_path_however_its_file_is_reached() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let at = |path: &str| root.join(path);
        fs::create_dir_all(at("jobs/finance")).unwrap();
        fs::write(at("jobs/finance/q1.yaml"), "").unwrap();
        symlink(at("jobs"), at("link")).unwrap();
        symlink(at("jobs/finance/q1.yaml"), at("jobs/other.yaml")).unwrap();
        for jobs in ["jobs", "link"] {
            for path in ["jobs/finance/q1.yaml", "link/finance/q1.yaml", "jobs/../jobs/finance/../finance/q1.yaml"] {
                assert_eq!(below_jobs("x", &at(path), &at(jobs)), "finance/q1.yaml", "{jobs} {path}");
            }
            assert_eq!(below_jobs("x", &at("jobs/other.yaml"), &at(jobs)), "other.yaml", "a link stands for itself");
        }
    }

    #[test]
    fn a_spec_elsewhere_is_called_as_it_was_named_unless_that_leads_out() {
        let below = |name: &str, path: &str| below_jobs(name, Path::new(path), Path::new("/srv/jobs"));
        assert_eq!(below("finance/q1.yaml", "/checkout/jobs/finance/q1.yaml"), "finance/q1.yaml");
        for name in ["/checkout/jobs/finance/q1.yaml", "../jobs/finance/q1.yaml", "./q1.yaml"] {
            assert_eq!(below(name, "/checkout/jobs/finance/q1.yaml"), "q1.yaml");
        }
    }
}

//! The jobs directory: every spec below it, whatever is wrong with some.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::cycles::{cycles, in_cycle};
use super::spec::{LoadedSpec, Loading, alone, load};
use crate::model::config::Config;
use crate::model::diagnostic::InvalidSpec;
use crate::model::report::FOLDER_SUFFIX;

/// What is in a jobs directory.
#[derive(Debug, Default)]
pub struct JobsScan {
    /// Valid specs, by path.
    pub specs: Vec<LoadedSpec>,
    /// Specs that are not accepted, by path.
    pub invalid: Vec<InvalidSpec>,
    /// YAML files that are not ours, by path.
    pub ignored: Vec<String>,
}

/// Why a jobs directory cannot be looked through.
#[derive(Debug, thiserror::Error)]
#[error("the jobs directory {} cannot be read: {source}; `jobs` in the config says where it is", path.display())]
pub struct SpecsError {
    path: PathBuf,
    source: io::Error,
}

/// Reads every `*.yaml` and `*.yml` below a directory, outside dot folders and report folders. Two specs with one name
/// are both invalid, because no one can tell which is meant; so are specs that come after each other in a circle.
///
/// # Errors
/// The directory, or a folder below it, cannot be read.
pub fn scan_jobs(jobs: &Path, config: Option<&Config>) -> Result<JobsScan, SpecsError> {
    let unreadable = |source| SpecsError { path: jobs.to_owned(), source };
    let root = jobs.canonicalize().map_err(unreadable)?;
    let mut files = Vec::new();
    collect(&root, &mut files).map_err(unreadable)?;
    files.sort();
    let mut scan = JobsScan::default();
    for path in files {
        let name = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
        if !path.canonicalize().is_ok_and(|real| real.starts_with(&root)) {
            scan.invalid.push(alone(
                &name,
                "link",
                "the file is a link that leads out of the jobs directory, or nowhere".to_owned(),
            ));
            continue;
        }
        match load(&name, &path, config) {
            Loading::Valid(spec) => scan.specs.push(LoadedSpec { path: jobs.join(&name), ..*spec }),
            Loading::Invalid(invalid) => scan.invalid.push(invalid),
            Loading::Ignored(_) => scan.ignored.push(name),
        }
    }
    refuse_namesakes(&mut scan);
    refuse_cycles(&mut scan);
    scan.invalid.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(scan)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.') && !name.ends_with(FOLDER_SUFFIX) {
                collect(&path, files)?;
            }
        } else if !name.starts_with('.')
            && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            files.push(path);
        }
    }
    Ok(())
}

fn refuse_namesakes(scan: &mut JobsScan) {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for spec in &scan.specs {
        by_name.entry(spec.file.metadata.name.to_string()).or_default().push(spec.file_name.clone());
    }
    by_name.retain(|_, files| files.len() > 1);
    let specs = std::mem::take(&mut scan.specs);
    for spec in specs {
        let Some(files) = by_name.get(spec.file.metadata.name.as_str()) else {
            scan.specs.push(spec);
            continue;
        };
        let others: Vec<&str> = files.iter().filter(|file| **file != spec.file_name).map(String::as_str).collect();
        let message = format!(
            "the name {:?} is also that of {}; every batch needs a name of its own",
            spec.file.metadata.name.as_str(),
            others.join(", ")
        );
        scan.invalid.push(super::spec::at_name(&spec, message));
    }
}

fn refuse_cycles(scan: &mut JobsScan) {
    let after = scan.specs.iter().map(|spec| (&spec.file.metadata.name, spec.file.spec.after.as_slice()));
    let cycles = cycles(after);
    let in_a_cycle = |spec: &mut LoadedSpec| cycles.contains_key(&spec.file.metadata.name);
    for spec in scan.specs.extract_if(.., in_a_cycle) {
        scan.invalid.extend(cycles.get(&spec.file.metadata.name).map(|cycle| in_cycle(&spec, cycle)));
    }
}

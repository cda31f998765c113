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

/// Reads every `*.yaml` and `*.yml` below a directory, outside dot folders and report folders. Two specs with one name, or
/// with one report folder, are both invalid, because no one can tell which is meant; so are specs that come after each
/// other in a circle. A folder that cannot be read is invalid like a spec, and says nothing of the others.
///
/// # Errors
/// The directory itself cannot be read.
pub fn scan_jobs(jobs: &Path, config: Option<&Config>) -> Result<JobsScan, SpecsError> {
    let unreadable = |source| SpecsError { path: jobs.to_owned(), source };
    let root = jobs.canonicalize().map_err(unreadable)?;
    let mut found = Found::default();
    collect(&root, &mut found).map_err(unreadable)?;
    let Found { mut files, unreadable } = found;
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
    refuse_shared_folders(&mut scan);
    for (folder, error) in unreadable {
        let name = folder.strip_prefix(&root).unwrap_or(&folder).to_string_lossy().into_owned();
        scan.invalid.push(alone(&name, "unreadable", format!("the folder cannot be read: {error}")));
    }
    scan.invalid.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(scan)
}

/// Every file below a directory that may be a spec, in order of path; what cannot be read is passed over.
///
/// # Errors
/// The directory itself cannot be read.
pub(super) fn files_below(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Found::default();
    collect(root, &mut found)?;
    found.files.sort();
    Ok(found.files)
}

#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    /// Folders that cannot be read, or not to their end.
    unreadable: Vec<(PathBuf, io::Error)>,
}

fn collect(folder: &Path, found: &mut Found) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if entry.file_type()?.is_dir() {
            if !name.starts_with('.')
                && !name.ends_with(FOLDER_SUFFIX)
                && let Err(error) = collect(&path, found)
            {
                found.unreadable.push((path, error));
            }
        } else if !name.starts_with('.')
            && path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
        {
            found.files.push(path);
        }
    }
    Ok(())
}

fn refuse_namesakes(scan: &mut JobsScan) {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for spec in &scan.specs {
        by_name.entry(spec.file.metadata.name.to_string()).or_default().push(spec.file_name.clone());
    }
    for spec in std::mem::take(&mut scan.specs) {
        let name = spec.file.metadata.name.as_str();
        let Some(others) = others(&by_name, name, &spec.file_name) else {
            scan.specs.push(spec);
            continue;
        };
        let message = format!("the name {name:?} is also that of {others}; every batch needs a name of its own");
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

/// `q1.yaml` and `q1.yml` would write their reports over each other.
fn refuse_shared_folders(scan: &mut JobsScan) {
    let stem = |file: &str| Path::new(file).with_extension("").to_string_lossy().into_owned();
    let mut by_stem: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in scan.specs.iter().map(|spec| &spec.file_name).chain(scan.invalid.iter().map(|spec| &spec.file)) {
        by_stem.entry(stem(file)).or_default().push(file.clone());
    }
    let told = |file: &str| {
        let others = others(&by_stem, &stem(file), file)?;
        let folder = format!("{}{FOLDER_SUFFIX}", stem(file));
        let message = format!("the report folder {folder} would also be that of {others}; rename one of them");
        Some(alone(file, "shared-report", message))
    };
    for spec in &mut scan.invalid {
        spec.diagnostics.extend(told(&spec.file).into_iter().flat_map(|told| told.diagnostics));
    }
    for spec in std::mem::take(&mut scan.specs) {
        match told(&spec.file_name) {
            Some(invalid) => scan.invalid.push(invalid),
            None => scan.specs.push(spec),
        }
    }
}

/// The other files that have the same, if there are any.
fn others(files: &BTreeMap<String, Vec<String>>, same: &str, file: &str) -> Option<String> {
    let others: Vec<&str> = files.get(same)?.iter().map(String::as_str).filter(|other| *other != file).collect();
    (!others.is_empty()).then(|| others.join(", "))
}

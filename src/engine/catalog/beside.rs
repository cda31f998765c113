//! Files beside a spec.

use std::path::{Path, PathBuf};

/// The path of a file that a spec names relative to its own directory; `spec`: the spec's path below the jobs directory.
pub fn path(jobs: &Path, spec: &str, file: &str) -> PathBuf {
    let spec = jobs.join(spec);
    spec.parent().unwrap_or(jobs).join(file)
}

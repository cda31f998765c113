//! The files of `src`.

use std::fs;
use std::path::{Path, PathBuf};

use super::names::{Named, names};

/// One file of `src`.
pub struct Source {
    /// From the repository's root, with slashes.
    pub path: String,
    /// What it says.
    pub text: String,
    /// What it names.
    pub names: Vec<Named>,
    top: String,
}

impl Source {
    /// The top-level module that it belongs to; empty for `lib.rs`.
    pub fn module(&self) -> &str {
        &self.top
    }
}

/// Every file of `src`.
pub fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    files.sort();
    files.iter().map(|file| read(file.strip_prefix(root).expect("it was found below the root"), file)).collect()
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("the sources are readable") {
        let path = entry.expect("the sources are readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn read(relative: &Path, file: &Path) -> Source {
    let text = fs::read_to_string(file).expect("the sources are readable");
    let module = module_path(relative);
    let in_tests = module.iter().any(|name| name == "tests");
    let names = names(&text, &module, in_tests);
    let top = module.into_iter().next().unwrap_or_default();
    Source { path: relative.to_string_lossy().replace('\\', "/"), text, names, top }
}

/// `src/a/b.rs` is the module `a::b`, `src/a/mod.rs` is `a`, `src/lib.rs` the crate itself.
fn module_path(relative: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        relative.with_extension("").iter().skip(1).map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib") {
        module.pop();
    }
    module
}

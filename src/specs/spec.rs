//! One spec: from its file to a value that may run, or to everything that is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::string::FromUtf8Error;

use super::check::Against;
use super::locate::{Locator, suggest};
use super::marked::{Node, Place};
use super::parts::Parts;
use super::problems::Problems;
use super::{check, digest, order, place, read, schema};
use crate::model::config::Config;
use crate::model::diagnostic::{Diagnostic, InvalidSpec};
use crate::model::ids::{BatchName, Digest};
use crate::model::spec::{API_VERSION, BatchFile, KIND};

/// A valid spec.
#[derive(Debug, Clone)]
pub struct LoadedSpec {
    /// Where its file is.
    pub path: PathBuf,
    /// The file's path below the jobs directory, or as given.
    pub file_name: String,
    /// The file's text.
    pub text: String,
    /// What it says.
    pub file: BatchFile,
    /// Digest of what it says.
    pub digest: Digest,
    /// The same as JSON.
    pub json: String,
}

/// What a YAML file turns out to be.
#[derive(Debug)]
pub enum Loading {
    /// A batch.
    Valid(Box<LoadedSpec>),
    /// A batch that is not accepted.
    Invalid(InvalidSpec),
    /// Not ours: another `apiVersion` and `kind`, or none, or no YAML of one document that speaks of either. What to say
    /// of it where it was named as a spec.
    Ignored(InvalidSpec),
}

/// Reads a file that the user named as a spec.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_spec(name: &str, path: &Path, config: Option<&Config>) -> Result<LoadedSpec, InvalidSpec> {
    match load(name, path, config) {
        Loading::Valid(spec) => Ok(*spec),
        Loading::Invalid(invalid) | Loading::Ignored(invalid) => Err(invalid),
    }
}

/// Reads a file that may be a spec.
pub(super) fn load(name: &str, path: &Path, config: Option<&Config>) -> Loading {
    match fs::read(path) {
        Ok(bytes) => of_bytes(name, path, bytes, config),
        Err(error) => Loading::Invalid(alone(name, "unreadable", format!("the file cannot be read: {error}"))),
    }
}

/// Judges what was read from a file that may be a spec.
pub(super) fn of_bytes(name: &str, path: &Path, bytes: Vec<u8>, config: Option<&Config>) -> Loading {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if mentions_us(error.as_bytes()) => return Loading::Invalid(not_utf8(name, &error)),
        Err(error) => return Loading::Ignored(not_utf8(name, &error)),
    };
    let refused = |diagnostics| InvalidSpec { file: name.to_owned(), diagnostics };
    let place = config.map(|config| place::below_jobs(name, path, &config.jobs));
    let against = config.zip(place.as_deref()).map(|(config, place)| Against { config, place });
    match check(name, &text, against) {
        Err(Refused::NotOurs(diagnostics)) => Loading::Ignored(refused(diagnostics)),
        Err(Refused::Invalid(diagnostics)) => Loading::Invalid(refused(diagnostics)),
        Ok((file, digest, json)) => {
            let spec = LoadedSpec { path: path.to_owned(), file_name: name.to_owned(), text, file, digest, json };
            Loading::Valid(Box::new(spec))
        }
    }
}

/// Shows the line up to the first byte that has no meaning.
fn not_utf8(name: &str, error: &FromUtf8Error) -> InvalidSpec {
    let text = String::from_utf8_lossy(error.as_bytes());
    let sound = text.get(..error.utf8_error().valid_up_to()).unwrap_or_default();
    let line = sound.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}');
    let place = Place { line: 1 + sound.matches('\n').count(), column: line.chars().count(), length: 1 };
    let problem = Locator::new(name, &text).problem("encoding", "", place, "the file is not UTF-8");
    let diagnostic = suggest(problem, Some("save it as UTF-8".to_owned()));
    InvalidSpec { file: name.to_owned(), diagnostics: vec![diagnostic] }
}

/// Checks the text of a spec, whose `name` is its path below the jobs directory. Without a config, neither stores nor
/// policies are looked at.
///
/// # Errors
/// Everything that is wrong with it, in order of place.
pub fn check_text(name: &str, text: &str, config: Option<&Config>) -> Result<(BatchFile, Digest), Vec<Diagnostic>> {
    match check(name, text, config.map(|config| Against { config, place: name })) {
        Ok((file, digest, _)) => Ok((file, digest)),
        Err(Refused::NotOurs(diagnostics) | Refused::Invalid(diagnostics)) => Err(diagnostics),
    }
}

enum Refused {
    NotOurs(Vec<Diagnostic>),
    Invalid(Vec<Diagnostic>),
}

type Checked = Result<(BatchFile, Digest, String), Refused>;

fn check(name: &str, text: &str, against: Option<Against<'_>>) -> Checked {
    let text = text.trim_start_matches('\u{feff}');
    let locator = Locator::new(name, text);
    let unread =
        |problems| if mentions_us(text.as_bytes()) { Refused::Invalid(problems) } else { Refused::NotOurs(problems) };
    let tree = read::tree(&locator, text).map_err(unread)?;
    if !is_ours(&tree) {
        return Err(Refused::NotOurs(vec![not_ours(&locator)]));
    }
    if let Some(other) = other_version(&locator, &tree) {
        return Err(Refused::Invalid(vec![other]));
    }
    let (file, mut problems) = match read::typed::<BatchFile>(&locator, &tree, text, schema::batch()) {
        Ok(file) => (Some(file), Problems::default()),
        Err(problems) => (None, problems),
    };
    let parts = file.as_ref().map_or_else(|| Parts::read(&tree), |file| Parts::of(&file.spec));
    problems.extend(check::problems(&locator, &tree, &parts, against));
    if let Some(file) = &file {
        order::problems(&locator, &tree, file).into_iter().for_each(|problem| problems.push(problem));
    }
    let Some(file) = file.filter(|_| problems.is_empty()) else {
        return Err(Refused::Invalid(problems.listed(&locator)));
    };
    let broken = |message: String| Refused::Invalid(vec![locator.whole("value", message)]);
    let digest = digest::digest(text).ok_or_else(|| broken("the file has no JSON form".to_owned()))?;
    let json = serde_json::to_string(&file).map_err(|error| broken(error.to_string()))?;
    Ok((file, digest, json))
}

/// Whether a file that cannot be read as one document may be meant as a batch all the same: jobs directories hold
/// manifests and templates of other tools too.
fn mentions_us(text: &[u8]) -> bool {
    [&b"batchferry/"[..], KIND.as_bytes()].iter().any(|word| memchr::memmem::find(text, word).is_some())
}

/// Whether a file claims to be a batch, in whatever version.
fn is_ours(tree: &Node) -> bool {
    let says = |name: &str| tree.at(&[name]).and_then(Node::text).unwrap_or_default();
    says("apiVersion").starts_with("batchferry/") || says("kind") == KIND
}

fn not_ours(locator: &Locator<'_>) -> Diagnostic {
    let message = format!("the file has no `apiVersion: {API_VERSION}` and `kind: {KIND}`, so it is no spec");
    suggest(locator.whole("not-a-batch", message), Some("begin it with these two lines".to_owned()))
}

fn other_version(locator: &Locator<'_>, tree: &Node) -> Option<Diagnostic> {
    let node = tree.at(&["apiVersion"])?;
    let version = node.text().filter(|version| version.starts_with("batchferry/") && *version != API_VERSION)?;
    let message = format!("apiVersion {version:?} is not known to this version of batchferry");
    Some(suggest(
        locator.problem("api-version", "apiVersion", node.place, message),
        Some(format!("write `{API_VERSION}`")),
    ))
}

/// An invalid file of which no text can be shown.
pub(super) fn alone(name: &str, rule: &str, message: String) -> InvalidSpec {
    let diagnostic = Locator::new(name, "").whole(rule, message);
    InvalidSpec { file: name.to_owned(), diagnostics: vec![diagnostic] }
}

/// The name that a file gives its batch, if it can be read, whatever else is wrong with the file.
pub(super) fn name_in(bytes: &[u8]) -> Option<BatchName> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}');
    let tree = read::tree(&Locator::new("", text), text).ok()?;
    tree.at(&["metadata", "name"])?.text()?.parse().ok()
}

/// A spec that is sound by itself, but whose name is another's too.
pub(super) fn at_name(spec: &LoadedSpec, message: String) -> InvalidSpec {
    name_refused(&spec.file_name, &spec.text, message)
}

/// The same of a file and its text.
pub(super) fn name_refused(file: &str, text: &str, message: String) -> InvalidSpec {
    let locator = Locator::new(file, text);
    let place = read::tree(&locator, text).ok();
    let place = place.as_ref().and_then(|tree| tree.at(&["metadata", "name"])).map_or(Place::START, |node| node.place);
    let diagnostic = locator.problem("duplicate-name", "metadata.name", place, message);
    InvalidSpec { file: file.to_owned(), diagnostics: vec![diagnostic] }
}

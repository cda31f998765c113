//! Checks of what the bytes of a file say.

use crate::model::checks::Checks;
use crate::model::document::SourceObject;
use crate::model::facts::{FileFacts, FileKind};
use crate::model::failure::{Code, Failure, Finding};
use crate::model::outcomes::Outcomes;
use crate::rules::keys::file_name;

use super::listing::empty_file;
use super::outcomes;
use super::readable::{check_pages, check_readable};
use super::resolution::check_resolution;
use super::verdict::Verdict;

/// What the content says of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContentVerdict {
    /// The most telling failure.
    pub failure: Option<Failure>,
    /// What does not fail it.
    pub findings: Vec<Finding>,
    /// What came of each check of content.
    pub outcomes: Outcomes,
}

impl ContentVerdict {
    /// Of a file of which nothing but this failure can be said.
    pub fn failed(failure: Failure) -> Self {
        Self { outcomes: outcomes::only(&failure), failure: Some(failure), findings: Vec::new() }
    }
}

/// Checks the facts of one file against what its name says and the spec asks.
pub fn content(checks: &Checks, object: &SourceObject, facts: &FileFacts) -> ContentVerdict {
    let mut verdict = Verdict::default();
    let key = object.key.as_str();
    // Of an empty file nothing else can be said.
    if object.size == 0 {
        return ContentVerdict::failed(empty_file(key));
    }
    // From the most telling to the least: a later one is often the effect of an earlier one.
    verdict.failures.extend(type_mismatch(key, facts));
    check_readable(checks, key, facts, &mut verdict);
    verdict.failures.extend(encrypted(key, facts));
    if let Some(types) = &checks.file_type
        && !facts.kind.is_some_and(|kind| types.allow.contains(&kind))
    {
        let allowed: Vec<&str> = types.allow.iter().copied().map(word).collect();
        let failure = Failure::new(Code::TypeNotAllowed, key).with(allowed.join(", "), kind_words(facts.kind));
        verdict.add(types.severity, failure);
    }
    if let Some(resolution) = &checks.resolution {
        check_resolution(resolution, key, facts, &mut verdict);
    }
    if let Some(pages) = &checks.pages {
        check_pages(pages, key, facts, &mut verdict);
    }
    let outcomes = outcomes::of_content(checks, promised(key), facts, &verdict);
    ContentVerdict { failure: verdict.failures.into_iter().next(), findings: verdict.findings, outcomes }
}

/// An extension that promises one kind on content of another. An extension that is none of ours promises nothing.
fn type_mismatch(key: &str, facts: &FileFacts) -> Option<Failure> {
    let promised = promised(key)?;
    (facts.kind != Some(promised))
        .then(|| Failure::new(Code::TypeMismatch, key).with(word(promised), kind_words(facts.kind)))
}

/// The kind that the extension of a key promises.
pub fn promised(key: &str) -> Option<FileKind> {
    let (_, extension) = file_name(key).rsplit_once('.')?;
    FileKind::from_extension(extension)
}

fn encrypted(key: &str, facts: &FileFacts) -> Option<Failure> {
    (facts.encrypted == Some(true))
        .then(|| Failure::new(Code::Encrypted, key).with("content that opens without a password", "encrypted"))
}

/// The word that specs use for a kind.
pub(super) fn word(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Jpeg => "jpeg",
        FileKind::Tiff => "tiff",
        FileKind::Png => "png",
        FileKind::Gif => "gif",
        FileKind::Bmp => "bmp",
        FileKind::Webp => "webp",
        FileKind::Pdf => "pdf",
        FileKind::Ofd => "ofd",
        FileKind::Xml => "xml",
    }
}

fn kind_words(kind: Option<FileKind>) -> &'static str {
    kind.map_or("none of the known types", word)
}

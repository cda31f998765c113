//! The files of a report folder.

use super::{fit, html, readme, spreadsheet};
use crate::model::config::Language;
use crate::model::counts::Unreconciled;
use crate::model::report::Report;
use crate::rules::reporting;

/// One file of a report folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Its name in the folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Rendered {
    /// A file of a report.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// Renders a report; while the batch runs only what counters can tell.
///
/// # Errors
/// A total that does not add up.
pub fn render(report: &Report, languages: &[Language], running: bool) -> Result<Vec<Rendered>, Unreconciled> {
    reporting::assert_reconciled(report)?;
    let report = &fit::fitted(report);
    let mut files: Vec<Rendered> =
        readmes(languages).map(|(name, language)| Rendered::new(name, readme::readme(report, language))).collect();
    files.push(Rendered::new("report.json", fit::pretty(report)));
    if !running {
        files.push(Rendered::new("report.html", html::page(report, languages)));
        files.push(Rendered::new("documents.csv", spreadsheet::documents(report)));
        files.push(Rendered::new("failures.csv", spreadsheet::failures(report)));
        files.push(Rendered::new("failures.jsonl", spreadsheet::failure_lines(report)));
    }
    Ok(files)
}

/// The first language is that of `README.md`, which forges show.
pub(super) fn readmes(languages: &[Language]) -> impl Iterator<Item = (&'static str, Language)> {
    let first = languages.first().copied().unwrap_or_default();
    let others: Vec<Language> = languages.iter().copied().filter(|language| *language != first).collect();
    let name = |language| match language {
        Language::English => "README.en.md",
        Language::Chinese => "README.zh-CN.md",
    };
    std::iter::once(("README.md", first))
        .chain(others.into_iter().take(1).map(move |language| (name(language), language)))
}

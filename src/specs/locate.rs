//! Diagnostics with the line that they speak of.

use super::marked::{Node, Place};
use crate::model::diagnostic::Diagnostic;
use crate::model::spec::Severity;

/// Longest source line that is repeated, in characters.
const MAX_LINE_CHARS: usize = 400;

/// Makes diagnostics for one file.
pub(super) struct Locator<'a> {
    file: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> Locator<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, lines: text.trim_start_matches('\u{feff}').lines().collect() }
    }

    /// A problem at a place.
    pub(super) fn problem(&self, rule: &str, field: &str, place: Place, message: impl Into<String>) -> Diagnostic {
        // A place at the end of the file may be one line behind the last.
        let index = place.line.max(1).min(self.lines.len().max(1)) - 1;
        let line: String = self.lines.get(index).copied().unwrap_or_default().chars().take(MAX_LINE_CHARS).collect();
        let chars = line.chars().count();
        let column = if index + 1 == place.line { place.column.min(chars) } else { chars };
        let length = place.length.min(chars.saturating_sub(column)).max(1);
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Diagnostic {
            severity: Severity::Fail,
            rule: rule.to_owned(),
            message: message.into(),
            suggestion: None,
            file: self.file.to_owned(),
            field: field.to_owned(),
            line: number(index + 1),
            column: number(column + 1),
            length: number(length),
            source_line: line,
        }
    }

    /// A problem with the value at a path, or with the nearest value above it.
    pub(super) fn problem_at(&self, tree: &Node, rule: &str, path: &[&str], message: impl Into<String>) -> Diagnostic {
        let nearest = (0..=path.len()).rev().find_map(|length| tree.at(&path[..length]));
        self.problem(rule, &path.join("."), nearest.map_or(Place::START, |node| node.place), message)
    }
}

/// The same with what to write instead.
pub(super) fn suggest(diagnostic: Diagnostic, suggestion: Option<String>) -> Diagnostic {
    Diagnostic { suggestion, ..diagnostic }
}

/// The nearest of several words, if one is near enough to be meant.
pub(super) fn nearest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let lower = word.to_lowercase();
    words
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .map(|(_, candidate)| candidate)
}

//! Diagnostics with the line that they speak of.

use super::marked::{Node, Place};
use super::secrets;
use crate::model::checks::Severity;
use crate::model::diagnostic::Diagnostic;

/// Longest source line that is repeated, in characters.
const MAX_LINE_CHARS: usize = 400;

/// Longest message and advice, in characters: names may come from the file.
const MAX_SAID_CHARS: usize = 1000;

/// Longest word that is repeated in a message or may be meant for another one, in characters.
const MAX_WORD_CHARS: usize = 64;

/// Makes diagnostics for one file.
pub(super) struct Locator<'a> {
    file: &'a str,
    lines: Vec<&'a str>,
}

impl<'a> Locator<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        // As YAML does: a lone carriage return ends a line too.
        let text = text.trim_start_matches('\u{feff}');
        let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
        Self { file, lines: lines.collect() }
    }

    /// A problem at a place. Where the line there is blank, the end of what stands before it is shown.
    pub(super) fn problem(&self, rule: &str, field: &str, place: Place, message: impl Into<String>) -> Diagnostic {
        let asked = place.line.max(1).min(self.lines.len()) - 1;
        let index = self.written(asked);
        let line: String =
            self.lines.get(index).copied().unwrap_or_default().trim_end().chars().take(MAX_LINE_CHARS).collect();
        let chars = line.chars().count();
        let column = match index + 1 == place.line {
            true => place.column.min(chars),
            false if index > asked => 0,
            false => chars,
        };
        let length = place.length.min(chars.saturating_sub(column)).max(1);
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        Diagnostic {
            severity: Severity::Fail,
            rule: rule.to_owned(),
            message: secrets::hidden_users(&shortened(&message.into(), MAX_SAID_CHARS)),
            suggestion: None,
            file: self.file.to_owned(),
            field: field.to_owned(),
            line: number(index + 1),
            column: number(column + 1),
            length: number(length),
            source_line: secrets::hidden(&line),
        }
    }

    /// A problem with the value of a field: where it may be a secret, nothing of it is shown.
    pub(super) fn problem_of_value(
        &self,
        rule: &str,
        field: &str,
        place: Place,
        message: impl Into<String>,
    ) -> Diagnostic {
        let mut problem = self.problem(rule, field, place, message);
        if secrets::is_secretive(field) {
            problem.source_line = secrets::hidden_from(&problem.source_line, problem.column as usize - 1);
        }
        problem
    }

    /// The nearest line at or before one that is not blank, or else the first behind it.
    fn written(&self, index: usize) -> usize {
        let is_written = |index: &usize| self.lines.get(*index).is_some_and(|line| !line.trim().is_empty());
        (0..=index).rev().find(is_written).or_else(|| (index..self.lines.len()).find(is_written)).unwrap_or(0)
    }

    /// A problem of the whole file, shown at its first line.
    pub(super) fn whole(&self, rule: &str, message: impl Into<String>) -> Diagnostic {
        let line = self.written(0);
        let text = self.lines.get(line).copied().unwrap_or_default();
        let column = text.chars().take_while(|c| c.is_whitespace()).count();
        let length = text.trim().chars().count();
        self.problem(rule, "", Place { line: line + 1, column, length }, message)
    }

    /// A problem with the value at a path, or with the nearest value above it.
    pub(super) fn problem_at(&self, tree: &Node, rule: &str, path: &[&str], message: impl Into<String>) -> Diagnostic {
        let nearest = (0..=path.len()).rev().find_map(|length| tree.at(&path[..length]));
        self.problem(rule, &path.join("."), nearest.map_or(Place::START, |node| node.place), message)
    }
}

/// The same with what to do, as an imperative.
pub(super) fn suggest(diagnostic: Diagnostic, advice: Option<String>) -> Diagnostic {
    Diagnostic { suggestion: advice.map(|advice| shortened(&advice, MAX_SAID_CHARS)), ..diagnostic }
}

/// A value as a message repeats it: a long one shortened, nothing of one that may be a secret.
pub(super) fn echoed(field: &str, value: &str) -> String {
    if secrets::is_secretive(field) { "…".to_owned() } else { shortened(value, MAX_WORD_CHARS) }
}

fn shortened(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The advice to write a word instead, where one is known.
pub(super) fn write_instead(word: Option<&str>) -> Option<String> {
    word.map(|word| format!("write `{word}`"))
}

/// The nearest of several words, if one is near enough to be meant. A very long one is meant for none, and comparing
/// would take seconds.
pub(super) fn nearest<'w>(word: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    if word.chars().nth(MAX_WORD_CHARS).is_some() {
        return None;
    }
    let lower = word.to_lowercase();
    words
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.chars().count() / 4)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, line: usize, column: usize) -> (u32, u32, String) {
        let problem = Locator::new("x.yaml", text).problem("r", "", Place { line, column, length: 1 }, "m");
        (problem.line, problem.column, problem.source_line)
    }

    #[test]
    fn a_blank_line_is_never_shown_where_another_can_be() {
        assert_eq!(shown("a: [\n\n\n", 4, 0), (1, 5, "a: [".to_owned()));
        assert_eq!(shown("\n\na: 1\n", 1, 0), (3, 1, "a: 1".to_owned()));
        assert_eq!(shown("a: 1\rb: 2\r\nc: 3", 2, 3), (2, 4, "b: 2".to_owned()));
        assert_eq!(shown("\n", 9, 9), (1, 1, String::new()));
    }

    #[test]
    fn secrets_stand_neither_in_the_line_nor_in_the_message() {
        let locator = Locator::new("x.yaml", "url: s3://me:pass@host");
        let problem = locator.problem("r", "", Place::START, "the url s3://me:pass@host is wrong");
        assert!(!format!("{problem:?}").contains("pass"), "{problem:?}");
    }
}

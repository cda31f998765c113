//! The folder of a spec that is not accepted: its diagnostics.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::markdown::plain;
use super::render::{Rendered, readmes};
use super::words::say;
use crate::model::catalogue::entry;
use crate::model::config::Language;
use crate::model::diagnostic::{Diagnostic, InvalidSpec};
use crate::model::failure::Code;

/// Renders the diagnostics of a spec, for people and for programs.
pub fn render_invalid(invalid: &InvalidSpec, languages: &[Language]) -> Vec<Rendered> {
    let mut files: Vec<Rendered> =
        readmes(languages).map(|(name, language)| Rendered::new(name, readme(invalid, language))).collect();
    let json = serde_json::json!({"formatVersion": 1, "invalid": invalid});
    files.push(Rendered::new("report.json", format!("{json:#}\n")));
    files
}

fn readme(invalid: &InvalidSpec, language: Language) -> String {
    let entry = entry(Code::InvalidSpec);
    let (title, meant) = (say(language, ("Invalid spec", "批次说明无效")), say(language, ("try", "建议")));
    let mut text =
        format!("# {title}: {}\n\n**{}**: {}\n", plain(&invalid.file), entry.message(language), entry.remedy(language));
    for problem in &invalid.diagnostics {
        let suggestion = problem
            .suggestion
            .as_ref()
            .map(|suggestion| format!(" ({meant}: {})", plain(suggestion)))
            .unwrap_or_default();
        text.push_str(&format!("\n{}: {}{suggestion}\n", address(problem), plain(&problem.message)));
        if problem.has_line() {
            text.push_str(&format!("\n{}", quote(problem)));
        }
    }
    text
}

/// Where a problem is: the file, and the line if there is one to show.
fn address(problem: &Diagnostic) -> String {
    let file = plain(&problem.file);
    if problem.has_line() { format!("{file}:{}:{}", problem.line, problem.column) } else { file }
}

/// The line in question, with a mark below the part that is meant, as columns of a monospaced block.
fn quote(problem: &Diagnostic) -> String {
    let before = (problem.column as usize).saturating_sub(1);
    let part = |skip: usize, take: usize| -> String { problem.source_line.chars().skip(skip).take(take).collect() };
    let (indent, marked) = (flat(&part(0, before)).width(), flat(&part(before, problem.length as usize)).width());
    let mark = format!("{}{}", " ".repeat(indent), "^".repeat(marked.max(1)));
    let fence = if problem.source_line.contains("```") { "~~~~" } else { "```" };
    format!("{fence}yaml\n{}\n{mark}\n{fence}\n", flat(&problem.source_line))
}

/// Tabs as four spaces, as a terminal is shown them; what has no width or turns the direction as a mark for itself.
fn flat(line: &str) -> String {
    let has_no_place = |c: char| c.is_control() || c.width().unwrap_or(0) == 0;
    let flat = line.replace('\t', "    ");
    flat.chars().map(|c| if has_no_place(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::spec::Severity;

    fn quoted(line: &str, column: u32, length: u32) -> String {
        quote(&Diagnostic {
            severity: Severity::Fail,
            rule: "type".to_owned(),
            message: String::new(),
            suggestion: None,
            file: "a.yaml".to_owned(),
            field: String::new(),
            line: 1,
            column,
            length,
            source_line: line.to_owned(),
        })
    }

    #[test]
    fn the_mark_stands_below_what_it_means_behind_wide_characters_and_tabs() {
        assert_eq!(quoted("部门: [a]", 5, 3), "```yaml\n部门: [a]\n      ^^^\n```\n");
        assert_eq!(quoted("a: 部门 x", 4, 2), "```yaml\na: 部门 x\n   ^^^^\n```\n");
        assert_eq!(quoted("\ta:\tb", 5, 1), "```yaml\n    a:    b\n          ^\n```\n");
        assert_eq!(quoted("a\u{200b}\u{202e}: b", 6, 1), "```yaml\na\u{fffd}\u{fffd}: b\n     ^\n```\n");
    }
}

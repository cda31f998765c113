//! The folder of a spec that is not accepted: its diagnostics.

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
        text.push_str(&format!(
            "\n{}:{}:{}: {}{suggestion}\n\n{}",
            plain(&problem.file),
            problem.line,
            problem.column,
            plain(&problem.message),
            quote(problem)
        ));
    }
    text
}

/// The line in question, with a mark below the part that is meant.
fn quote(problem: &Diagnostic) -> String {
    let mark = format!("{}{}", " ".repeat(problem.column as usize - 1), "^".repeat(problem.length as usize));
    let fence = if problem.source_line.contains("```") { "~~~~" } else { "```" };
    format!("{fence}yaml\n{}\n{mark}\n{fence}\n", problem.source_line)
}

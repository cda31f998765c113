//! Markdown that forges render as it is meant, whatever stands in names.

use std::fmt::Write as _;

use crate::model::text::one_line;
pub(super) use crate::rules::reporting::number;

/// A name or a key as a code span: no forge looks in one for markup, links, mentions or references.
pub(super) fn code(text: &str) -> String {
    // Where a bar must be escaped (in tables), a backslash before it would undo that.
    let text = one_line(text).replace("\\|", "\\\\u{7c}");
    if text.is_empty() {
        return "–".to_owned();
    }
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// How many of a character stand in a row, at most.
pub(super) fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or_default()
}

/// A sentence that may hold texts from stores and specs: nothing of it is markup or a link.
pub(super) fn plain(text: &str) -> String {
    let inert = one_line(text).chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '#' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        out
    });
    inert.replace("://", "\\://").replace("www.", "www\\.")
}

/// A table; cells are Markdown already, but for the bars in them.
pub(super) fn table(headings: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|", headings.join(" | "));
    for column in 0..headings.len() {
        text.push_str(if right.contains(&column) { " ---: |" } else { " --- |" });
    }
    text.push('\n');
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_code_span_whatever_stands_in_it() {
        assert_eq!(code("a|b <script>\n*x*"), "`a|b <script>\\n*x*`");
        assert_eq!(code("``b`"), "``` ``b` ```");
        assert_eq!(code("发票 \u{202e}gpj"), "`发票 \\u{202e}gpj`");
        assert_eq!(code("a\\|b"), "`a\\\\u{7c}b`");
        assert_eq!(code(""), "–");
    }

    #[test]
    fn a_sentence_cannot_become_markup_or_a_link() {
        assert_eq!(plain("b`c`<script>\n*x*"), "b\\`c\\`&lt;script&gt;\\\\n\\*x\\*");
        assert_eq!(plain("http://a www.b me@c"), "http\\://a www\\.b me\\@c");
    }

    #[test]
    fn a_bar_does_not_end_its_cell() {
        assert!(table(&["a"], &[], [vec![code("x|y")]]).ends_with("| `x\\|y` |\n"));
    }
}

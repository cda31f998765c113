//! Markdown that forges render as it is meant, whatever stands in names.

use std::fmt::Write as _;

/// Text from stores and specs as plain text: nothing of it is markup, and all of it is in one line.
pub(super) fn plain(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() || is_bidirectional(c) => out.push_str(&format!("\\\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
        out
    })
}

/// Characters that turn the direction of what follows, and could make a name read as another.
fn is_bidirectional(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// A table; cells are Markdown already.
pub(super) fn table(headings: &[&str], right: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = format!("| {} |\n|", headings.join(" | "));
    for column in 0..headings.len() {
        text.push_str(if right.contains(&column) { " ---: |" } else { " --- |" });
    }
    text.push('\n');
    for row in rows {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}

/// A number with separators between thousands.
pub(super) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_a_table_or_become_markup() {
        assert_eq!(plain("a|b`c`<script>\n*x*"), "a\\|b\\`c\\`&lt;script&gt;\\\\u{a}\\*x\\*");
        assert_eq!(plain("发票 \u{202e}gpj"), "发票 \\\\u{202e}gpj");
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}

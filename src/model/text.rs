//! Text that others wrote (keys, names, messages of stores), made fit to be shown in one line.

/// The text with everything visible that could break a line, steer a terminal or turn the direction of what follows:
/// a line feed reads `\n`, an escape `\u{1b}`.
pub fn one_line(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut line, c| {
        if is_unseen(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
        line
    })
}

/// A fragment as the beginning of a sentence.
pub fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// Control characters, other ends of line, and what has no width or changes direction: a name could read as another.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out_and_the_rest_stays() {
        assert_eq!(one_line("发票\n\u{1b}[31m\u{202e}gpj\u{2028}\\"), "发票\\n\\u{1b}[31m\\u{202e}gpj\\u{2028}\\");
    }
}

//! Text that others wrote (keys, names, messages of stores), made fit to be shown in one line.

use std::borrow::Cow;

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

/// JSON that says the same and that no terminal is steered by. What it escapes stands in strings only.
pub fn safe_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_unseen_in_json) {
        return Cow::Borrowed(json);
    }
    json.chars()
        .fold(String::with_capacity(json.len()), |mut safe, c| {
            if is_unseen_in_json(c) {
                // All of them have a code of four digits.
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            } else {
                safe.push(c);
            }
            safe
        })
        .into()
}

/// JSON itself escapes what stands before the space.
fn is_unseen_in_json(c: char) -> bool {
    c >= '\u{7f}' && is_unseen(c)
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
    fn json_keeps_its_meaning_and_steers_nothing() {
        let text = "发票\n\u{1b}\u{7f}\u{9b}2J\u{202e}gpj";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = safe_json(&json);
        assert!(safe.chars().all(|c| c == '\n' || !is_unseen(c)), "{safe}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&safe).unwrap(), [text]);
        assert!(matches!(safe_json("{\"a\": \"发票\"}"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_cannot_be_seen_is_spelled_out_and_the_rest_stays() {
        assert_eq!(one_line("发票\n\u{1b}[31m\u{202e}gpj\u{2028}\\"), "发票\\n\\u{1b}[31m\\u{202e}gpj\\u{2028}\\");
    }
}

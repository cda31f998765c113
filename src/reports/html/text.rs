//! Text in HTML: nothing of it is markup, steers or turns the direction of what follows.

use std::fmt::{self, Write};

use askama::filters::Escaper;

use crate::model::text::one_line;

/// Escapes markup after spelling out what cannot be seen.
#[derive(Debug, Clone, Copy)]
pub struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: Write>(&self, dest: W, string: &str) -> fmt::Result {
        askama::filters::Html.write_escaped_str(dest, &one_line(string))
    }
}

/// A text as HTML.
pub fn plain(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    // Writing to a String cannot fail.
    let _ = Visible.write_escaped_str(&mut html, text);
    html
}

/// A name or a key as HTML.
pub fn code(text: &str) -> String {
    if text.is_empty() { "–".to_owned() } else { format!("<code>{}</code>", plain(text)) }
}

/// A sentence of ours, in which commands stand between backticks, as HTML.
pub fn sentence(markdown: &str) -> String {
    let parts = markdown.split('`').enumerate();
    parts.map(|(at, part)| if at % 2 == 1 { code(part) } else { plain(part) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_is_markup_or_unseen() {
        let told = code("</code><script>\"'&\u{202e}gpj\n\u{1b}[2J");
        assert_eq!(told, "<code>&#60;/code&#62;&#60;script&#62;&#34;&#39;&#38;\\u{202e}gpj\\n\\u{1b}[2J</code>");
        assert_eq!(code(""), "–");
    }

    #[test]
    fn commands_of_a_sentence_are_code() {
        assert_eq!(sentence("Run `a <b>`, then `c`."), "Run <code>a &#60;b&#62;</code>, then <code>c</code>.");
    }
}

//! Texts of a table within messages.

use crate::catalogs::name::nearest;

/// Characters of a text that a message shows.
const SHOWN: usize = 80;
/// Names of columns that a message lists.
const LISTED: usize = 20;

/// A text of any length as a message shows it.
pub(in crate::catalogs) fn shown(text: &str) -> String {
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// That `wanted` is not among the columns, what is, and which of them was probably meant.
pub(super) fn missing_column<'n>(wanted: &str, there: impl Iterator<Item = &'n str> + Clone) -> String {
    let names: Vec<String> = there.clone().take(LISTED).map(|name| format!("`{}`", shown(name))).collect();
    let more = if there.clone().nth(LISTED).is_some() { " and more" } else { "" };
    let meant = nearest(wanted, there).map(|meant| format!("; did you mean `{}`?", shown(meant))).unwrap_or_default();
    format!("there is no column `{}`; there are {}{more}{meant}", shown(wanted), names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_and_control_characters_are_not_shown() {
        assert_eq!(shown("a\tb"), "a b");
        assert_eq!(shown(&"年".repeat(100)), format!("{}…", "年".repeat(80)));
    }

    #[test]
    fn a_missing_column_names_those_that_are_there() {
        let message = missing_column("image_no", ["org", "imageNo"].into_iter());
        assert_eq!(message, "there is no column `image_no`; there are `org`, `imageNo`; did you mean `imageNo`?");
        let many: Vec<String> = (0..30).map(|n| format!("c{n}")).collect();
        assert!(missing_column("x", many.iter().map(String::as_str)).contains("`c19` and more"));
    }
}

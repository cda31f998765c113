//! Small words that sentences are made of.

use crate::model::config::Language;

/// The text of a language.
pub(super) fn pick<T>(language: Language, english: T, chinese: T) -> T {
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// A figure with its noun: `1 document`, `2,000 documents`.
pub fn count(figure: u64, one: &str, many: &str) -> String {
    format!("{} {}", number(figure), if figure == 1 { one } else { many })
}

/// A number with separators between thousands.
pub fn number(value: u64) -> String {
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
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }
}

//! Small words that sentences are made of.

use crate::model::config::Language;

/// The text of a language.
pub(super) fn pick<T>(language: Language, english: T, chinese: T) -> T {
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}

/// A figure with its noun: `1 document`, `2 documents`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

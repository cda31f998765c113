//! The entry of a code, and a failure in words.

use super::batches::batch_row;
use super::contents::content_row;
use super::documents::document_row;
use super::findings::in_language;
use super::transfers::transfer_row;
use crate::model::config::Language;
use crate::model::failure::{Code, Failure, Group, Outcome};
use crate::model::text::one_line;

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// What it is about.
    pub group: Group,
    /// Trying again may help by itself.
    pub transient: bool,
    message: [&'static str; 2],
    remedy: [&'static str; 2],
}

impl Entry {
    /// What it means: a fragment without the item and without a full stop.
    pub fn message(&self, language: Language) -> &'static str {
        pick(self.message, language)
    }

    /// What to do: whole sentences.
    pub fn remedy(&self, language: Language) -> &'static str {
        pick(self.remedy, language)
    }
}

fn pick(texts: [&'static str; 2], language: Language) -> &'static str {
    match language {
        Language::English => texts[0],
        Language::Chinese => texts[1],
    }
}

/// A code's row: group, transient, message and remedy in English, message and remedy in Chinese.
pub(super) type Row = (Group, bool, &'static str, &'static str, &'static str, &'static str);

/// The entry of a code.
pub fn entry(code: Code) -> Entry {
    let (group, transient, message, remedy, message_zh, remedy_zh) = row(code);
    Entry { code, group, transient, message: [message, message_zh], remedy: [remedy, remedy_zh] }
}

fn row(code: Code) -> Row {
    if let Some(row) = document_row(code) {
        return row;
    }
    transfer_row(code).or_else(|| content_row(code)).unwrap_or_else(|| batch_row(code))
}

/// A failure in words, in one line: what it means, which item, what was expected and what was found.
pub fn sentence(failure: &Failure, language: Language) -> String {
    one_line(&sentence_with(failure, Outcome::Fail, language, str::to_owned, str::to_owned))
}

/// The same for any outcome, in a form of the caller's own: `name` writes a key or a field, `words` the rest that does
/// not come from this catalogue.
pub fn sentence_with(
    failure: &Failure,
    outcome: Outcome,
    language: Language,
    name: impl Fn(&str) -> String,
    words: impl Fn(&str) -> String,
) -> String {
    let (colon, semicolon, expected, found) = match language {
        Language::English => (": ", "; ", "expected ", "found "),
        Language::Chinese => ("：", "；", "应为 ", "实际为 "),
    };
    let mut text = format!("{}{colon}{}", told(failure.code, outcome, language), name(&failure.item));
    for (label, value) in [(expected, &failure.expected), (found, &failure.actual)] {
        if let Some(value) = value {
            text = format!("{text}{semicolon}{label}{}", words(&in_language(value, language)));
        }
    }
    text
}

fn told(code: Code, outcome: Outcome, language: Language) -> &'static str {
    match (outcome, language) {
        // A file that does not say is not a bad one, and must not be told as one.
        (Outcome::Unknown, Language::English) => "it could not be determined whether this is as required",
        (Outcome::Unknown, Language::Chinese) => "无法确定是否符合要求",
        (_, language) => entry(code).message(language),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn is_chinese(text: &str) -> bool {
        text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count() >= 4
    }

    #[test]
    fn every_code_has_a_text_and_a_remedy_of_its_own_in_both_languages() {
        let mut messages = BTreeSet::new();
        for &code in Code::ALL {
            let entry = entry(code);
            let (english, chinese) = (entry.message(Language::English), entry.message(Language::Chinese));
            assert!(messages.insert(english), "{code} has the text of another code");
            assert!(english.len() > 15 && english.is_ascii() && !english.ends_with('.'), "{code}: {english}");
            assert!(is_chinese(chinese) && !chinese.ends_with('。'), "{code}: {chinese}");
            let (english, chinese) = (entry.remedy(Language::English), entry.remedy(Language::Chinese));
            assert!(english.ends_with('.') && english.is_ascii(), "{code}: {english}");
            assert!(is_chinese(chinese) && chinese.ends_with('。'), "{code}: {chinese}");
        }
    }

    #[test]
    fn a_failure_is_told_in_one_line_with_item_expected_and_actual() {
        let failure = Failure::new(Code::MissingRole, "IMG-1\n\u{1b}[31m").with("1 invoice", "none");
        let english = sentence(&failure, Language::English);
        assert!(english.ends_with("required role: IMG-1\\n\\u{1b}[31m; expected 1 invoice; found none"), "{english}");
        assert!(sentence(&failure, Language::Chinese).contains("应为 1 invoice"));
    }
}

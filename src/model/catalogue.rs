//! What every code means and what to do about it, in two languages. Written once; shown everywhere.

use super::config::Language;
use super::failure::{Code, Failure, Group};

/// One entry of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The code.
    pub code: Code,
    /// What it is about.
    pub group: Group,
    /// Trying again may help by itself.
    pub transient: bool,
    /// What it means, in English and Chinese: one sentence without the item.
    pub message: [&'static str; 2],
    /// What to do, in English and Chinese.
    pub remedy: [&'static str; 2],
}

impl Entry {
    /// What it means.
    pub fn message(&self, language: Language) -> &'static str {
        pick(self.message, language)
    }

    /// What to do.
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

/// The entry of a code.
pub fn entry(code: Code) -> Entry {
    let _ = code;
    todo!()
}

/// A failure in words: what it means, which item, expected and actual.
pub fn sentence(failure: &Failure, language: Language) -> String {
    let _ = (failure, language);
    todo!()
}

//! What a reader asks for: the address, its parameters, and the language.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;

use super::frame::{Frame, Section};
use super::language;
use crate::model::config::Language;
use crate::model::control::{Refusal, RefusalKind};
use crate::web::access::Reader;
use crate::web::target::Target;

/// Most characters of a parameter that is looked for; more than any name has.
const MOST: usize = 4_096;

/// A request for a page.
#[derive(Debug, Clone)]
pub(in crate::web) struct Asking {
    pub(super) language: Language,
    /// The language was asked for just now, and is to be remembered.
    pub(super) remember: bool,
    /// Who asks, where the config names someone.
    pub(super) reader: Option<Reader>,
    path: String,
    pairs: Vec<(String, String)>,
}

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // A query that cannot be read asks for nothing.
        let pairs =
            Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).map_or_else(|_| Vec::new(), |Query(all)| all);
        let asked = pairs.iter().find(|(name, _)| name == language::NAME).and_then(|(_, tag)| language::by_tag(tag));
        Ok(Self {
            language: asked.unwrap_or_else(|| language::of_headers(&parts.headers)),
            remember: asked.is_some(),
            reader: parts.extensions.get::<Reader>().cloned(),
            path: parts.uri.path().to_owned(),
            pairs,
        })
    }
}

impl Asking {
    /// A parameter; one that is empty says nothing, like a field of a form that was left so.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let value = self.pairs.iter().find(|(other, _)| other == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// A parameter that is one of several words, in any case.
    ///
    /// # Errors
    /// It is none of them.
    pub(super) fn word<T: Copy>(
        &self,
        name: &str,
        words: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let found = words.iter().copied().find(|known| word(*known).eq_ignore_ascii_case(text));
        found.map(Some).ok_or_else(|| {
            let known: Vec<_> = words.iter().map(|known| word(*known)).collect();
            bad(name, text, &format!("one of {}", known.join(", ")))
        })
    }

    /// A parameter of a type that reads itself.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn parsed<T: FromStr>(&self, name: &str, expected: &str) -> Result<Option<T>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| bad(name, text, expected))
    }

    /// The frame of the page that answers.
    pub(super) fn frame(&self, section: Section) -> Frame {
        Frame::new(self.language, section, self.with(&[])).made_for(self.reader.clone())
    }

    /// The page's own address with other values for some parameters; `None`: without it.
    pub(super) fn with(&self, changes: &[(&str, Option<&str>)]) -> Target {
        let kept = self.pairs.iter().filter(|(name, value)| {
            name != language::NAME && !value.trim().is_empty() && changes.iter().all(|(changed, _)| changed != name)
        });
        let target = kept.fold(Target::at(&self.path), |target, (name, value)| {
            // A name that is none of ours is not carried on.
            if is_word(name) { target.with(name, Some(value)) } else { target }
        });
        changes.iter().fold(target, |target, (name, value)| target.with(name, *value))
    }
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase())
}

fn bad(name: &str, found: &str, expected: &str) -> Refusal {
    let found: String = found.chars().take(MOST).collect();
    Refusal::new(RefusalKind::Invalid, format!("{name}: expected {expected}; found {found:?}"))
}

//! One segment of a key template: what stands between two slashes, and how a key's segment is read by it.
//!
//! No field crosses a slash, so reading segment by segment gives what reading the whole key would.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use regex::{Captures, Regex};

use super::date_form::DatePart;
use super::date_parts::DateParts;
use super::error::TemplateError;
use super::name::FieldName;

/// One element of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    Text(String),
    Field(FieldName),
    /// A part of the date, and which of the template's pieces it belongs to.
    Date(DatePart, usize),
}

/// The elements between two slashes of a template.
#[derive(Debug, Clone)]
pub(super) struct Segment {
    pub(super) elements: Vec<Element>,
    /// One group for each element that is not text. Made when the first key is read, because that takes longer than all
    /// else that is checked of a spec.
    regex: OnceLock<Regex>,
}

/// Expressions up to this length are far from being too large, whatever is in them.
const SURELY_SMALL_BYTES: usize = 2_000;

/// What the segments read so far have told.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) values: BTreeMap<FieldName, String>,
    pub(super) date: DateParts,
    /// Where the pieces of the date stand in the key: piece, first byte, end.
    pub(super) date_spans: Vec<(usize, usize, usize)>,
    /// Where the image number ends in the key.
    pub(super) image_end: Option<usize>,
}

impl Segment {
    /// Fails where the expression would be too large.
    pub(super) fn new(elements: Vec<Element>) -> Result<Self, TemplateError> {
        let segment = Self { elements, regex: OnceLock::new() };
        if segment.pattern().len() > SURELY_SMALL_BYTES {
            let regex = Regex::new(&segment.pattern())
                .map_err(|_| TemplateError::new(0, 0, "the template is too complex").suggest("use fewer fields"))?;
            return Ok(Self { regex: regex.into(), ..segment });
        }
        Ok(segment)
    }

    fn pattern(&self) -> String {
        pattern(&self.elements, &BTreeMap::new())
    }

    fn regex(&self) -> &Regex {
        // All its parts are well-formed, and those that might be too large together were made by `new`.
        self.regex.get_or_init(|| Regex::new(&self.pattern()).expect("a small expression of well-formed parts"))
    }

    /// The fields that stand in it, the date apart.
    pub(super) fn names(&self) -> impl Iterator<Item = &FieldName> {
        self.elements.iter().filter_map(|element| match element {
            Element::Field(name) => Some(name),
            Element::Text(_) | Element::Date(..) => None,
        })
    }

    /// Reads the segment `text`, which starts `at` bytes into the key, and adds what it tells to `found`. `None`: it
    /// does not match, or contradicts what was found.
    ///
    /// Every field takes the most it can, from the left. Only where a field that earlier segments have told would
    /// differ here is its value set, so that `{imageNumber}/{imageNumber}_{role}` reads a role with `_` in it.
    pub(super) fn read(&self, text: &str, at: usize, found: Found) -> Option<Found> {
        let captures = self.regex().captures(text)?;
        if !self.names().any(|name| found.values.contains_key(name)) {
            return self.merge(&captures, at, found);
        }
        self.merge(&captures, at, found.clone()).or_else(|| {
            let set = Regex::new(&pattern(&self.elements, &found.values)).ok()?;
            self.merge(&set.captures(text)?, at, found)
        })
    }

    fn merge(&self, captures: &Captures<'_>, at: usize, mut found: Found) -> Option<Found> {
        let groups = captures.iter().skip(1).flatten();
        for (element, group) in self.elements.iter().filter(|e| !matches!(e, Element::Text(_))).zip(groups) {
            let agrees = match element {
                Element::Text(_) => true,
                Element::Field(name) => found.take(name, group.as_str(), at + group.end()),
                Element::Date(part, piece) => {
                    found.extend_span(*piece, at + group.start(), at + group.end());
                    found.date.take(*part, group.as_str())
                }
            };
            if !agrees {
                return None;
            }
        }
        Some(found)
    }
}

impl Found {
    fn take(&mut self, name: &FieldName, text: &str, end: usize) -> bool {
        if *name == FieldName::ImageNumber {
            self.image_end.get_or_insert(end);
        }
        match self.values.get(name) {
            Some(known) => known == text,
            None => {
                self.values.insert(name.clone(), text.to_owned());
                true
            }
        }
    }

    fn extend_span(&mut self, piece: usize, start: usize, end: usize) {
        match self.date_spans.last_mut() {
            Some(span) if span.0 == piece => span.2 = end,
            _ => self.date_spans.push((piece, start, end)),
        }
    }
}

fn pattern(elements: &[Element], set: &BTreeMap<FieldName, String>) -> String {
    let mut pattern = String::from(r"\A");
    for element in elements {
        let written = match element {
            Element::Text(text) => write!(pattern, "{}", regex::escape(text)),
            Element::Field(name) => match set.get(name) {
                Some(value) => write!(pattern, "({})", regex::escape(value)),
                None => write!(pattern, "({})", name.pattern()),
            },
            Element::Date(part, _) => write!(pattern, "({})", part.pattern()),
        };
        // Writing to a `String` cannot fail.
        written.expect("a string takes any text");
    }
    pattern.push_str(r"\z");
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_surely_small_can_always_be_made() {
        let own = Element::Field(FieldName::Own("own".to_owned()));
        let text = Element::Text("发".to_owned());
        let date = [DatePart::Year, DatePart::Offset, DatePart::Epoch].map(|part| Element::Date(part, 0));
        for element in [own, Element::Field(FieldName::Sequence), text].into_iter().chain(date) {
            let mut elements = Vec::new();
            // One more than what is left to the first key.
            while pattern(&elements, &BTreeMap::new()).len() <= SURELY_SMALL_BYTES {
                elements.push(element.clone());
            }
            assert!(Segment::new(elements).is_ok(), "{element:?}");
        }
    }
}

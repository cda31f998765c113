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

    /// Reads the segment `text`, which starts `at` bytes into the key, and adds what it tells to `found`. `false`: it
    /// does not match, or contradicts what was found, which then is of no use any more.
    ///
    /// Every field takes the most it can, from the left. Only where a field that earlier segments have told would
    /// differ here is its value set, so that `{imageNumber}/{imageNumber}_{role}` reads a role with `_` in it.
    pub(super) fn read(&self, text: &str, at: usize, found: &mut Found) -> bool {
        if let [element] = &*self.elements
            && let Some(is_whole) = element.takes_whole(text)
        {
            return is_whole && found.take(element, text, at);
        }
        let Some(captures) = self.regex().captures(text) else { return false };
        if !self.names().any(|name| found.values.contains_key(name)) {
            return self.merge(&captures, at, found);
        }
        let before = found.clone();
        if self.merge(&captures, at, found) {
            return true;
        }
        let Ok(set) = Regex::new(&pattern(&self.elements, &before.values)) else { return false };
        *found = before;
        set.captures(text).is_some_and(|captures| self.merge(&captures, at, found))
    }

    fn merge(&self, captures: &Captures<'_>, at: usize, found: &mut Found) -> bool {
        let groups = captures.iter().skip(1).flatten();
        let mut told = self.elements.iter().filter(|element| !matches!(element, Element::Text(_))).zip(groups);
        told.all(|(element, group)| found.take(element, group.as_str(), at + group.start()))
    }
}

impl Element {
    /// Whether it takes a text as its expression does that stands alone, found without one, since most segments of most keys
    /// have one element: a key is read in half of the time. `None`: only its expression can tell.
    fn takes_whole(&self, text: &str) -> Option<bool> {
        let are_digits = || !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Text(own) => Some(text == own),
            Self::Field(FieldName::Sequence) => Some(are_digits()),
            Self::Field(FieldName::Extension) => Some(!text.is_empty() && !text.contains(['.', '/'])),
            Self::Field(_) => Some(!text.is_empty() && !text.contains('/')),
            Self::Date(DatePart::Offset | DatePart::Epoch, _) => None,
            Self::Date(part, _) => Some(text.len() == part.digits() && are_digits()),
        }
    }
}

impl Found {
    /// Takes what an element tells by the text that it takes, which starts `at` bytes into the key; `false`: that contradicts
    /// what was found.
    fn take(&mut self, element: &Element, text: &str, at: usize) -> bool {
        let end = at + text.len();
        match element {
            Element::Text(_) => true,
            Element::Field(name) => self.take_value(name, text, end),
            Element::Date(part, piece) => {
                self.extend_span(*piece, at, end);
                self.date.take(*part, text)
            }
        }
    }

    fn take_value(&mut self, name: &FieldName, text: &str, end: usize) -> bool {
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

    fn element() -> impl proptest::strategy::Strategy<Value = Element> {
        use DatePart::{Day, DayOfYear, Epoch, Hour, Minute, Month, Offset, Second, Year};
        let field = |name: &str| Element::Field(FieldName::new(name));
        let date = |part| Element::Date(part, 0);
        let dates = [Day, DayOfYear, Epoch, Hour, Minute, Month, Offset, Second, Year].map(date);
        let fields = ["organization", "imageNumber", "role", "sequence", "fileName", "extension", "own"].map(field);
        let text = ["2025", "a.b", "发"].map(|text| Element::Text(text.to_owned()));
        proptest::sample::select([dates.as_slice(), &fields, &text].concat())
    }

    proptest::proptest! {
        #[test]
        fn an_element_takes_alone_what_its_expression_does(
            element in element(), text in r"[0-9]{0,5}|[a-b0-9./\n-]{0,4}|2025|a\.b|aXb|发|٣٣",
        ) {
            let regex = Regex::new(&pattern(std::slice::from_ref(&element), &BTreeMap::new())).unwrap();
            if let Some(takes) = element.takes_whole(&text) {
                proptest::prop_assert_eq!(takes, regex.is_match(&text), "{:?}", element);
            }
        }
    }
}

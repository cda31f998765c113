//! The names that one segment of a template can have in a selection, as far as they are known.

use crate::catalogs::date_form::DatePart;
use crate::catalogs::date_parts::DateParts;
use crate::catalogs::name::FieldName;
use crate::catalogs::segment::{Element, Found, Segment};

use super::period::Period;
use super::selection::Selection;

/// A text, and what it says of the date.
type Told = (String, DateParts);

/// The names of one segment, or how they begin.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) texts: Vec<Told>,
    pub(super) ending: Ending,
}

/// How far the texts reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// To the end of the segment.
    Whole,
    /// To the element of this index, whose values are not known.
    Open(usize),
    /// To an element that has too many values.
    TooMany,
}

/// How many texts a segment may be given.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    pub(super) image_numbers: usize,
    pub(super) others: usize,
}

/// The names of `segment` below what was `found`.
pub(super) fn names(segment: &Segment, found: &Found, selection: &Selection<'_>, period: &Period, room: Room) -> Names {
    let mut texts = vec![(String::new(), found.date.clone())];
    for (index, element) in segment.elements.iter().enumerate() {
        let extended = match element {
            Element::Text(text) => {
                append(&mut texts, text);
                continue;
            }
            Element::Field(name) => match values(name, found, selection) {
                None => {
                    append(&mut texts, selection.head(name));
                    return Names { texts, ending: Ending::Open(index) };
                }
                Some(values) => with_values(&texts, values, room.of(name)),
            },
            Element::Date(part, _) if !part.is_of_day() => return Names { texts, ending: Ending::Open(index) },
            Element::Date(part, _) => with_days(&texts, *part, period, room.others),
        };
        match extended {
            Some(extended) => texts = extended,
            None => return Names { texts, ending: Ending::TooMany },
        }
    }
    Names { texts, ending: Ending::Whole }
}

impl Room {
    fn of(self, name: &FieldName) -> usize {
        if *name == FieldName::ImageNumber { self.image_numbers } else { self.others }
    }
}

fn append(texts: &mut [Told], text: &str) {
    texts.iter_mut().for_each(|(head, _)| head.push_str(text));
}

/// The values that a field can have: the one that was found above, or those that the selection is limited to.
fn values<'a>(name: &FieldName, found: &'a Found, selection: &'a Selection<'_>) -> Option<&'a [String]> {
    found.values.get(name).map(std::slice::from_ref).or_else(|| selection.literals(name))
}

/// Every text with every value, if there is room for them.
fn with_values(texts: &[Told], values: &[String], room: usize) -> Option<Vec<Told>> {
    if texts.len().saturating_mul(values.len()) > room {
        return None;
    }
    let each = |(head, parts): &Told| -> Vec<Told> {
        values.iter().map(|value| (format!("{head}{value}"), parts.clone())).collect()
    };
    Some(texts.iter().flat_map(each).collect())
}

/// Every text with every number that a part of the date can have, if there is room for them.
fn with_days(texts: &[Told], part: DatePart, period: &Period, room: usize) -> Option<Vec<Told>> {
    let mut extended = Vec::new();
    for (head, parts) in texts {
        extended.extend(period.texts(part, parts)?.into_iter().map(|(text, parts)| (format!("{head}{text}"), parts)));
        if extended.len() > room {
            return None;
        }
    }
    Some(extended)
}

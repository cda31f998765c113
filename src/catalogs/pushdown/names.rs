//! The names that one segment of a template can have in a selection, as far as they are known.

use crate::catalogs::date_parts::DateParts;
use crate::catalogs::name::Name;
use crate::catalogs::segment::{Element, Found, Segment};

use super::period::Period;
use super::selection::Selection;

/// The names of one segment, or how they begin.
#[derive(Debug)]
pub(super) struct Names {
    /// Each with what it says of the date.
    pub(super) texts: Vec<(String, DateParts)>,
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

/// A text, and what it says of the date.
type Told = (String, DateParts);

/// The names of `segment` below what was `found`.
pub(super) fn names(segment: &Segment, found: &Found, selection: &Selection<'_>, period: &Period, room: Room) -> Names {
    let mut texts = vec![(String::new(), found.date.clone())];
    for (index, element) in segment.elements.iter().enumerate() {
        let extended = match element {
            Element::Text(text) => {
                texts.iter_mut().for_each(|(head, _)| head.push_str(text));
                continue;
            }
            Element::Field(name) => {
                let room = if *name == Name::ImageNumber { room.image_numbers } else { room.others };
                extend(&texts, room, index, |parts| values(name, parts, found, selection))
            }
            Element::Date(part, _) => extend(&texts, room.others, index, |parts| period.texts(*part, parts)),
        };
        match extended {
            Ok(extended) => texts = extended,
            Err(ending) => {
                if let (Ending::Open(_), Element::Field(name)) = (ending, element) {
                    texts.iter_mut().for_each(|(head, _)| head.push_str(selection.head(name)));
                }
                return Names { texts, ending };
            }
        }
    }
    Names { texts, ending: Ending::Whole }
}

/// Every text with every continuation of it, as long as there is room.
fn extend(
    texts: &[Told],
    room: usize,
    index: usize,
    continuations: impl Fn(&DateParts) -> Option<Vec<Told>>,
) -> Result<Vec<Told>, Ending> {
    let mut extended = Vec::new();
    for (head, parts) in texts {
        let more = continuations(parts).ok_or(Ending::Open(index))?;
        if extended.len() + more.len() > room {
            return Err(Ending::TooMany);
        }
        extended.extend(more.into_iter().map(|(text, parts)| (format!("{head}{text}"), parts)));
    }
    Ok(extended)
}

/// The values that a field can have: the one that was found above, or those that the selection is limited to.
fn values(name: &Name, parts: &DateParts, found: &Found, selection: &Selection<'_>) -> Option<Vec<Told>> {
    let told = |value: &String| (value.clone(), parts.clone());
    match found.values.get(name) {
        Some(value) => Some(vec![told(value)]),
        None => selection.literals(name).map(|values| values.iter().map(told).collect()),
    }
}

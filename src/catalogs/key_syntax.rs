//! The syntax of key templates: which pieces may stand beside each other, and what none may lack.

use super::date_form::{DatePart, FormItem, default_form, parse_form};
use super::date_parts::DateParts;
use super::error::TemplateError;
use super::name::{COLLECTED, FieldName, probably_meant};
use super::pieces::{Piece, PieceKind, pieces};
use super::segment::Element;

/// The elements of a template, by segment; `needs_day`: nothing but the key tells the day of collection.
pub(super) fn segments(text: &str, needs_day: bool) -> Result<Vec<Vec<Element>>, TemplateError> {
    let pieces = pieces(text)?;
    let elements = elements(&pieces)?;
    check_image_number(&elements, text)?;
    let tells_date = elements.iter().any(|element| matches!(element, Element::Date(..)));
    if needs_day || tells_date {
        check_date(&elements, &pieces, text)?;
    }
    let segments = split(elements);
    check_segments(&segments, &pieces)?;
    Ok(segments)
}

/// The elements of a template, each with the piece that it comes from.
fn elements(pieces: &[Piece<'_>]) -> Result<Vec<Element>, TemplateError> {
    let mut elements = Vec::new();
    let mut open_field: Option<&Piece<'_>> = None;
    for (index, piece) in pieces.iter().enumerate() {
        let added = piece_elements(piece, index)?;
        let starts_open = !matches!(added.first(), Some(Element::Text(_)));
        if let (Some(before), true) = (open_field, starts_open) {
            return Err(touching(before, piece));
        }
        open_field = (!matches!(added.last(), Some(Element::Text(_)))).then_some(piece);
        elements.extend(added);
    }
    Ok(elements)
}

fn touching(before: &Piece<'_>, piece: &Piece<'_>) -> TemplateError {
    let (left, right) = (before.source, piece.source);
    piece
        .error(format!("nothing stands between {left} and {right}, so where one ends cannot be told"))
        .suggest(format!("put a character between them, such as `{left}-{right}`"))
}

fn piece_elements(piece: &Piece<'_>, index: usize) -> Result<Vec<Element>, TemplateError> {
    let (name, format) = match piece.kind {
        PieceKind::Text => return Ok(vec![Element::Text(piece.source.to_owned())]),
        PieceKind::Field { name, format } => (name, format),
    };
    if name == COLLECTED {
        let form = format.map_or_else(|| Ok(default_form()), |format| parse_form(format, piece.format_offset()))?;
        return Ok(form.into_iter().map(|item| date_element(item, index)).collect());
    }
    if let Some(meant) = probably_meant(name) {
        let message = format!("`{{{name}}}` is too like `{{{meant}}}` to be a field of its own");
        return Err(piece.error(message).suggest(format!("write `{{{meant}}}`, or choose another name")));
    }
    if format.is_some() {
        return Err(piece
            .error(format!("`{name}` takes no format; only `{COLLECTED}` does"))
            .suggest(format!("write `{{{name}}}`")));
    }
    Ok(vec![Element::Field(FieldName::new(name))])
}

fn date_element(item: FormItem, piece: usize) -> Element {
    match item {
        FormItem::Text(text) => Element::Text(text),
        FormItem::Part(part) => Element::Date(part, piece),
    }
}

fn check_image_number(elements: &[Element], text: &str) -> Result<(), TemplateError> {
    if elements.contains(&Element::Field(FieldName::ImageNumber)) {
        return Ok(());
    }
    Err(TemplateError::new(0, text.len(), "the template has no `{imageNumber}`, so no key tells its document")
        .suggest("put `{imageNumber}` where keys have the document's id"))
}

fn check_date(elements: &[Element], pieces: &[Piece<'_>], text: &str) -> Result<(), TemplateError> {
    let mut parts = DateParts::default();
    for element in elements {
        if let Element::Date(part, _) = element {
            parts = parts.with(*part, 1);
        }
    }
    let dates = pieces.iter().find(|piece| matches!(piece.kind, PieceKind::Field { name: COLLECTED, .. }));
    let (offset, length) = dates.map_or((0, text.len()), |piece| (piece.offset, piece.source.len()));
    let error = |message: &str| TemplateError::new(offset, length, message);
    let has = |part| parts.get(part).is_some();
    let has_written =
        [DatePart::Year, DatePart::Month, DatePart::Day, DatePart::DayOfYear, DatePart::Hour].into_iter().any(has);
    if !parts.tell_day() {
        return Err(error("the template does not tell the day of collection")
            .suggest("add it where keys have it, such as `{collected:%Y/%m/%d}`"));
    }
    if has(DatePart::Epoch) && has_written {
        return Err(error("`%s` tells the whole instant, and other parts of the date stand beside it")
            .suggest("keep one of them, and give the other a name of its own, such as `{year}`"));
    }
    let needs_hour = has(DatePart::Minute) || has(DatePart::Second) || has(DatePart::Offset);
    if needs_hour && !has(DatePart::Hour) && !has(DatePart::Epoch) {
        return Err(error("`%M`, `%S` and `%z` mean nothing without the hour")
            .suggest("add `%H`; the month is `%m`, and a bare day needs no offset"));
    }
    Ok(())
}

/// Splits the elements at the slashes of their texts.
fn split(elements: Vec<Element>) -> Vec<Vec<Element>> {
    let mut segments = vec![Vec::new()];
    for element in elements {
        let Element::Text(text) = &element else {
            push(&mut segments, element);
            continue;
        };
        for (index, text) in text.split('/').enumerate() {
            if index > 0 {
                segments.push(Vec::new());
            }
            if !text.is_empty() {
                push(&mut segments, Element::Text(text.to_owned()));
            }
        }
    }
    segments
}

fn push(segments: &mut [Vec<Element>], element: Element) {
    if let Some(last) = segments.last_mut() {
        last.push(element);
    }
}

/// The text outside braces is sound by now, but a date's format may have slashes at its ends.
fn check_segments(segments: &[Vec<Element>], pieces: &[Piece<'_>]) -> Result<(), TemplateError> {
    let sound = segments.iter().all(|elements| match elements.as_slice() {
        [] => false,
        [Element::Text(text)] => text != "." && text != "..",
        _ => true,
    });
    let date = pieces.iter().find(|piece| matches!(piece.kind, PieceKind::Field { name: COLLECTED, .. }));
    match date {
        Some(date) if !sound => Err(date
            .error("the date's format makes an empty segment, or one of `.` or `..`")
            .suggest("let it neither start nor end with `/`, such as `{collected:%Y/%m/%d}`")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_names_its_place_and_a_way_out() {
        for (template, marked, about, way_out) in [
            ("{imageNumber}{collected:%F}", "{collected:%F}", "nothing stands between", "{imageNumber}-{collected"),
            ("{collected:%Y}{collected:%m}/{imageNumber}", "{collected:%m}", "nothing stands between", "between"),
            ("{collected:%F}/{fileName}", "{collected:%F}/{fileName}", "no `{imageNumber}`", "{imageNumber}"),
            ("{imageNumber}/{fileName}", "{imageNumber}/{fileName}", "day of collection", "{collected:%Y/%m/%d}"),
            ("{imageNumber}/{collected:%Y/%m}/x", "{collected:%Y/%m}", "day of collection", "{collected:%Y/%m/%d}"),
            ("{imageNumber}/{collected:%Y/%M/%d}/x", "{collected:%Y/%M/%d}", "day of collection", "%m"),
            ("{imageNumber}/{collected:%y%m%d}", "%y", "two digits", "%Y"),
            ("{imageNumber}/{collected:%F %q}", "%q", "supported", "%Y/%m/%d"),
            ("{imageNumber}/{collected:%F%z}", "{collected:%F%z}", "without the hour", "%H"),
            ("{imageNumber}/{collected:%Y %s}", "{collected:%Y %s}", "whole instant", "{year}"),
            ("{imageNumber}/{collected:%Y/%m/%d/}/x", "{collected:%Y/%m/%d/}", "empty segment", "neither start"),
            ("{image_number}/{collected:%F}", "{image_number}", "too like", "{imageNumber}"),
            ("{imageNumber:%Y}/{collected:%F}", "{imageNumber:%Y}", "takes no format", "{imageNumber}"),
        ] {
            let error = segments(template, true).unwrap_err();
            assert_eq!(&template[error.offset..error.offset + error.length], marked, "{template}: {error}");
            assert!(error.message.contains(about), "{template}: {error}");
            assert!(error.suggestion.as_deref().unwrap().contains(way_out), "{template}: {error:?}");
        }
    }

    #[test]
    fn a_text_at_the_edge_of_a_dates_format_keeps_fields_apart() {
        assert!(segments("{imageNumber}{collected:_%Y%m%d}", true).is_ok());
        assert_eq!(segments("{collected:%Y/%m}/{imageNumber}-{collected:%d}", true).unwrap().len(), 3);
    }
}

//! `catalog.keys`: the template by which a key tells the fields of its document.

use jiff::tz::TimeZone;

use crate::model::document::Fields;
use crate::model::ids::ImageNumber;

use super::date_form::DatePart;
use super::date_parts::DateReading;
use super::error::TemplateError;
use super::key_syntax;
use super::name::{COLLECTED, FieldName};
use super::segment::{Element, Found, Segment};

/// A template that is matched against keys below the source's prefix.
#[derive(Debug, Clone)]
pub struct KeyTemplate {
    segments: Vec<Segment>,
    /// Which segment first tells the image number.
    document_segment: usize,
}

/// The zones that dates are read in.
#[derive(Debug, Clone)]
pub struct Zones {
    /// Of date-times without an offset, as the catalog writes them.
    pub catalog: TimeZone,
    /// Of the range's days.
    pub range: TimeZone,
}

/// What a key tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyReading {
    /// It matches the template: a file of a document.
    File(KeyFields),
    /// It matches no template, but lies in the directory of a document.
    InDirectory(KeyFields),
    /// It tells no document.
    Unrecognised,
}

/// The fields that a key tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFields {
    /// The document.
    pub image_number: ImageNumber,
    /// Its business fields; in a directory those that stand before its end.
    pub fields: Fields,
    /// Fields that are there and cannot be read: name and text.
    pub unreadable: Vec<(String, String)>,
    /// The word at `{role}`, as written.
    pub role_word: Option<String>,
    /// The digits at `{sequence}`, as written.
    pub sequence: Option<String>,
    /// Bytes of the key below the prefix up to the end of the image number: everything of the document that this key
    /// tells lies below it.
    pub document_prefix: usize,
}

impl KeyTemplate {
    /// Reads a template.
    ///
    /// # Errors
    /// The first thing that is wrong with it, from the left; what is missing altogether comes last.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Self::new(text, true)
    }

    /// Reads a template that stands beside rows: they may tell the day.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_beside_rows(text: &str) -> Result<Self, TemplateError> {
        Self::new(text, false)
    }

    fn new(text: &str, needs_day: bool) -> Result<Self, TemplateError> {
        let segments =
            key_syntax::segments(text, needs_day)?.into_iter().map(Segment::new).collect::<Result<Vec<_>, _>>()?;
        let document_segment =
            segments.iter().position(|segment| segment.names().any(|name| *name == FieldName::ImageNumber));
        Ok(Self { segments, document_segment: document_segment.unwrap_or_default() })
    }

    /// The names of its fields in the order of their first place, the spec's own among them.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<&str> = Vec::new();
        for element in self.segments.iter().flat_map(|segment| &segment.elements) {
            let name = match element {
                Element::Text(_) => continue,
                Element::Field(name) => name.as_str(),
                Element::Date(..) => COLLECTED,
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.into_iter()
    }

    /// Reads a key, given without the source's prefix.
    pub fn read(&self, key_below_prefix: &str, zones: &Zones) -> KeyReading {
        let depth = key_below_prefix.split('/').count();
        let read = |segments| read_segments(segments, key_below_prefix);
        if depth == self.segments.len()
            && let Some(found) = read(&self.segments)
        {
            return key_fields(found, key_below_prefix, zones).map_or(KeyReading::Unrecognised, KeyReading::File);
        }
        let directory = self.document_segment + 1;
        if directory < self.segments.len()
            && directory < depth
            && let Some(found) = read(&self.segments[..directory])
        {
            return key_fields(found, key_below_prefix, zones)
                .map_or(KeyReading::Unrecognised, KeyReading::InDirectory);
        }
        KeyReading::Unrecognised
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(super) fn document_segment(&self) -> usize {
        self.document_segment
    }

    /// Whether the folders directly below a prefix, given without the source's, hold documents and are not those of one.
    pub fn is_above_documents(&self, prefix_below: &str) -> bool {
        prefix_below.matches('/').count() < self.document_segment
    }

    /// Whether any part of the date is a time, an offset or an instant.
    pub(super) fn tells_time(&self) -> bool {
        self.date_parts().any(|part| !part.is_of_day())
    }

    /// Whether instants in keys do not depend on the catalog's zone.
    pub(super) fn tells_instant(&self) -> bool {
        self.date_parts().any(|part| matches!(part, DatePart::Offset | DatePart::Epoch))
    }

    fn date_parts(&self) -> impl Iterator<Item = DatePart> {
        self.segments.iter().flat_map(|segment| &segment.elements).filter_map(|element| match element {
            Element::Date(part, _) => Some(*part),
            Element::Text(_) | Element::Field(_) => None,
        })
    }
}

/// Reads as many segments of a key as are given.
pub(super) fn read_segments(segments: &[Segment], key: &str) -> Option<Found> {
    let mut found = Found::default();
    let mut at = 0;
    for (segment, text) in segments.iter().zip(key.split('/')) {
        if !segment.read(text, at, &mut found) {
            return None;
        }
        at += text.len() + 1;
    }
    Some(found)
}

fn key_fields(mut found: Found, key: &str, zones: &Zones) -> Option<KeyFields> {
    let (collected, unreadable) = match found.date.read(zones) {
        DateReading::Absent => (None, Vec::new()),
        DateReading::Is(collected) => (Some(collected), Vec::new()),
        DateReading::Unreadable => (None, vec![(COLLECTED.to_owned(), date_text(&found, key))]),
    };
    let mut take = |name: &FieldName| found.values.remove(name);
    let image_number = ImageNumber::new(take(&FieldName::ImageNumber)?);
    let (organization, document_type) = (take(&FieldName::Organization), take(&FieldName::DocumentType));
    let (document_number, role_word, sequence) =
        (take(&FieldName::DocumentNumber), take(&FieldName::Role), take(&FieldName::Sequence));
    let own = |(name, value)| if let FieldName::Own(name) = name { Some((name, value)) } else { None };
    let extra = found.values.into_iter().filter_map(own).collect();
    let fields = Fields { organization, document_type, document_number, collected, extra };
    Some(KeyFields { image_number, fields, unreadable, role_word, sequence, document_prefix: found.image_end? })
}

fn date_text(found: &Found, key: &str) -> String {
    let texts: Vec<&str> = found.date_spans.iter().filter_map(|(_, start, end)| key.get(*start..*end)).collect();
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::*;

    fn zones() -> Zones {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        Zones { catalog: shanghai.clone(), range: shanghai }
    }

    fn read(template: &str, key: &str) -> KeyReading {
        KeyTemplate::parse(template).unwrap().read(key, &zones())
    }

    fn file(template: &str, key: &str) -> KeyFields {
        match read(template, key) {
            KeyReading::File(fields) => fields,
            other => panic!("{key}: {other:?}"),
        }
    }

    const USUAL: &str =
        "{organization}/{documentType}/{collected:%Y/%m/%d}/{imageNumber}/{role}-{sequence}.{extension}";

    #[test]
    fn a_key_tells_every_field_of_the_template() {
        let read = file(USUAL, "ACME-上海/expense-report/2025/01/31/IMG-1/invoice-02.pdf");
        assert_eq!(read.image_number.as_str(), "IMG-1");
        assert_eq!(read.fields.organization.as_deref(), Some("ACME-上海"));
        assert_eq!(read.fields.document_type.as_deref(), Some("expense-report"));
        assert_eq!(read.fields.collected.unwrap().day, date(2025, 1, 31));
        assert_eq!((read.role_word.as_deref(), read.sequence.as_deref()), (Some("invoice"), Some("02")));
        assert_eq!(read.document_prefix, "ACME-上海/expense-report/2025/01/31/IMG-1".len());
        assert!(read.unreadable.is_empty() && read.fields.extra.is_empty());
    }

    #[test]
    fn names_of_the_specs_own_are_kept_as_business_fields() {
        let template = "{batch}/{collected:%F}/{imageNumber}/{department}_{documentNumber}_{fileName}";
        let read = file(template, "B7/2025-01-31/I/sales_EXP-9_a.pdf");
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read.fields.extra, BTreeMap::from([own("batch", "B7"), own("department", "sales")]));
        assert_eq!(read.fields.document_number.as_deref(), Some("EXP-9"));
        let names: Vec<_> = KeyTemplate::parse(template).unwrap().fields().map(str::to_owned).collect();
        assert_eq!(names, ["batch", "collected", "imageNumber", "department", "documentNumber", "fileName"]);
    }

    #[test]
    fn a_field_takes_the_most_it_can_from_the_left() {
        let read =
            file("{organization}-{documentType}/{collected:%Y%m%d}_{imageNumber}-{sequence}", "a-b-c/20250131_x-1-2");
        assert_eq!(read.fields.organization.as_deref(), Some("a-b"));
        assert_eq!(read.fields.document_type.as_deref(), Some("c"));
        assert_eq!((read.image_number.as_str(), read.sequence.as_deref()), ("x-1", Some("2")));
    }

    #[test]
    fn a_field_that_stands_twice_must_agree_and_the_first_place_decides() {
        let template = "{collected:%F}/{imageNumber}/{imageNumber}_{role}.{extension}";
        let read = file(template, "2025-01-31/IMG_1/IMG_1_front_side.jpg");
        assert_eq!((read.image_number.as_str(), read.role_word.as_deref()), ("IMG_1", Some("front_side")));
        let other = KeyTemplate::parse(template).unwrap().read("2025-01-31/IMG_1/IMG_2_front.jpg", &zones());
        assert!(matches!(other, KeyReading::InDirectory(_)), "{other:?}");
    }

    #[test]
    fn a_date_may_stand_in_several_places() {
        let template = "{collected:%Y}/{organization}/{collected:%m-%d}/{imageNumber}.pdf";
        assert_eq!(file(template, "2025/A/01-31/I.pdf").fields.collected.unwrap().day, date(2025, 1, 31));
        let twice = "{collected:%Y}/{collected:%Y-%m-%d}/{imageNumber}.pdf";
        assert_eq!(read(twice, "2024/2025-01-31/I.pdf"), KeyReading::Unrecognised);
    }

    #[test]
    fn a_shape_that_is_no_date_is_unreadable_and_the_rest_is_told() {
        let read = file(USUAL, "ACME/t/2025/02/30/IMG-1/cover-1.pdf");
        assert_eq!(read.unreadable, [("collected".to_owned(), "2025/02/30".to_owned())]);
        assert_eq!((read.fields.collected, read.fields.organization.as_deref()), (None, Some("ACME")));
    }

    #[test]
    fn what_lies_below_the_documents_directory_belongs_to_it() {
        for stray in ["notes.txt", "a/b/c.pdf", "invoice-x.pdf", "", "/double.pdf", "cover-1.pdf/"] {
            let key = format!("ACME/t/2025/01/31/IMG-1/{stray}");
            let KeyReading::InDirectory(read) = read(USUAL, &key) else { panic!("{key}") };
            assert_eq!(read.image_number.as_str(), "IMG-1");
            assert_eq!(read.fields.collected.unwrap().day, date(2025, 1, 31));
            assert_eq!(&key[..read.document_prefix], "ACME/t/2025/01/31/IMG-1");
        }
        for none in ["ACME/t/2025/01/31/IMG-1", "ACME/t/2025/01/IMG-1/a/b", "ACME//2025/01/31/IMG-1/cover-1.pdf", ""] {
            assert_eq!(read(USUAL, none), KeyReading::Unrecognised, "{none}");
        }
    }

    #[test]
    fn a_document_without_a_directory_of_its_own_has_no_strays() {
        let template = "{collected:%F}/{imageNumber}_{sequence}.{extension}";
        assert!(matches!(read(template, "2025-01-31/I_1.pdf"), KeyReading::File(_)));
        for none in ["2025-01-31/I.pdf", "2025-01-31/I_1.pdf/x", "2025-01-31/I_1.tar.gz/"] {
            assert_eq!(read(template, none), KeyReading::Unrecognised, "{none}");
        }
    }

    #[test]
    fn literal_text_is_literal() {
        assert_eq!(read("a.b+(c)/{collected:%F}/{imageNumber}", "aXb+(c)/2025-01-31/I"), KeyReading::Unrecognised);
        assert!(matches!(read("a.b+(c)/{collected:%F}/{imageNumber}", "a.b+(c)/2025-01-31/I"), KeyReading::File(_)));
    }

    proptest::proptest! {
        #[test]
        fn no_key_and_no_template_panics(template in "[{}a-zA-Z:%/. -]{0,40}", key in "\\PC{0,60}") {
            if let Ok(template) = KeyTemplate::parse(&template) {
                template.read(&key, &zones());
            }
            KeyTemplate::parse(USUAL).unwrap().read(&key, &zones());
        }

        #[test]
        fn what_was_written_is_read(
            organization in "[A-Z]{1,4}(-[A-Z]{1,3})?", image in "[A-Z0-9_.-]{1,8}", role in "[a-z_]{1,8}",
            sequence in "[0-9]{1,4}", day in 1_i8..=28, month in 1_i8..=12, year in 1990_i16..2100,
        ) {
            let key = format!("{organization}/t/{year}/{month:02}/{day:02}/{image}/{role}-{sequence}.jpg");
            let read = file(USUAL, &key);
            proptest::prop_assert_eq!(read.fields.organization.unwrap(), organization);
            proptest::prop_assert_eq!(read.fields.collected.unwrap().day, date(year, month, day));
            proptest::prop_assert_eq!(read.image_number.as_str(), image);
            proptest::prop_assert_eq!((read.role_word.unwrap(), read.sequence.unwrap()), (role, sequence));
        }
    }
}

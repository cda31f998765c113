//! Where the files of a document can lie, as its template says: told from one of its keys, for when a part of the source
//! cannot be listed.

use crate::model::document::CatalogRecord;
use crate::model::ids::ImageNumber;

use super::date_form::DatePart;
use super::key_template::{KeyTemplate, read_segments};
use super::name::FieldName;
use super::segment::{Element, Found, Segment};

impl KeyTemplate {
    /// The longest directory that all files of a document share, from one of its keys, both without the source's
    /// prefix. All of a document have one image number, organization, type and day.
    pub fn common_directory<'k>(&self, key: &'k str) -> &'k str {
        let fixed = self.segments().iter().take_while(|segment| is_fixed(segment)).count();
        key.match_indices('/').take(fixed).last().map_or("", |(at, _)| &key[..=at])
    }

    /// The prefix that holds all files of an image number, as far as that alone tells it.
    pub fn directory_of(&self, image: &ImageNumber) -> String {
        let mut prefix = String::new();
        for segment in self.segments() {
            for element in &segment.elements {
                match element {
                    Element::Text(text) => prefix.push_str(text),
                    Element::Field(FieldName::ImageNumber) => prefix.push_str(image.as_str()),
                    Element::Field(_) | Element::Date(..) => return prefix,
                }
            }
            prefix.push('/');
        }
        prefix
    }

    /// Whether files of a document can lie below `prefix`, given without the source's: no directory in it says
    /// otherwise.
    pub fn may_hold(&self, prefix: &str, record: &CatalogRecord) -> bool {
        // What stands after the last slash is the beginning of a name at most.
        let directories = prefix.rsplit_once('/').map(|(whole, _)| whole);
        let depth = directories.map_or(0, |whole| whole.split('/').count());
        // Below the document's own directory anything may lie.
        let told = depth.min(self.document_segment() + 1);
        read_segments(&self.segments()[..told], directories.unwrap_or_default())
            .is_some_and(|found| agrees(&found, record))
    }
}

fn is_fixed(segment: &Segment) -> bool {
    segment.elements.iter().all(|element| match element {
        Element::Text(_) => true,
        Element::Field(name) => {
            matches!(name, FieldName::ImageNumber | FieldName::Organization | FieldName::DocumentType)
        }
        Element::Date(part, _) => part.is_of_day(),
    })
}

fn agrees(found: &Found, record: &CatalogRecord) -> bool {
    let fields = &record.fields;
    let told = [
        (FieldName::ImageNumber, Some(record.image_number.as_str())),
        (FieldName::Organization, fields.organization.as_deref()),
        (FieldName::DocumentType, fields.document_type.as_deref()),
    ];
    let same = told.into_iter().all(|(name, value)| match (found.values.get(&name), value) {
        (Some(found), Some(value)) => found == value,
        _ => true,
    });
    // An instant stands in the key in a zone of its own, where it may be another day.
    let day = fields.collected.filter(|collected| collected.instant.is_none()).map(|collected| collected.day);
    let is_on = |part, value: i64| found.date.get(part).is_none_or(|found| found == value);
    same && day.is_none_or(|day| {
        is_on(DatePart::Year, day.year().into())
            && is_on(DatePart::Month, day.month().into())
            && is_on(DatePart::Day, day.day().into())
            && is_on(DatePart::DayOfYear, day.day_of_year().into())
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::document::{Collected, FieldOrigin, Fields, Role};
    use crate::model::ids::ImageNumber;

    const BY_ROLE: &str = "{organization}/{collected:%Y/%m/%d}/{role}/{imageNumber}-{sequence}.{extension}";

    fn template(text: &str) -> KeyTemplate {
        KeyTemplate::parse(text).unwrap()
    }

    fn record() -> CatalogRecord {
        let collected = Some(Collected { day: date(2025, 1, 5), instant: None });
        CatalogRecord {
            image_number: ImageNumber::new("IMG-1"),
            fields: Fields { organization: Some("ACME".to_owned()), collected, ..Fields::default() },
            unreadable: Vec::new(),
            role: Role::Cover,
            role_label: None,
            sequence: None,
            recognised: true,
            origin: FieldOrigin::default(),
            absent: false,
        }
    }

    #[test]
    fn a_directory_is_common_up_to_what_may_differ_among_files() {
        assert_eq!(template(BY_ROLE).common_directory("ACME/2025/01/05/cover/IMG-1-1.png"), "ACME/2025/01/05/");
        let usual = template("{organization}/{collected:%Y/%m}/{imageNumber}/{collected:%d}-{role}.{extension}");
        assert_eq!(usual.common_directory("ACME/2025/01/IMG-1/05-cover.png"), "ACME/2025/01/IMG-1/");
        assert_eq!(template("{role}/{imageNumber}_{collected:%Y%m%d}").common_directory("cover/IMG-1_20250105"), "");
    }

    #[test]
    fn a_prefix_may_hold_files_unless_its_directories_tell_another_document() {
        let template = template(BY_ROLE);
        for prefix in ["", "AC", "ACME/", "ACME/2025/01/05/", "ACME/2025/01/05/invoice/", "ACME/2025/01/05/invoice/IM"]
        {
            assert!(template.may_hold(prefix, &record()), "{prefix}");
        }
        for prefix in ["GLOBEX/", "ACME/2024/", "ACME/2025/01/06/", "ACME/scans/2025/"] {
            assert!(!template.may_hold(prefix, &record()), "{prefix}");
        }
    }
}

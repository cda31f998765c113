//! A sidecar read through a mapping of its values to fields.

use std::borrow::Cow;

use crate::catalogs::table::{Cell, Mapping, TableRow, shown};
use crate::model::catalog::{Sidecar, SidecarFormat};

use super::{json, xml};

/// Largest sidecar that is read, in bytes.
pub const MAX_SIDECAR: usize = 1 << 20;

/// The format of the sidecar called `name`: as its entry says, or by its extension.
///
/// # Errors
/// A name that tells no format where none is given.
pub fn sidecar_format(name: &str, sidecar: &Sidecar) -> Result<SidecarFormat, String> {
    let by_name = || match name.to_lowercase().rsplit_once('.') {
        Some((_, "json")) => Some(SidecarFormat::Json),
        Some((_, "xml")) => Some(SidecarFormat::Xml),
        _ => None,
    };
    let unknown = || format!("the name {:?} tells no format; write `format: json` or `format: xml`", shown(name));
    sidecar.format.or_else(by_name).ok_or_else(unknown)
}

/// Reads the fields of a sidecar; the row's number is 0, and it has neither `key` nor `directory`.
///
/// Of JSON names that are there twice the last counts, of XML elements the first.
///
/// # Errors
/// What is not of its format, is larger than [`MAX_SIDECAR`], or lacks the image number that the mapping has.
pub fn read(bytes: &[u8], format: SidecarFormat, mapping: &Mapping) -> Result<TableRow, String> {
    if bytes.len() > MAX_SIDECAR {
        let most = MAX_SIDECAR >> 10;
        return Err(format!("the sidecar has {} bytes, more than the {most} KiB that one may have", bytes.len()));
    }
    let values = match format {
        SidecarFormat::Json => json::values(bytes, mapping.paths())?,
        SidecarFormat::Xml => {
            xml::values(bytes, mapping.paths())?.into_iter().map(|value| value.map(Cow::Owned)).collect()
        }
    };
    mapping.sidecar(&|index| values.get(index)?.as_deref().map(Cell::text))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::catalogs::Zones;

    fn mapping(fields: &str) -> Mapping {
        let zones = Zones { catalog: TimeZone::UTC, range: TimeZone::UTC };
        Mapping::of_sidecar(&serde_json::from_str(fields).unwrap(), zones).unwrap()
    }

    const FIELDS: &str = r#"{"imageNumber":"doc.id","collected":"doc/day","organization":"doc.org"}"#;

    #[test]
    fn both_formats_give_the_same_fields() {
        let json = r#"{"doc":{"id":"I","day":"2025-01-31","org":"上海"}}"#;
        let xml = "<doc><id>I</id><day>2025-01-31</day><org>上海</org></doc>";
        let row = read(json.as_bytes(), SidecarFormat::Json, &mapping(FIELDS)).unwrap();
        assert_eq!(Ok(row.clone()), read(xml.as_bytes(), SidecarFormat::Xml, &mapping(FIELDS)));
        assert_eq!(row.image_number.unwrap().as_str(), "I");
        assert_eq!(row.fields.collected.unwrap().day, date(2025, 1, 31));
        assert_eq!(row.fields.organization.as_deref(), Some("上海"));
    }

    #[test]
    fn a_bad_date_has_no_row_and_a_missing_number_is_an_error() {
        let row = read(br#"{"doc":{"id":1,"day":"soon"}}"#, SidecarFormat::Json, &mapping(FIELDS)).unwrap();
        assert_eq!(row.unreadable, [("collected".to_owned(), "soon".to_owned())]);
        let message = read(b"<doc/>", SidecarFormat::Xml, &mapping(FIELDS)).unwrap_err();
        assert_eq!(message, "it has no `imageNumber`: `doc.id` is empty or not there");
    }

    #[test]
    fn a_format_comes_from_its_entry_or_the_name() {
        let sidecar = |more| serde_json::from_str(&format!(r#"{{"files":["*"],"fields":{{}}{more}}}"#)).unwrap();
        assert_eq!(sidecar_format("a.JSON", &sidecar("")), Ok(SidecarFormat::Json));
        assert_eq!(sidecar_format("a.json", &sidecar(r#","format":"xml""#)), Ok(SidecarFormat::Xml));
        assert!(sidecar_format("a.meta", &sidecar("")).unwrap_err().contains("format: json"));
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        let message = read(&vec![b' '; MAX_SIDECAR + 1], SidecarFormat::Json, &mapping(FIELDS)).unwrap_err();
        assert!(message.contains("1048577 bytes"), "{message}");
    }
}

//! `target.key` and `target.manifest`: templates by which fields become keys.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use crate::model::document::{Collected, Fields, Role};
use crate::model::failure::{Code, Failure};
use crate::model::ids::ImageNumber;
use crate::model::keys::unsafe_reason;

use super::date_form::{DatePart, FormItem, default_form, parse_form};
use super::error::TemplateError;
use super::name::{COLLECTED, FieldName, nearest};
use super::pieces::{Piece, PieceKind, pieces};

/// A template that writes keys below the target's prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetTemplate {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(FieldName),
    Date(Vec<FormItem>),
}

/// What a key is written from.
#[derive(Debug, Clone, Copy)]
pub struct KeyParts<'a> {
    /// The document's business fields.
    pub fields: &'a Fields,
    /// The document.
    pub image_number: &'a ImageNumber,
    /// The file's role, and the archive's own word for it where it has one; `None` for a manifest.
    pub role: Option<(Role, Option<&'a str>)>,
    /// The file's place among those of its role, as the source writes it.
    pub sequence: Option<&'a str>,
    /// The last segment of the file's source key; `None` for a manifest.
    pub file_name: Option<&'a str>,
    /// The zone in which times are written: the range's.
    pub zone: &'a TimeZone,
}

/// What every document has, whatever its catalog.
const OF_DOCUMENT: [&str; 2] = ["imageNumber", COLLECTED];
/// What every file has besides.
const OF_FILE: [&str; 3] = ["role", "fileName", "extension"];

impl TargetTemplate {
    /// Reads a template for files; `known` are the fields that the catalog tells.
    ///
    /// # Errors
    /// The first thing that is wrong with it, such as a field that the catalog does not tell.
    pub fn parse(text: &str, known: &[&str]) -> Result<Self, TemplateError> {
        let known: Vec<&str> = OF_DOCUMENT.into_iter().chain(OF_FILE).chain(known.iter().copied()).collect();
        let parts = pieces(text)?.iter().map(|piece| part(piece, &known)).collect::<Result<_, _>>()?;
        Ok(Self { parts })
    }

    /// Reads a template for manifests, which have fields of the document alone.
    ///
    /// # Errors
    /// As [`Self::parse`], and a field of one file.
    pub fn parse_manifest(text: &str, known: &[&str]) -> Result<Self, TemplateError> {
        for piece in pieces(text)? {
            if let PieceKind::Field { name, .. } = piece.kind
                && FieldName::new(name).is_of_file()
            {
                return Err(piece
                    .error(format!("a manifest is of a whole document, and `{name}` differs from file to file"))
                    .suggest("name it by the document, such as `{imageNumber}/document.json`"));
            }
        }
        Self::parse(text, known)
    }

    /// Writes the key of one file, or of one manifest, below the target's prefix.
    ///
    /// # Errors
    /// [`Code::MissingField`] naming a field that the file does not have; [`Code::UnsafeKey`] with the key that came out.
    pub fn render(&self, parts: &KeyParts<'_>) -> Result<String, Failure> {
        let key = self.render_text(parts)?;
        match unsafe_reason(&key) {
            Some(reason) => Err(Failure::new(Code::UnsafeKey, key).with("a safe target key", reason)),
            None => Ok(key),
        }
    }

    /// Writes a text that is no key, such as the value of metadata.
    ///
    /// # Errors
    /// [`Code::MissingField`] naming a field that the file does not have.
    pub fn render_text(&self, parts: &KeyParts<'_>) -> Result<String, Failure> {
        let mut key = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => key.push_str(text),
                Part::Field(name) => key.push_str(value(name, parts).ok_or_else(|| missing(name.as_str()))?),
                Part::Date(form) => {
                    let collected = parts.fields.collected.ok_or_else(|| missing(COLLECTED))?;
                    push_date(&mut key, form, collected, parts.zone)?;
                }
            }
        }
        Ok(key)
    }

    /// Whether two files of one document get two keys, as far as the template can tell.
    pub fn distinguishes_files(&self) -> bool {
        let has = |name: FieldName| self.parts.contains(&Part::Field(name));
        has(FieldName::FileName) || has(FieldName::Role) && has(FieldName::Sequence)
    }
}

fn part(piece: &Piece<'_>, known: &[&str]) -> Result<Part, TemplateError> {
    let (name, format) = match piece.kind {
        PieceKind::Text => return Ok(Part::Text(piece.source.to_owned())),
        PieceKind::Field { name, format } => (name, format),
    };
    if !known.contains(&name) {
        return Err(unknown(piece, name, known));
    }
    match format {
        _ if name == COLLECTED => {
            let form = format.map_or_else(|| Ok(default_form()), |format| parse_form(format, piece.format_offset()))?;
            Ok(Part::Date(form))
        }
        Some(_) => Err(piece
            .error(format!("`{name}` takes no format; only `{COLLECTED}` does"))
            .suggest(format!("write `{{{name}}}`"))),
        None => Ok(Part::Field(FieldName::new(name))),
    }
}

fn unknown(piece: &Piece<'_>, name: &str, known: &[&str]) -> TemplateError {
    let error = piece.error(format!("the catalog tells no field `{name}`"));
    match nearest(name, known.iter().copied()) {
        Some(meant) => error.suggest(format!("write `{{{meant}}}`")),
        None => {
            let mut once = BTreeSet::new();
            let known: Vec<&str> = known.iter().copied().filter(|name| once.insert(*name)).collect();
            error.suggest(format!("use one of {}", known.join(", ")))
        }
    }
}

fn value<'a>(name: &FieldName, parts: &KeyParts<'a>) -> Option<&'a str> {
    let fields = parts.fields;
    match name {
        FieldName::Organization => fields.organization.as_deref(),
        FieldName::DocumentType => fields.document_type.as_deref(),
        FieldName::DocumentNumber => fields.document_number.as_deref(),
        FieldName::ImageNumber => Some(parts.image_number.as_str()),
        FieldName::Role => parts.role.map(|(role, label)| label.unwrap_or(role.as_str())),
        FieldName::Sequence => parts.sequence,
        FieldName::FileName => parts.file_name,
        FieldName::Extension => extension(parts.file_name?),
        FieldName::Own(own) => fields.extra.get(own).map(String::as_str),
    }
    .filter(|value| !value.is_empty())
}

fn extension(file_name: &str) -> Option<&str> {
    let (stem, extension) = file_name.rsplit_once('.')?;
    (!stem.is_empty()).then_some(extension)
}

fn missing(field: &str) -> Failure {
    Failure::new(Code::MissingField, field).with("a value for the target key", "none")
}

fn push_date(key: &mut String, form: &[FormItem], collected: Collected, zone: &TimeZone) -> Result<(), Failure> {
    for item in form {
        match item {
            FormItem::Text(text) => key.push_str(text),
            FormItem::Part(part) => key.push_str(&date_part(*part, collected, zone)?),
        }
    }
    Ok(())
}

fn date_part(part: DatePart, collected: Collected, zone: &TimeZone) -> Result<String, Failure> {
    let day = collected.day;
    match part {
        DatePart::Year => return Ok(format!("{:04}", day.year())),
        DatePart::Month => return Ok(format!("{:02}", day.month())),
        DatePart::Day => return Ok(format!("{:02}", day.day())),
        DatePart::DayOfYear => return Ok(format!("{:03}", day.day_of_year())),
        DatePart::Hour | DatePart::Minute | DatePart::Second | DatePart::Offset | DatePart::Epoch => {}
    }
    let no_time = || Failure::new(Code::MissingField, COLLECTED).with("a time for the target key", "a day alone");
    let instant = collected.instant.ok_or_else(no_time)?;
    let local = instant.to_zoned_datetime(zone.clone());
    Ok(match part {
        DatePart::Hour => format!("{:02}", local.hour()),
        DatePart::Minute => format!("{:02}", local.minute()),
        DatePart::Second => format!("{:02}", local.second()),
        DatePart::Offset => local.strftime("%z").to_string(),
        _ => instant.as_second().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::civil::date;

    use super::*;

    const KNOWN: [&str; 4] = ["organization", "sequence", "department", "collected"];

    fn fields() -> Fields {
        Fields {
            organization: Some("ACME".to_owned()),
            collected: Some(Collected { day: date(2025, 1, 31), instant: None }),
            extra: BTreeMap::from([("department".to_owned(), "..".to_owned())]),
            ..Fields::default()
        }
    }

    fn render(template: &str, fields: &Fields) -> Result<String, Failure> {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let image_number = ImageNumber::new("IMG-1");
        TargetTemplate::parse(template, &KNOWN).unwrap().render(&KeyParts {
            fields,
            image_number: &image_number,
            role: Some((Role::Attachment, Some("照片"))),
            sequence: Some("02"),
            file_name: Some("scan.02.JPG"),
            zone: &zone,
        })
    }

    #[test]
    fn every_field_is_written_where_it_stands() {
        assert_eq!(
            render("{organization}/{collected:%Y}/{imageNumber}/{fileName}", &fields()).unwrap(),
            "ACME/2025/IMG-1/scan.02.JPG"
        );
        assert_eq!(render("{collected}{role}{sequence}.{extension}", &fields()).unwrap(), "2025-01-31照片02.JPG");
        assert_eq!(render("{collected:%j of %Y}/{role}", &fields()).unwrap(), "031 of 2025/照片");
    }

    #[test]
    fn times_are_written_in_the_ranges_zone() {
        let instant = "2025-01-30T16:30:05Z".parse().unwrap();
        let fields = Fields {
            collected: Some(Collected { day: date(2025, 1, 31), instant: Some(instant) }),
            ..Fields::default()
        };
        assert_eq!(render("{collected:%FT%H%M%S%z}", &fields).unwrap(), "2025-01-31T003005+0800");
        assert_eq!(render("{collected:%s}", &fields).unwrap(), "1738254605");
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = |template| render(template, &Fields::default()).unwrap_err();
        for (template, field) in
            [("{organization}/x", "organization"), ("{collected}", "collected"), ("{department}", "department")]
        {
            let failure = missing(template);
            assert_eq!((failure.code, failure.item.as_str()), (Code::MissingField, field));
        }
        assert_eq!(render("{collected:%H}", &fields()).unwrap_err().actual.unwrap(), "a day alone");
    }

    #[test]
    fn a_key_that_leads_elsewhere_is_never_written() {
        let failure = render("{department}/{fileName}", &fields()).unwrap_err();
        assert_eq!((failure.code, failure.item.as_str()), (Code::UnsafeKey, "../scan.02.JPG"));
        let hidden = Fields { organization: Some("a\nb".to_owned()), ..fields() };
        assert_eq!(render("{organization}/x", &hidden).unwrap_err().code, Code::UnsafeKey);
    }

    #[test]
    fn an_unknown_field_gets_the_nearest_one_suggested() {
        let error = TargetTemplate::parse("x/{organisation}/{fileName}", &KNOWN).unwrap_err();
        assert_eq!((error.offset, error.length), (2, 14));
        assert_eq!(error.suggestion.unwrap(), "write `{organization}`");
        let error = TargetTemplate::parse("{documentNumber}/{fileName}", &["organization"]).unwrap_err();
        assert!(error.message.contains("`documentNumber`"));
        assert!(TargetTemplate::parse("{sequence}", &["organization"]).is_err());
        assert!(TargetTemplate::parse("{fileName:%Y}", &KNOWN).unwrap_err().message.contains("no format"));
    }

    #[test]
    fn a_manifest_has_no_field_of_one_file() {
        for of_file in ["role", "sequence", "fileName", "extension"] {
            let template = format!("{{imageNumber}}/{{{of_file}}}.json");
            let error = TargetTemplate::parse_manifest(&template, &KNOWN).unwrap_err();
            assert_eq!(error.offset, "{imageNumber}/".len(), "{of_file}");
        }
        assert!(TargetTemplate::parse_manifest("{organization}/{imageNumber}/document.json", &KNOWN).is_ok());
    }

    #[test]
    fn templates_that_give_all_files_one_key_are_told() {
        let tells = |template| TargetTemplate::parse(template, &KNOWN).unwrap().distinguishes_files();
        assert!(tells("{imageNumber}/{fileName}"));
        assert!(tells("{imageNumber}/{role}-{sequence}.{extension}"));
        assert!(!tells("{imageNumber}/{role}.{extension}"));
        assert!(!tells("{imageNumber}.pdf"));
    }
}

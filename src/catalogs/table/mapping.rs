//! Which column tells which field: the `columns` of an index and the `fields` of a sidecar, checked.

use std::collections::BTreeMap;

use crate::catalogs::error::TemplateError;
use crate::catalogs::key_template::Zones;
use crate::catalogs::name::{COLLECTED, FieldName, probably_meant};
use crate::catalogs::pieces::{NAME_RULE, is_name};
use crate::model::catalog::{Column, ColumnRule};

use super::cell::Cell;
use super::date_text::DateForm;
use super::shape::Cells;
use super::words::shown;

/// Steps that a path to a value may have.
const MAX_STEPS: usize = 32;

/// Which column tells which field.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Each column once.
    pub(super) columns: Vec<String>,
    pub(super) targets: Vec<Target>,
    pub(super) zones: Zones,
}

/// One problem of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}`: {message}")]
pub struct MappingError {
    /// The field whose entry is wrong or missing.
    pub field: String,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What to write instead.
    pub suggestion: String,
}

/// One field, and where it comes from.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) field: TargetField,
    pub(super) source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TargetField {
    Key,
    Directory,
    Collected(DateForm),
    Named(FieldName),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A column by its place in [`Mapping::columns`], and what is taken off the beginning of its texts.
    Column(usize, Option<String>),
    Constant(String),
}

const KEY: &str = "key";
const DIRECTORY: &str = "directory";
const IMAGE_NUMBER: &str = "imageNumber";

impl Mapping {
    /// Checks the columns of an index.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn new(columns: &BTreeMap<String, Column>, zones: Zones) -> Result<Self, Vec<MappingError>> {
        let (mapping, mut errors) = Self::checked(columns, zones);
        let has = |name: &str| columns.contains_key(name);
        if has(KEY) && has(DIRECTORY) {
            errors.push(
                error(DIRECTORY, "a row belongs to one object by `key`, or to all below `directory`, not to both")
                    .so("keep one of the two"),
            );
        }
        if !has(KEY) && !has(DIRECTORY) && !has(IMAGE_NUMBER) {
            errors.push(
                error(IMAGE_NUMBER, "no column tells which objects a row is about")
                    .so("map `key`, `directory` or `imageNumber`"),
            );
        }
        if errors.is_empty() { Ok(mapping) } else { Err(errors) }
    }

    /// Checks the fields of a sidecar.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn of_sidecar(fields: &BTreeMap<String, Column>, zones: Zones) -> Result<Self, Vec<MappingError>> {
        let (mapping, mut errors) = Self::checked(fields, zones);
        let placed = [KEY, DIRECTORY].into_iter().filter(|name| fields.contains_key(*name));
        errors.extend(placed.map(|name| {
            error(name, "a sidecar belongs to the document beside it").so("remove it; only an index places its rows")
        }));
        if errors.is_empty() { Ok(mapping) } else { Err(errors) }
    }

    fn checked(columns: &BTreeMap<String, Column>, zones: Zones) -> (Self, Vec<MappingError>) {
        let mut mapping = Self { columns: Vec::new(), targets: Vec::new(), zones };
        let mut errors = Vec::new();
        for (name, column) in columns {
            match mapping.target(name, column.rule()) {
                Ok(target) => mapping.targets.push(target),
                Err(error) => errors.push(error),
            }
        }
        if !columns.contains_key(COLLECTED) {
            errors.push(error(COLLECTED, "nothing tells the day of collection").so("map it to the column of the date"));
        }
        (mapping, errors)
    }

    fn target(&mut self, name: &str, rule: ColumnRule) -> Result<Target, MappingError> {
        let field = target_field(name, rule.format.as_deref())?;
        let source = match (rule.column, rule.constant) {
            (Some(_), Some(_)) => {
                return Err(error(name, "`column` and `constant` stand side by side").so("keep one of the two"));
            }
            (None, None) => {
                return Err(error(name, "neither `column` nor `constant` is there").so("write one of the two"));
            }
            (Some(column), None) => Source::Column(self.column(name, &column)?, strip(name, &field, rule.strip)?),
            (None, Some(constant)) => {
                if rule.strip.is_some() {
                    return Err(error(name, "`strip` is for a column's texts").so("shorten the constant instead"));
                }
                Source::Constant(constant)
            }
        };
        if let Source::Constant(text) = &source {
            self.check_constant(name, &field, text)?;
        }
        Ok(Target { field, source })
    }

    fn column(&mut self, name: &str, column: &str) -> Result<usize, MappingError> {
        if column.trim().is_empty() {
            return Err(error(name, "the column's name is empty").so("write the name as the table has it"));
        }
        if column.split(['.', '/']).count() > MAX_STEPS {
            return Err(
                error(name, format!("the path has more than {MAX_STEPS} steps")).so("name a value nearer the top")
            );
        }
        let known = self.columns.iter().position(|known| known == column);
        Ok(known.unwrap_or_else(|| {
            self.columns.push(column.to_owned());
            self.columns.len() - 1
        }))
    }

    fn check_constant(&self, name: &str, field: &TargetField, text: &str) -> Result<(), MappingError> {
        if text.is_empty() {
            return Err(error(name, "the constant is empty").so("write a value, or remove the field"));
        }
        match field {
            TargetField::Key | TargetField::Directory | TargetField::Named(FieldName::ImageNumber) => {
                Err(error(name, "a constant would be the same for every row").so("name its column"))
            }
            TargetField::Named(FieldName::Sequence) if !is_sequence(text) => {
                Err(error(name, format!("{:?} has other characters than digits", shown(text))).so("write digits"))
            }
            TargetField::Collected(form) if form.read(text, &self.zones).is_none() => {
                Err(error(name, format!("{:?} is no date of its format", shown(text)))
                    .so("write one such as 2025-01-31"))
            }
            TargetField::Collected(_) | TargetField::Named(_) => Ok(()),
        }
    }
}

impl Target {
    /// The field's value in a row, if it has one.
    pub(super) fn cell<'t, 'c: 't>(&'t self, cells: Cells<'_, 'c>) -> Option<Cell<'t>> {
        match &self.source {
            Source::Column(index, strip) => cells(*index)?.without(strip.as_deref()),
            Source::Constant(text) => Some(Cell::text(text)),
        }
    }
}

/// Whether a text can be a file's place among those of its role.
pub(super) fn is_sequence(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn target_field(name: &str, format: Option<&str>) -> Result<TargetField, MappingError> {
    if name == COLLECTED {
        let refused = |fault: TemplateError| {
            error(name, fault.message).so(fault.suggestion.unwrap_or_else(|| "write one such as `%Y/%m/%d`".to_owned()))
        };
        return DateForm::parse(format).map(TargetField::Collected).map_err(refused);
    }
    if format.is_some() {
        return Err(error(name, "only `collected` takes a format").so("remove `format`"));
    }
    match name {
        KEY => return Ok(TargetField::Key),
        DIRECTORY => return Ok(TargetField::Directory),
        _ => {}
    }
    if let Some(meant) = probably_meant(name) {
        return Err(error(name, format!("too like `{meant}` to be a field of its own"))
            .so(format!("write `{meant}`, or choose another name")));
    }
    match FieldName::new(name) {
        FieldName::FileName | FieldName::Extension => {
            Err(error(name, "the object's own key tells it").so("remove it, or choose another name"))
        }
        FieldName::Own(_) if !is_name(name) => Err(error(name, NAME_RULE).so("name the field, such as `department`")),
        field => Ok(TargetField::Named(field)),
    }
}

fn strip(name: &str, field: &TargetField, strip: Option<String>) -> Result<Option<String>, MappingError> {
    match strip {
        Some(_) if matches!(field, TargetField::Collected(_)) => {
            Err(error(name, "`strip` is not for dates").so("write the text around the date into `format`"))
        }
        Some(text) if text.is_empty() => Err(error(name, "`strip` is empty").so("remove it")),
        strip => Ok(strip),
    }
}

fn error(field: &str, message: impl Into<String>) -> MappingError {
    MappingError { field: field.to_owned(), message: message.into(), suggestion: String::new() }
}

impl MappingError {
    fn so(self, suggestion: impl Into<String>) -> Self {
        Self { suggestion: suggestion.into(), ..self }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    fn zones() -> Zones {
        Zones { catalog: TimeZone::UTC, range: TimeZone::UTC }
    }

    fn columns(yaml: &str) -> BTreeMap<String, Column> {
        serde_json::from_str(yaml).unwrap()
    }

    #[test]
    fn a_sound_mapping_names_each_column_once() {
        let mapping = Mapping::new(
            &columns(r#"{"imageNumber":"id","collected":{"column":"day","format":"%Y%m%d"},"box":"id","documentType":{"constant":"expense"}}"#),
            zones(),
        )
        .unwrap();
        assert_eq!(mapping.columns, ["id", "day"]);
    }

    #[test]
    fn every_fault_names_its_field_and_a_way_out() {
        for (entries, field, about) in [
            (r#""collected":"d""#, "imageNumber", "which objects"),
            (r#""key":"k","directory":"p","collected":"d""#, "directory", "not to both"),
            (r#""key":"k""#, "collected", "day of collection"),
            (r#""key":"k","collected":{}"#, "collected", "neither"),
            (r#""key":"k","collected":{"column":"d","constant":"2025-01-01"}"#, "collected", "side by side"),
            (r#""key":"k","collected":{"column":"d","format":"%b %Y"}"#, "collected", "%b"),
            (r#""key":"k","collected":{"column":"d","strip":"x"}"#, "collected", "not for dates"),
            (r#""key":"k","collected":{"constant":"31.01.2025"}"#, "collected", "no date"),
            (r#""key":{"constant":"a"},"collected":"d""#, "key", "every row"),
            (r#""key":{"column":"k","format":"%Y"},"collected":"d""#, "key", "takes a format"),
            (r#""key":{"column":"k","strip":""},"collected":"d""#, "key", "empty"),
            (r#""key":" ","collected":"d""#, "key", "empty"),
            (r#""key":"k","collected":"d","fileName":"f""#, "fileName", "own key"),
            (r#""key":"k","collected":"d","extension":"f""#, "extension", "own key"),
            (r#""key":"k","collected":"d","image_number":"f""#, "image_number", "too like"),
            (r#""key":"k","collected":"d","1x":"f""#, "1x", "starts with a letter"),
            (r#""key":"k","collected":"d","sequence":{"constant":"a"}"#, "sequence", "digits"),
            (r#""key":"k","collected":"d","box":{"constant":""}"#, "box", "empty"),
            (r#""key":"k","collected":"d","box":{"constant":"a","strip":"a"}"#, "box", "column's texts"),
        ] {
            let errors = Mapping::new(&columns(&format!("{{{entries}}}")), zones()).unwrap_err();
            assert_eq!(errors.len(), 1, "{entries}: {errors:?}");
            assert_eq!(errors[0].field, field, "{entries}");
            assert!(errors[0].message.contains(about), "{entries}: {}", errors[0]);
            assert!(!errors[0].suggestion.is_empty(), "{entries}");
        }
    }

    #[test]
    fn a_sidecar_has_no_place_and_a_path_has_an_end() {
        let errors = Mapping::of_sidecar(&columns(r#"{"key":"k","collected":"d"}"#), zones()).unwrap_err();
        assert_eq!(errors[0].field, "key");
        assert!(Mapping::of_sidecar(&columns(r#"{"collected":"a/d"}"#), zones()).is_ok());
        let deep = format!(r#"{{"collected":"{}d"}}"#, "a.".repeat(40));
        assert!(Mapping::of_sidecar(&columns(&deep), zones()).unwrap_err()[0].message.contains("steps"));
    }
}

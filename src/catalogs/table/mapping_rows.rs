//! Rows of a table as a mapping reads them.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::catalogs::name::{COLLECTED, FieldName};
use crate::model::document::Collected;
use crate::model::ids::ImageNumber;

use super::cell::Cell;
use super::date_text::DateForm;
use super::mapping::{Mapping, Source, Target, TargetField, is_sequence};
use super::row::{TableError, TableItem, TableRow};
use super::shape::{Cells, Shape};
use super::words::shown;

/// The rows of an index.
pub(super) struct IndexRows {
    pub(super) mapping: Mapping,
    /// First and last day: what statistics put outside of it is passed over.
    pub(super) days: Option<(Date, Date)>,
}

impl Shape for IndexRows {
    type Row = TableItem;

    fn columns(&self) -> &[String] {
        &self.mapping.columns
    }

    fn row(&self, number: u64, cells: Cells<'_, '_>) -> Result<TableItem, TableError> {
        self.mapping
            .row(number, cells, |_| true)
            .map(TableItem::Row)
            .map_err(|message| TableError::row(number, message))
    }

    fn day_column(&self) -> Option<usize> {
        let target = self.mapping.targets.iter().find(|target| matches!(target.field, TargetField::Collected(_)));
        match target?.source {
            Source::Column(index, _) => self.days.map(|_| index),
            Source::Constant(_) => None,
        }
    }

    fn is_outside(&self, least: &Cell<'_>, most: &Cell<'_>) -> bool {
        let Some((first, last)) = self.days else { return false };
        // Clocks that are set back, or zones that change sides of the date line, shift single days.
        let day = |cell, slack: i32| self.mapping.typed(cell)?.day.checked_add(slack.days()).ok();
        let (Some(least), Some(most)) = (day(least, -1), day(most, 1)) else { return false };
        least > last || most < first
    }

    fn is_place(&self, column: usize) -> bool {
        let is_it = |target: &Target| matches!(target.source, Source::Column(index, _) if index == column);
        self.mapping.targets.iter().any(|target| is_place(target) && is_it(target))
    }

    fn place(&self, number: u64, cells: Cells<'_, '_>) -> Result<TableItem, TableError> {
        let row = self.mapping.row(number, cells, is_place).map_err(|message| TableError::row(number, message))?;
        let TableRow { key, directory, image_number, .. } = row;
        Ok(TableItem::Outside { number, key, directory, image_number })
    }
}

/// Whether a field tells where a row belongs.
fn is_place(target: &Target) -> bool {
    matches!(target.field, TargetField::Key | TargetField::Directory | TargetField::Named(FieldName::ImageNumber))
}

impl Mapping {
    /// Reads those fields of a row that are wanted; row 0 is a sidecar.
    ///
    /// # Errors
    /// A row that does not tell where it belongs.
    pub(super) fn row(
        &self,
        number: u64,
        cells: Cells<'_, '_>,
        wanted: impl Fn(&Target) -> bool,
    ) -> Result<TableRow, String> {
        let mut row = TableRow { number, ..TableRow::default() };
        for target in self.targets.iter().filter(|target| wanted(target)) {
            match (&target.field, target.cell(cells)) {
                (TargetField::Collected(form), Some(cell)) => self.put_date(form, cell, &mut row),
                (field, Some(cell)) => put(field, cell.into_text().into_owned(), &mut row),
                (_, None) if is_place(target) => return Err(self.no_place(target)),
                (_, None) => {}
            }
        }
        Ok(row)
    }

    /// Reads every field of a sidecar.
    ///
    /// # Errors
    /// No image number, where the mapping has one.
    pub(in crate::catalogs) fn sidecar(&self, cells: Cells<'_, '_>) -> Result<TableRow, String> {
        self.row(0, cells, |_| true)
    }

    /// The paths that a sidecar is asked for.
    pub(in crate::catalogs) fn paths(&self) -> &[String] {
        &self.columns
    }

    fn put_date(&self, form: &DateForm, cell: Cell<'_>, row: &mut TableRow) {
        let read = match &cell {
            Cell::Text(text) => form.read(text, &self.zones),
            typed => self.typed(typed),
        };
        if read.is_none() {
            set_unreadable(COLLECTED, &cell.into_text(), row);
        }
        row.fields.collected = read;
    }

    /// A date that its table types.
    fn typed(&self, cell: &Cell<'_>) -> Option<Collected> {
        match cell {
            Cell::Text(_) => None,
            Cell::Day(day) => Some(Collected { day: *day, instant: None }),
            Cell::Clock(clock) => self.zones.shown(*clock),
            Cell::Instant(instant) => Some(self.zones.at(*instant)),
        }
    }

    fn no_place(&self, target: &Target) -> String {
        let column = match &target.source {
            Source::Column(index, _) => self.columns.get(*index).map_or("", String::as_str),
            Source::Constant(text) => text,
        };
        let field = match &target.field {
            TargetField::Key => "key",
            TargetField::Directory => "directory",
            TargetField::Collected(_) => COLLECTED,
            TargetField::Named(name) => name.as_str(),
        };
        format!("it has no `{field}`: `{}` is empty or not there", shown(column))
    }
}

fn put(field: &TargetField, text: String, row: &mut TableRow) {
    let name = match field {
        TargetField::Key => {
            row.key = Some(text);
            return;
        }
        TargetField::Directory => {
            row.directory = Some(if text.ends_with('/') { text } else { text + "/" });
            return;
        }
        TargetField::Collected(_) => return,
        TargetField::Named(name) => name,
    };
    match name {
        FieldName::Organization => row.fields.organization = Some(text),
        FieldName::DocumentType => row.fields.document_type = Some(text),
        FieldName::DocumentNumber => row.fields.document_number = Some(text),
        FieldName::ImageNumber => row.image_number = Some(ImageNumber::new(text)),
        FieldName::Role => row.role_word = Some(text),
        FieldName::Sequence if is_sequence(&text) => row.sequence = Some(text),
        FieldName::Sequence => set_unreadable("sequence", &text, row),
        // A mapping has neither.
        FieldName::FileName | FieldName::Extension => {}
        FieldName::Own(own) => {
            row.fields.extra.insert(own.clone(), text);
        }
    }
}

fn set_unreadable(field: &str, text: &str, row: &mut TableRow) {
    let at = if row.number == 0 { String::new() } else { format!(" (row {})", row.number) };
    row.unreadable.push((field.to_owned(), shown(text) + &at));
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::catalogs::key_template::Zones;

    fn rows(columns: &str, days: Option<(Date, Date)>) -> IndexRows {
        let zones = Zones { catalog: TimeZone::UTC, range: TimeZone::get("Asia/Shanghai").unwrap() };
        IndexRows { mapping: Mapping::new(&serde_json::from_str(columns).unwrap(), zones).unwrap(), days }
    }

    fn read(rows: &IndexRows, values: &[&str]) -> Result<TableRow, TableError> {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        match rows.row(812_003, &|index| values.get(index).map(|value| Cell::text(value)))? {
            TableItem::Row(row) => Ok(row),
            outside => panic!("{outside:?}"),
        }
    }

    #[test]
    fn every_field_is_put_where_it_belongs() {
        let columns = r#"{"box":"a","collected":"b","directory":{"column":"c","strip":"/x/"},"documentNumber":"d",
            "documentType":"e","imageNumber":"f","organization":"g","role":"h","sequence":"i"}"#;
        let row = read(&rows(columns, None), &["B", "2025-01-31", "/x/p", "N", "T", "I", "O", "cover", "01"]).unwrap();
        assert_eq!((row.number, row.key, row.directory.as_deref()), (812_003, None, Some("p/")));
        assert_eq!(row.image_number, Some(ImageNumber::new("I")));
        let fields = &row.fields;
        assert_eq!(fields.collected, Some(Collected { day: date(2025, 1, 31), instant: None }));
        let texts =
            [&fields.document_number, &fields.document_type, &fields.organization, &row.role_word, &row.sequence];
        assert_eq!(texts.map(|text| text.as_deref().unwrap_or_default()), ["N", "T", "O", "cover", "01"]);
        assert_eq!(fields.extra["box"], "B");
    }

    #[test]
    fn what_cannot_be_read_is_kept_with_its_row() {
        let rows = rows(r#"{"collected":"a","imageNumber":"b","sequence":"c"}"#, None);
        let row = read(&rows, &["2025-13-45", "I", "2b"]).unwrap();
        assert_eq!(row.fields.collected, None);
        let unreadable = [("collected", "2025-13-45 (row 812003)"), ("sequence", "2b (row 812003)")];
        assert_eq!(row.unreadable, unreadable.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }

    #[test]
    fn an_empty_cell_is_absent_and_a_row_without_place_is_an_error() {
        let rows = rows(r#"{"collected":"a","imageNumber":"b"}"#, None);
        assert_eq!(read(&rows, &["", "I"]).unwrap().fields.collected, None);
        let error = read(&rows, &["2025-01-31", ""]).unwrap_err();
        assert_eq!(error.to_string(), "row 812003: it has no `imageNumber`: `b` is empty or not there");
    }

    #[test]
    fn only_what_is_surely_outside_is_passed_over() {
        let rows = rows(r#"{"collected":"a","imageNumber":"b"}"#, Some((date(2025, 2, 1), date(2025, 2, 28))));
        let outside = |least, most| rows.is_outside(&least, &most);
        let day = |month, day| Cell::Day(date(2025, month, day));
        assert!(outside(day(1, 1), day(1, 30)));
        assert!(outside(day(3, 2), day(3, 31)));
        assert!(!outside(day(1, 1), day(1, 31)), "a day is left to clocks that are set back");
        assert!(!outside(day(1, 1), day(3, 31)));
        assert!(!outside(Cell::text("2024-01-01"), Cell::text("2024-01-02")), "a text may be unreadable");
        assert_eq!(rows.day_column(), Some(0));
        assert!(rows.is_place(1) && !rows.is_place(0));
    }
}

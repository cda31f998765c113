//! CSV (RFC 4180): a header, and a record for each row.

use super::cell::Cell;
use super::csv_header::{FirstLine, first_line, places};
use super::csv_record::{Got, Record, cell};
use super::row::{MAX_CELL, MAX_ROW, TableError};
use super::rows::Reader;
use super::shape::Shape;
use super::text::Text;
use super::words::shown;

/// The rows of a CSV table.
pub(in crate::catalogs) struct Csv<S> {
    shape: S,
    text: Text,
    record: Record,
    /// Of every column that the table has.
    names: Vec<String>,
    /// Of each column of the shape.
    places: Vec<Option<usize>>,
    number: u64,
}

impl<S: Shape> Csv<S> {
    /// A table whose first record names its columns.
    ///
    /// # Errors
    /// No header, or one without a column that is wanted.
    pub(in crate::catalogs) fn with_header(text: Text, delimiter: u8, shape: S) -> Result<Self, TableError> {
        let mut table = Self::headless(text, delimiter, shape);
        let mut names = table.header()?;
        match first_line(&names, delimiter) {
            FirstLine::Header => {}
            FirstLine::Delimiter(said) if said == char::from(delimiter) => names = table.header()?,
            FirstLine::Delimiter(said) => {
                let message =
                    format!("the first line says that `{said}` divides the columns; write `delimiter: \"{said}\"`");
                return Err(TableError::table(message));
            }
        }
        table.called(names, delimiter)
    }

    /// A table whose columns are named elsewhere.
    ///
    /// # Errors
    /// A column that is wanted and has no name.
    pub(in crate::catalogs) fn with_names(text: Text, names: Vec<String>, shape: S) -> Result<Self, TableError> {
        Self::headless(text, b',', shape).called(names, b',')
    }

    fn headless(text: Text, delimiter: u8, shape: S) -> Self {
        let record = Record::new(delimiter);
        Self { shape, text, record, names: Vec::new(), places: Vec::new(), number: 0 }
    }

    fn called(mut self, names: Vec<String>, delimiter: u8) -> Result<Self, TableError> {
        let shape = &self.shape;
        self.places =
            places(&names, shape.columns(), |index| shape.is_required(index), delimiter).map_err(TableError::Table)?;
        self.names = names;
        Ok(self)
    }

    fn header(&mut self) -> Result<Vec<String>, TableError> {
        match self.record.read(&mut self.text, 0)? {
            Got::Record => {}
            Got::End => return Err(TableError::table("the table is empty; its first line should name its columns")),
            Got::Unclosed => {
                return Err(TableError::table("a quote in the header is never closed; close it, or double it"));
            }
            Got::TooLong | Got::TooWide => {
                return Err(TableError::table(
                    "the header is too long; is this CSV, with a line that names its columns?",
                ));
            }
        }
        if self.record.bytes().contains(&0) {
            return Err(TableError::table("the header has NUL bytes; write the table anew as CSV in UTF-8"));
        }
        let ends = self.record.ends();
        let text = self.text.decoded(self.record.bytes(), 0, |at| format!("column {}", column(ends, at) + 1))?;
        Ok((0..ends.len()).map(|index| cell(text, ends, index).unwrap_or_default().trim().to_owned()).collect())
    }

    fn check(&mut self, got: Got) -> Result<(), TableError> {
        let (there, expected) = (self.record.ends().len(), self.names.len());
        match got {
            Got::Unclosed => {
                let message = format!(
                    "row {}: a quote is opened and never closed, so all that follows would be one cell; close it, or double it",
                    self.number
                );
                Err(TableError::table(message))
            }
            Got::TooLong => Err(self.error(format!(
                "it is longer than {} KiB, the most a row may have; is a quote opened and closed much later?",
                MAX_ROW >> 10
            ))),
            Got::TooWide => Err(self.error(format!("it has far more cells than the {expected} columns of the header"))),
            Got::Record if there != expected => Err(self.error(format!(
                "it has {there} cells, and the header has {expected} columns; quote cells that have the delimiter"
            ))),
            Got::Record | Got::End => Ok(()),
        }
    }

    fn error(&self, message: String) -> TableError {
        TableError::row(self.number, message)
    }
}

impl<S: Shape> Reader for Csv<S> {
    type Row = S::Row;

    fn next_row(&mut self) -> Result<Option<S::Row>, TableError> {
        let got = self.record.read(&mut self.text, self.number)?;
        if got == Got::End {
            return Ok(None);
        }
        self.number += 1;
        self.check(got)?;
        let (names, ends) = (&self.names, self.record.ends());
        let place = |at| format!("column `{}`", names.get(column(ends, at)).map_or("", String::as_str));
        let text = self.text.decoded(self.record.bytes(), self.number, place)?;
        for place in self.places.iter().flatten() {
            match cell(text, ends, *place).map(str::len) {
                Some(0..=MAX_CELL) => {}
                Some(length) => return Err(self.error(too_long(&self.names[*place], length))),
                // Half a character on each side of a delimiter makes a whole one without it.
                None => return Err(self.error(format!("column `{}` is not UTF-8", shown(&self.names[*place])))),
            }
        }
        let cells = |index: usize| cell(text, ends, (*self.places.get(index)?)?).map(Cell::text);
        self.shape.row(self.number, &cells).map(Some)
    }
}

/// The cell in which the byte at `at` stands.
fn column(ends: &[usize], at: usize) -> usize {
    ends.partition_point(|end| *end <= at)
}

/// That a cell is longer than cells may be.
pub(super) fn too_long(column: &str, length: usize) -> String {
    format!("column `{}` has {length} bytes, more than the {} KiB that a cell may have", shown(column), MAX_CELL >> 10)
}

//! JSONL: a JSON object in each line.

use super::cell::Cell;
use super::json_paths::JsonPaths;
use super::row::{MAX_ROW, TableError};
use super::rows::Reader;
use super::shape::Shape;
use super::text::Text;
use super::words::shown;

/// The rows of a JSONL table.
pub(super) struct Jsonl<S> {
    shape: S,
    text: Text,
    paths: JsonPaths,
    line: Vec<u8>,
    number: u64,
    /// Columns that no row has had yet.
    lacking: Vec<usize>,
}

/// Rows after which a column that none of them has is taken for a wrong name: a format that names columns in each row may leave
/// one out where it has no value.
const FIRST: u64 = 1000;

/// What came of reading a line.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    Whole,
    TooLong,
    End,
}

impl<S: Shape> Jsonl<S> {
    pub(super) fn new(text: Text, shape: S) -> Self {
        let paths = JsonPaths::new(shape.columns(), &['.']);
        let lacking = (0..shape.columns().len()).filter(|column| shape.is_required(*column)).collect();
        Self { shape, text, paths, line: Vec::new(), number: 0, lacking }
    }

    /// Refuses a table of whose first rows none has a column that is wanted.
    fn lacks_none(&self) -> Result<(), TableError> {
        let Some(column) = self.lacking.first().filter(|_| self.number > 0) else { return Ok(()) };
        let rows = if self.number == 1 {
            "the only row has".to_owned()
        } else {
            format!("none of the first {} rows has", self.number)
        };
        let name = shown(&self.shape.columns()[*column]);
        let lacks = if self.number == 1 { format!("{rows} no `{name}`") } else { format!("{rows} `{name}`") };
        Err(TableError::table(format!("{lacks}; mend the name, or have the table write null where there is no value")))
    }

    /// Reads a line, of which no more is kept than a row may have.
    fn read_line(&mut self) -> Result<Line, TableError> {
        self.line.clear();
        let (mut line, mut begun) = (Line::Whole, false);
        loop {
            let input = self.text.fill(self.number)?;
            if input.is_empty() {
                return Ok(if begun { line } else { Line::End });
            }
            begun = true;
            let end = memchr::memchr(b'\n', input);
            let part = &input[..end.unwrap_or(input.len())];
            if self.line.len() + part.len() > MAX_ROW {
                line = Line::TooLong;
            } else {
                self.line.extend_from_slice(part);
            }
            let taken = part.len() + usize::from(end.is_some());
            self.text.consume(taken);
            if end.is_some() {
                return Ok(line);
            }
        }
    }
}

impl<S: Shape> Reader for Jsonl<S> {
    type Row = S::Row;

    fn next_row(&mut self) -> Result<Option<S::Row>, TableError> {
        loop {
            match self.read_line()? {
                Line::End => return self.lacks_none().map(|()| None),
                Line::Whole if self.line.trim_ascii().is_empty() => continue,
                Line::Whole => break,
                Line::TooLong => {
                    self.number += 1;
                    let message = format!("it is longer than {} KiB, the most a row may have", MAX_ROW >> 10);
                    return Err(TableError::row(self.number, message));
                }
            }
        }
        if self.number == FIRST {
            self.lacks_none()?;
        }
        self.number += 1;
        let text = self.text.decoded(self.line.trim_ascii(), self.number, |at| format!("byte {}", at + 1))?;
        let lacking = &mut self.lacking;
        let there = |column| lacking.retain(|lacked| *lacked != column);
        let values = self.paths.read_noting(text, there).map_err(|message| TableError::row(self.number, message))?;
        let cells = |index: usize| values.get(index)?.as_deref().map(Cell::text);
        self.shape.row(self.number, &cells).map(Some)
    }
}

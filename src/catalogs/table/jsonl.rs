//! JSONL: a JSON object in each line.

use super::cell::Cell;
use super::json_paths::JsonPaths;
use super::row::{MAX_ROW, TableError};
use super::shape::Shape;
use super::text::Text;

/// The rows of a JSONL table.
pub(super) struct Jsonl<S> {
    shape: S,
    text: Text,
    paths: JsonPaths,
    line: Vec<u8>,
    number: u64,
    ended: bool,
}

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
        Self { shape, text, paths, line: Vec::new(), number: 0, ended: false }
    }

    fn next_row(&mut self) -> Result<Option<S::Row>, TableError> {
        loop {
            match self.read_line()? {
                Line::End => return Ok(None),
                Line::Whole if self.line.trim_ascii().is_empty() => continue,
                Line::Whole => break,
                Line::TooLong => {
                    self.number += 1;
                    let message = format!("it is longer than {} KiB, the most a row may have", MAX_ROW >> 10);
                    return Err(TableError::row(self.number, message));
                }
            }
        }
        self.number += 1;
        let text = self.text.decoded(self.line.trim_ascii(), self.number, |at| format!("byte {}", at + 1))?;
        let values = self.paths.read(text).map_err(|message| TableError::row(self.number, message))?;
        let cells = |index: usize| values.get(index)?.as_deref().map(Cell::text);
        self.shape.row(self.number, &cells).map(Some)
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

impl<S: Shape> Iterator for Jsonl<S> {
    type Item = Result<S::Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.next_row().transpose();
        self.ended = matches!(next, None | Some(Err(TableError::Table(_))));
        next
    }
}

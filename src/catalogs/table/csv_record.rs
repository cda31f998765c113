//! One record of CSV at a time, in memory that a quote without an end cannot fill.

use csv_core::ReadRecordResult;

use super::row::{MAX_ROW, TableError};
use super::text::Text;

/// Most cells of a record.
const MAX_CELLS: usize = 4096;

/// What came of reading a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Got {
    Record,
    /// Its end was found, but it has more bytes than a row may have.
    TooLong,
    /// Its end was found, but it has more cells than are counted.
    TooWide,
    /// The table ends within its quotes.
    Unclosed,
    End,
}

/// The record that was read last.
pub(super) struct Record {
    core: csv_core::Reader,
    bytes: Vec<u8>,
    length: usize,
    ends: Vec<usize>,
    cells: usize,
}

impl Record {
    pub(super) fn new(delimiter: u8) -> Self {
        let core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { core, bytes: vec![0; 4096], length: 0, ends: vec![0; MAX_CELLS], cells: 0 }
    }

    /// Reads the next record; blank lines are none. `rows` were read before it.
    ///
    /// # Errors
    /// As [`Text::fill`].
    pub(super) fn read(&mut self, text: &mut Text, rows: u64) -> Result<Got, TableError> {
        (self.length, self.cells) = (0, 0);
        let mut got = Got::Record;
        loop {
            let input = text.fill(rows)?;
            let at_end = input.is_empty();
            // A line's end of our own: it ends the last record, unless that stands in quotes.
            let input = if at_end { b"\n" } else { input };
            let (result, read, written, ended) =
                self.core.read_record(input, &mut self.bytes[self.length..], &mut self.ends[self.cells..]);
            if !at_end {
                text.consume(read);
            }
            (self.length, self.cells) = (self.length + written, self.cells + ended);
            match result {
                ReadRecordResult::InputEmpty if at_end => return Ok(self.at_end(got)),
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.grow_or_forget(&mut got),
                ReadRecordResult::OutputEndsFull => {
                    self.cells = 0;
                    got = Got::TooWide;
                }
                ReadRecordResult::Record => return Ok(got),
                ReadRecordResult::End => return Ok(Got::End),
            }
        }
    }

    fn at_end(&self, got: Got) -> Got {
        let nothing = self.length == 0 && self.cells == 0 && got == Got::Record;
        if nothing { Got::End } else { Got::Unclosed }
    }

    fn grow_or_forget(&mut self, got: &mut Got) {
        if self.bytes.len() < MAX_ROW {
            self.bytes.resize((self.bytes.len() * 2).min(MAX_ROW), 0);
        } else {
            self.length = 0;
            *got = Got::TooLong;
        }
    }

    /// All cells, with nothing between them.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Where the cells end in [`Self::bytes`].
    pub(super) fn ends(&self) -> &[usize] {
        &self.ends[..self.cells]
    }
}

/// The cell of a record that ends at these places.
pub(super) fn cell<'t>(text: &'t str, ends: &[usize], index: usize) -> Option<&'t str> {
    let start = if index == 0 { 0 } else { *ends.get(index - 1)? };
    text.get(start..*ends.get(index)?)
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read, repeat};

    use super::*;
    use crate::model::catalog::{Compression, Encoding};

    fn read(input: impl Read + Send + 'static) -> Vec<(Got, Vec<String>)> {
        let mut text = Text::open(input, Compression::None, Encoding::Utf8).unwrap();
        let mut record = Record::new(b',');
        let mut all = Vec::new();
        loop {
            let got = record.read(&mut text, 0).unwrap();
            if matches!(got, Got::End) {
                return all;
            }
            let (bytes, ends) = (String::from_utf8_lossy(record.bytes()).into_owned(), record.ends());
            let cells = (0..ends.len()).filter_map(|index| cell(&bytes, ends, index)).map(str::to_owned).collect();
            all.push((got, if got == Got::Record { cells } else { Vec::new() }));
            if got == Got::Unclosed {
                return all;
            }
        }
    }

    fn cells(text: &'static str) -> Vec<Vec<String>> {
        let all = read(Cursor::new(text));
        assert!(all.iter().all(|(got, _)| *got == Got::Record), "{all:?}");
        all.into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn records_are_read_with_any_line_ends_and_quotes() {
        assert_eq!(
            cells("a,b\r\n\r\n\n\"1\n2\",\"x\"\"y\"\r\n5\" disk,"),
            [["a", "b"], ["1\n2", "x\"y"], ["5\" disk", ""]]
        );
        assert_eq!(cells(""), Vec::<Vec<String>>::new());
        assert_eq!(cells("\n\r\n"), Vec::<Vec<String>>::new());
        assert_eq!(cells("a\r"), [["a"]]);
        assert_eq!(cells("\"a\""), [["a"]]);
    }

    #[test]
    fn a_quote_without_an_end_is_told_from_a_record() {
        for text in ["\"", "a,\"b\nc,d\n", "\"\n", "a\nb,\"", "a,\"\"\""] {
            assert_eq!(read(Cursor::new(text)).pop().unwrap().0, Got::Unclosed, "{text:?}");
        }
    }

    #[test]
    fn what_is_too_long_is_passed_over_in_little_memory() {
        let long = Cursor::new("a,b\n1,\"").chain(repeat(b'x').take(64 << 20));
        let got: Vec<Got> = read(long.chain(Cursor::new("\"\n3,4\n"))).into_iter().map(|(got, _)| got).collect();
        assert_eq!(got, [Got::Record, Got::TooLong, Got::Record]);
        let wide = Cursor::new("a\n").chain(repeat(b',').take(10_000)).chain(Cursor::new("\nb\n"));
        let got: Vec<Got> = read(wide).into_iter().map(|(got, _)| got).collect();
        assert_eq!(got, [Got::Record, Got::TooWide, Got::Record]);
        let endless = read(Cursor::new("a\n\"").chain(repeat(b'x').take(64 << 20)));
        assert_eq!(endless.last().unwrap().0, Got::Unclosed);
    }
}

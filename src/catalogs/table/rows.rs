//! The rows of a table one after the other, whatever its format.

use super::row::TableError;

/// Reads one row after the other.
pub(in crate::catalogs) trait Reader {
    type Row;

    /// The next row; `None`: there are no more.
    ///
    /// # Errors
    /// Of this row alone, or of the whole table.
    fn next_row(&mut self) -> Result<Option<Self::Row>, TableError>;
}

/// The rows of a reader. After an error of the whole table there are none.
pub(in crate::catalogs) struct Rows<R> {
    reader: R,
    ended: bool,
}

impl<R: Reader> Rows<R> {
    pub(in crate::catalogs) fn of(reader: R) -> Self {
        Self { reader, ended: false }
    }
}

impl<R: Reader> Iterator for Rows<R> {
    type Item = Result<R::Row, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.reader.next_row().transpose();
        self.ended = matches!(next, None | Some(Err(TableError::Table(_))));
        next
    }
}

//! What is read out of a table's rows: the readers of the formats know nothing more of it.

use super::cell::Cell;
use super::row::TableError;

/// The value of each of a [`Shape`]'s columns in one row; `None`: the row has none.
pub(in crate::catalogs) type Cells<'f, 'c> = &'f dyn Fn(usize) -> Option<Cell<'c>>;

/// Which columns are wanted, and what a row of them makes.
pub(in crate::catalogs) trait Shape: Send {
    type Row;

    /// The names of the columns, or paths to them; others are not looked at.
    fn columns(&self) -> &[String];

    /// Whether a table without this column cannot be read.
    fn is_required(&self, _column: usize) -> bool {
        true
    }

    /// Makes a row of its cells.
    ///
    /// # Errors
    /// Of this row alone.
    fn row(&self, number: u64, cells: Cells<'_, '_>) -> Result<Self::Row, TableError>;

    /// The column by whose least and greatest value rows may be passed over.
    fn day_column(&self) -> Option<usize> {
        None
    }

    /// Whether all rows between these values of [`Self::day_column`] may be passed over.
    fn is_outside(&self, _least: &Cell<'_>, _most: &Cell<'_>) -> bool {
        false
    }

    /// Whether rows that are passed over are still asked for this column.
    fn is_place(&self, _column: usize) -> bool {
        true
    }

    /// Makes what is left of a row that is passed over.
    ///
    /// # Errors
    /// As of [`Self::row`].
    fn place(&self, number: u64, cells: Cells<'_, '_>) -> Result<Self::Row, TableError> {
        self.row(number, cells)
    }
}

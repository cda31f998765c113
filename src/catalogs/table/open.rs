//! A table opened, whatever its format.

use std::io::{Read, Seek};

use jiff::civil::Date;

use crate::model::catalog::TableFormat;

use super::columnar::Parquet;
use super::csv_rows::Csv;
use super::jsonl::Jsonl;
use super::layout::Layout;
use super::mapping::Mapping;
use super::mapping_rows::IndexRows;
use super::row::{TableError, TableItem};
use super::rows::Rows;
use super::text::Text;

/// The rows of a table, one at a time. After an error of the whole table there are no more.
pub struct Table(Box<dyn Iterator<Item = Result<TableItem, TableError>> + Send>);

/// Opens a table, which holds one row of it in memory, or some pages of Parquet.
///
/// `days` are the first and the last day that are wanted: rows that the table's own statistics put outside of them are
/// given as [`TableItem::Outside`]; other rows outside of them are still given.
///
/// # Errors
/// A table that is not written as `layout` says, or lacks a column of `mapping`.
pub fn open<R: Read + Seek + Send + 'static>(
    input: R,
    layout: Layout,
    mapping: &Mapping,
    days: Option<(Date, Date)>,
) -> Result<Table, TableError> {
    let rows = IndexRows { mapping: mapping.clone(), days };
    let text = |input: R| Text::open(input, layout.compression, layout.encoding);
    Ok(Table(match layout.format {
        TableFormat::Csv => Box::new(Rows::of(Csv::with_header(text(input)?, layout.delimiter, rows)?)),
        TableFormat::Jsonl => Box::new(Rows::of(Jsonl::new(text(input)?, rows))),
        TableFormat::Parquet => Box::new(Rows::of(Parquet::open(input, rows)?)),
    }))
}

impl Iterator for Table {
    type Item = Result<TableItem, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

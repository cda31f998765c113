//! Tables row by row: CSV, JSONL and Parquet, read through a mapping of their columns to fields.

mod cell;
mod columnar;
mod csv_header;
mod csv_record;
mod csv_rows;
mod date_text;
mod gbk;
mod json_paths;
mod jsonl;
mod layout;
mod mapping;
mod mapping_rows;
mod open;
mod row;
mod rows;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod words;

pub use layout::{Layout, layout};
pub use mapping::{Mapping, MappingError};
pub use open::{Table, open};
pub use row::{TableError, TableItem, TableRow};

pub(super) use cell::Cell;
pub(super) use columnar::Parquet;
pub(super) use csv_rows::Csv;
pub(super) use json_paths::JsonPaths;
pub(super) use rows::Rows;
pub(super) use shape::{Cells, Shape};
pub(super) use text::Text;
pub(super) use words::shown;

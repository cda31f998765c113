//! The rows of a Parquet file.

use std::io::{self, Read, Seek};

use parquet::errors::ParquetError;
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;

use crate::catalogs::quiet::quietly;
use crate::catalogs::table::cell::Cell;
use crate::catalogs::table::row::TableError;
use crate::catalogs::table::rows::Reader;
use crate::catalogs::table::shape::Shape;
use crate::catalogs::table::words::shown;

use super::columns::{Column, column, find, missing};
use super::input::Shared;
use super::kind::Kind;
use super::values::Value;

/// Rows that are decoded at once.
const BATCH: u64 = 1024;

const MARK: &[u8; 4] = b"PAR1";

/// The rows of a Parquet file.
pub(in crate::catalogs) struct Parquet<S> {
    shape: S,
    file: Box<dyn FileReader>,
    /// Where each column of the shape stands in the file.
    leaves: Vec<Option<(usize, Kind)>>,
    /// The row group that comes next.
    group: usize,
    columns: Vec<Option<Box<dyn Column>>>,
    is_outside: bool,
    /// Rows of the group that are not decoded yet, and decoded rows that are not given yet.
    left: u64,
    decoded: u64,
    number: u64,
}

impl<S: Shape> Parquet<S> {
    /// Opens a file.
    ///
    /// # Errors
    /// One that is damaged, is cut off, is no Parquet, or lacks a column that is wanted.
    pub(in crate::catalogs) fn open<R>(input: R, shape: S) -> Result<Self, TableError>
    where
        R: Read + Seek + Send + 'static,
    {
        let unreadable = |error: io::Error| TableError::table(format!("the table cannot be read: {error}"));
        let shared = Shared::new(input).map_err(unreadable)?;
        check_marks(&shared).map_err(unreadable)??;
        let file = guarded(|| SerializedFileReader::new(shared)).map_err(|error| damaged(&error, 0))?;
        let leaves = leaves(&file, &shape).map_err(TableError::Table)?;
        let (file, columns) = (Box::new(file), Vec::new());
        Ok(Self { shape, file, leaves, group: 0, columns, is_outside: false, left: 0, decoded: 0, number: 0 })
    }

    fn cells(&self) -> Result<Vec<Option<Cell<'_>>>, String> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for (column, name) in self.columns.iter().zip(self.shape.columns()) {
            cells.push(match column {
                Some(column) => column.cell().map_err(|why| format!("column `{}` {why}", shown(name)))?,
                None => None,
            });
        }
        Ok(cells)
    }

    /// Decodes the next rows, of the next group where this one is done; `false`: there are none.
    fn decode(&mut self) -> Result<bool, TableError> {
        while self.left == 0 {
            if self.group == self.file.num_row_groups() {
                return Ok(false);
            }
            guarded(|| self.begin_group()).map_err(|error| damaged(&error, self.number))?;
        }
        let rows = self.left.min(BATCH);
        for column in self.columns.iter_mut().flatten() {
            // A batch fits any pointer.
            let rows = usize::try_from(rows).unwrap_or_default();
            guarded(|| column.fill(rows)).map_err(|error| damaged(&error, self.number))?;
        }
        (self.left, self.decoded) = (self.left - rows, rows);
        Ok(true)
    }

    fn begin_group(&mut self) -> Result<(), ParquetError> {
        let group = self.file.get_row_group(self.group)?;
        let rows = group.metadata().num_rows();
        self.left = u64::try_from(rows).map_err(|_| ParquetError::General(format!("{rows} rows in a group")))?;
        self.is_outside = self.passes_over(group.metadata()).unwrap_or_default();
        let schema = self.file.metadata().file_metadata().schema_descr();
        let mut columns = Vec::with_capacity(self.leaves.len());
        for (index, leaf) in self.leaves.iter().enumerate() {
            let wanted = leaf.filter(|_| !self.is_outside || self.shape.is_place(index));
            columns.push(match wanted {
                Some((leaf, kind)) => Some(column(schema.column(leaf), kind, group.get_column_page_reader(leaf)?)),
                None => None,
            });
        }
        self.columns = columns;
        self.group += 1;
        Ok(())
    }

    /// Whether all rows of a group are outside of what is wanted: none is null, and the least and the greatest say so.
    fn passes_over(&self, group: &RowGroupMetaData) -> Option<bool> {
        let (leaf, kind) = (*self.leaves.get(self.shape.day_column()?)?)?;
        let chunk = group.columns().get(leaf)?;
        let statistics = chunk.statistics()?;
        let has_nulls = chunk.column_descr().max_def_level() > 0 && statistics.null_count_opt() != Some(0);
        let (least, most) = match statistics {
            Statistics::Int32(values) => (values.min_opt()?.cell(kind).ok()?, values.max_opt()?.cell(kind).ok()?),
            Statistics::Int64(values) => (values.min_opt()?.cell(kind).ok()?, values.max_opt()?.cell(kind).ok()?),
            _ => return None,
        };
        Some(!has_nulls && self.shape.is_outside(&least, &most))
    }
}

impl<S: Shape> Reader for Parquet<S> {
    type Row = S::Row;

    fn next_row(&mut self) -> Result<Option<S::Row>, TableError> {
        while self.decoded == 0 {
            if !self.decode()? {
                return Ok(None);
            }
        }
        self.decoded -= 1;
        self.number += 1;
        self.columns.iter_mut().flatten().for_each(|column| column.advance());
        let cells = self.cells().map_err(|message| TableError::row(self.number, message))?;
        let cell = |index: usize| cells.get(index)?.as_ref().map(Cell::by_ref);
        let row =
            if self.is_outside { self.shape.place(self.number, &cell) } else { self.shape.row(self.number, &cell) };
        row.map(Some)
    }
}

/// The decoder panics on some damaged files; nothing of it is used after that.
fn guarded<T>(work: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    quietly(work).unwrap_or_else(|| Err(ParquetError::General("its bytes contradict each other".to_owned())))
}

fn leaves(file: &dyn FileReader, shape: &impl Shape) -> Result<Vec<Option<(usize, Kind)>>, String> {
    let schema = file.metadata().file_metadata().schema_descr();
    let mut problems = Vec::new();
    let mut leaves = Vec::new();
    for (index, wanted) in shape.columns().iter().enumerate() {
        let leaf = find(schema, wanted).unwrap_or_else(|problem| {
            problems.push(problem);
            None
        });
        if leaf.is_none() && problems.is_empty() && shape.is_required(index) {
            problems.push(missing(schema, wanted));
        }
        leaves.push(leaf);
    }
    if problems.is_empty() { Ok(leaves) } else { Err(problems.join("; ")) }
}

/// Looks for the marks at both ends of a file, which tell more than what comes of reading one without them.
fn check_marks<R: Read + Seek + Send>(shared: &Shared<R>) -> io::Result<Result<(), TableError>> {
    use parquet::file::reader::Length;
    let (mut first, mut last) = ([0; 4], [0; 4]);
    if shared.len() >= 4 {
        shared.at(0).read_exact(&mut first)?;
        shared.at(shared.len() - 4).read_exact(&mut last)?;
    }
    let problem = match (&first, &last) {
        (MARK, MARK) if shared.len() >= 12 => return Ok(Ok(())),
        (b"PARE", _) | (_, b"PARE") => "the Parquet file is encrypted; write it anew without encryption",
        (MARK, _) => "the Parquet file begins and does not end: it was cut off; write or upload it again",
        _ if shared.len() == 0 => "the table is empty, and not even a Parquet file without rows is",
        _ => "the table is no Parquet file; write its own `format`",
    };
    Ok(Err(TableError::table(problem)))
}

fn damaged(error: &ParquetError, rows: u64) -> TableError {
    let after = if rows == 0 { String::new() } else { format!(" after row {rows}") };
    let way_out = match error {
        ParquetError::NYI(_) => "write it anew with snappy, gzip, zstd, lz4 or no compression",
        _ => "write or upload it again",
    };
    TableError::table(format!("the Parquet file cannot be read{after}: {error}; {way_out}"))
}

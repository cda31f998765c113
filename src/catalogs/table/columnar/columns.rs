//! The columns of a row group, a batch of rows at a time.

use parquet::basic::Type;
use parquet::column::page::PageReader;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::schema::types::{ColumnDescPtr, ColumnDescriptor, SchemaDescriptor};

use crate::catalogs::table::cell::Cell;
use crate::catalogs::table::words::{missing_column, shown};

use super::kind::Kind;
use super::values::Value;

/// A column, of whichever type.
pub(super) trait Column: Send {
    /// Reads the next `rows` rows; the first of them comes with [`Self::advance`].
    ///
    /// # Errors
    /// A column that is damaged, or has fewer rows.
    fn fill(&mut self, rows: usize) -> Result<(), ParquetError>;

    /// Goes on to the next row.
    fn advance(&mut self);

    /// The value of the row; `None`: null.
    ///
    /// # Errors
    /// Why it has no text.
    fn cell(&self) -> Result<Option<Cell<'_>>, String>;
}

struct Typed<T: DataType> {
    reader: ColumnReaderImpl<T>,
    kind: Kind,
    /// Level of a value that is there.
    there: i16,
    levels: Vec<i16>,
    /// Of the values that are there.
    values: Vec<T::T>,
    row: usize,
    value: usize,
    current: Option<usize>,
}

impl<T: DataType> Column for Typed<T>
where
    T::T: Value,
{
    fn fill(&mut self, rows: usize) -> Result<(), ParquetError> {
        self.levels.clear();
        self.values.clear();
        (self.row, self.value, self.current) = (0, 0, None);
        let (read, ..) = self.reader.read_records(rows, Some(&mut self.levels), None, &mut self.values)?;
        if read < rows {
            return Err(ParquetError::EOF(format!("{} rows are missing", rows - read)));
        }
        Ok(())
    }

    fn advance(&mut self) {
        let is_there = self.there == 0 || self.levels.get(self.row) == Some(&self.there);
        self.row += 1;
        self.current = is_there.then_some(self.value);
        self.value += usize::from(is_there);
    }

    fn cell(&self) -> Result<Option<Cell<'_>>, String> {
        self.current.and_then(|index| self.values.get(index)).map(|value| value.cell(self.kind)).transpose()
    }
}

/// Begins to read a column.
pub(super) fn column(descriptor: ColumnDescPtr, kind: Kind, pages: Box<dyn PageReader>) -> Box<dyn Column> {
    let there = descriptor.max_def_level();
    match get_column_reader(descriptor, pages) {
        ColumnReader::BoolColumnReader(reader) => typed(reader, kind, there),
        ColumnReader::Int32ColumnReader(reader) => typed(reader, kind, there),
        ColumnReader::Int64ColumnReader(reader) => typed(reader, kind, there),
        ColumnReader::Int96ColumnReader(reader) => typed(reader, kind, there),
        ColumnReader::FloatColumnReader(reader) => typed(reader, kind, there),
        ColumnReader::DoubleColumnReader(reader) => typed(reader, kind, there),
        ColumnReader::ByteArrayColumnReader(reader) => typed(reader, kind, there),
        ColumnReader::FixedLenByteArrayColumnReader(reader) => typed(reader, kind, there),
    }
}

fn typed<T: DataType>(reader: ColumnReaderImpl<T>, kind: Kind, there: i16) -> Box<dyn Column>
where
    T::T: Value,
{
    let (levels, values) = (Vec::new(), Vec::new());
    Box::new(Typed { reader, kind, there, levels, values, row: 0, value: 0, current: None })
}

/// Where a wanted column stands, and what it means; `None`: it is not there.
///
/// # Errors
/// One that has no single text in a row.
pub(super) fn find(schema: &SchemaDescriptor, wanted: &str) -> Result<Option<(usize, Kind)>, String> {
    let path = |column: &ColumnDescPtr| column.path().string();
    let mut found = (0..schema.num_columns()).filter(|index| path(&schema.columns()[*index]) == wanted);
    let name = shown(wanted);
    let Some(index) = found.next() else {
        let below = format!("{wanted}.");
        return match schema.columns().iter().map(path).find(|path| path.starts_with(&below)) {
            Some(inner) => {
                Err(format!("the column `{name}` is a group; name a column of it, such as `{}`", shown(&inner)))
            }
            None => Ok(None),
        };
    };
    if found.next().is_some() {
        return Err(format!("two columns are called `{name}`, and which one is meant cannot be told; rename one"));
    }
    let column = &schema.columns()[index];
    if column.max_rep_level() > 0 {
        return Err(format!("the column `{name}` is a list; a column with one value for each row is expected"));
    }
    match Kind::of(column) {
        Ok(kind) if fits(column, kind) => Ok(Some((index, kind))),
        Ok(_) => Err(format!("the type of the column `{name}` contradicts itself; write the file anew")),
        Err(kind) => Err(format!("the column `{name}` is {kind}, which has no text; write it as a text or a date")),
    }
}

/// That there is no column of this name.
pub(super) fn missing(schema: &SchemaDescriptor, wanted: &str) -> String {
    let names: Vec<String> = schema.columns().iter().map(|column| column.path().string()).collect();
    missing_column(wanted, names.iter().map(String::as_str))
}

fn fits(column: &ColumnDescriptor, kind: Kind) -> bool {
    let stored = column.physical_type();
    match kind {
        Kind::Plain => true,
        Kind::Unsigned => matches!(stored, Type::INT32 | Type::INT64),
        Kind::Decimal(_) => !matches!(stored, Type::BOOLEAN | Type::INT96 | Type::FLOAT | Type::DOUBLE),
        Kind::Day => stored == Type::INT32,
        Kind::Moment { .. } => matches!(stored, Type::INT64 | Type::INT96),
        Kind::Uuid => stored == Type::FIXED_LEN_BYTE_ARRAY,
    }
}

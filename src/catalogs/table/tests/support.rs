//! Tables in memory.

use std::io::Cursor;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::catalogs::Zones;
use crate::catalogs::table::{Layout, Mapping, Table, TableError, TableItem, TableRow, open};
use crate::model::catalog::{Compression, Encoding, TableFormat};

pub(super) const CSV: Layout =
    Layout { format: TableFormat::Csv, compression: Compression::None, encoding: Encoding::Utf8, delimiter: b',' };
pub(super) const JSONL: Layout = Layout { format: TableFormat::Jsonl, ..CSV };
pub(super) const PARQUET: Layout = Layout { format: TableFormat::Parquet, ..CSV };

/// The usual mapping: `id`, `day` and `org`.
pub(super) const COLUMNS: &str = r#"{"imageNumber":"id","collected":"day","organization":"org"}"#;

pub(super) fn mapping(columns: &str) -> Mapping {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let zones = Zones { catalog: zone.clone(), range: zone };
    Mapping::new(&serde_json::from_str(columns).unwrap(), zones).unwrap()
}

pub(super) fn opened(bytes: &[u8], layout: Layout, columns: &str, days: Option<(Date, Date)>) -> Result<Table, String> {
    open(Cursor::new(bytes.to_vec()), layout, &mapping(columns), days).map_err(|error| error.to_string())
}

/// Everything that a table gives; what ends it comes last.
pub(super) fn all(bytes: &[u8], layout: Layout, columns: &str) -> Vec<Result<TableRow, String>> {
    let row = |item: Result<TableItem, TableError>| match item {
        Ok(TableItem::Row(row)) => Ok(row),
        Ok(outside) => Err(format!("{outside:?}")),
        Err(error) => Err(error.to_string()),
    };
    match opened(bytes, layout, columns, None) {
        Ok(table) => table.map(row).collect(),
        Err(message) => vec![Err(message)],
    }
}

/// The rows of a sound table.
pub(super) fn rows(bytes: &[u8], layout: Layout, columns: &str) -> Vec<TableRow> {
    all(bytes, layout, columns).into_iter().map(|row| row.expect("every row is sound")).collect()
}

/// The only error of a table.
pub(super) fn error(bytes: &[u8], layout: Layout) -> String {
    let errors: Vec<String> = all(bytes, layout, COLUMNS).into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.into_iter().next().unwrap()
}

/// Fills a row group.
pub(super) type Fill<'f> = &'f dyn Fn(&mut SerializedRowGroupWriter<'_, Vec<u8>>);

/// A Parquet file with as many row groups as there are functions that fill one.
pub(super) fn parquet_file(schema: &str, properties: WriterProperties, groups: &[Fill<'_>]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for fill in groups {
        let mut group = writer.next_row_group().unwrap();
        fill(&mut group);
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// Writes the next column of a row group; `None` is null, where the column may have it.
pub(super) fn put<T: parquet::data_type::DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[Option<T::T>],
    levels: Option<i16>,
) {
    let mut column = group.next_column().unwrap().unwrap();
    let there: Vec<T::T> = values.iter().flatten().cloned().collect();
    let levels: Option<Vec<i16>> =
        levels.map(|there| values.iter().map(|value| if value.is_some() { there } else { 0 }).collect());
    column.typed::<T>().write_batch(&there, levels.as_deref(), None).unwrap();
    column.close().unwrap();
}

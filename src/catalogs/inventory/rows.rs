//! The rows of an inventory's data files.

use std::io::{Read, Seek};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::catalogs::table::{Cell, Cells, Csv, Parquet, Rows, Shape, TableError, Text, shown};
use crate::model::catalog::{Compression, Encoding, TableFormat};

use super::key::decoded;
use super::manifest::Manifest;

/// One object, or one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryRow {
    /// Its whole key in the bucket.
    pub key: String,
    /// Bytes; 0 of a delete marker.
    pub size: u64,
    /// Its entity tag without quotes.
    pub etag: Option<String>,
    /// When the store last wrote it.
    pub modified: Timestamp,
    /// Whether it is the current version; so is each of an inventory of current versions.
    pub is_latest: bool,
    /// Whether it says that the object was deleted.
    pub is_delete_marker: bool,
}

/// The rows of a data file, one at a time. After an error of the whole file there are no more.
pub struct InventoryRows(Box<dyn Iterator<Item = Result<InventoryRow, TableError>> + Send>);

/// Opens a data file of an inventory; [`super::check_md5`] tells whether it is whole.
///
/// # Errors
/// A file that is not of the manifest's format, or lacks a column that a listing needs.
pub fn rows<R: Read + Seek + Send + 'static>(file: R, manifest: &Manifest) -> Result<InventoryRows, TableError> {
    let is_csv = manifest.format == TableFormat::Csv;
    let names = if is_csv { CSV } else { PARQUET };
    let objects = Objects { columns: names.map(str::to_owned).to_vec(), is_csv };
    Ok(InventoryRows(if is_csv {
        let text = Text::open(file, Compression::Gzip, Encoding::Utf8)?;
        Box::new(Rows::of(Csv::with_names(text, manifest.columns.clone(), objects)?))
    } else {
        Box::new(Rows::of(Parquet::open(file, objects)?))
    }))
}

impl Iterator for InventoryRows {
    type Item = Result<InventoryRow, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// The columns in the order of the constants below.
const CSV: [&str; 6] = ["Key", "Size", "LastModifiedDate", "ETag", "IsLatest", "IsDeleteMarker"];
const PARQUET: [&str; 6] = ["key", "size", "last_modified_date", "e_tag", "is_latest", "is_delete_marker"];
const KEY: usize = 0;
const SIZE: usize = 1;
const MODIFIED: usize = 2;
const ETAG: usize = 3;
const IS_LATEST: usize = 4;
const IS_DELETE_MARKER: usize = 5;

struct Objects {
    columns: Vec<String>,
    is_csv: bool,
}

impl Shape for Objects {
    type Row = InventoryRow;

    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn is_required(&self, column: usize) -> bool {
        column <= ETAG
    }

    fn row(&self, number: u64, cells: Cells<'_, '_>) -> Result<InventoryRow, TableError> {
        self.object(cells).map_err(|message| TableError::row(number, message))
    }
}

impl Objects {
    fn object(&self, cells: Cells<'_, '_>) -> Result<InventoryRow, String> {
        let cell = |index| cells(index).and_then(|cell| cell.without(None));
        let text = |index| cell(index).map(Cell::into_text);
        let wrong = |index: usize, why: &str| format!("`{}` {why}", self.columns[index]);
        let needed = |index| cell(index).ok_or_else(|| wrong(index, "is empty"));
        let key = needed(KEY)?.into_text();
        let key = if self.is_csv { decoded(&key).map_err(|why| wrong(KEY, &why))? } else { key.into_owned() };
        let flag = |index, absent| match text(index).as_deref() {
            None => Ok(absent),
            Some("true" | "TRUE" | "True") => Ok(true),
            Some("false" | "FALSE" | "False") => Ok(false),
            Some(other) => Err(wrong(index, &format!("is neither true nor false but {:?}", shown(other)))),
        };
        let (is_latest, is_delete_marker) = (flag(IS_LATEST, true)?, flag(IS_DELETE_MARKER, false)?);
        let size = match text(SIZE) {
            None if is_delete_marker => 0,
            None => return Err(wrong(SIZE, "is empty")),
            Some(size) => size.parse().map_err(|_| wrong(SIZE, &format!("is no size: {:?}", shown(&size))))?,
        };
        let modified =
            moment(needed(MODIFIED)?).map_err(|found| wrong(MODIFIED, &format!("is no instant: {found:?}")))?;
        let etag = text(ETAG).map(|etag| etag.trim_matches('"').to_owned()).filter(|etag| !etag.is_empty());
        Ok(InventoryRow { key, size, etag, modified, is_latest, is_delete_marker })
    }
}

fn moment(cell: Cell<'_>) -> Result<Timestamp, String> {
    match cell {
        Cell::Instant(instant) => Ok(instant),
        // Inventories have no other zone.
        Cell::Clock(clock) => TimeZone::UTC.to_timestamp(clock).map_err(|_| clock.to_string()),
        Cell::Day(day) => Err(day.to_string()),
        Cell::Text(text) => text.parse().map_err(|_| shown(&text)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::sync::Arc;

    use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    fn manifest(format: TableFormat, columns: &str) -> Manifest {
        let columns = columns.split(", ").map(str::to_owned).collect();
        Manifest { created: Timestamp::UNIX_EPOCH, bucket: "archive".to_owned(), format, columns, files: Vec::new() }
    }

    fn csv(text: &str, columns: &str) -> Vec<Result<InventoryRow, String>> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        match rows(Cursor::new(gzip.finish().unwrap()), &manifest(TableFormat::Csv, columns)) {
            Ok(rows) => rows.map(|row| row.map_err(|error| error.to_string())).collect(),
            Err(error) => vec![Err(error.to_string())],
        }
    }

    const ALL: &str = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag";

    fn object(key: &str) -> InventoryRow {
        InventoryRow {
            key: key.to_owned(),
            size: 10,
            etag: Some("abc".to_owned()),
            modified: "2025-01-31T01:02:03Z".parse().unwrap(),
            is_latest: true,
            is_delete_marker: false,
        }
    }

    #[test]
    fn rows_of_csv_have_no_header_and_encoded_keys() {
        let text = "\"archive\",\"a/%E5%8D%95+1.pdf\",\"v\",\"true\",\"false\",\"10\",\"2025-01-31T01:02:03.000Z\",\"abc\"\n\
            \"archive\",\"b\",\"v\",\"false\",\"true\",\"\",\"2025-01-31T01:02:03.000Z\",\"\"\n";
        let marker = InventoryRow { size: 0, etag: None, is_latest: false, is_delete_marker: true, ..object("b") };
        assert_eq!(csv(text, ALL), [Ok(object("a/单 1.pdf")), Ok(marker)]);
        let current = "\"archive\",\"c\",\"10\",\"2025-01-31T01:02:03Z\",\"abc\"\n";
        assert_eq!(csv(current, "Bucket, Key, Size, LastModifiedDate, ETag"), [Ok(object("c"))]);
    }

    #[test]
    fn a_bad_row_is_an_error_and_the_rest_goes_on() {
        let columns = "Key, Size, LastModifiedDate, ETag, IsLatest";
        let text = "a%zz,1,2025-01-31T01:02:03Z,e,true\na,x,2025-01-31T01:02:03Z,e,true\na,,2025-01-31T01:02:03Z,e,true\n\
            a,1,yesterday,e,true\n,1,2025-01-31T01:02:03Z,e,true\na,1,2025-01-31T01:02:03Z,e,maybe\na,10,2025-01-31T01:02:03Z,abc,true\n";
        let read = csv(text, columns);
        for (row, about) in read.iter().zip([
            "row 1: `Key` has a `%`",
            "`Size` is no size: \"x\"",
            "`Size` is empty",
            "no instant: \"yesterday\"",
            "`Key` is empty",
            "neither true nor false",
        ]) {
            assert!(row.as_ref().is_err_and(|message| message.contains(about)), "{about}: {row:?}");
        }
        assert_eq!(read[6], Ok(object("a")));
    }

    #[test]
    fn a_missing_column_is_named() {
        assert!(csv("a,1\n", "Key, Size")[0].as_ref().unwrap_err().contains("no column `LastModifiedDate`"));
    }

    #[test]
    fn rows_of_parquet_are_the_same() {
        let schema = "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); optional boolean is_latest;
            optional int64 size; optional int64 last_modified_date (TIMESTAMP_MILLIS); optional binary e_tag (UTF8); }";
        let mut writer =
            SerializedFileWriter::new(Vec::new(), Arc::new(parse_message_type(schema).unwrap()), Arc::default())
                .unwrap();
        let mut group = writer.next_row_group().unwrap();
        let text = |text: &str| [ByteArray::from(text)];
        macro_rules! put {
            ($type:ty, $values:expr, $levels:expr) => {
                let mut column = group.next_column().unwrap().unwrap();
                column.typed::<$type>().write_batch($values, $levels, None).unwrap();
                column.close().unwrap();
            };
        }
        put!(ByteArrayType, &text("archive"), None);
        put!(ByteArrayType, &text("a/单+%25.pdf"), None);
        put!(BoolType, &[true], Some(&[1]));
        put!(Int64Type, &[10], Some(&[1]));
        put!(Int64Type, &[1_738_285_323_000], Some(&[1]));
        put!(ByteArrayType, &text("abc"), Some(&[1]));
        group.close().unwrap();
        let file = Cursor::new(writer.into_inner().unwrap());
        let read: Vec<_> = rows(file, &manifest(TableFormat::Parquet, "")).unwrap().collect();
        assert_eq!(read, [Ok(object("a/单+%25.pdf"))]);
    }
}

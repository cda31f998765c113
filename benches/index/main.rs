//! How fast the rows of an index are read and mapped on one core, and how much memory that takes.
//!
//! `cargo bench --bench index -- 1000000` writes that many rows of eight columns in each format and reads them back. Memory
//! is what stands above the table itself. Then the program itself plans a day out of them.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]

#[path = "../copy/measure.rs"]
#[expect(dead_code, reason = "the other benchmark prints rows of a table")]
mod measure;
mod plan;

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use std::sync::Arc;
use std::time::Instant;

use batchferry::catalogs::Zones;
use batchferry::catalogs::table::{Layout, Mapping, TableItem, layout, open};
use batchferry::model::catalog::Index;
use bytes::Bytes;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const COLUMNS: &str = r#"{"imageNumber":"image_no","key":{"column":"path","strip":"/archive/"},"organization":"org",
    "documentType":"type","documentNumber":"number","collected":"day","role":"role","sequence":"seq"}"#;
const NAMES: [&str; 8] = ["image_no", "path", "org", "type", "number", "day", "role", "seq"];
const SCHEMA: &str =
    "message m { required binary image_no (UTF8); required binary path (UTF8); required binary org (UTF8);
    required binary type (UTF8); required binary number (UTF8); required int32 day (DATE); required binary role (UTF8);
    required binary seq (UTF8); }";
const GROUP: u32 = 100_000;

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(100_000_u32);
    let table = csv(count);
    println!("{count} rows of {} bytes in CSV", table.len() / usize::try_from(count.max(1)).unwrap());
    let gzip = gzip(&table);
    let zstd = zstd::encode_all(&table[..], 3).unwrap();
    plan::plan("index.csv", &table, count);
    read("index.csv", table, count, None);
    read("index.csv.gz", gzip, count, None);
    read("index.csv.zst", zstd, count, None);
    read("index.jsonl", jsonl(count), count, None);
    let parquet = parquet(count);
    plan::plan("index.parquet", &parquet, count);
    read("index.parquet", parquet.clone(), count, None);
    // Days rise with the rows, so that statistics put most row groups outside of one week.
    read("index.parquet", parquet, count, Some((date(2025, 1, 1), date(2025, 1, 7))));
}

fn read(name: &str, table: Vec<u8>, count: u32, days: Option<(Date, Date)>) {
    let index: Index = serde_json::from_str(&format!(r#"{{"columns":{COLUMNS}}}"#)).unwrap();
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let mapping = Mapping::new(&index.columns, Zones { catalog: zone.clone(), range: zone }).unwrap();
    let layout: Layout = layout(name, &index).unwrap();
    let input = Cursor::new(Bytes::from(table));
    MEMORY.reset_peak_usage();
    let (before, begun) = (MEMORY.current_usage(), Instant::now());
    let (mut rows, mut outside) = (0_u32, 0_u32);
    for item in open(input, layout, &mapping, days).unwrap() {
        match item.unwrap() {
            TableItem::Row(row) => {
                assert!(row.fields.collected.is_some());
                rows += 1;
            }
            TableItem::Outside { .. } => outside += 1,
        }
    }
    let took = begun.elapsed();
    assert_eq!(rows + outside, count);
    let speed = f64::from(count) / took.as_secs_f64();
    let memory = (MEMORY.peak_usage() - before) >> 10;
    println!(
        "{name}: {rows} rows read and {outside} passed over in {took:.2?}, {speed:.0} rows/s, {memory} KiB of memory"
    );
}

/// The values of a row, the day apart.
fn row(number: u32) -> ([String; 7], i32) {
    let image = format!("IMG-{:010}", number.wrapping_mul(2_654_435_761));
    let days = i32::try_from(number / 1000).unwrap();
    let texts = [
        format!("/archive/2025/{:03}/{image}/invoice-{:02}.png", number % 1000, number % 10),
        format!("上海分公司{:02}", number % 50),
        "expense-report".to_owned(),
        format!("ERP-2025-{number:08}"),
        "invoice".to_owned(),
        format!("{:02}", number % 10),
    ];
    let [path, org, kind, erp, role, seq] = texts;
    ([image, path, org, kind, erp, role, seq], 20_000 + days)
}

/// The key of a row's object, as its column says it.
fn key(number: u32) -> String {
    row(number).0[1].trim_start_matches("/archive/").to_owned()
}

fn day(days: i32) -> Date {
    date(1970, 1, 1) + days.days()
}

fn csv(count: u32) -> Vec<u8> {
    let mut text = NAMES.join(",") + "\r\n";
    for ([image, path, org, kind, erp, role, seq], days) in (0..count).map(row) {
        writeln!(text, "{image},\"{path}\",\"{org}\",{kind},{erp},{},{role},{seq}\r", day(days)).unwrap();
    }
    text.into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn jsonl(count: u32) -> Vec<u8> {
    let mut text = String::new();
    for ([image, path, org, kind, erp, role, seq], days) in (0..count).map(row) {
        let values = [image, path, org, kind, erp, day(days).to_string(), role, seq];
        let object: std::collections::BTreeMap<_, _> = NAMES.into_iter().zip(values).collect();
        writeln!(text, "{}", serde_json::to_string(&object).unwrap()).unwrap();
    }
    text.into_bytes()
}

fn parquet(count: u32) -> Vec<u8> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
    for start in (0..count).step_by(usize::try_from(GROUP).unwrap()) {
        let rows: Vec<_> = (start..count.min(start + GROUP)).map(row).collect();
        let mut group = writer.next_row_group().unwrap();
        let texts = |index: usize| rows.iter().map(|(texts, _)| ByteArray::from(texts[index].as_str())).collect();
        for index in 0..5 {
            put_texts(&mut group, texts(index));
        }
        let days: Vec<i32> = rows.iter().map(|(_, days)| *days).collect();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int32Type>().write_batch(&days, None, None).unwrap();
        column.close().unwrap();
        for index in 5..7 {
            put_texts(&mut group, texts(index));
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn put_texts(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, texts: Vec<ByteArray>) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
    drop(texts);
    column.close().unwrap();
}

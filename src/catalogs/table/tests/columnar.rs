//! Parquet: its types, its nesting, its statistics, and what is wrong with it.

use jiff::civil::date;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedRowGroupWriter;

use super::support::{COLUMNS, PARQUET, all, error, opened, parquet_file, put, rows};
use crate::catalogs::table::TableItem;

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

const USUAL: &str = "message m { required binary id (UTF8); optional int32 day (DATE); optional binary org (UTF8); }";

/// 2025-01-31.
const DAY: i32 = 20_119;

fn texts(values: &[Option<&str>]) -> Vec<Option<ByteArray>> {
    values.iter().map(|value| value.map(ByteArray::from)).collect()
}

fn usual(group: &mut Group<'_>, ids: &[&str], days: &[Option<i32>]) {
    put::<ByteArrayType>(group, &texts(&ids.iter().map(|id| Some(*id)).collect::<Vec<_>>()), None);
    put::<Int32Type>(group, days, Some(1));
    put::<ByteArrayType>(group, &texts(&vec![Some("上海"); ids.len()]), Some(1));
}

pub(super) fn sound() -> Vec<u8> {
    parquet_file(USUAL, WriterProperties::default(), &[&|group| usual(group, &["A", "B"], &[Some(DAY), None])])
}

#[test]
fn nulls_are_absent_and_dates_are_typed() {
    let read = rows(&sound(), PARQUET, COLUMNS);
    assert_eq!(read.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(read[0].fields.collected.unwrap().day, date(2025, 1, 31));
    assert_eq!((read[1].fields.collected, read[1].fields.organization.as_deref()), (None, Some("上海")));
}

#[test]
fn every_compression_that_is_named_is_read() {
    for compression in [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4_RAW,
    ] {
        let properties = WriterProperties::builder().set_compression(compression).build();
        let file = parquet_file(USUAL, properties, &[&|group| usual(group, &["A"], &[Some(DAY)])]);
        assert_eq!(rows(&file, PARQUET, COLUMNS).len(), 1, "{compression}");
    }
}

#[test]
fn other_types_are_texts_and_moments_have_zones() {
    let schema = "message m { required int64 id; required int64 day (TIMESTAMP(MICROS,false));
        required fixed_len_byte_array(2) amount (DECIMAL(4,2)); required boolean paid;
        required int64 at (TIMESTAMP(MILLIS,true)); required binary raw; }";
    let fill = |group: &mut Group<'_>| {
        put::<Int64Type>(group, &[Some(-7)], None);
        // 2025-01-31 23:30:00 on a clock.
        put::<Int64Type>(group, &[Some(1_738_366_200_000_000)], None);
        put::<FixedLenByteArrayType>(group, &[Some(ByteArray::from(vec![0x04, 0xd2]).into())], None);
        put::<BoolType>(group, &[Some(true)], None);
        put::<Int64Type>(group, &[Some(0)], None);
        put::<ByteArrayType>(group, &texts(&[Some("raw")]), None);
    };
    let file = parquet_file(schema, WriterProperties::default(), &[&fill]);
    let columns = r#"{"imageNumber":"id","collected":"day","amount":"amount","paid":"paid","at":"at","raw":"raw"}"#;
    let row = rows(&file, PARQUET, columns).remove(0);
    let collected = row.fields.collected.unwrap();
    assert_eq!(
        (collected.day, collected.instant.unwrap().to_string()),
        (date(2025, 1, 31), "2025-01-31T15:30:00Z".to_owned())
    );
    assert_eq!(row.image_number.unwrap().as_str(), "-7");
    let extra: Vec<&str> = row.fields.extra.values().map(String::as_str).collect();
    assert_eq!(extra, ["12.34", "1970-01-01T00:00:00Z", "true", "raw"]);
}

#[test]
fn inner_columns_have_paths_and_lists_are_refused() {
    let schema = "message m { optional group doc { optional binary id (UTF8); required int32 day (DATE); } repeated binary tag (UTF8); }";
    let fill = |group: &mut Group<'_>| {
        put::<ByteArrayType>(group, &texts(&[Some("A")]), Some(2));
        put::<Int32Type>(group, &[Some(DAY)], Some(1));
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&[], Some(&[0]), Some(&[0])).unwrap();
        column.close().unwrap();
    };
    let file = parquet_file(schema, WriterProperties::default(), &[&fill]);
    assert_eq!(rows(&file, PARQUET, r#"{"imageNumber":"doc.id","collected":"doc.day"}"#).len(), 1);
    for (columns, about) in [
        (r#"{"imageNumber":"doc","collected":"doc.day"}"#, "is a group; name a column of it, such as `doc.id`"),
        (r#"{"imageNumber":"doc.id","collected":"doc.day","tag":"tag"}"#, "`tag` is a list"),
        (r#"{"imageNumber":"doc.ids","collected":"doc.day"}"#, "did you mean `doc.id`?"),
    ] {
        let message = opened(&file, PARQUET, columns, None).err().unwrap();
        assert!(message.contains(about), "{message}");
    }
}

#[test]
fn types_without_text_are_refused_and_bad_values_spoil_their_row() {
    let schema = "message m { required binary id; required int32 day (TIME(MILLIS,true)); }";
    let time = parquet_file(schema, WriterProperties::default(), &[]);
    let message = opened(&time, PARQUET, r#"{"imageNumber":"id","collected":"day"}"#, None).err().unwrap();
    assert!(message.contains("the column `day` is Time"), "{message}");
    let fill = |group: &mut Group<'_>| {
        put::<ByteArrayType>(group, &[Some(ByteArray::from(vec![0xb5])), Some(ByteArray::from("B"))], None);
    };
    let file = parquet_file("message m { required binary id; }", WriterProperties::default(), &[&fill]);
    let read = all(&file, PARQUET, r#"{"imageNumber":"id","collected":{"constant":"2025-01-31"}}"#);
    assert_eq!(read[0], Err("row 1: column `id` is not UTF-8".to_owned()));
    assert!(read[1].is_ok());
}

#[test]
fn groups_that_statistics_put_outside_are_only_placed() {
    let groups = |properties| {
        parquet_file(
            USUAL,
            properties,
            &[
                &|group| usual(group, &["A", "B"], &[Some(DAY - 400), Some(DAY - 300)]),
                &|group| usual(group, &["C", "D"], &[Some(DAY - 300), None]),
                &|group| usual(group, &["E", "F"], &[Some(DAY), Some(DAY + 300)]),
                &|group| usual(group, &["G"], &[Some(DAY + 300)]),
            ],
        )
    };
    let days = Some((date(2025, 1, 1), date(2025, 1, 31)));
    let places = |file: &[u8]| -> Vec<(u64, bool)> {
        let place = |item| match item {
            TableItem::Row(row) => (row.number, true),
            TableItem::Outside { number, image_number, .. } => (number, image_number.is_none()),
        };
        opened(file, PARQUET, COLUMNS, days).unwrap().map(|item| place(item.unwrap())).collect()
    };
    let expected = [(1, false), (2, false), (3, true), (4, true), (5, true), (6, true), (7, false)];
    assert_eq!(places(&groups(WriterProperties::default())), expected);
    let without = WriterProperties::builder().set_statistics_enabled(EnabledStatistics::None).build();
    assert!(places(&groups(without)).iter().all(|(_, is_read)| *is_read));
}

#[test]
fn many_rows_are_read_over_many_batches() {
    let ids: Vec<String> = (0..5000).map(|number| format!("I{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let days: Vec<Option<i32>> = (0..5000).map(|number| (number % 3 > 0).then_some(DAY + number)).collect();
    let file = parquet_file(
        USUAL,
        WriterProperties::default(),
        &[&|group| usual(group, &ids, &days), &|group| usual(group, &ids, &days)],
    );
    let read = rows(&file, PARQUET, COLUMNS);
    assert_eq!(read.len(), 10_000);
    for (row, number) in read.iter().zip(1_u64..) {
        let index = usize::try_from((number - 1) % 5000).unwrap();
        assert_eq!((row.number, row.image_number.as_ref().unwrap().as_str()), (number, ids[index]));
        assert_eq!(row.fields.collected.is_some(), days[index].is_some());
    }
}

#[test]
fn what_is_no_whole_parquet_file_says_so() {
    let file = sound();
    assert!(error(&file[..file.len() - 1], PARQUET).contains("was cut off"));
    assert!(error(b"id,day,org\nA,2025-01-31,x\n", PARQUET).contains("no Parquet file"));
    assert!(error(b"", PARQUET).contains("empty"));
    assert!(error(b"PAR1PAR1", PARQUET).contains("cut off"));
    let mut damaged = file.clone();
    damaged[4..60].fill(0xff);
    assert!(error(&damaged, PARQUET).contains("cannot be read"));
}

//! One table, written by other writers in every format, compression and encoding, is the same table.

use std::collections::BTreeMap;
use std::io::Write;

use jiff::ToSpan;
use jiff::civil::date;
use parquet::basic;
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type};
use parquet::file::properties::WriterProperties;
use proptest::prelude::*;

use super::support::{COLUMNS, CSV, JSONL, PARQUET, parquet_file, put, rows};
use crate::catalogs::table::{Layout, TableRow};
use crate::model::catalog::{Compression, Encoding};
use crate::model::document::{Collected, Fields};
use crate::model::ids::ImageNumber;

/// A row: its image number, days since 1970, its organization.
type Row = (String, Option<i32>, Option<String>);

fn expected(table: &[Row]) -> Vec<TableRow> {
    let row = |(number, (id, day, org)): (u64, &Row)| {
        let collected = day.map(|days| Collected { day: date(1970, 1, 1) + days.days(), instant: None });
        let fields = Fields { organization: org.clone(), collected, ..Fields::default() };
        TableRow { number, image_number: Some(ImageNumber::new(id)), fields, ..TableRow::default() }
    };
    (1..).zip(table).map(row).collect()
}

fn day_text(day: Option<i32>) -> Option<String> {
    day.map(|days| (date(1970, 1, 1) + days.days()).to_string())
}

fn csv(table: &[Row], delimiter: u8) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_record(["org", "unused", "day", "id"]).unwrap();
    for (id, day, org) in table {
        writer
            .write_record([org.as_deref().unwrap_or_default(), "\"", &day_text(*day).unwrap_or_default(), id])
            .unwrap();
    }
    writer.into_inner().unwrap()
}

fn jsonl(table: &[Row]) -> Vec<u8> {
    let line = |(id, day, org): &Row| {
        let day = day_text(*day);
        let object = BTreeMap::from([("id", Some(id)), ("day", day.as_ref()), ("org", org.as_ref())]);
        serde_json::to_string(&object).unwrap() + "\n"
    };
    table.iter().map(line).collect::<String>().into_bytes()
}

fn parquet(table: &[Row], properties: WriterProperties) -> Vec<u8> {
    let schema = "message m { optional int32 day (DATE); required binary id (UTF8); optional binary org (UTF8); }";
    let (days, texts): (Vec<_>, Vec<_>) = table.iter().map(|(id, day, org)| (*day, (id, org))).unzip();
    let text = |text: &str| ByteArray::from(text);
    parquet_file(
        schema,
        properties,
        &[&|group| {
            put::<Int32Type>(group, &days, Some(1));
            put::<ByteArrayType>(group, &texts.iter().map(|(id, _)| Some(text(id))).collect::<Vec<_>>(), None);
            let orgs: Vec<_> = texts.iter().map(|(_, org)| org.as_deref().map(text)).collect();
            put::<ByteArrayType>(group, &orgs, Some(1));
        }],
    )
}

fn packed(bytes: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::None => bytes.to_vec(),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Compression::Zstd => zstd::encode_all(bytes, 1).unwrap(),
    }
}

fn text() -> impl Strategy<Value = String> {
    "[a-z0-9 ,;\"'\\\\\r\n\t|/.上海单据𠀀é%]{1,12}"
}

fn row() -> impl Strategy<Value = Row> {
    (text(), proptest::option::of(-30_000..60_000_i32), proptest::option::of(text()))
}

proptest! {
    #[test]
    fn a_table_is_the_same_however_it_is_written(table in proptest::collection::vec(row(), 0..40)) {
        let expected = expected(&table);
        for encoding in [Encoding::Utf8, Encoding::Gbk] {
            let encoded = |bytes: Vec<u8>| match encoding {
                Encoding::Utf8 => bytes,
                Encoding::Gbk => encoding_rs::GB18030.encode(&String::from_utf8(bytes).unwrap()).0.into_owned(),
            };
            for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
                for delimiter in *b",;\t|" {
                    let layout = Layout { compression, encoding, delimiter, ..CSV };
                    prop_assert_eq!(&rows(&packed(&encoded(csv(&table, delimiter)), compression), layout, COLUMNS), &expected);
                }
                let layout = Layout { compression, encoding, ..JSONL };
                prop_assert_eq!(&rows(&packed(&encoded(jsonl(&table)), compression), layout, COLUMNS), &expected);
            }
        }
        for (dictionary, compression) in [(true, basic::Compression::SNAPPY), (false, basic::Compression::UNCOMPRESSED)] {
            let properties = WriterProperties::builder().set_dictionary_enabled(dictionary).set_compression(compression);
            prop_assert_eq!(&rows(&parquet(&table, properties.build()), PARQUET, COLUMNS), &expected);
        }
    }
}

//! No bytes make a reader panic: tables that were cut off, changed or made up.

use std::io::Write;

use proptest::prelude::*;

use super::columnar::sound;
use super::support::{COLUMNS, CSV, JSONL, PARQUET, all};
use crate::catalogs::table::Layout;
use crate::model::catalog::{Compression, Encoding};

const TEXT: &str = "id,day,org\n\"A\"\"\n\",2025-01-31,上海\r\nB,2025-13-45,\n";
const LINES: &str = "{\"id\":\"A\\u4e0a\",\"day\":\"2025-01-31\",\"x\":[1,{}]}\n\n{\"id\":2,\"day\":null}\n";

fn tables() -> Vec<(Vec<u8>, Layout)> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(TEXT.as_bytes()).unwrap();
    vec![
        (TEXT.as_bytes().to_vec(), CSV),
        (encoding_rs::GBK.encode(TEXT).0.into_owned(), Layout { encoding: Encoding::Gbk, ..CSV }),
        (gzip.finish().unwrap(), Layout { compression: Compression::Gzip, ..CSV }),
        (zstd::encode_all(LINES.as_bytes(), 1).unwrap(), Layout { compression: Compression::Zstd, ..JSONL }),
        (LINES.as_bytes().to_vec(), JSONL),
        (sound(), PARQUET),
    ]
}

#[test]
fn a_table_that_was_cut_off_anywhere_is_read_without_panic() {
    for (bytes, layout) in tables() {
        for end in 0..bytes.len() {
            all(&bytes[..end], layout, COLUMNS);
        }
        assert!(all(&bytes, layout, COLUMNS)[0].is_ok(), "{layout:?}");
    }
}

#[test]
fn a_table_that_was_changed_anywhere_is_read_without_panic() {
    for (bytes, layout) in tables() {
        for at in 0..bytes.len() {
            for byte in [0, 1, 0x7f, 0x80, 0xff, b'"', bytes[at] ^ 1, bytes[at] ^ 0x10] {
                let mut changed = bytes.clone();
                changed[at] = byte;
                all(&changed, layout, COLUMNS);
            }
        }
    }
}

proptest! {
    #[test]
    fn bytes_that_were_made_up_are_read_without_panic(bytes: Vec<u8>, begin in 0_usize..6) {
        for (sound, layout) in tables() {
            // As the format begins, so that more than its first bytes is looked at.
            let head = &sound[..sound.len().min(begin * 4)];
            all(&[head, &bytes].concat(), layout, COLUMNS);
        }
    }
}

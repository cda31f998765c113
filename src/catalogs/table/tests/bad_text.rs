//! What is wrong with tables of text, and what is not.

use jiff::civil::date;

use super::support::{COLUMNS, CSV, JSONL, all, error, rows};
use crate::catalogs::table::Layout;
use crate::model::catalog::{Compression, Encoding};

fn gbk(text: &str) -> Vec<u8> {
    encoding_rs::GBK.encode(text).0.into_owned()
}

#[test]
fn marks_spaces_blank_lines_and_line_ends_do_no_harm() {
    let csv = "\u{feff} id , day,org \r\n\r\nI,2025-01-31,\" 上海 \"\r\n\r\n";
    let rows_of_csv = rows(csv.as_bytes(), CSV, COLUMNS);
    assert_eq!(rows_of_csv[0].fields.organization.as_deref(), Some(" 上海 "), "a value is kept as it is written");
    assert_eq!(rows_of_csv[0].fields.collected.unwrap().day, date(2025, 1, 31));
    let jsonl = "\u{feff}\r\n{\"id\":\"I\",\"day\":\"2025-01-31\",\"org\":\" 上海 \"}\r\n \r\n";
    assert_eq!(rows(jsonl.as_bytes(), JSONL, COLUMNS), rows_of_csv);
    let sep = "sep=;\nid;day;org\nI;2025-01-31; 上海 \n";
    assert_eq!(rows(sep.as_bytes(), Layout { delimiter: b';', ..CSV }, COLUMNS), rows_of_csv);
}

#[test]
fn a_table_may_have_no_rows_but_not_no_header() {
    assert_eq!(all(b"id,day,org\n", CSV, COLUMNS), []);
    assert_eq!(all(b"", JSONL, COLUMNS), []);
    assert!(error(b"", CSV).contains("empty"));
    assert!(error(b"\n\n", CSV).contains("empty"));
}

#[test]
fn a_wrong_header_ends_the_table_before_it_begins() {
    for (csv, about) in [
        ("id;day;org\nI;2025-01-31;A\n", "write `delimiter: \";\"`"),
        ("id\tday\torg\nI\t2025-01-31\tA\n", "write `delimiter: \"\\t\"`"),
        ("sep=;\nid;day;org\n", "write `delimiter: \";\"`"),
        ("id,date,org\n", "there is no column `day`; there are `id`, `date`, `org`"),
        ("id,day,org,id\n", "two columns are called `id`"),
        ("id,day,\"org\n", "never closed"),
        ("id,day\0,org\n", "NUL"),
    ] {
        let message = error(csv.as_bytes(), CSV);
        assert!(message.contains(about), "{csv:?}: {message}");
    }
    assert!(error(&vec![b'x'; 2 << 20], CSV).contains("the header is too long"));
}

#[test]
fn gbk_that_is_read_as_utf_8_is_named_and_read_as_gbk_is_sound() {
    let csv = gbk("id,day,org\nA,2025-01-30,x\nI,2025-01-31,上海丂|\n");
    let message = error(&csv, CSV);
    assert_eq!(message, "row 2: column `org` is not UTF-8; if the table is GBK, write `encoding: gbk`");
    let read = rows(&csv, Layout { encoding: Encoding::Gbk, ..CSV }, COLUMNS);
    assert_eq!(read[1].fields.organization.as_deref(), Some("上海丂|"));
    let header = error(&gbk("id,day,org,单据\n"), CSV);
    assert_eq!(header, "the header: column 4 is not UTF-8; if the table is GBK, write `encoding: gbk`");
    assert_eq!(error(b"id,day,org,\xff\n", CSV), "the header: column 4 is not UTF-8; write the table anew as UTF-8");
    let jsonl = gbk("{\"id\":1,\"day\":\"2025-01-31\",\"org\":\"上海\"}\n");
    assert!(error(&jsonl, JSONL).contains("write `encoding: gbk`"));
    assert_eq!(rows(&jsonl, Layout { encoding: Encoding::Gbk, ..JSONL }, COLUMNS).len(), 1);
}

#[test]
fn single_bytes_that_are_no_text_spoil_their_row_alone() {
    let csv = ["id,day,org\nA,2025-01-31,上海\nB,2025-01-31,".as_bytes(), b"\xb5\xa5", b"\nC,2025-01-31,x\n"].concat();
    let read = all(&csv, CSV, COLUMNS);
    assert!(read[0].is_ok() && read[2].is_ok());
    assert_eq!(read[1], Err("row 2: column `org` is not UTF-8; write the table anew as UTF-8".to_owned()));
    let halves = b"id,day,org,x\nA,2025-01-31,\xe4,\xb8\x80\n";
    assert!(error(halves, CSV).contains("column `org` is not UTF-8"));
    let read =
        all(b"id,day,org\nA,2025-01-31,\xff\nB,2025-01-31,x\n", Layout { encoding: Encoding::Gbk, ..CSV }, COLUMNS);
    assert!(read[0].as_ref().is_err_and(|message| message.contains("column `org` is not GBK")) && read[1].is_ok());
}

#[test]
fn a_bad_row_is_an_error_and_the_rest_goes_on() {
    let long = "x".repeat(70_000);
    let csv = format!(
        "id,day,org\nA,2025-01-31\nB,2025-01-31,x,y\n,2025-01-31,x\nC,2025-01-31,{long}\nD,2025-13-45,x\nE,,\n"
    );
    let read = all(csv.as_bytes(), CSV, COLUMNS);
    for (row, about) in read.iter().zip([
        "row 1: it has 2 cells, and the header has 3 columns",
        "row 2: it has 4 cells, and the header has 3 columns",
        "row 3: it has no `imageNumber`: `id` is empty",
        "row 4: column `org` has 70000 bytes, more than the 64 KiB",
    ]) {
        assert!(row.as_ref().is_err_and(|message| message.contains(about)), "{about}: {row:?}");
    }
    let unreadable = &read[4].as_ref().unwrap().unreadable;
    assert_eq!(unreadable, &[("collected".to_owned(), "2025-13-45 (row 5)".to_owned())]);
    let sparse = read[5].as_ref().unwrap();
    assert_eq!((sparse.number, sparse.fields.collected, &sparse.fields.organization), (6, None, &None));
}

#[test]
fn a_bad_line_is_an_error_and_the_rest_goes_on() {
    let long = "x".repeat(2 << 20);
    let jsonl =
        format!("[1]\n{{\"id\":\n{{\"id\":\"{long}\"}}\n{{\"id\":{{}}}}\n{{\"day\":1}}\n{{\"id\":true,\"day\":null}}");
    let read = all(jsonl.as_bytes(), JSONL, COLUMNS);
    for (row, about) in read.iter().zip([
        "row 1: a JSON object is expected; found a list",
        "row 2: it is not JSON",
        "row 3: it is longer than 1024 KiB",
        "row 4: `id` holds an object or a list",
        "row 5: it has no `imageNumber`: `id` is empty or not there",
    ]) {
        assert!(row.as_ref().is_err_and(|message| message.contains(about)), "{about}");
    }
    assert_eq!(read[5].as_ref().unwrap().image_number.as_ref().unwrap().as_str(), "true");
}

#[test]
fn a_quote_that_is_never_closed_ends_the_table() {
    let read = all(b"id,day,org\nA,2025-01-31,x\nB,2025-01-31,\"y\nC,2025-01-31,z\n", CSV, COLUMNS);
    assert_eq!(read.len(), 2);
    assert!(read[1].as_ref().is_err_and(|message| message.contains("row 2: a quote is opened and never closed")));
}

#[test]
fn a_packed_table_that_was_cut_off_gives_the_rows_before() {
    let lines: String =
        (0..50_000_u32).map(|n| format!("{:08x},2025-01-31,x\n", n.wrapping_mul(2_654_435_761))).collect();
    let packed = zstd::encode_all(format!("id,day,org\n{lines}").as_bytes(), 1).unwrap();
    let read = all(&packed[..packed.len() - 9], Layout { compression: Compression::Zstd, ..CSV }, COLUMNS);
    assert!(read.len() > 1000 && read[..read.len() - 1].iter().all(Result::is_ok));
    let message = read.last().unwrap().as_ref().unwrap_err();
    assert!(message.contains("the zstd data ends too early, after row "), "{message}");
}

#[test]
fn a_column_that_none_of_the_first_lines_has_is_told_as_that_of_a_csv_header_is() {
    let line = |org: &str| format!("{{\"id\":\"1\",\"day\":\"2025-01-05\"{org}}}\n");
    assert!(error(line("").repeat(3).as_bytes(), JSONL).contains("none of the first 3 rows has `org`"));
    let many = line("").repeat(1200) + &line(",\"org\":\"A\"");
    let last = all(many.as_bytes(), JSONL, COLUMNS).pop().unwrap();
    assert!(last.unwrap_err().contains("none of the first 1000 rows has `org`"), "no more rows follow");
    // A null, or one row that has it, tells that the name is right.
    assert_eq!(
        rows(
            (line("").repeat(1200) + &line(",\"org\":null")).as_bytes()[line("").len() * 300..].as_ref(),
            JSONL,
            COLUMNS
        )
        .len(),
        901
    );
}

//! The text of a table: unpacked, decoded to UTF-8, and told from what is no text.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;

use crate::model::catalog::{Compression, Encoding};

use super::gbk::{FromGbk, could_be_gbk};
use super::row::TableError;

/// Bytes that are read at once.
const BUFFER: usize = 64 << 10;

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

type Input = Box<dyn Read + Send>;

/// The text of a table as UTF-8, as far as it is.
pub(in crate::catalogs) struct Text {
    input: BufReader<Input>,
    compression: Compression,
    encoding: Encoding,
    /// Whether a row had other characters than ASCII's, and was what its encoding says.
    proven: bool,
}

impl Text {
    /// Begins to read a table.
    ///
    /// # Errors
    /// What begins as another compression, format or encoding than the one that is said.
    pub(in crate::catalogs) fn open(
        input: impl Read + Send + 'static,
        compression: Compression,
        encoding: Encoding,
    ) -> Result<Self, TableError> {
        let broken = |error: io::Error| TableError::table(damage(compression, 0, &error));
        let (head, packed) = begun(Box::new(input)).map_err(broken)?;
        check_packed(&head, compression)?;
        let unpacked: Input = match compression {
            Compression::None => packed,
            Compression::Gzip => Box::new(MultiGzDecoder::new(BufReader::with_capacity(BUFFER, packed))),
            Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(packed).map_err(broken)?),
        };
        let (head, unpacked) = begun(unpacked).map_err(broken)?;
        check_text(&head, encoding)?;
        let mut unpacked = BufReader::with_capacity(BUFFER, unpacked);
        if head.starts_with(b"\xef\xbb\xbf") {
            unpacked.read_exact(&mut [0; 3]).map_err(broken)?;
        }
        let input = match encoding {
            Encoding::Utf8 => unpacked,
            Encoding::Gbk => BufReader::with_capacity(BUFFER, Box::new(FromGbk::new(unpacked)) as Input),
        };
        Ok(Self { input, compression, encoding, proven: false })
    }

    /// The next bytes; none at the end. `rows` were read before them.
    ///
    /// # Errors
    /// A table that is damaged, is cut off, or cannot be read.
    pub(super) fn fill(&mut self, rows: u64) -> Result<&[u8], TableError> {
        let compression = self.compression;
        self.input.fill_buf().map_err(|error| TableError::table(damage(compression, rows, &error)))
    }

    /// Takes bytes off what [`Self::fill`] gave.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.input.consume(bytes);
    }

    /// A row's bytes as text. `place` names what holds the byte at which it is none.
    ///
    /// # Errors
    /// Of the whole table, where it is surely written in another encoding than the one that is said; otherwise of the row.
    pub(super) fn decoded<'t>(
        &mut self,
        bytes: &'t [u8],
        number: u64,
        place: impl Fn(usize) -> String,
    ) -> Result<&'t str, TableError> {
        match std::str::from_utf8(bytes) {
            Ok(text) if self.encoding == Encoding::Gbk => match text.find(char::REPLACEMENT_CHARACTER) {
                Some(at) => Err(spoilt(number, format!("{} is not GBK, which `encoding` says", place(at)))),
                None => Ok(text),
            },
            Ok(text) => {
                self.proven |= !text.is_ascii();
                Ok(text)
            }
            Err(error) => {
                let place = place(error.valid_up_to());
                if self.proven || !could_be_gbk(bytes) {
                    return Err(spoilt(number, format!("{place} is not UTF-8; write the table anew as UTF-8")));
                }
                let at = if number == 0 { "the header".to_owned() } else { format!("row {number}") };
                let way_out = "if the table is GBK, write `encoding: gbk`";
                Err(TableError::table(format!("{at}: {place} is not UTF-8; {way_out}")))
            }
        }
    }
}

/// Of the row alone; but nothing can be read without the header, row 0.
fn spoilt(number: u64, message: String) -> TableError {
    if number == 0 { TableError::Table(format!("the header: {message}")) } else { TableError::row(number, message) }
}

/// The first bytes of an input, and the input from its beginning.
fn begun(mut input: Input) -> io::Result<(Vec<u8>, Input)> {
    let mut head = Vec::new();
    (&mut input).take(4).read_to_end(&mut head)?;
    Ok((head.clone(), Box::new(Cursor::new(head).chain(input))))
}

fn check_packed(head: &[u8], said: Compression) -> Result<(), TableError> {
    // Frames to be skipped may stand before those of data.
    let is_zstd = head.starts_with(ZSTD) || head.get(1..) == Some(b"\x2a\x4d\x18");
    let found = match head {
        head if head.starts_with(GZIP) => Compression::Gzip,
        _ if is_zstd => Compression::Zstd,
        _ => Compression::None,
    };
    match (said, found) {
        (said, found) if said == found => Ok(()),
        (Compression::None, Compression::Gzip) => {
            Err(TableError::table("the table is gzip; write `compression: gzip`"))
        }
        (Compression::None, _) => Err(TableError::table("the table is zstd; write `compression: zstd`")),
        (_, found) => {
            let (name, other) = (name(said), name(found));
            let what = if head.is_empty() { "it is empty" } else { "it does not begin as that" };
            Err(TableError::table(format!("the table is not {name}, since {what}; write `compression: {other}`")))
        }
    }
}

fn check_text(head: &[u8], encoding: Encoding) -> Result<(), TableError> {
    let problem = match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=255, ..] | [1..=255, 0, ..] => {
            "the table is UTF-16; write it anew as UTF-8 (in Excel: CSV UTF-8)"
        }
        [0xef, 0xbb, 0xbf, ..] if encoding == Encoding::Gbk => {
            "the table begins with the mark of UTF-8; remove `encoding: gbk`"
        }
        b"PK\x03\x04" => "the table is a ZIP or an Excel workbook; save its sheet as CSV UTF-8",
        b"PAR1" => "the table is Parquet; write `format: parquet`, and no compression",
        _ => return Ok(()),
    };
    Err(TableError::table(problem))
}

fn name(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "none",
        Compression::Gzip => "gzip",
        Compression::Zstd => "zstd",
    }
}

fn damage(compression: Compression, rows: u64, error: &io::Error) -> String {
    let after = if rows == 0 { "before its first row".to_owned() } else { format!("after row {rows}") };
    match (compression, error.kind()) {
        (Compression::None, _) => format!("the table cannot be read {after}: {error}"),
        (packed, io::ErrorKind::UnexpectedEof) => {
            format!("the {} data ends too early, {after}: it was cut off; write or upload it again", name(packed))
        }
        (packed, _) => format!("the {} data cannot be read {after}: {error}; write or upload it again", name(packed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], compression: Compression, encoding: Encoding) -> Result<Vec<u8>, String> {
        let read = || {
            let mut text = Text::open(Cursor::new(bytes.to_vec()), compression, encoding)?;
            let mut all = Vec::new();
            loop {
                let chunk = text.fill(7)?.to_vec();
                text.consume(chunk.len());
                if chunk.is_empty() {
                    return Ok(all);
                }
                all.extend(chunk);
            }
        };
        read().map_err(|error: TableError| error.to_string())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        flate2::read::GzEncoder::new(bytes, flate2::Compression::fast()).read_to_end(&mut packed).unwrap();
        packed
    }

    #[test]
    fn packed_tables_are_unpacked_with_every_member_and_without_the_mark() {
        let members = [gzip(b"\xef\xbb\xbfa,b\n"), gzip(b"1,2\n")].concat();
        assert_eq!(all(&members, Compression::Gzip, Encoding::Utf8).unwrap(), b"a,b\n1,2\n");
        let frames = [b"a,b\n", b"1,2\n"].map(|text| zstd::encode_all(&text[..], 1).unwrap()).concat();
        assert_eq!(all(&frames, Compression::Zstd, Encoding::Utf8).unwrap(), b"a,b\n1,2\n");
        assert_eq!(all(b"", Compression::None, Encoding::Utf8).unwrap(), b"");
    }

    #[test]
    fn packed_tables_that_were_cut_off_say_so() {
        let text: Vec<u8> =
            (0..100_000_u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).collect();
        let text: String = text.iter().map(|byte| char::from(b'a' + byte % 26)).collect();
        for (packed, compression) in [
            (gzip(text.as_bytes()), Compression::Gzip),
            (zstd::encode_all(text.as_bytes(), 1).unwrap(), Compression::Zstd),
        ] {
            let read = all(&packed[..packed.len() - 3], compression, Encoding::Utf8);
            assert!(read.is_err_and(|message| message.contains("ends too early, after row 7")));
        }
        let mut damaged = gzip(text.as_bytes());
        let middle = damaged.len() / 2;
        damaged[middle..middle + 64].fill(0xff);
        let read = all(&damaged, Compression::Gzip, Encoding::Utf8);
        assert!(read.is_err_and(|message| message.contains("cannot be read after row 7")));
    }

    #[test]
    fn what_is_another_thing_than_said_is_named() {
        let (none, utf8) = (Compression::None, Encoding::Utf8);
        for (bytes, compression, encoding, about) in [
            (&gzip(b"a")[..], none, utf8, "compression: gzip"),
            (&gzip(b"a"), Compression::Zstd, utf8, "compression: gzip"),
            (&zstd::encode_all(&b"a"[..], 1).unwrap(), none, utf8, "compression: zstd"),
            (b"a,b\n", Compression::Gzip, utf8, "compression: none"),
            (b"", Compression::Gzip, utf8, "empty"),
            (b"\xff\xfea\0", none, utf8, "UTF-16"),
            (b"\xfe\xff\0a", none, utf8, "UTF-16"),
            (b"a\0,\0", none, utf8, "UTF-16"),
            (b"\0a\0,", none, utf8, "UTF-16"),
            (b"\xef\xbb\xbfa", none, Encoding::Gbk, "remove `encoding: gbk`"),
            (b"PK\x03\x04abc", none, utf8, "Excel"),
            (b"PAR1abc", none, utf8, "format: parquet"),
            (&gzip(b"PAR1abc"), Compression::Gzip, utf8, "format: parquet"),
        ] {
            let message = all(bytes, compression, encoding).unwrap_err();
            assert!(message.contains(about), "{bytes:?}: {message}");
        }
    }
}

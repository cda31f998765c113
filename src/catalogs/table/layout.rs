//! How a table is written: as its entry says, or else as its name says.

use crate::model::catalog::{Compression, Encoding, Index, TableFormat};

use super::words::shown;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Its format.
    pub format: TableFormat,
    /// How it is compressed as a whole.
    pub compression: Compression,
    /// How its text is encoded; Parquet has no text.
    pub encoding: Encoding,
    /// Between the cells of CSV.
    pub delimiter: u8,
}

/// How the table called `name` is written.
///
/// # Errors
/// A name that tells no format where none is given, and what does not fit the format.
pub fn layout(name: &str, index: &Index) -> Result<Layout, String> {
    let lower = name.to_lowercase();
    let (stem, by_name) = match lower.rsplit_once('.') {
        Some((stem, "gz" | "gzip")) => (stem, Compression::Gzip),
        Some((stem, "zst" | "zstd")) => (stem, Compression::Zstd),
        _ => (lower.as_str(), Compression::None),
    };
    let extension = stem.rsplit_once('.').map_or("", |(_, extension)| extension);
    let format = match (index.format, extension) {
        (Some(format), _) => format,
        (None, "csv" | "tsv") => TableFormat::Csv,
        (None, "jsonl" | "ndjson") => TableFormat::Jsonl,
        (None, "parquet") => TableFormat::Parquet,
        (None, _) => {
            return Err(format!("the name {:?} tells no format; write `format: csv`, jsonl or parquet", shown(name)));
        }
    };
    let compression = index.compression.unwrap_or(by_name);
    check(format, compression, index)?;
    let default = if extension == "tsv" { b'\t' } else { b',' };
    let delimiter = index.delimiter.as_deref().map_or(Ok(default), delimiter)?;
    Ok(Layout { format, compression, encoding: index.encoding, delimiter })
}

fn check(format: TableFormat, compression: Compression, index: &Index) -> Result<(), String> {
    if format != TableFormat::Csv && index.delimiter.is_some() {
        return Err("`delimiter` is for CSV; remove it".to_owned());
    }
    if format == TableFormat::Parquet && compression != Compression::None {
        return Err(
            "Parquet compresses its own pages and is read at any place; unpack the file, and name it so".to_owned()
        );
    }
    if format == TableFormat::Parquet && index.encoding != Encoding::Utf8 {
        return Err("`encoding` is for CSV and JSONL; remove it".to_owned());
    }
    Ok(())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        [b'"' | b'\r' | b'\n'] => {
            Err(format!("the delimiter {text:?} means something else in CSV; write one such as `;`"))
        }
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err(format!("a delimiter is one ASCII character, or `\\t` for a tab; found {:?}", shown(text))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(json: &str) -> Index {
        serde_json::from_str(&format!(r#"{{"columns":{{}}{json}}}"#)).unwrap()
    }

    #[test]
    fn a_name_tells_format_and_compression() {
        for (name, format, compression, delimiter) in [
            ("a/index.csv", TableFormat::Csv, Compression::None, b','),
            ("INDEX.TSV.GZ", TableFormat::Csv, Compression::Gzip, b'\t'),
            ("index.jsonl.zst", TableFormat::Jsonl, Compression::Zstd, b','),
            ("index.ndjson", TableFormat::Jsonl, Compression::None, b','),
            ("index.parquet", TableFormat::Parquet, Compression::None, b','),
        ] {
            let expected = Layout { format, compression, encoding: Encoding::Utf8, delimiter };
            assert_eq!(layout(name, &index("")), Ok(expected), "{name}");
        }
    }

    #[test]
    fn what_is_given_comes_before_the_name() {
        let given = index(r#","format":"csv","compression":"none","encoding":"gbk","delimiter":"\\t""#);
        let read = layout("index.parquet.gz", &given).unwrap();
        assert_eq!((read.format, read.compression), (TableFormat::Csv, Compression::None));
        assert_eq!((read.encoding, read.delimiter), (Encoding::Gbk, b'\t'));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (name, given, about) in [
            ("index", "", "tells no format"),
            ("index.xlsx", "", "tells no format"),
            ("index.parquet.gz", "", "unpack"),
            ("index.parquet", r#","encoding":"gbk""#, "encoding"),
            ("index.jsonl", r#","delimiter":";""#, "delimiter"),
            ("index.csv", r#","delimiter":"||""#, "one ASCII"),
            ("index.csv", r#","delimiter":"；""#, "one ASCII"),
            ("index.csv", r#","delimiter":"""#, "one ASCII"),
            ("index.csv", r#","delimiter":"\"""#, "something else"),
        ] {
            let message = layout(name, &index(given)).unwrap_err();
            assert!(message.contains(about), "{name} {given}: {message}");
        }
    }
}

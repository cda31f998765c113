//! The kind of a file by its first bytes.

use crate::model::facts::FileKind;

/// How far into the file the mark of a PDF may stand; readers accept as much.
pub(super) const HEAD: u64 = 1024;

/// Sizes of the header that follows the file header of a bitmap: `BM` alone is too weak a mark.
const BMP_HEADERS: [u8; 8] = [12, 16, 40, 52, 56, 64, 108, 124];

/// Tags that open web pages (WHATWG MIME sniffing), in lower case: text that begins with one is not taken for XML.
const HTML_TAGS: [&str; 18] = [
    "html", "head", "script", "iframe", "h1", "div", "font", "table", "a", "style", "title", "b", "body", "br", "p",
    "meta", "center", "link",
];

/// The kind by magic bytes, from the first 1024 bytes or the whole file. `None`: none of ours. Never `Ofd`: that needs
/// the directory of the zip, which [`super::probe()`] reads.
pub fn kind_by_magic(head: &[u8]) -> Option<FileKind> {
    match head {
        [0xff, 0xd8, 0xff, ..] => Some(FileKind::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => Some(FileKind::Png),
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(FileKind::Tiff),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(FileKind::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(FileKind::Webp),
        [b'P', b'K', 3, 4, ..] => None,
        _ if is_bmp(head) => Some(FileKind::Bmp),
        _ if is_xml(head) => Some(FileKind::Xml),
        _ => pdf_start(head).map(|_| FileKind::Pdf),
    }
}

/// Where the mark of a PDF stands; some have a few bytes before it.
pub(super) fn pdf_start(head: &[u8]) -> Option<usize> {
    head.windows(5).position(|window| window == b"%PDF-")
}

/// A zip with at least one entry.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
}

fn is_bmp(head: &[u8]) -> bool {
    head.starts_with(b"BM") && matches!(head.get(14..18), Some([size, 0, 0, 0]) if BMP_HEADERS.contains(size))
}

fn is_xml(head: &[u8]) -> bool {
    let text = match head {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(head).into_owned(),
    };
    opens_xml(text.trim_start())
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// A declaration, a document type, or the first tag where the declaration was left out; each unless it says HTML.
fn opens_xml(text: &str) -> bool {
    let Some(text) = text.strip_prefix('<') else { return false };
    if let Some(rest) = text.strip_prefix("?xml") {
        return rest.starts_with(|char: char| char.is_ascii_whitespace());
    }
    match text.strip_prefix("!DOCTYPE") {
        Some(rest) => opens_element(rest.trim_start()),
        None => opens_element(text),
    }
}

fn opens_element(text: &str) -> bool {
    let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-' | '.' | ':');
    let length = text.find(|char| !is_name(char)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    let begins = name.starts_with(|char: char| char.is_alphabetic() || char == '_');
    let ends = rest.starts_with(|char: char| char.is_ascii_whitespace() || matches!(char, '>' | '/' | '['));
    begins && ends && !HTML_TAGS.contains(&name.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_told_from_web_pages() {
        let xml: [&[u8]; 7] = [
            b"<?xml version=\"1.0\"?><a/>",
            b"\xef\xbb\xbf<?xml version='1.0' encoding='GBK'?>",
            b"\r\n  <?xml version=\"1.0\"?>",
            b"\xff\xfe<\0?\0x\0m\0l\0 \0",
            b"\xfe\xff\0<\0?\0x\0m\0l\0 ",
            b"<EInvoice xmlns=\"urn:x\">",
            b"<!DOCTYPE invoice [",
        ];
        for head in xml {
            assert_eq!(kind_by_magic(head), Some(FileKind::Xml), "{}", head.escape_ascii());
        }
    }

    #[test]
    fn web_pages_and_plain_text_are_no_kind_of_ours() {
        let other: [&[u8]; 9] = [
            b"<!DOCTYPE html><html>",
            b"<!doctype HTML PUBLIC",
            b"<html lang=\"en\">",
            b"<HTML><HEAD>",
            b"<center>503</center>",
            b"<3 you",
            b"<someone@example.org>",
            b"hello",
            b"",
        ];
        for head in other {
            assert_eq!(kind_by_magic(head), None, "{}", head.escape_ascii());
        }
    }

    #[test]
    fn a_pdf_may_have_a_few_bytes_before_its_mark() {
        assert_eq!(kind_by_magic(b"\r\n%PDF-1.4\n"), Some(FileKind::Pdf));
        assert_eq!(kind_by_magic(b"%PDX-1.4\n"), None);
    }

    #[test]
    fn two_letters_do_not_make_a_bitmap() {
        assert_eq!(kind_by_magic(b"BMW is a maker of cars, it says here"), None);
        assert_eq!(kind_by_magic(b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\0\0"), Some(FileKind::Bmp));
    }
}

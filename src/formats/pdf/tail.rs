//! The end of a PDF: whether it is there, and whether a trailer says that the file is encrypted. Pages are not looked at.

use std::io::{Read, Seek};

use crate::formats::magic::{HEAD, pdf_start};
use crate::formats::window::{BLOCK, Stop, Window};
use crate::model::facts::{Ending, FileFacts};

/// How far the end mark may stand from the end; readers accept as much.
const AFTER_END: u64 = 1024;

pub(in crate::formats) fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    facts.encrypted = None;
    let tail = file.size().saturating_sub(BLOCK);
    facts.ending = ending(file, tail)?;
    if facts.ending == Ending::Whole {
        facts.encrypted = encrypted(file, tail)?;
    }
    Ok(())
}

fn ending<R: Read + Seek>(file: &mut Window<'_, R>, tail: u64) -> Result<Ending, Stop> {
    let Some(mark) = file.rfind(b"%%EOF", tail)? else { return Ok(Ending::Truncated) };
    let behind = mark + 5;
    let near = file.size() - behind <= AFTER_END;
    let reached = near || file.only_padding_from(behind)?;
    let stated = linearized_length(&file.slice(0, HEAD)?).unwrap_or(0);
    Ok(if reached && stated <= file.size() { Ending::Whole } else { Ending::Truncated })
}

/// The length that a linearized file states in front. It has an end mark in front, too, and cut there it would look whole.
fn linearized_length(head: &[u8]) -> Option<u64> {
    let dictionary = &head[find(head, b"/Linearized")?..];
    let dictionary = &dictionary[..find(dictionary, b">>")?];
    let at = dictionary.windows(3).position(|window| window.starts_with(b"/L") && !window[2].is_ascii_alphabetic())?;
    number(&dictionary[at + 2..])
}

/// True if any trailer names an encryption dictionary; not known if there is no trailer to be found. In a linearized
/// file the last one may be silent: then the cross-references at the front, to which the end points, tell.
fn encrypted<R: Read + Seek>(file: &mut Window<'_, R>, tail: u64) -> Result<Option<bool>, Stop> {
    let Some(pointer) = file.rfind(b"startxref", tail)? else { return Ok(None) };
    let mut trailers = Vec::new();
    let before = file.slice(tail, pointer - tail)?;
    if let Some(at) = rfind(&before, b"trailer") {
        trailers.push(before[at..].to_vec());
    }
    let offset = number(&file.slice(pointer + 9, 32)?);
    // Offsets count from the header, which may have bytes before it.
    let shift = pdf_start(&file.slice(0, HEAD)?).unwrap_or(0) as u64;
    for offset in offset.map_or(vec![], |offset| vec![offset, offset.saturating_add(shift)]) {
        if offset < file.size() {
            trailers.extend(cross_references(&file.slice(offset, BLOCK)?));
        }
    }
    Ok((!trailers.is_empty()).then(|| trailers.iter().any(|trailer| names_encryption(trailer))))
}

/// The dictionary of a cross-reference table or stream that begins here.
fn cross_references(section: &[u8]) -> Option<Vec<u8>> {
    if section.trim_ascii_start().starts_with(b"xref") {
        let trailer = &section[find(section, b"trailer")?..];
        let end = find(trailer, b"startxref").unwrap_or(trailer.len());
        return Some(trailer[..end].to_vec());
    }
    let dictionary = &section[..find(section, b"stream")?];
    find(dictionary, b"/XRef").map(|_| dictionary.to_vec())
}

/// `/Encrypt` as a whole name: `/EncryptMetadata` is another.
fn names_encryption(dictionary: &[u8]) -> bool {
    let name = b"/Encrypt";
    dictionary.windows(name.len() + 1).any(|window| {
        let behind = window[name.len()];
        window.starts_with(name) && (behind.is_ascii_whitespace() || matches!(behind, 0 | b'<' | b'/' | b'%'))
    })
}

fn number(text: &[u8]) -> Option<u64> {
    let text = text.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

fn rfind(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).rposition(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::formats::probe;
    use crate::model::facts::{Ending, FileFacts};

    fn facts(text: &str) -> FileFacts {
        probe(&mut Cursor::new(text.as_bytes()), text.len() as u64).unwrap()
    }

    #[test]
    fn a_longer_name_is_not_that_of_the_encryption() {
        let trailer = |entry: &str| format!("%PDF-1.4\nxref\ntrailer << {entry} >>\nstartxref\n9\n%%EOF\n");
        assert_eq!(facts(&trailer("/Encrypt 5 0 R")).encrypted, Some(true));
        assert_eq!(facts(&trailer("/Encrypt<</V 2>>")).encrypted, Some(true));
        assert_eq!(facts(&trailer("/EncryptMetadata false")).encrypted, Some(false));
    }

    #[test]
    fn the_dictionary_of_a_cross_reference_stream_is_looked_at() {
        let text = "%PDF-1.5\n7 0 obj <</Type/XRef /Encrypt 5 0 R>> stream\nx\nendstream\nstartxref\n9\n%%EOF";
        assert_eq!(facts(text).encrypted, Some(true));
        assert_eq!(facts(&text.replace("/Encrypt 5 0 R", "")).encrypted, Some(false));
    }

    #[test]
    fn in_a_linearized_file_the_first_trailer_tells() {
        let front = "%PDF-1.4\nxref\n0 0\ntrailer << /Encrypt 5 0 R >>\nstartxref\n0\n%%EOF\n";
        let text = format!("{front}{}xref\ntrailer << /Size 3 >>\nstartxref\n9\n%%EOF\n", "x".repeat(70_000));
        assert_eq!(facts(&text).encrypted, Some(true));
    }

    #[test]
    fn a_linearized_file_cut_behind_its_first_part_is_truncated() {
        let text = |length: u64| format!("%PDF-1.4\n1 0 obj <</Linearized 1/L {length}/H[1 2]>> endobj\nxref\n%%EOF\n");
        assert_eq!(facts(&text(9000)).ending, Ending::Truncated);
        assert_eq!(facts(&text(60)).ending, Ending::Whole);
    }

    #[test]
    fn without_a_trailer_encryption_is_not_known() {
        let facts = facts("%PDF-1.4\nnothing\n%%EOF\n");
        assert_eq!((facts.ending, facts.encrypted), (Ending::Whole, None));
    }

    #[test]
    fn padding_behind_the_end_mark_does_no_harm_and_other_bytes_do() {
        let whole = "%PDF-1.4\n%%EOF\n";
        assert_eq!(facts(&format!("{whole}{}", "\0".repeat(4000))).ending, Ending::Whole);
        assert_eq!(facts(&format!("{whole}{}", "x".repeat(4000))).ending, Ending::Truncated);
        assert_eq!(facts("%PDF-1.4\n1 0 obj").ending, Ending::Truncated);
    }
}

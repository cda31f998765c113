//! PNG: walks the chunks in front of the image data, then looks for the last chunk.

use std::io::{Read, Seek};

use super::density::{Per, dpi};
use super::window::{BLOCK, Stop, Window};
use crate::model::facts::{Dpi, Ending, FileFacts};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The type and checksum of the last chunk, which is always empty.
const IEND: &[u8] = b"IEND\xae\x42\x60\x82";

/// Chunks in front of the image data; real files have a handful.
const MAX_CHUNKS: u32 = 1024;

pub(super) fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    if file.bytes(0)? != SIGNATURE {
        return Err(Stop::Broken("the signature is damaged, as by a transfer in text mode"));
    }
    let mut at = 8;
    for index in 0..MAX_CHUNKS {
        let (length, kind) = (u64::from(u32::from_be_bytes(file.bytes(at)?)), file.bytes(at + 4)?);
        let payload = at + 8;
        match &kind {
            b"IHDR" if index == 0 => facts.pixels = Some(pixels(file, payload)?),
            _ if index == 0 => return Err(Stop::Broken("it does not begin with a header chunk")),
            b"pHYs" => facts.dpi = physical(file, payload)?,
            b"IDAT" => return ending(file, at, facts),
            b"IEND" => return Err(Stop::Broken("it has no image data")),
            _ => {}
        }
        at = payload + length + 4;
    }
    Ok(())
}

fn ending<R: Read + Seek>(file: &mut Window<'_, R>, data: u64, facts: &mut FileFacts) -> Result<(), Stop> {
    let from = data.max(file.size().saturating_sub(BLOCK));
    let found = file.rfind(IEND, from)?;
    facts.ending = if found.is_some() { Ending::Whole } else { Ending::Truncated };
    Ok(())
}

fn pixels<R: Read + Seek>(file: &mut Window<'_, R>, at: u64) -> Result<(u32, u32), Stop> {
    let (width, height) = (u32::from_be_bytes(file.bytes(at)?), u32::from_be_bytes(file.bytes(at + 4)?));
    if width == 0 || height == 0 {
        return Err(Stop::Broken("the image has no width or no height"));
    }
    Ok((width, height))
}

/// Unit 1 is the metre; any other is an aspect ratio.
fn physical<R: Read + Seek>(file: &mut Window<'_, R>, at: u64) -> Result<Dpi, Stop> {
    let (x, y) = (u32::from_be_bytes(file.bytes(at)?), u32::from_be_bytes(file.bytes(at + 4)?));
    let [unit] = file.bytes(at + 8)?;
    Ok(if unit == 1 { dpi(x as f32, y as f32, Per::Metre) } else { Dpi::Unknown })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::formats::probe;
    use crate::model::facts::{Ending, FileFacts, FileKind};

    const HEADER: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x20\x08\0\0\0\0crc.";

    fn facts(bytes: &[u8]) -> FileFacts {
        probe(&mut Cursor::new(bytes), bytes.len() as u64).unwrap()
    }

    #[test]
    fn a_transfer_in_text_mode_is_named_as_the_cause() {
        let facts = facts(b"\x89PNG\n\x1a\n\0\0\0\x0dIHDR");
        assert_eq!(facts.kind, Some(FileKind::Png));
        assert!(facts.unreadable.unwrap().contains("text mode"));
    }

    #[test]
    fn a_header_alone_is_truncated_and_its_pixels_are_known() {
        let facts = facts(HEADER);
        assert_eq!((facts.pixels, facts.ending, facts.unreadable), (Some((16, 32)), Ending::Truncated, None));
    }

    #[test]
    fn an_image_without_data_is_unreadable() {
        let bytes = [HEADER, b"\0\0\0\0IEND\xae\x42\x60\x82"].concat();
        assert!(facts(&bytes).unreadable.unwrap().contains("no image data"));
    }
}

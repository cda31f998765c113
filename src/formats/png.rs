//! PNG: walks the chunks in front of the image data, then looks for the last chunk.

use std::io::{Read, Seek};

use super::density::{Per, dpi};
use super::window::{BLOCK, Stop, Window};
use crate::model::facts::{Dpi, Ending, FileFacts};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// The type and checksum of the last chunk, which is always empty.
const IEND: &[u8] = b"IEND\xae\x42\x60\x82";

/// Bytes of a chunk without payload: length, type and checksum.
const EMPTY_CHUNK: u64 = 12;

/// Chunks of image data that are followed by their lengths; each may take a block.
const MAX_WALKED: u32 = 8;

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

/// Trailers may follow the last chunk. Truncated is a file of which a chunk goes on beyond its end, or in which only more
/// image data and no last chunk follow. Where two mebibytes of the file tell neither, the ending stays unknown.
fn ending<R: Read + Seek>(file: &mut Window<'_, R>, data: u64, facts: &mut FileFacts) -> Result<(), Stop> {
    let tail = data.max(file.size().saturating_sub(BLOCK));
    let is_whole = file.rfind(IEND, tail)?.is_some();
    facts.ending = match is_whole {
        true => Ending::Whole,
        false => match walked(file, data)? {
            Some(ending) => ending,
            None => searched(file, data)?,
        },
    };
    Ok(())
}

/// Follows the lengths of the first chunks of image data: some programs write all of it into one or a few.
fn walked<R: Read + Seek>(file: &mut Window<'_, R>, data: u64) -> Result<Option<Ending>, Stop> {
    let mut at = data;
    for _ in 0..MAX_WALKED {
        if at + EMPTY_CHUNK > file.size() {
            return Ok(Some(Ending::Truncated));
        }
        let (length, kind) = (u64::from(u32::from_be_bytes(file.bytes(at)?)), file.bytes::<4>(at + 4)?);
        match &kind {
            b"IEND" => return Ok(Some(Ending::Whole)),
            kind if kind.iter().all(u8::is_ascii_alphabetic) => at += EMPTY_CHUNK + length,
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Looks for the last chunk from the end backwards, or for image data behind which there is none.
fn searched<R: Read + Seek>(file: &mut Window<'_, R>, data: u64) -> Result<Ending, Stop> {
    let decided = file.backwards(data, IEND.len() as u64 - 1, |_, bytes| {
        let data = memchr::memmem::rfind(bytes, b"IDAT").map(|_| Ending::Truncated);
        memchr::memmem::rfind(bytes, IEND).map(|_| Ending::Whole).or(data)
    })?;
    Ok(decided.unwrap_or(Ending::Truncated))
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

    const LAST: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

    /// Chunks of image data of these lengths.
    fn data(lengths: &[usize]) -> Vec<u8> {
        let chunk = |length: &usize| {
            let head = u32::try_from(*length).unwrap().to_be_bytes();
            [&head[..], b"IDAT", &vec![0x5a; *length], b"crc."].concat()
        };
        lengths.iter().flat_map(chunk).collect()
    }

    #[test]
    fn the_last_chunk_is_found_before_long_trailers() {
        for lengths in [&[300_000][..], &[8192; 40], &[3_000_000]] {
            for trailer in [0, 100_000, 1_000_000] {
                let bytes = [HEADER, &data(lengths), LAST, &vec![b'x'; trailer]].concat();
                assert_eq!(facts(&bytes).ending, Ending::Whole, "{lengths:?} {trailer}");
            }
        }
    }

    #[test]
    fn image_data_without_a_last_chunk_is_truncated_however_long() {
        for lengths in [&[300_000][..], &[8192; 1000], &[3_000_000]] {
            let bytes = [HEADER, &data(lengths)].concat();
            for cut in [0, 2, 100, 5000] {
                assert_eq!(facts(&bytes[..bytes.len() - cut]).ending, Ending::Truncated, "{lengths:?} {cut}");
            }
        }
    }

    #[test]
    fn behind_more_than_is_read_the_ending_is_unknown() {
        let bytes = [HEADER, &data(&[8192; 40]), LAST, &vec![b'x'; 4 << 20]].concat();
        assert_eq!(facts(&bytes).ending, Ending::Unknown);
    }

    #[test]
    fn an_image_without_data_is_unreadable() {
        let bytes = [HEADER, b"\0\0\0\0IEND\xae\x42\x60\x82"].concat();
        assert!(facts(&bytes).unreadable.unwrap().contains("no image data"));
    }
}

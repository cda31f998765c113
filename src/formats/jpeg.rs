//! JPEG: walks the markers up to the scan, then looks for the end mark behind it.

use std::io::{Read, Seek};

use super::density::{Per, dpi};
use super::ifd::Directories;
use super::window::{Stop, Window};
use crate::model::facts::{Dpi, Ending, FileFacts};

const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;

/// Decoders skip stray bytes between segments; more than this is not a JPEG that went slightly wrong.
const MAX_STRAY: u64 = 4096;

/// A block of a scan has hundreds of stuffed bytes, one of a trailer a few by chance.
const MIN_STUFFED: u32 = 16;

/// What stands in front of the bytes of one segment.
struct Segment {
    marker: u8,
    /// Where its payload begins, behind the length.
    start: u64,
    /// Where it ends.
    end: u64,
}

pub(super) fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    let mut exif = Dpi::Unknown;
    let mut at = 2;
    loop {
        let segment = next_segment(file, at)?;
        at = segment.end;
        match segment.marker {
            SOS => break,
            APP0 if facts.dpi == Dpi::Unknown => facts.dpi = jfif_dpi(file, &segment)?,
            APP1 if exif == Dpi::Unknown => exif = exif_dpi(file, &segment)?,
            marker if is_frame(marker) => facts.pixels = Some(frame_size(file, &segment)?),
            _ => {}
        }
        if facts.dpi == Dpi::Unknown && facts.pixels.is_some() {
            facts.dpi = exif;
        }
    }
    if facts.pixels.is_none() {
        return Err(Stop::Broken("the image begins without a frame header"));
    }
    facts.ending = ending(file, at)?;
    Ok(())
}

/// The end mark cannot occur inside the scan, and trailers of cameras and scanners may follow it. Truncated is a file whose
/// last blocks, but for others that are no scan, are one, or that has no mark at all behind where its scan begins. Where
/// two mebibytes of the file tell neither, the ending stays unknown.
fn ending<R: Read + Seek>(file: &mut Window<'_, R>, scan: u64) -> Result<Ending, Stop> {
    let decided = file.backwards(scan, 1, |_, bytes| match memchr::memmem::rfind(bytes, &[0xff, EOI]) {
        Some(_) => Some(Ending::Whole),
        None => is_scan(bytes).then_some(Ending::Truncated),
    })?;
    Ok(decided.unwrap_or(Ending::Truncated))
}

/// Whether bytes can be nothing but a piece of a scan: a 0xff in it is stuffed with a 0, or a restart mark, or begins what
/// may stand between scans. Anything else breaks that rule soon, and padding has no 0xff with a 0 behind it.
fn is_scan(bytes: &[u8]) -> bool {
    let mut stuffed = 0;
    for at in memchr::memchr_iter(0xff, bytes) {
        match bytes.get(at + 1).copied() {
            Some(0) => stuffed += 1,
            Some(0xc4 | 0xd0..=0xd7 | SOS) | None => {}
            Some(_) => return false,
        }
    }
    stuffed >= MIN_STUFFED
}

fn next_segment<R: Read + Seek>(file: &mut Window<'_, R>, from: u64) -> Result<Segment, Stop> {
    let mut at = from;
    while at - from <= MAX_STRAY {
        let pair: [u8; 2] = file.bytes(at)?;
        match pair {
            // A stuffed byte, a fill byte, or markers that stand alone.
            [0xff, 0x00 | 0x01 | 0xd0..=0xd8] => at += 2,
            [0xff, EOI] => return Err(Stop::Broken("the end mark comes before the image")),
            [0xff, marker] if marker != 0xff => return segment(file, marker, at + 2),
            _ => at += 1,
        }
    }
    Err(Stop::Broken("there is no segment where one should begin"))
}

fn segment<R: Read + Seek>(file: &mut Window<'_, R>, marker: u8, at: u64) -> Result<Segment, Stop> {
    let length = u64::from(u16::from_be_bytes(file.bytes(at)?));
    if length < 2 {
        return Err(Stop::Broken("a segment is shorter than its own length"));
    }
    Ok(Segment { marker, start: at + 2, end: at + length })
}

/// Start of frame: C0 to CF but for Huffman tables, extensions and arithmetic conditioning.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

fn frame_size<R: Read + Seek>(file: &mut Window<'_, R>, frame: &Segment) -> Result<(u32, u32), Stop> {
    let height = u16::from_be_bytes(file.bytes(frame.start + 1)?);
    let width = u16::from_be_bytes(file.bytes(frame.start + 3)?);
    if width == 0 || height == 0 {
        return Err(Stop::Broken("the image has no width or no height"));
    }
    Ok((width.into(), height.into()))
}

/// Unit 0 is an aspect ratio: says nothing about inches.
fn jfif_dpi<R: Read + Seek>(file: &mut Window<'_, R>, app0: &Segment) -> Result<Dpi, Stop> {
    let head = file.slice(app0.start, (app0.end - app0.start).min(12))?;
    let [b'J', b'F', b'I', b'F', 0, _, _, unit, x_high, x_low, y_high, y_low] = head[..] else {
        return Ok(Dpi::Unknown);
    };
    let (x, y) = (u16::from_be_bytes([x_high, x_low]), u16::from_be_bytes([y_high, y_low]));
    Ok(match unit {
        1 => dpi(x.into(), y.into(), Per::Inch),
        2 => dpi(x.into(), y.into(), Per::Centimetre),
        _ => Dpi::Unknown,
    })
}

/// A broken Exif segment spoils nothing but itself.
fn exif_dpi<R: Read + Seek>(file: &mut Window<'_, R>, app1: &Segment) -> Result<Dpi, Stop> {
    if file.slice(app1.start, 6)? != b"Exif\0\0" {
        return Ok(Dpi::Unknown);
    }
    match read_exif(file, app1.start + 6, app1.end) {
        Err(Stop::Io(error)) => Err(Stop::Io(error)),
        Err(_) => Ok(Dpi::Unknown),
        Ok(dpi) => Ok(dpi),
    }
}

fn read_exif<R: Read + Seek>(file: &mut Window<'_, R>, start: u64, end: u64) -> Result<Dpi, Stop> {
    let (directories, first) = Directories::open(file, start, end)?;
    let directory = directories.read(file, first)?;
    directories.dpi(file, &directory)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::formats::probe;
    use crate::model::facts::{Ending, FileFacts};

    const FRAME: &[u8] = &[0xff, 0xc0, 0, 11, 8, 0, 32, 0, 16, 1, 1, 0x11, 0];
    const SCAN: &[u8] = &[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0x34];

    fn facts(parts: &[&[u8]]) -> FileFacts {
        let bytes = parts.concat();
        probe(&mut Cursor::new(&bytes), bytes.len() as u64).unwrap()
    }

    #[test]
    fn fill_bytes_and_stray_bytes_between_segments_are_skipped() {
        let facts = facts(&[b"\xff\xd8", b"\xff\xff\xff\xfe\x00\x03x", b"\0\0", FRAME, SCAN, b"\xff\xd9"]);
        assert_eq!((facts.pixels, facts.ending, facts.unreadable), (Some((16, 32)), Ending::Whole, None));
    }

    #[test]
    fn the_end_mark_of_a_thumbnail_is_not_that_of_the_image() {
        let thumbnail = b"\xff\xed\x00\x08abcd\xff\xd9";
        let facts = facts(&[b"\xff\xd8", thumbnail, FRAME, SCAN]);
        assert_eq!(facts.ending, Ending::Truncated);
    }

    #[test]
    fn padding_and_trailers_behind_the_end_mark_do_no_harm() {
        for trailer in [&b"\0\0\0\0"[..], b"\r\n", b"scanned by an old device"] {
            assert_eq!(facts(&[b"\xff\xd8", FRAME, SCAN, b"\xff\xd9", trailer]).ending, Ending::Whole);
        }
    }

    /// A scan of so many bytes, as a compressor makes it: random, and stuffed.
    fn scan(bytes: usize) -> Vec<u8> {
        let mut scan = SCAN.to_vec();
        while scan.len() < bytes {
            let byte = pseudo_random(scan.len());
            scan.push(byte);
            if byte == 0xff {
                scan.push(0);
            }
        }
        scan
    }

    fn pseudo_random(seed: usize) -> u8 {
        (seed as u64 ^ 0x9e37).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0]
    }

    #[test]
    fn the_end_mark_is_found_before_long_trailers() {
        let noise: Vec<u8> = (0..300_000).map(pseudo_random).filter(|byte| *byte != 0xd9).collect();
        for trailer in [&[0; 100_000][..], &[0xff; 70_000], &b"<x:xmpmeta/> ".repeat(20_000), &noise] {
            assert_eq!(facts(&[b"\xff\xd8", FRAME, &scan(200_000), b"\xff\xd9", trailer]).ending, Ending::Whole);
        }
    }

    #[test]
    fn a_scan_without_an_end_is_truncated_however_long_and_however_padded() {
        for (length, trailer) in [(10_000, 0), (300_000, 0), (5_000_000, 0), (5_000_000, 200_000)] {
            let facts = facts(&[b"\xff\xd8", FRAME, &scan(length), &vec![0; trailer]]);
            assert_eq!(facts.ending, Ending::Truncated, "{length} {trailer}");
        }
    }

    #[test]
    fn behind_more_than_is_read_the_ending_is_unknown() {
        let facts = facts(&[b"\xff\xd8", FRAME, &scan(100_000), b"\xff\xd9", &vec![0; 4 << 20]]);
        assert_eq!((facts.ending, facts.pixels), (Ending::Unknown, Some((16, 32))));
    }

    #[test]
    fn what_makes_no_sense_is_unreadable_and_says_why() {
        let reason = |parts: &[&[u8]]| facts(parts).unreadable.unwrap();
        assert!(reason(&[b"\xff\xd8", SCAN]).contains("frame header"));
        assert!(reason(&[b"\xff\xd8\xff\xd9", FRAME]).contains("end mark"));
        assert!(reason(&[b"\xff\xd8\xff\xe0\0\x01", FRAME]).contains("shorter"));
        assert!(reason(&[b"\xff\xd8\xff\xff", &[7; 9000]]).contains("no segment"));
        assert!(reason(&[b"\xff\xd8", &[0xff, 0xc0, 0, 11, 8, 0, 0, 0, 16, 1, 1, 0x11, 0]]).contains("no height"));
    }
}

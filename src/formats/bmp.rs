//! Windows bitmaps: sizes stand in the header, and so does where the pixels end.

use std::io::{Read, Seek};

use super::density::{Per, dpi};
use super::window::{Stop, Window};
use crate::model::facts::{Ending, FileFacts};

/// The oldest header: 16-bit sides, no compression, no resolution.
const CORE_HEADER: u32 = 12;

struct Header {
    width: u32,
    height: u32,
    bits: u16,
    /// Bytes of the pixels where they are compressed.
    compressed: Option<u32>,
}

pub(super) fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    let header = if u32::from_le_bytes(file.bytes(14)?) == CORE_HEADER {
        core_header(file)?
    } else {
        let (x, y) = (i32::from_le_bytes(file.bytes(38)?), i32::from_le_bytes(file.bytes(42)?));
        facts.dpi = dpi(x as f32, y as f32, Per::Metre);
        info_header(file)?
    };
    if header.width == 0 || header.height == 0 {
        return Err(Stop::Broken("the image has no width or no height"));
    }
    facts.pixels = Some((header.width, header.height));
    let start = u64::from(u32::from_le_bytes(file.bytes(10)?));
    let whole = start.saturating_add(pixel_bytes(&header)) <= file.size();
    facts.ending = if whole { Ending::Whole } else { Ending::Truncated };
    Ok(())
}

fn core_header<R: Read + Seek>(file: &mut Window<'_, R>) -> Result<Header, Stop> {
    let mut short = |at| file.bytes(at).map(u16::from_le_bytes);
    Ok(Header { width: short(18)?.into(), height: short(20)?.into(), bits: short(24)?, compressed: None })
}

fn info_header<R: Read + Seek>(file: &mut Window<'_, R>) -> Result<Header, Stop> {
    let width = i32::from_le_bytes(file.bytes(18)?);
    // Negative: the rows stand from top to bottom.
    let height = i32::from_le_bytes(file.bytes(22)?).unsigned_abs();
    let bits = u16::from_le_bytes(file.bytes(28)?);
    let method = u32::from_le_bytes(file.bytes(30)?);
    let bytes = u32::from_le_bytes(file.bytes(34)?);
    // 0 is none; 3 and 6 are colour masks.
    let compressed = (!matches!(method, 0 | 3 | 6)).then_some(bytes);
    Ok(Header { width: u32::try_from(width).unwrap_or(0), height, bits, compressed })
}

/// Rows are filled up to four bytes.
fn pixel_bytes(header: &Header) -> u64 {
    match header.compressed {
        Some(bytes) => bytes.into(),
        None => {
            let row = (u64::from(header.width) * u64::from(header.bits)).div_ceil(32) * 4;
            row.saturating_mul(header.height.into())
        }
    }
}

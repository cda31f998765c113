//! WebP: the length of the whole stands in front; the sides stand in the first chunk.

use std::io::{Read, Seek};

use super::window::{Stop, Window};
use crate::model::facts::{Ending, FileFacts};

/// Where the payload of the first chunk begins.
const PAYLOAD: u64 = 20;

pub(super) fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    let kind: [u8; 4] = file.bytes(12)?;
    facts.pixels = Some(match &kind {
        b"VP8 " => lossy(file)?,
        b"VP8L" => lossless(file)?,
        b"VP8X" => extended(file)?,
        _ => return Err(Stop::Broken("the first chunk is no image")),
    });
    let length = u64::from(u32::from_le_bytes(file.bytes(4)?)) + 8;
    facts.ending = if length <= file.size() { Ending::Whole } else { Ending::Truncated };
    Ok(())
}

fn lossy<R: Read + Seek>(file: &mut Window<'_, R>) -> Result<(u32, u32), Stop> {
    if file.bytes(PAYLOAD + 3)? != [0x9d, 0x01, 0x2a] {
        return Err(Stop::Broken("the first frame has no start code"));
    }
    let mut side = |at| -> Result<u32, Stop> { Ok(u32::from(u16::from_le_bytes(file.bytes(at)?) & 0x3fff)) };
    let (width, height) = (side(PAYLOAD + 6)?, side(PAYLOAD + 8)?);
    if width == 0 || height == 0 {
        return Err(Stop::Broken("the image has no width or no height"));
    }
    Ok((width, height))
}

fn lossless<R: Read + Seek>(file: &mut Window<'_, R>) -> Result<(u32, u32), Stop> {
    let [signature] = file.bytes(PAYLOAD)?;
    if signature != 0x2f {
        return Err(Stop::Broken("the first frame has no signature"));
    }
    let bits = u32::from_le_bytes(file.bytes(PAYLOAD + 1)?);
    Ok(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}

fn extended<R: Read + Seek>(file: &mut Window<'_, R>) -> Result<(u32, u32), Stop> {
    let mut side = |at| -> Result<u32, Stop> {
        let [low, middle, high] = file.bytes(at)?;
        Ok(u32::from_le_bytes([low, middle, high, 0]) + 1)
    };
    Ok((side(PAYLOAD + 4)?, side(PAYLOAD + 7)?))
}

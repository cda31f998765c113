//! GIF: the logical screen, and the trailer behind the last block.

use std::io::{Read, Seek};

use super::window::{Stop, Window, is_padding};
use crate::model::facts::{Ending, FileFacts};

/// How much of the tail may be padding.
const TAIL: u64 = 1024;

pub(super) fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    let (width, height) = (u16::from_le_bytes(file.bytes(6)?), u16::from_le_bytes(file.bytes(8)?));
    if width == 0 || height == 0 {
        return Err(Stop::Broken("the image has no width or no height"));
    }
    facts.pixels = Some((width.into(), height.into()));
    let tail = file.slice(file.size().saturating_sub(TAIL), TAIL)?;
    let length = tail.iter().rposition(|byte| !is_padding(*byte)).map_or(0, |last| last + 1);
    // A block ends with a zero, then comes the trailer.
    facts.ending = if tail[..length].ends_with(b"\0;") { Ending::Whole } else { Ending::Truncated };
    Ok(())
}

//! TIFF and BigTIFF: every page's directory, read by hand because no page is ever decoded.

use std::io::{Read, Seek};

use super::density::lowest;
use super::ifd::{
    Directories, Directory, Entry, HEIGHT, STRIP_LENGTHS, STRIP_OFFSETS, SUBFILE_TYPE, TILE_LENGTHS, TILE_OFFSETS,
    WIDTH,
};
use super::window::{Stop, Window};
use crate::model::facts::{Ending, FileFacts};

/// Pages that are looked at; how the file ends stays unknown for one with more.
const MAX_PAGES: usize = 1000;

/// Strips or tiles of a page that are held against the end of the file; the last ones, for they are the first to be
/// cut off.
const MAX_PARTS: u64 = 16_384;

pub(super) fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    let size = file.size();
    let (directories, mut next) = Directories::open(file, 0, size)?;
    if next == 0 {
        return Err(Stop::Broken("it has no page"));
    }
    let mut seen = Vec::new();
    while next != 0 {
        if seen.contains(&next) {
            return Err(Stop::Broken("its pages follow each other in a circle"));
        }
        if seen.len() == MAX_PAGES {
            return Ok(());
        }
        seen.push(next);
        let page = directories.read(file, next)?;
        look_at_page(file, &directories, &page, facts)?;
        next = page.next;
    }
    facts.pages = u32::try_from(seen.len()).ok();
    facts.ending = Ending::Whole;
    Ok(())
}

fn look_at_page<R: Read + Seek>(
    file: &mut Window<'_, R>,
    directories: &Directories,
    page: &Directory,
    facts: &mut FileFacts,
) -> Result<(), Stop> {
    if facts.pixels.is_none() {
        facts.pixels = Some(pixels(file, directories, page)?);
    }
    // Bit 0: a reduced copy of another page. Its resolution is not that of the document.
    let subfile = directories.first(file, page, SUBFILE_TYPE)?.unwrap_or(0);
    if subfile & 1 == 0 {
        facts.dpi = lowest(facts.dpi, directories.dpi(file, page)?);
    }
    if page.reach > file.size() {
        return Err(Stop::End);
    }
    holds_parts(file, directories, page.entry(STRIP_OFFSETS), page.entry(STRIP_LENGTHS))?;
    holds_parts(file, directories, page.entry(TILE_OFFSETS), page.entry(TILE_LENGTHS))
}

fn pixels<R: Read + Seek>(
    file: &mut Window<'_, R>,
    directories: &Directories,
    page: &Directory,
) -> Result<(u32, u32), Stop> {
    let mut side = |tag| -> Result<Option<u32>, Stop> {
        let pixels = directories.first(file, page, tag)?;
        Ok(pixels.and_then(|pixels| u32::try_from(pixels).ok()).filter(|pixels| *pixels > 0))
    };
    let (width, height) = (side(WIDTH)?, side(HEIGHT)?);
    width.zip(height).ok_or(Stop::Broken("a page has no width or no height"))
}

/// Stops with the end of the file where a strip or tile reaches beyond it.
fn holds_parts<R: Read + Seek>(
    file: &mut Window<'_, R>,
    directories: &Directories,
    offsets: Option<&Entry>,
    lengths: Option<&Entry>,
) -> Result<(), Stop> {
    let Some(offsets) = offsets else { return Ok(()) };
    for index in (offsets.count.saturating_sub(MAX_PARTS)..offsets.count).rev() {
        let offset = directories.value(file, offsets, index)?.unwrap_or(0);
        let length = match lengths {
            Some(lengths) => directories.value(file, lengths, index)?.unwrap_or(0),
            None => 0,
        };
        if offset.saturating_add(length) > file.size() {
            return Err(Stop::End);
        }
    }
    Ok(())
}

//! Image file directories: the structure of TIFF, which Exif borrows.

use std::io::{Read, Seek};

use super::density::{Per, dpi};
use super::window::{Stop, Window};
use crate::model::facts::Dpi;

pub(super) const SUBFILE_TYPE: u16 = 254;
pub(super) const WIDTH: u16 = 256;
pub(super) const HEIGHT: u16 = 257;
pub(super) const STRIP_OFFSETS: u16 = 273;
pub(super) const STRIP_LENGTHS: u16 = 279;
const X_RESOLUTION: u16 = 282;
const Y_RESOLUTION: u16 = 283;
const RESOLUTION_UNIT: u16 = 296;
pub(super) const TILE_OFFSETS: u16 = 324;
pub(super) const TILE_LENGTHS: u16 = 325;

/// The tags that are kept of a directory; the others are passed over.
const TAGS: [u16; 10] = [
    SUBFILE_TYPE,
    WIDTH,
    HEIGHT,
    STRIP_OFFSETS,
    STRIP_LENGTHS,
    X_RESOLUTION,
    Y_RESOLUTION,
    RESOLUTION_UNIT,
    TILE_OFFSETS,
    TILE_LENGTHS,
];

/// Directories have a few dozen entries; one with more is not a directory.
const MAX_ENTRIES: u64 = 4096;

/// The directories between two places of a file, and how to read them.
pub(super) struct Directories {
    /// What offsets count from.
    base: u64,
    /// Where the last byte ends.
    end: u64,
    big_endian: bool,
    /// BigTIFF: counts and offsets of eight bytes.
    big: bool,
}

/// One entry: a tag and where its values are.
pub(super) struct Entry {
    tag: u16,
    kind: u16,
    /// How many values.
    pub(super) count: u64,
    /// Where the first value is, from the start of the file.
    at: u64,
}

/// One directory.
pub(super) struct Directory {
    /// The entries that matter.
    entries: Vec<Entry>,
    /// The offset of the next one; 0: none.
    pub(super) next: u64,
    /// Where the last value of any of its entries ends, from the start of the file.
    pub(super) reach: u64,
}

impl Directory {
    pub(super) fn entry(&self, tag: u16) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == tag)
    }
}

impl Directories {
    /// Reads the header at `base`; gives the offset of the first directory, too.
    pub(super) fn open<R: Read + Seek>(file: &mut Window<'_, R>, base: u64, end: u64) -> Result<(Self, u64), Stop> {
        let header: [u8; 4] = file.bytes(base)?;
        let (big_endian, big) = match header {
            [b'I', b'I', version @ (42 | 43), 0] => (false, version == 43),
            [b'M', b'M', 0, version @ (42 | 43)] => (true, version == 43),
            _ => return Err(Stop::Broken("the header of the directories is damaged")),
        };
        let this = Self { base, end, big_endian, big };
        let first = this.offset(file, base + if big { 8 } else { 4 })?;
        Ok((this, first))
    }

    /// Reads the directory at an offset.
    pub(super) fn read<R: Read + Seek>(&self, file: &mut Window<'_, R>, offset: u64) -> Result<Directory, Stop> {
        let start = self.base.checked_add(offset).ok_or(Stop::End)?;
        let (count, first) = if self.big {
            (self.number(file, start, 8)?, start.saturating_add(8))
        } else {
            (self.number(file, start, 2)?, start.saturating_add(2))
        };
        if count > MAX_ENTRIES {
            return Err(Stop::Broken("a directory has more entries than any real one"));
        }
        let (mut entries, mut reach) = (Vec::new(), 0);
        for index in 0..count {
            let entry = self.entry(file, first.saturating_add(index * self.entry_size()))?;
            reach = reach.max(entry.at.saturating_add(entry.count.saturating_mul(value_size(entry.kind))));
            if TAGS.contains(&entry.tag) {
                entries.push(entry);
            }
        }
        let next = self.offset(file, first.saturating_add(count * self.entry_size()))?;
        Ok(Directory { entries, next, reach })
    }

    /// One value of an entry, where it is a whole number; `None` for other types.
    pub(super) fn value<R: Read + Seek>(
        &self,
        file: &mut Window<'_, R>,
        entry: &Entry,
        index: u64,
    ) -> Result<Option<u64>, Stop> {
        let whole = matches!(entry.kind, 1 | 3 | 4 | 13 | 16 | 18);
        if !whole || index >= entry.count {
            return Ok(None);
        }
        let width = value_size(entry.kind);
        let at = entry.at.saturating_add(index.saturating_mul(width));
        self.number(file, at, width).map(Some)
    }

    /// The first value of a tag.
    pub(super) fn first<R: Read + Seek>(
        &self,
        file: &mut Window<'_, R>,
        directory: &Directory,
        tag: u16,
    ) -> Result<Option<u64>, Stop> {
        directory.entry(tag).map_or(Ok(None), |entry| self.value(file, entry, 0))
    }

    /// The resolution; a missing unit is inches, unit 1 is none.
    pub(super) fn dpi<R: Read + Seek>(&self, file: &mut Window<'_, R>, directory: &Directory) -> Result<Dpi, Stop> {
        let per = match self.first(file, directory, RESOLUTION_UNIT)? {
            None | Some(2) => Per::Inch,
            Some(3) => Per::Centimetre,
            Some(_) => return Ok(Dpi::Unknown),
        };
        let x = self.ratio(file, directory, X_RESOLUTION)?;
        let y = self.ratio(file, directory, Y_RESOLUTION)?;
        Ok(x.zip(y).map_or(Dpi::Unknown, |(x, y)| dpi(x, y, per)))
    }

    fn ratio<R: Read + Seek>(
        &self,
        file: &mut Window<'_, R>,
        directory: &Directory,
        tag: u16,
    ) -> Result<Option<f32>, Stop> {
        let Some(entry) = directory.entry(tag).filter(|entry| entry.kind == 5 && entry.count > 0) else {
            return Ok(None);
        };
        let numerator = self.number(file, entry.at, 4)?;
        let denominator = self.number(file, entry.at.saturating_add(4), 4)?;
        Ok((denominator != 0).then(|| numerator as f32 / denominator as f32))
    }

    fn entry<R: Read + Seek>(&self, file: &mut Window<'_, R>, start: u64) -> Result<Entry, Stop> {
        let tag = self.short(file, start)?;
        let kind = self.short(file, start + 2)?;
        let width = if self.big { 8 } else { 4 };
        let count = self.number(file, start + 4, width)?;
        let field = start + 4 + width;
        // Values that fit stand in the entry itself.
        let fits = count.checked_mul(value_size(kind)).is_some_and(|bytes| bytes <= width);
        let at = if fits { field } else { self.base.saturating_add(self.offset(file, field)?) };
        Ok(Entry { tag, kind, count, at })
    }

    fn short<R: Read + Seek>(&self, file: &mut Window<'_, R>, at: u64) -> Result<u16, Stop> {
        // Two bytes, so nothing is lost.
        self.number(file, at, 2).map(|number| u16::try_from(number).unwrap_or(u16::MAX))
    }

    fn offset<R: Read + Seek>(&self, file: &mut Window<'_, R>, at: u64) -> Result<u64, Stop> {
        self.number(file, at, if self.big { 8 } else { 4 })
    }

    /// An unsigned number of 1, 2, 4 or 8 bytes.
    fn number<R: Read + Seek>(&self, file: &mut Window<'_, R>, at: u64, width: u64) -> Result<u64, Stop> {
        if at.saturating_add(width) > self.end {
            return Err(Stop::End);
        }
        let mut bytes = [0; 8];
        let bytes = &mut bytes[8 - usize::try_from(width.min(8)).unwrap_or(8)..];
        file.read_into(at, bytes)?;
        if !self.big_endian {
            bytes.reverse();
        }
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn entry_size(&self) -> u64 {
        if self.big { 20 } else { 12 }
    }
}

/// Bytes of one value of a type; one of an unknown type is taken for a byte and never read.
fn value_size(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

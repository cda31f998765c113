//! OFD: a zip with an entry `OFD.xml`. Reads names only; nothing is unpacked.

use std::io::{Read, Seek};

use super::window::{BLOCK, Stop, Window};
use crate::model::facts::{Dpi, Ending, FileFacts, FileKind};

const DOCUMENT: &[u8] = b"OFD.xml";
const LOCAL_ENTRY: [u8; 4] = *b"PK\x03\x04";
const CENTRAL_ENTRY: [u8; 4] = *b"PK\x01\x02";
const END_OF_DIRECTORY: &[u8] = b"PK\x05\x06";

/// Entries at the front that are looked at: enough where the directory at the end is cut off.
const MAX_LOCAL: u32 = 16;

/// Where the directory of the zip is.
struct Place {
    start: u64,
    entries: u16,
}

/// Sets the kind only if it is an OFD. The names stand in the directory at the end; those at the front are looked at only
/// where it is cut off or damaged, because each may be somewhere else in the file.
pub(super) fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    facts.dpi = Dpi::NotApplicable;
    let walked = walk_directory(file, facts);
    if walked.is_err() && facts.kind.is_none() && begins_with_document(file)? {
        facts.kind = Some(FileKind::Ofd);
    }
    walked
}

fn walk_directory<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    let place = find_directory(file)?;
    let mut at = place.start;
    let mut encrypted = false;
    for _ in 0..place.entries {
        if file.bytes(at)? != CENTRAL_ENTRY {
            return Err(Stop::Broken("the directory of the zip is damaged"));
        }
        let flags = u16::from_le_bytes(file.bytes(at + 8)?);
        encrypted |= flags & 1 == 1;
        let lengths = [28, 30, 32].map(|field| file.bytes(at + field).map(u16::from_le_bytes));
        let [name, extra, comment] = lengths;
        let (name, extra, comment) = (u64::from(name?), u64::from(extra?), u64::from(comment?));
        if is_document(&file.slice(at + 46, name)?) {
            facts.kind = Some(FileKind::Ofd);
        }
        at += 46 + name + extra + comment;
    }
    facts.encrypted = Some(encrypted);
    facts.ending = Ending::Whole;
    Ok(())
}

/// Walks entries from the front, as far as their headers say how long they are.
fn begins_with_document<R: Read + Seek>(file: &mut Window<'_, R>) -> Result<bool, Stop> {
    let mut at = 0;
    for _ in 0..MAX_LOCAL {
        let header: [u8; 30] = match file.bytes(at) {
            Err(Stop::End) => return Ok(false),
            header => header?,
        };
        if header[..4] != LOCAL_ENTRY {
            return Ok(false);
        }
        let short = |field: usize| u64::from(u16::from_le_bytes([header[field], header[field + 1]]));
        let (name, extra) = (short(26), short(28));
        if is_document(&file.slice(at + 30, name)?) {
            return Ok(true);
        }
        // Bit 3: the length stands behind the content, where it cannot be found without unpacking.
        if short(6) & 8 != 0 {
            return Ok(false);
        }
        at += 30 + name + extra + (short(20) << 16 | short(18));
    }
    Ok(false)
}

fn find_directory<R: Read + Seek>(file: &mut Window<'_, R>) -> Result<Place, Stop> {
    let tail = file.size().saturating_sub(BLOCK);
    let at = file.rfind(END_OF_DIRECTORY, tail)?.ok_or(Stop::End)?;
    let entries = u16::from_le_bytes(file.bytes(at + 10)?);
    let start = u64::from(u32::from_le_bytes(file.bytes(at + 16)?));
    let comment = u64::from(u16::from_le_bytes(file.bytes(at + 20)?));
    if at + 22 + comment > file.size() {
        return Err(Stop::End);
    }
    Ok(Place { start, entries })
}

/// Some writers put a slash in front or write the name in other letters.
fn is_document(name: &[u8]) -> bool {
    name.strip_prefix(b"/").unwrap_or(name).eq_ignore_ascii_case(DOCUMENT)
}

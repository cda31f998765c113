//! Picks the decoder, and turns what stopped it into facts.

use std::io::{BufReader, Read, Seek, SeekFrom};

use super::bounds::{Account, Fault};
use super::{gif, jpeg, png, tiff, webp};
use crate::formats::{ofd_parts, pdf, xml};
use crate::model::facts::{Decoded, Ending, FileFacts, FileKind};

/// Bytes that are asked of the reader at once.
const BUFFER: usize = 64 << 10;

/// Bytes of a file that is read into memory as a whole: a PDF of a thousand scanned pages.
const WHOLE_BYTES: u64 = 64 << 20;

/// Decodes all of a file of `size` bytes, whose head gave `facts`, and adds to them what it finds. A file that is known to
/// be cut off, broken or encrypted is left alone. `is_over` says whether the time for it is up, and is asked often.
///
/// An error of the reader is taken for one of the content: whoever passes a reader that can fail looks there first.
pub fn decode<R: Read + Seek>(reader: &mut R, size: u64, facts: &mut FileFacts, is_over: &dyn Fn() -> bool) {
    let sound = facts.unreadable.is_none() && facts.ending != Ending::Truncated && facts.encrypted != Some(true);
    let Some(kind) = facts.kind.filter(|_| sound) else { return };
    facts.decoded = Decoded::Whole;
    let account = &mut Account::new(size, is_over);
    let decoded = match kind {
        FileKind::Pdf | FileKind::Ofd | FileKind::Xml => decode_whole(reader, kind, facts, account),
        kind => decode_image(reader, kind, account),
    };
    match decoded {
        Ok(()) => {}
        Err(Fault::Truncated) => facts.ending = Ending::Truncated,
        Err(Fault::Broken(reason)) => facts.unreadable = Some(reason),
        Err(Fault::Bomb(found)) => facts.bomb = Some(found),
        Err(Fault::Unknown(reason)) => facts.decoded = Decoded::Unknown(reason),
    }
}

fn decode_image<R: Read + Seek>(reader: &mut R, kind: FileKind, account: &mut Account<'_>) -> Result<(), Fault> {
    reader.seek(SeekFrom::Start(0)).map_err(|error| Fault::reading(&error))?;
    let mut reader = BufReader::with_capacity(BUFFER, reader);
    match kind {
        FileKind::Jpeg => jpeg::decode(&mut reader, account),
        FileKind::Png => png::decode(&mut reader, account),
        FileKind::Tiff => tiff::decode(&mut reader, account),
        FileKind::Gif => gif::decode(&mut reader, account),
        FileKind::Webp => webp::decode(&mut reader, account),
        FileKind::Bmp => bmp(&mut reader),
        FileKind::Pdf | FileKind::Ofd | FileKind::Xml => Ok(()),
    }
}

/// Looks at all of a file whose look at the head could not, and unpacks what is packed in it.
fn decode_whole<R: Read + Seek>(
    reader: &mut R,
    kind: FileKind,
    facts: &mut FileFacts,
    account: &mut Account<'_>,
) -> Result<(), Fault> {
    let bytes = all(reader, account.size())?;
    if facts.pages.is_none() {
        look_whole(&bytes, facts);
    }
    if facts.unreadable.is_some() || facts.bomb.is_some() {
        return Ok(());
    }
    match kind {
        FileKind::Pdf => pdf::unpack_all(&bytes, account),
        FileKind::Ofd => ofd_parts::unpack_all(&bytes, account),
        _ if bytes.len() > xml::XML_BYTES => Err(too_long(xml::XML_BYTES as u64)),
        _ => Ok(()),
    }
}

/// Adds what only all bytes of a file tell.
pub(in crate::formats) fn look_whole(bytes: &[u8], facts: &mut FileFacts) {
    match facts.kind {
        Some(FileKind::Pdf) => pdf::look_at_pages(bytes, facts),
        Some(FileKind::Ofd) => ofd_parts::look(bytes, facts),
        Some(FileKind::Xml) => xml::look(bytes, facts),
        _ => {}
    }
}

/// All bytes of a file whose format can only be read as a whole.
fn all<R: Read + Seek>(reader: &mut R, size: u64) -> Result<Vec<u8>, Fault> {
    if size > WHOLE_BYTES {
        return Err(too_long(WHOLE_BYTES));
    }
    let mut bytes = Vec::new();
    let read = reader.seek(SeekFrom::Start(0)).and_then(|_| reader.take(size).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| Fault::reading(&error))
}

fn too_long(most: u64) -> Fault {
    Fault::Unknown(format!("it is longer than the {most} bytes that are read as a whole"))
}

/// Rows stand as they are, and the head says where they end, unless they are packed.
fn bmp<R: Read>(reader: &mut R) -> Result<(), Fault> {
    let mut head = [0; 34];
    reader.read_exact(&mut head).map_err(|error| Fault::reading(&error))?;
    let (oldest, method) = (head[14] == 12, head[30]);
    if oldest || matches!(method, 0 | 3 | 6) {
        return Ok(());
    }
    Err(Fault::Unknown("there is no decoder for packed bitmaps".to_owned()))
}

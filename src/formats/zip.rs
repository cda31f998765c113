//! The members of a zip that is in memory: found by its directory, unpacked within a bound.

use std::io::{self, Read};

use flate2::Crc;
use flate2::read::DeflateDecoder;

/// The longest end of a directory: its record and a comment.
const END_BYTES: usize = 22 + 65_535;

/// One member.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    /// Its name, as written.
    pub(super) name: &'a [u8],
    method: u16,
    crc: u32,
    packed: &'a [u8],
}

/// Why a member cannot be read.
#[derive(Debug)]
pub(super) enum Unpacking {
    /// It is packed by a method that is not known here.
    Method(u16),
    /// It is damaged; the text says how.
    Damaged(String),
}

/// Every member whose place makes sense; `None` if one of them does not, or there is no directory.
pub(super) fn members(bytes: &[u8]) -> Option<Vec<Member<'_>>> {
    let tail = bytes.len().saturating_sub(END_BYTES);
    let end = tail + memchr::memmem::rfind(&bytes[tail..], b"PK\x05\x06")?;
    let count = short(bytes, end + 10)?;
    let mut at = long(bytes, end + 16)?;
    let mut members = Vec::new();
    for _ in 0..count {
        if bytes.get(at..at.checked_add(4)?)? != b"PK\x01\x02" {
            return None;
        }
        let [name, extra, comment] = [28, 30, 32].map(|field| short(bytes, at + field).map(usize::from));
        let (name, behind) = (bytes.get(at + 46..at + 46 + name?)?, extra? + comment?);
        members.push(member(bytes, at, name)?);
        at += 46 + name.len() + behind;
    }
    Some(members)
}

fn member<'a>(bytes: &'a [u8], entry: usize, name: &'a [u8]) -> Option<Member<'a>> {
    let (packed, local) = (long(bytes, entry + 20)?, long(bytes, entry + 42)?);
    let content =
        local + 30 + usize::from(short(bytes, local.checked_add(26)?)?) + usize::from(short(bytes, local + 28)?);
    Some(Member {
        name,
        method: short(bytes, entry + 10)?,
        crc: u32::from_le_bytes(bytes.get(entry + 16..entry + 20)?.try_into().ok()?),
        packed: bytes.get(content..content.checked_add(packed)?)?,
    })
}

impl Member<'_> {
    /// Unpacks to the end, showing each piece, and compares the checksum.
    ///
    /// # Errors
    /// Why not, or what `take` returns.
    pub(super) fn unpack<E: From<Unpacking>>(&self, mut take: impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut reader: Box<dyn Read + '_> = match self.method {
            0 => Box::new(self.packed),
            8 => Box::new(DeflateDecoder::new(self.packed)),
            other => return Err(Unpacking::Method(other).into()),
        };
        let (mut buffer, mut crc) = (vec![0; 16 << 10], Crc::new());
        loop {
            let length = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Unpacking::Damaged(error.to_string()).into()),
            };
            crc.update(&buffer[..length]);
            take(&buffer[..length])?;
        }
        if crc.sum() == self.crc { Ok(()) } else { Err(Unpacking::Damaged("its checksum differs".to_owned()).into()) }
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?)).ok()
}

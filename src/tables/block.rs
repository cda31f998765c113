//! How entries stand in a file: lengths of key and value as 32-bit numbers, then both.

use std::io::{self, Read, Write};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
}

/// Longest key or value. Anything longer means a damaged file, which must not be taken for a wish for memory.
const LONGEST: usize = 16 << 20;

/// Bytes before the key.
const HEAD: usize = 8;

/// Writes an entry; gives its bytes.
pub(super) fn write(out: &mut impl Write, key: &[u8], value: &[u8]) -> io::Result<u64> {
    for part in [key, value] {
        let length = u32::try_from(part.len()).ok().filter(|_| part.len() <= LONGEST);
        let length = length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "an entry of over 16 MiB"))?;
        out.write_all(&length.to_be_bytes())?;
    }
    out.write_all(key)?;
    out.write_all(value)?;
    Ok((HEAD + key.len() + value.len()) as u64)
}

/// Reads an entry; `None`: the file ends here.
pub(super) fn read(input: &mut impl Read) -> io::Result<Option<Entry>> {
    let mut head = [0; HEAD];
    match input.read(&mut head[..1])? {
        0 => return Ok(None),
        _ => input.read_exact(&mut head[1..])?,
    }
    let length = |at: usize| {
        let bytes = [head[at], head[at + 1], head[at + 2], head[at + 3]];
        let length = u32::from_be_bytes(bytes) as usize;
        if length > LONGEST { Err(damaged()) } else { Ok(length) }
    };
    let mut key = vec![0; length(0)?];
    let mut value = vec![0; length(4)?];
    input.read_exact(&mut key)?;
    input.read_exact(&mut value)?;
    Ok(Some(Entry { key, value }))
}

/// What a file is that does not say what it must.
pub(super) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the table is damaged")
}

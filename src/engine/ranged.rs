//! A reader over an object that fetches blocks as they are asked for: what probing a large file needs.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::Bytes;

/// Bytes of one block: holds the head of nearly every format, and a TIFF's directory at the end in one more.
const BLOCK_BYTES: u64 = 64 * 1024;

/// A reader over an object of known size; keeps the last two blocks.
pub struct RangedReader<F> {
    fetch: F,
    size: u64,
    position: u64,
    blocks: Vec<(u64, Bytes)>,
}

impl<F: FnMut(Range<u64>) -> io::Result<Bytes>> RangedReader<F> {
    /// A reader that calls `fetch` for ranges within `size`.
    pub fn new(size: u64, fetch: F) -> Self {
        Self { fetch, size, position: 0, blocks: Vec::new() }
    }

    fn block(&mut self, start: u64) -> io::Result<Bytes> {
        if let Some((_, bytes)) = self.blocks.iter().find(|(at, _)| *at == start) {
            return Ok(bytes.clone());
        }
        let bytes = (self.fetch)(start..(start + BLOCK_BYTES).min(self.size))?;
        if self.blocks.len() == 2 {
            self.blocks.remove(0);
        }
        self.blocks.push((start, bytes.clone()));
        Ok(bytes)
    }
}

impl<F: FnMut(Range<u64>) -> io::Result<Bytes>> Read for RangedReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || buffer.is_empty() {
            return Ok(0);
        }
        let start = self.position - self.position % BLOCK_BYTES;
        let block = self.block(start)?;
        let within = usize::try_from(self.position - start).map_err(io::Error::other)?;
        let rest = block.get(within..).filter(|rest| !rest.is_empty()).ok_or(io::ErrorKind::UnexpectedEof)?;
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl<F> Seek for RangedReader<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_through_blocks_gives_the_same_bytes_and_asks_for_each_block_once() {
        let content: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut asked = Vec::new();
        let mut reader = RangedReader::new(content.len() as u64, |range: Range<u64>| {
            asked.push(range.clone());
            Ok(Bytes::copy_from_slice(
                &content[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()],
            ))
        });
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, content);
        reader.seek(SeekFrom::End(-10)).unwrap();
        let mut tail = Vec::new();
        reader.read_to_end(&mut tail).unwrap();
        assert_eq!(tail, content[content.len() - 10..]);
        assert_eq!(asked, [0..65_536, 65_536..131_072, 131_072..196_608, 196_608..200_000]);
    }

    #[test]
    fn a_short_block_is_an_error_and_not_an_endless_loop() {
        let mut reader = RangedReader::new(100, |_| Ok(Bytes::from_static(b"short")));
        assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}

//! A reader over an object that fetches blocks as they are asked for: what probing a large file needs.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use bytes::Bytes;

/// Bytes of one block: holds the head of nearly every format.
const BLOCK_BYTES: u64 = 64 * 1024;

/// Bytes of one block for whoever reads to the end.
const LONG_BLOCK_BYTES: u64 = 1024 * 1024;

/// A reader over an object of known size; keeps the last two blocks, and the end of the object.
pub struct RangedReader<F> {
    fetch: F,
    size: u64,
    position: u64,
    block_bytes: u64,
    /// What was read already, from the start.
    head: Bytes,
    blocks: Vec<(u64, Bytes)>,
    /// The last block and the one before it, in one request: what marks the end of a format stands there, on either side
    /// of where they meet.
    tail: Option<Bytes>,
}

impl<F: FnMut(Range<u64>) -> io::Result<Bytes>> RangedReader<F> {
    /// A reader that calls `fetch` for ranges within `size` that are not in `head`; for longer ones where it is to be read
    /// `to_the_end`.
    pub fn new(size: u64, head: Bytes, to_the_end: bool, fetch: F) -> Self {
        let block_bytes = if to_the_end { LONG_BLOCK_BYTES } else { BLOCK_BYTES };
        Self { fetch, size, position: 0, block_bytes, head, blocks: Vec::new(), tail: None }
    }

    /// Bytes that are at hand around the position, with where they begin.
    fn around(&mut self) -> io::Result<(u64, Bytes)> {
        if self.position < self.head.len() as u64 {
            return Ok((0, self.head.clone()));
        }
        let last = self.size.saturating_sub(1) / BLOCK_BYTES * BLOCK_BYTES;
        let tail = last.saturating_sub(BLOCK_BYTES);
        if self.position >= tail {
            return Ok((tail, self.tail(tail)?));
        }
        let start = self.position / self.block_bytes * self.block_bytes;
        Ok((start, self.block(start, tail)?))
    }

    fn tail(&mut self, start: u64) -> io::Result<Bytes> {
        if let Some(tail) = &self.tail {
            return Ok(tail.clone());
        }
        let bytes = (self.fetch)(start..self.size)?;
        Ok(self.tail.insert(bytes).clone())
    }

    fn block(&mut self, start: u64, end: u64) -> io::Result<Bytes> {
        if let Some((_, bytes)) = self.blocks.iter().find(|(at, _)| *at == start) {
            return Ok(bytes.clone());
        }
        let bytes = (self.fetch)(start..(start + self.block_bytes).min(end))?;
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
        let (start, block) = self.around()?;
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

    /// Reads all, then the end again, behind so many bytes that are at hand; gives what was asked for.
    fn asked(head: usize, to_the_end: bool) -> Vec<Range<u64>> {
        let content: Vec<u8> = (0..300_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let part = |range: Range<u64>| {
            Bytes::copy_from_slice(&content[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()])
        };
        let mut asked = Vec::new();
        let head = Bytes::copy_from_slice(&content[..head]);
        let mut reader = RangedReader::new(content.len() as u64, head, to_the_end, |range: Range<u64>| {
            asked.push(range.clone());
            Ok(part(range))
        });
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, content);
        reader.seek(SeekFrom::End(-70_000)).unwrap();
        let mut tail = Vec::new();
        reader.read_to_end(&mut tail).unwrap();
        assert_eq!(tail, content[content.len() - 70_000..]);
        asked
    }

    #[test]
    fn reading_through_blocks_gives_the_same_bytes_and_asks_for_each_once() {
        assert_eq!(asked(0, false), [0..65_536, 65_536..131_072, 131_072..196_608, 196_608..300_000]);
    }

    #[test]
    fn what_is_at_hand_is_not_asked_for() {
        assert_eq!(asked(131_072, false), [131_072..196_608, 196_608..300_000]);
        assert_eq!(asked(300_000, false), []);
    }

    #[test]
    fn whoever_reads_to_the_end_asks_for_more_at_once() {
        assert_eq!(asked(0, true), [0..196_608, 196_608..300_000]);
    }

    #[test]
    fn a_short_block_is_an_error_and_not_an_endless_loop() {
        let mut reader = RangedReader::new(100, Bytes::new(), false, |_| Ok(Bytes::from_static(b"short")));
        assert_eq!(reader.read_to_end(&mut Vec::new()).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}

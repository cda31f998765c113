//! Looks at a file in blocks, each read at most once, and stops where its budget ends.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

/// What one read asks for: the block size of readers that fetch ranges over HTTP, so that no range is fetched twice.
pub(super) const BLOCK: u64 = 64 << 10;

/// 2 MiB in all: enough for a JPEG whose colour profile pushes the frame header half a megabyte in.
const MAX_BLOCKS: usize = 32;

/// Bounds the work, too: a hostile file could otherwise have cached bytes looked at for ever. A page of 16,384 strips
/// takes a quarter of it.
const MAX_LOOKS: u32 = 1 << 17;

/// Why a look at a file came to an end before its last fact.
#[derive(Debug)]
pub(super) enum Stop {
    /// A structure goes on beyond the end of the file.
    End,
    /// The budget is spent; what is not known by now stays unknown.
    Budget,
    /// The structure makes no sense; the text says how.
    Broken(&'static str),
    /// The reader failed: says nothing about the file.
    Io(io::Error),
}

/// A file seen through its reader.
pub(super) struct Window<'r, R> {
    reader: &'r mut R,
    size: u64,
    blocks: BTreeMap<u64, Vec<u8>>,
    looks: u32,
}

impl<'r, R: Read + Seek> Window<'r, R> {
    pub(super) fn new(reader: &'r mut R, size: u64) -> Self {
        Self { reader, size, blocks: BTreeMap::new(), looks: 0 }
    }

    /// Bytes of the whole file.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Exactly `N` bytes.
    pub(super) fn bytes<const N: usize>(&mut self, offset: u64) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        self.read_into(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Up to `length` bytes, no more than a block: fewer only where the file ends.
    pub(super) fn slice(&mut self, offset: u64, length: u64) -> Result<Vec<u8>, Stop> {
        let length = length.min(BLOCK).min(self.size.saturating_sub(offset));
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| Stop::Budget)?];
        self.read_into(offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Where `needle` begins for the last time, at `from` or later. Blocks are read from the end backwards.
    pub(super) fn rfind(&mut self, needle: &[u8], from: u64) -> Result<Option<u64>, Stop> {
        self.backwards(from, needle.len().saturating_sub(1) as u64, |start, bytes| {
            memchr::memmem::rfind(bytes, needle).map(|found| start + found as u64)
        })
    }

    /// Shows the blocks from the end backwards to `from`, each with where it begins and `overlap` bytes of what follows,
    /// until one decides; `None`: none did.
    pub(super) fn backwards<T>(
        &mut self,
        from: u64,
        overlap: u64,
        decides: impl Fn(u64, &[u8]) -> Option<T>,
    ) -> Result<Option<T>, Stop> {
        let mut end = self.size;
        while end > from {
            let start = ((end - 1) / BLOCK * BLOCK).max(from);
            let mut bytes = self.slice(start, end - start)?;
            bytes.extend(self.slice(end, overlap)?);
            if let Some(decision) = decides(start, &bytes) {
                return Ok(Some(decision));
            }
            end = start;
        }
        Ok(None)
    }

    /// Whether nothing but zeros and white space follows: what block devices and mail gateways add.
    pub(super) fn only_padding_from(&mut self, offset: u64) -> Result<bool, Stop> {
        let rest = self.slice(offset, BLOCK)?;
        let complete = self.size.saturating_sub(offset) <= BLOCK;
        Ok(complete && rest.iter().all(|byte| is_padding(*byte)))
    }

    /// Fills all of `bytes`.
    pub(super) fn read_into(&mut self, offset: u64, mut bytes: &mut [u8]) -> Result<(), Stop> {
        let end = offset.checked_add(bytes.len() as u64).ok_or(Stop::End)?;
        if end > self.size {
            return Err(Stop::End);
        }
        let mut at = offset;
        while !bytes.is_empty() {
            let block = self.block(at / BLOCK)?;
            // The remainder of a division by 64 Ki.
            let inside = usize::try_from(at % BLOCK).map_err(|_| Stop::Budget)?;
            let part = block.get(inside..).unwrap_or_default();
            let length = part.len().min(bytes.len());
            if length == 0 {
                return Err(Stop::End);
            }
            let (now, later) = bytes.split_at_mut(length);
            now.copy_from_slice(&part[..length]);
            bytes = later;
            at += length as u64;
        }
        Ok(())
    }

    fn block(&mut self, index: u64) -> Result<&[u8], Stop> {
        self.looks += 1;
        if self.looks > MAX_LOOKS {
            return Err(Stop::Budget);
        }
        if !self.blocks.contains_key(&index) {
            let block = self.fetch(index)?;
            self.blocks.insert(index, block);
        }
        self.blocks.get(&index).map(Vec::as_slice).ok_or(Stop::Budget)
    }

    fn fetch(&mut self, index: u64) -> Result<Vec<u8>, Stop> {
        if self.blocks.len() == MAX_BLOCKS {
            return Err(Stop::Budget);
        }
        let start = index * BLOCK;
        let length = usize::try_from(BLOCK.min(self.size - start)).map_err(|_| Stop::Budget)?;
        let mut block = vec![0; length];
        self.reader.seek(SeekFrom::Start(start)).map_err(Stop::Io)?;
        self.reader.read_exact(&mut block).map_err(Stop::Io)?;
        Ok(block)
    }
}

/// A byte that means nothing at the end of a file.
pub(super) fn is_padding(byte: u8) -> bool {
    byte == 0 || byte.is_ascii_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn sample(length: usize) -> Cursor<Vec<u8>> {
        Cursor::new((0..length).map(|index| u8::try_from(index % 251).unwrap()).collect())
    }

    #[test]
    fn reads_across_the_border_of_two_blocks() {
        let mut reader = sample(3 * 65_536);
        let mut window = Window::new(&mut reader, 3 * 65_536);
        let bytes: [u8; 4] = window.bytes(65_534).unwrap();
        assert_eq!(bytes, [65_534, 65_535, 65_536, 65_537].map(|at: u32| u8::try_from(at % 251).unwrap()));
    }

    #[test]
    fn bytes_beyond_the_end_are_the_end_and_not_an_error_of_the_reader() {
        let mut reader = sample(10);
        let mut window = Window::new(&mut reader, 10);
        assert!(matches!(window.bytes::<4>(8), Err(Stop::End)));
        assert!(matches!(window.bytes::<4>(u64::MAX), Err(Stop::End)));
        assert_eq!(window.slice(8, 4).unwrap(), [8, 9]);
    }

    #[test]
    fn finds_the_last_needle_even_across_blocks() {
        let mut bytes = vec![0; 200_000];
        bytes[10..13].copy_from_slice(b"end");
        bytes[131_071..131_074].copy_from_slice(b"end");
        let mut reader = Cursor::new(bytes);
        let mut window = Window::new(&mut reader, 200_000);
        assert_eq!(window.rfind(b"end", 0).unwrap(), Some(131_071));
        assert_eq!(window.rfind(b"end", 131_072).unwrap(), None);
    }

    #[test]
    fn a_reader_shorter_than_its_stated_size_is_an_error_of_the_reader() {
        let mut reader = sample(10);
        let mut window = Window::new(&mut reader, 20);
        assert!(matches!(window.bytes::<1>(0), Err(Stop::Io(_))));
    }

    #[test]
    fn the_budget_ends_after_two_mebibytes() {
        let size = 8 << 20;
        let mut reader = sample(size);
        let mut window = Window::new(&mut reader, size as u64);
        let read = (0..128).take_while(|block| window.bytes::<1>(block * BLOCK).is_ok()).count();
        assert_eq!(read, MAX_BLOCKS);
    }
}

//! Several sorted files as one sorted stream.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader};

use super::block::{self, Entry};

/// Bytes read from one file at once.
const READ: usize = 64 << 10;

/// The next entry of a file: its key, the file's number, its value.
type Head = (Vec<u8>, usize, Vec<u8>);

/// The entries of several sorted files, in order; those of one key in the order of the files.
pub(super) struct Merge {
    files: Vec<BufReader<File>>,
    heads: BinaryHeap<Reverse<Head>>,
}

impl Merge {
    pub(super) fn new(files: Vec<File>) -> io::Result<Self> {
        let files: Vec<_> = files.into_iter().map(|file| BufReader::with_capacity(READ, file)).collect();
        let mut merge = Self { heads: BinaryHeap::with_capacity(files.len()), files };
        (0..merge.files.len()).try_for_each(|file| merge.advance(file))?;
        Ok(merge)
    }

    fn advance(&mut self, file: usize) -> io::Result<()> {
        if let Some(Entry { key, value }) = block::read(&mut self.files[file])? {
            self.heads.push(Reverse((key, file, value)));
        }
        Ok(())
    }

    fn take(&mut self) -> io::Result<Option<Entry>> {
        let Some(Reverse((key, file, value))) = self.heads.pop() else { return Ok(None) };
        self.advance(file)?;
        Ok(Some(Entry { key, value }))
    }
}

impl Iterator for Merge {
    type Item = io::Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        self.take().transpose()
    }
}

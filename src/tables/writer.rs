//! Writing a table: entries in any order, sorted in pieces that fit in memory, then merged.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::block::{self, Entry};
use super::merge::Merge;
use super::runs::{Buffer, directory, rewound};
use super::table::{BLOCK, MAGIC, Table};

/// Sorted pieces at which they are merged into one: each costs an open file and a buffer.
const MOST_RUNS: usize = 64;

/// A table that is being written.
pub struct TableWriter {
    path: PathBuf,
    buffer: Buffer,
    runs: Vec<File>,
}

impl TableWriter {
    /// Begins a table that will be at `path`; whatever is there is replaced at the end, and not before.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn new(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(directory(path))?;
        Ok(Self { path: path.to_owned(), buffer: Buffer::default(), runs: Vec::new() })
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// The disk's.
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.buffer.push(key, value);
        if self.buffer.is_full() {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let dir = directory(&self.path);
        self.runs.push(self.buffer.spill(&dir)?);
        if self.runs.len() >= MOST_RUNS {
            let mut out = BufWriter::with_capacity(256 << 10, tempfile::tempfile_in(&dir)?);
            for entry in Merge::new(std::mem::take(&mut self.runs))? {
                let Entry { key, value } = entry?;
                block::write(&mut out, &key, &value)?;
            }
            self.runs.push(rewound(out)?);
        }
        Ok(())
    }

    /// Writes the table to its place, whole or not at all, and opens it. `stamp` is given back by [`Table::stamp`].
    ///
    /// # Errors
    /// The disk's.
    pub fn finish(mut self, stamp: &[u8]) -> io::Result<Table> {
        if !self.buffer.is_empty() {
            self.spill()?;
        }
        let dir = directory(&self.path);
        let mut out = BufWriter::with_capacity(256 << 10, tempfile::NamedTempFile::new_in(&dir)?);
        let (mut index, mut at, mut block_end) = (Vec::new(), 0, 0);
        for entry in Merge::new(self.runs)? {
            let Entry { key, value } = entry?;
            // Entries of one key may stand in two blocks; a reader looks at the end of the block before.
            if at >= block_end {
                block::write(&mut index, &key, &u64::to_be_bytes(at))?;
                block_end = at + BLOCK;
            }
            at += block::write(&mut out, &key, &value)?;
        }
        out.write_all(&index)?;
        out.write_all(stamp)?;
        for length in [at, index.len() as u64, stamp.len() as u64] {
            out.write_all(&length.to_be_bytes())?;
        }
        out.write_all(MAGIC)?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Table::open(&self.path)
    }
}

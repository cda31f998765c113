//! A table that was written to its end.
//!
//! ```text
//! entries, sorted │ first key and place of each block │ stamp │ lengths of the three │ magic
//! ```

use std::fs::File;
use std::io::{self, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::block::{self, Entry, damaged};

/// Bytes of entries behind one key of the index in memory.
pub(super) const BLOCK: u64 = 16 << 10;
/// Blocks kept in memory.
const RECENT: usize = 32;
/// The last bytes of every table.
pub(super) const MAGIC: &[u8; 8] = b"bftable1";
/// Bytes of the three lengths and the magic.
const FOOTER: u64 = 32;

/// A sorted table. Its file may be removed while it is open.
#[derive(Debug)]
pub struct Table {
    file: Arc<File>,
    /// First key and place of each block.
    index: Vec<(Box<[u8]>, u64)>,
    end: u64,
    stamp: Vec<u8>,
    /// The blocks that were read last, the newest at the end: lookups in order read each block once, also where several
    /// listings go on side by side.
    recent: Mutex<Vec<(usize, Arc<Vec<Entry>>)>>,
}

impl Table {
    /// Opens a table.
    ///
    /// # Errors
    /// There is none, or it was not written to its end.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = Arc::new(File::open(path)?);
        let size = file.metadata()?.len();
        let footer = size.checked_sub(FOOTER).ok_or_else(damaged)?;
        let tail = piece(&file, footer, FOOTER)?;
        let number = |at: usize| tail[at..at + 8].try_into().map(u64::from_be_bytes).map_err(|_| damaged());
        let (end, index_length, stamp_length) = (number(0)?, number(8)?, number(16)?);
        let whole = end.checked_add(index_length).and_then(|sum| sum.checked_add(stamp_length));
        if !tail.ends_with(MAGIC) || whole != Some(footer) {
            return Err(damaged());
        }
        let index = index(&piece(&file, end, index_length)?)?;
        let stamp = piece(&file, end + index_length, stamp_length)?;
        Ok(Self { file, index, end, stamp, recent: Mutex::default() })
    }

    /// What the writer wanted to be remembered.
    pub fn stamp(&self) -> &[u8] {
        &self.stamp
    }

    /// The values of a key, in the order given; blocks on the disk.
    ///
    /// # Errors
    /// The disk's.
    pub fn get(&self, key: &[u8]) -> io::Result<Vec<Vec<u8>>> {
        let mut found = Vec::new();
        self.visit(key, |at, value| {
            let same = at == key;
            if same {
                found.push(value.to_owned());
            }
            same
        })?;
        Ok(found)
    }

    /// Looks at entries from the first key that is not before `key`, for as long as `look` says; blocks on the disk.
    ///
    /// # Errors
    /// The disk's.
    pub fn visit(&self, key: &[u8], mut look: impl FnMut(&[u8], &[u8]) -> bool) -> io::Result<()> {
        // The block before the first one that begins at the key or behind it may end with it.
        let first = self.index.partition_point(|(begin, _)| begin.as_ref() < key).saturating_sub(1);
        for block in first..self.index.len() {
            let entries = self.block(block)?;
            let from = entries.partition_point(|entry| entry.key.as_slice() < key);
            for entry in &entries[from..] {
                if !look(&entry.key, &entry.value) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn block(&self, number: usize) -> io::Result<Arc<Vec<Entry>>> {
        // A panic while the lock is held leaves blocks that are whole.
        let recent = || self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, entries)) = recent().iter().rfind(|(at, _)| *at == number) {
            return Ok(entries.clone());
        }
        let entries = Arc::new(self.read_block(number)?);
        let mut recent = recent();
        if recent.len() == RECENT {
            recent.remove(0);
        }
        recent.push((number, entries.clone()));
        Ok(entries)
    }

    fn read_block(&self, number: usize) -> io::Result<Vec<Entry>> {
        let start = self.index[number].1;
        let end = self.index.get(number + 1).map_or(self.end, |(_, next)| *next);
        let bytes = piece(&self.file, start, end.checked_sub(start).ok_or_else(damaged)?)?;
        let mut rest = bytes.as_slice();
        let mut entries = Vec::new();
        while let Some(entry) = block::read(&mut rest)? {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// All entries, in order, as key and value; blocks on the disk.
    pub fn entries(&self) -> Entries {
        let span = Span { file: self.file.clone(), at: 0, end: self.end };
        Entries { input: BufReader::with_capacity(64 << 10, span) }
    }
}

/// The entries of a table, in order, as key and value.
#[derive(Debug)]
pub struct Entries {
    input: BufReader<Span>,
}

impl Iterator for Entries {
    type Item = io::Result<(Vec<u8>, Vec<u8>)>;

    fn next(&mut self) -> Option<Self::Item> {
        block::read(&mut self.input).map(|entry| entry.map(|Entry { key, value }| (key, value))).transpose()
    }
}

/// A part of a file, read at a place of its own: other readers move nothing.
#[derive(Debug)]
struct Span {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl io::Read for Span {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..wanted], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

fn piece(file: &File, start: u64, length: u64) -> io::Result<Vec<u8>> {
    // A length beyond the file is no wish for memory.
    if start.checked_add(length).is_none_or(|end| file.metadata().is_ok_and(|meta| end > meta.len())) {
        return Err(damaged());
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| damaged())?];
    file.read_exact_at(&mut bytes, start)?;
    Ok(bytes)
}

fn index(mut bytes: &[u8]) -> io::Result<Vec<(Box<[u8]>, u64)>> {
    let mut index = Vec::new();
    while let Some(Entry { key, value }) = block::read(&mut bytes)? {
        let place = value.try_into().map(u64::from_be_bytes).map_err(|_| damaged())?;
        index.push((key.into_boxed_slice(), place));
    }
    Ok(index)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::tables::TableWriter;

    fn table(entries: &[(Vec<u8>, Vec<u8>)], stamp: &[u8]) -> (tempfile::TempDir, Table) {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = TableWriter::new(&dir.path().join("new/table")).unwrap();
        for (key, value) in entries {
            writer.push(key, value).unwrap();
        }
        let table = writer.finish(stamp).unwrap();
        (dir, table)
    }

    #[test]
    fn many_entries_are_found_by_key_and_come_in_order() {
        // Enough for several pieces in memory, in an order that is not theirs.
        let entries: Vec<_> = (0..400_000_u64)
            .map(|n| (n * 7_919 % 400_009, n))
            .map(|(key, n)| (format!("scans/{key:08}").into_bytes(), format!("the row number {n}").into_bytes()))
            .collect();
        let (_dir, table) = table(&entries, b"stamp");
        assert_eq!(table.stamp(), b"stamp");
        let read: Vec<_> = table.entries().collect::<io::Result<_>>().unwrap();
        let mut sorted = entries.clone();
        sorted.sort();
        assert!(read == sorted);
        for (key, value) in entries.iter().step_by(977) {
            assert_eq!(table.get(key).unwrap(), [value.as_slice()]);
        }
        assert!(table.get(b"scans/").unwrap().is_empty() && table.get(b"zzz").unwrap().is_empty());
    }

    #[test]
    fn a_table_without_entries_is_a_table() {
        let (_dir, table) = table(&[], b"");
        assert!(table.entries().next().is_none() && table.get(b"a").unwrap().is_empty());
    }

    #[test]
    fn a_table_that_was_cut_or_is_none_is_refused() {
        let entries: Vec<_> = (0..1000_u32).map(|n| (n.to_be_bytes().to_vec(), vec![7; 50])).collect();
        let (dir, _) = table(&entries, b"stamp");
        let path = dir.path().join("new/table");
        let whole = std::fs::read(&path).unwrap();
        for cut in (0..whole.len()).step_by(101).chain([whole.len() - 1]) {
            std::fs::write(&path, &whole[..cut]).unwrap();
            assert!(Table::open(&path).is_err(), "cut at {cut}");
        }
        assert!(Table::open(&dir.path().join("none")).is_err());
    }

    proptest! {
        #[test]
        fn a_table_tells_what_a_map_tells(
            entries in prop::collection::vec((prop::collection::vec(0_u8..4, 0..4), prop::collection::vec(any::<u8>(), 0..3000)), 0..200),
            asked in prop::collection::vec(prop::collection::vec(0_u8..4, 0..4), 0..20),
        ) {
            let (_dir, table) = table(&entries, b"");
            let mut map: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
            for (key, value) in &entries {
                map.entry(key.clone()).or_default().push(value.clone());
            }
            for key in &asked {
                prop_assert_eq!(table.get(key).unwrap(), map.get(key).cloned().unwrap_or_default());
                let mut seen = Vec::new();
                table.visit(key, |key, value| {
                    seen.push((key.to_owned(), value.to_owned()));
                    true
                }).unwrap();
                let from = map.range(key.clone()..).flat_map(|(key, values)| values.iter().map(|value| (key.clone(), value.clone())));
                prop_assert_eq!(seen, from.collect::<Vec<_>>());
            }
        }
    }
}

//! Entries in memory until there are many, then sorted in a file of their own.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::block;

/// Bytes of entries in memory.
const BUFFER: usize = 16 << 20;
/// What one entry takes besides its bytes.
const OVERHEAD: usize = size_of::<Place>();

/// Where an entry stands in the buffer.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: usize,
    key: usize,
    value: usize,
}

/// Entries in memory, in the order given.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    places: Vec<Place>,
}

impl Buffer {
    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) {
        self.places.push(Place { start: self.bytes.len(), key: key.len(), value: value.len() });
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether it is time to write it out.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() + self.places.len() * OVERHEAD >= BUFFER
    }

    /// Writes the entries in order to a new file without a name below `dir`, and empties the buffer.
    pub(super) fn spill(&mut self, dir: &Path) -> io::Result<File> {
        let bytes = &self.bytes;
        let key = |place: &Place| &bytes[place.start..place.start + place.key];
        // Stable: entries of one key keep their order.
        self.places.sort_by(|a, b| key(a).cmp(key(b)));
        let mut out = BufWriter::with_capacity(256 << 10, tempfile::tempfile_in(dir)?);
        for place in &self.places {
            let value = place.start + place.key;
            block::write(&mut out, key(place), &bytes[value..value + place.value])?;
        }
        self.bytes.clear();
        self.places.clear();
        rewound(out)
    }
}

/// A written file, ready to be read from its beginning.
pub(super) fn rewound(mut out: BufWriter<File>) -> io::Result<File> {
    out.flush()?;
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// The directory that a file is in.
pub(super) fn directory(path: &Path) -> PathBuf {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

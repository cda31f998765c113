//! Bytes on their way into a bag: not part of it until they are known to be right.

use std::io::{self, Read, Seek, SeekFrom, Write};

use tempfile::{NamedTempFile, SpooledTempFile};

/// Bytes on their way into a bag. What is not put into it leaves no trace.
#[derive(Debug)]
pub struct Spool(pub(super) Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// Beside the bag's files, to be renamed.
    File(NamedTempFile),
    /// In memory while small.
    Memory(SpooledTempFile),
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::File(file) => file.write(bytes),
            Kind::Memory(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::File(file) => file.flush(),
            Kind::Memory(file) => file.flush(),
        }
    }
}

impl Spool {
    /// Empties it, to be written from the beginning.
    ///
    /// # Errors
    /// The system's.
    pub fn clear(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::File(file) => file.as_file_mut().set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).map(drop),
            Kind::Memory(file) => file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0))).map(drop),
        }
    }

    /// Copies everything in it.
    pub(super) fn copy_to(&mut self, out: &mut impl Write) -> io::Result<u64> {
        match &mut self.0 {
            Kind::File(file) => copy(file, out),
            Kind::Memory(file) => copy(file, out),
        }
    }
}

fn copy(from: &mut (impl Read + Seek), out: &mut impl Write) -> io::Result<u64> {
    from.seek(SeekFrom::Start(0))?;
    io::copy(from, out)
}

//! One input, read at many places.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

/// An input that each of its readers reads at a place of its own.
pub(super) struct Shared<R> {
    input: Arc<Mutex<R>>,
    length: u64,
}

impl<R: Read + Seek> Shared<R> {
    pub(super) fn new(mut input: R) -> io::Result<Self> {
        let length = input.seek(SeekFrom::End(0))?;
        Ok(Self { input: Arc::new(Mutex::new(input)), length })
    }

    /// A reader at a place.
    pub(super) fn at(&self, place: u64) -> At<R> {
        At { input: Arc::clone(&self.input), place }
    }
}

/// A reader at a place of its own.
pub(super) struct At<R> {
    input: Arc<Mutex<R>>,
    place: u64,
}

impl<R: Read + Seek> Read for At<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // A place is sought before each read, so that one that panicked does no harm.
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        input.seek(SeekFrom::Start(self.place))?;
        let read = input.read(out)?;
        self.place += u64::try_from(read).unwrap_or_default();
        Ok(read)
    }
}

impl<R: Send> Length for Shared<R> {
    fn len(&self) -> u64 {
        self.length
    }
}

impl<R: Read + Seek + Send> ChunkReader for Shared<R> {
    type T = BufReader<At<R>>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(BufReader::new(self.at(start)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        // The length comes from the file, and may be more than there is.
        let there = usize::try_from(self.length.saturating_sub(start)).unwrap_or(usize::MAX);
        let mut bytes = Vec::with_capacity(length.min(there));
        let wanted = u64::try_from(length).unwrap_or(u64::MAX);
        self.at(start).take(wanted).read_to_end(&mut bytes)?;
        if bytes.len() < length {
            let message = format!("{length} bytes are expected from byte {start} on, and {} are there", bytes.len());
            return Err(ParquetError::EOF(message));
        }
        Ok(bytes.into())
    }
}

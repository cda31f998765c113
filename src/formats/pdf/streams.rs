//! Packed content: found with its end, and unpacked within a bound for the file as a whole.

use std::io::Read;

use flate2::read::ZlibDecoder;
use memchr::memmem;

use super::objects::{Dictionary, Object};
use crate::formats::full::{Account, Fault};

/// Bytes that a look at pages unpacks of one file in all.
pub(super) const LOOK_BYTES: u64 = 16 << 20;

/// What may still be unpacked of a file.
#[derive(Debug)]
pub(super) struct Unpacked {
    left: u64,
}

impl Unpacked {
    pub(super) fn new(bytes: u64) -> Self {
        Self { left: bytes }
    }

    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }
}

/// A stream: its dictionary and its packed bytes.
#[derive(Debug, Clone)]
pub(super) struct Stream<'a> {
    /// Where the object begins.
    pub(super) at: usize,
    pub(super) dictionary: Dictionary,
    body: &'a [u8],
    end: usize,
}

/// How a stream is packed.
enum Filter {
    None,
    Flate,
    /// By something that images and old writers use.
    Other,
}

impl<'a> Stream<'a> {
    /// The stream whose keyword ends at `body`.
    pub(super) fn new(bytes: &'a [u8], at: usize, body: usize, dictionary: Dictionary) -> Self {
        let start = body + line_end(&bytes[body..]);
        let length = dictionary.get(b"Length").and_then(Object::whole).and_then(|length| usize::try_from(length).ok());
        let stated = length.and_then(|length| start.checked_add(length)).filter(|end| {
            // A stated length that is wrong, or stands elsewhere: then the keyword tells.
            bytes
                .get(*end..)
                .is_some_and(|rest| rest[..rest.len().min(20)].trim_ascii_start().starts_with(b"endstream"))
        });
        let end = stated
            .unwrap_or_else(|| memmem::find(&bytes[start..], b"endstream").map_or(bytes.len(), |found| start + found));
        Self { at, dictionary, body: &bytes[start..end], end }
    }

    /// Where its bytes end.
    pub(super) fn end(&self) -> usize {
        self.end
    }

    fn filter(&self) -> Filter {
        let filter = match self.dictionary.get(b"Filter") {
            None => return Filter::None,
            Some(Object::Array(filters)) if filters.is_empty() => return Filter::None,
            Some(Object::Array(filters)) if filters.len() == 1 => &filters[0],
            Some(filter) => filter,
        };
        let parameters = self.dictionary.get(b"DecodeParms").and_then(Object::dictionary);
        let predicted = parameters.and_then(|parameters| parameters.get(b"Predictor")).and_then(Object::whole);
        match filter {
            Object::Name(name) if matches!(name.as_slice(), b"FlateDecode" | b"Fl") => match predicted {
                None | Some(1) => Filter::Flate,
                Some(_) => Filter::Other,
            },
            _ => Filter::Other,
        }
    }

    /// The unpacked bytes, as far as they can be unpacked; `None` if how they are packed is not known here.
    ///
    /// # Errors
    /// They go beyond what may be unpacked.
    pub(super) fn unpack(&self, unpacked: &mut Unpacked) -> Result<Option<Vec<u8>>, Fault> {
        let mut content = Vec::new();
        match self.filter() {
            Filter::Other => return Ok(None),
            Filter::None => drop(self.body.take(unpacked.left + 1).read_to_end(&mut content)),
            // What cannot be unpacked to its end is read as far as it can be, as viewers do.
            Filter::Flate => drop(ZlibDecoder::new(self.body).take(unpacked.left + 1).read_to_end(&mut content)),
        }
        let length = content.len() as u64;
        if length > unpacked.left {
            unpacked.left = 0;
            return Err(Fault::Unknown("its pages unpack to more than a look at them may take".to_owned()));
        }
        unpacked.left -= length;
        Ok(Some(content))
    }

    /// Unpacks to the end and keeps nothing.
    fn unpack_to_end(&self, account: &mut Account<'_>, buffer: &mut [u8]) -> Result<(), Fault> {
        let name = match self.dictionary.get(b"Filter") {
            Some(Object::Name(name)) => name,
            Some(Object::Array(filters)) => match filters.first() {
                Some(Object::Name(name)) => name,
                _ => return Ok(()),
            },
            _ => return Ok(()),
        };
        match name.as_slice() {
            b"FlateDecode" | b"Fl" => drain(ZlibDecoder::new(self.body), account, buffer),
            b"DCTDecode" | b"DCT" => crate::formats::full::decode_jpeg(&mut std::io::Cursor::new(self.body), account),
            _ => Ok(()),
        }
    }
}

/// Unpacks every stream of a file that is packed by Flate or JPEG, to its end.
pub(in crate::formats) fn unpack_all(bytes: &[u8], account: &mut Account<'_>) -> Result<(), Fault> {
    let file = super::file::File::read(bytes, Unpacked::new(LOOK_BYTES))?;
    if file.encrypted {
        return Ok(());
    }
    let mut buffer = vec![0; 64 << 10];
    for stream in &file.streams {
        stream.unpack_to_end(account, &mut buffer)?;
    }
    Ok(())
}

/// Reads to the end; what was unpacked is forgotten at once.
fn drain(mut reader: impl Read, account: &mut Account<'_>, buffer: &mut [u8]) -> Result<(), Fault> {
    loop {
        match reader.read(buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => account.unpack(length as u64)?,
            Err(error) => return Err(Fault::decoding(&format!("a stream cannot be unpacked: {error}"))),
        }
    }
}

/// Bytes of the end of line behind `stream`.
fn line_end(rest: &[u8]) -> usize {
    match rest {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

//! From a reader to the facts: picks the format and turns the reason for stopping into facts.

use std::io::{self, Cursor, Read, Seek};

use super::full::look_whole;
use super::magic::{HEAD, is_zip, kind_by_magic};
use super::window::{Stop, Window};
use super::{bmp, gif, jpeg, ofd, pdf, png, tiff, webp};
use crate::model::facts::{Dpi, Ending, FileFacts, FileKind};

/// What the bytes of one file say. `size` is the file's whole length.
///
/// Reads and keeps at most 2 MiB, in 32 aligned blocks of 64 KiB, each at most once; where that ends, facts stay
/// unknown. Never panics. `encrypted` of a PDF is true for every kind of encryption, also where the password to open it
/// is empty.
///
/// # Errors
/// Only those of the reader, unchanged; among them `UnexpectedEof`, if it holds fewer bytes than `size`. A file that
/// ends before its format does is [`Ending::Truncated`], and one that makes no sense is `unreadable`.
pub fn probe<R: Read + Seek>(reader: &mut R, size: u64) -> io::Result<FileFacts> {
    let mut file = Window::new(reader, size);
    let mut facts = FileFacts::default();
    match look(&mut file, &mut facts) {
        Ok(()) | Err(Stop::Budget) => {}
        Err(Stop::End) => facts.ending = Ending::Truncated,
        Err(Stop::Broken(reason)) => facts.unreadable = Some(reason.to_owned()),
        Err(Stop::Io(error)) => return Err(error),
    }
    if let Some(FileKind::Jpeg | FileKind::Png | FileKind::Bmp | FileKind::Gif | FileKind::Webp) = facts.kind {
        facts.pages = Some(1);
    }
    // A zip that turned out to be something else: whatever was learned on the way is not about a kind of ours.
    Ok(if facts.kind.is_some() { facts } else { FileFacts::default() })
}

/// What the bytes of a file that is in memory say: as [`probe()`], and what needs all of them: the pages of a PDF, the parts of
/// an OFD, whether XML is well-formed and which invoice it is.
///
/// Unpacks at most 16 MiB of a PDF and makes at most half a million objects of it, which take 96 MiB at the very most; where
/// that ends, facts stay unknown.
pub fn probe_whole(bytes: &[u8]) -> FileFacts {
    // A reader over memory has no errors.
    let mut facts = probe(&mut Cursor::new(bytes), bytes.len() as u64).unwrap_or_default();
    let open = facts.unreadable.is_none() && facts.ending != Ending::Truncated && facts.encrypted != Some(true);
    if open {
        look_whole(bytes, &mut facts);
    }
    facts
}

fn look<R: Read + Seek>(file: &mut Window<'_, R>, facts: &mut FileFacts) -> Result<(), Stop> {
    let head = file.slice(0, HEAD)?;
    if is_zip(&head) {
        return ofd::look(file, facts);
    }
    facts.kind = kind_by_magic(&head);
    let Some(kind) = facts.kind else { return Ok(()) };
    // No image format of ours and no XML has a password; a PDF and an OFD say it themselves.
    facts.encrypted = Some(false);
    match kind {
        FileKind::Jpeg => jpeg::look(file, facts),
        FileKind::Png => png::look(file, facts),
        FileKind::Tiff => tiff::look(file, facts),
        FileKind::Gif => gif::look(file, facts),
        FileKind::Bmp => bmp::look(file, facts),
        FileKind::Webp => webp::look(file, facts),
        FileKind::Pdf => pdf::look(file, facts),
        FileKind::Xml | FileKind::Ofd => {
            facts.dpi = Dpi::NotApplicable;
            Ok(())
        }
    }
}

//! Facts about real files, and what must hold for any bytes at all.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is how they fail")]

use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use batchferry::formats::{kind_by_magic, probe};
use batchferry::model::facts::{Dpi, Ending, FileFacts, FileKind};
use proptest::prelude::*;

/// What `probe` promises never to exceed.
const BUDGET: u64 = 2 << 20;
const SEEKS: u64 = 32;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/images")
}

fn image(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap()
}

/// Every sample with its name, in a fixed order.
fn images() -> Vec<(String, Vec<u8>)> {
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != "README.md").collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), image(&name))).collect()
}

fn facts(bytes: &[u8]) -> FileFacts {
    let mut reader = Counting { inner: Cursor::new(bytes), read: 0, seeks: 0 };
    let facts = probe(&mut reader, bytes.len() as u64).unwrap();
    assert!(reader.read <= BUDGET && reader.seeks <= SEEKS, "{} bytes, {} seeks", reader.read, reader.seeks);
    facts
}

/// Counts what is asked of it.
struct Counting<R> {
    inner: R,
    read: u64,
    seeks: u64,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

impl<R: Seek> Seek for Counting<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.seeks += 1;
        self.inner.seek(to)
    }
}

const fn at(dots: f32) -> Dpi {
    Dpi::Known { x: dots, y: dots }
}

use Ending::{Truncated, Whole};
use FileKind::{Bmp, Gif, Jpeg, Ofd, Pdf, Png, Tiff, Webp, Xml};

/// Rasters: all are 160 by 120.
const RASTERS: &[(&str, FileKind, Dpi, Ending)] = &[
    ("big-300.tif", Tiff, at(300.0), Whole),
    ("big-endian-300.tif", Tiff, at(300.0), Whole),
    ("bilevel-600.png", Png, at(600.0), Whole),
    ("bottom-up-200.bmp", Bmp, at(200.0), Whole),
    ("cm-100.tif", Tiff, at(254.0), Whole),
    ("cmyk-300.jpg", Jpeg, at(300.0), Whole),
    ("exif-cm-100.jpg", Jpeg, at(254.0), Whole),
    ("exif-inch-300.jpg", Jpeg, at(300.0), Whole),
    ("exif-no-unit-240.jpg", Jpeg, at(240.0), Whole),
    ("extended.webp", Webp, Dpi::Unknown, Whole),
    ("g4-200.tif", Tiff, at(200.0), Whole),
    ("jfif-cm-118.jpg", Jpeg, at(299.7), Whole),
    ("jfif-inch-200x100.jpg", Jpeg, Dpi::Known { x: 200.0, y: 100.0 }, Whole),
    ("jfif-inch-300.jpg", Jpeg, at(300.0), Whole),
    ("jfif-unit0.jpg", Jpeg, Dpi::Unknown, Whole),
    ("jpeg-in-tiff-300.tif", Tiff, at(300.0), Whole),
    ("little-endian-300.tif", Tiff, at(300.0), Whole),
    ("lossless.webp", Webp, Dpi::Unknown, Whole),
    ("lossy.webp", Webp, Dpi::Unknown, Whole),
    ("multipage-300-150-200.tif", Tiff, at(150.0), Whole),
    ("no-resolution.tif", Tiff, Dpi::Unknown, Whole),
    ("no-unit-300.tif", Tiff, at(300.0), Whole),
    ("padded.jpg", Jpeg, at(300.0), Whole),
    ("phys-300.png", Png, at(300.0), Whole),
    ("plain.bmp", Bmp, at(96.0), Whole),
    ("plain.gif", Gif, Dpi::Unknown, Whole),
    ("plain.png", Png, Dpi::Unknown, Whole),
    ("progressive-300.jpg", Jpeg, at(300.0), Whole),
    ("truncated-strip.tif", Tiff, at(300.0), Truncated),
    ("truncated.bmp", Bmp, at(96.0), Truncated),
    ("truncated.jpg", Jpeg, at(300.0), Truncated),
    ("truncated.png", Png, at(300.0), Truncated),
    ("truncated.webp", Webp, Dpi::Unknown, Truncated),
    ("unit-none.tif", Tiff, Dpi::Unknown, Whole),
];

/// Files without pixels of their own.
const OTHERS: &[(&str, FileKind, Ending, Option<bool>)] = &[
    ("early-entry.ofd", Ofd, Whole, Some(false)),
    ("encrypted-aes256.pdf", Pdf, Whole, Some(true)),
    ("encrypted-linearized.pdf", Pdf, Whole, Some(true)),
    ("encrypted-rc4.pdf", Pdf, Whole, Some(true)),
    ("gb18030.xml", Xml, Ending::Unknown, Some(false)),
    ("late-entry.ofd", Ofd, Whole, Some(false)),
    ("linearized.pdf", Pdf, Whole, Some(false)),
    ("plain.pdf", Pdf, Whole, Some(false)),
    ("truncated.ofd", Ofd, Truncated, None),
    ("truncated.pdf", Pdf, Truncated, None),
    ("utf-16-be.xml", Xml, Ending::Unknown, Some(false)),
    ("utf-16.xml", Xml, Ending::Unknown, Some(false)),
    ("utf-8-bom.xml", Xml, Ending::Unknown, Some(false)),
    ("utf-8.xml", Xml, Ending::Unknown, Some(false)),
    ("xref-stream.pdf", Pdf, Whole, Some(false)),
];

/// Files looked at by tests of their own.
const SPECIAL: &[&str] = &["not-ofd.zip", "page.html", "text-mode.png", "truncated-directory.tif"];

#[test]
fn every_sample_is_expected_by_some_test() {
    let rasters = RASTERS.iter().map(|row| row.0);
    let mut expected: Vec<_> = rasters.chain(OTHERS.iter().map(|row| row.0)).chain(SPECIAL.iter().copied()).collect();
    expected.sort_unstable();
    let found: Vec<_> = images().into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, expected);
}

#[test]
fn rasters_tell_their_pixels_resolution_and_ending() {
    for (name, kind, dpi, ending) in RASTERS {
        let facts = facts(&image(name));
        assert_eq!((facts.kind, facts.pixels), (Some(*kind), Some((160, 120))), "{name}");
        assert_eq!((facts.dpi, facts.ending, facts.unreadable), (*dpi, *ending, None), "{name}");
        assert_eq!(facts.encrypted, Some(false), "{name}");
    }
}

#[test]
fn documents_tell_their_ending_and_encryption_and_have_no_resolution() {
    for (name, kind, ending, encrypted) in OTHERS {
        let facts = facts(&image(name));
        assert_eq!((facts.kind, facts.ending, facts.encrypted), (Some(*kind), *ending, *encrypted), "{name}");
        // The pages of a PDF are not looked at through a window.
        let dpi = if *kind == Pdf { Dpi::Unknown } else { Dpi::NotApplicable };
        assert_eq!((facts.dpi, facts.pixels, facts.unreadable), (dpi, None, None), "{name}");
    }
}

#[test]
fn what_is_none_of_ours_has_no_facts_at_all() {
    for name in ["not-ofd.zip", "page.html"] {
        assert_eq!(facts(&image(name)), FileFacts::default(), "{name}");
    }
    assert_eq!(facts(b""), FileFacts::default());
}

#[test]
fn a_png_that_went_through_a_text_transfer_is_unreadable_and_not_truncated() {
    let facts = facts(&image("text-mode.png"));
    assert_eq!((facts.kind, facts.ending), (Some(Png), Ending::Unknown));
    assert!(facts.unreadable.unwrap().contains("text mode"));
}

#[test]
fn a_tiff_whose_directory_is_cut_off_is_truncated() {
    let facts = facts(&image("truncated-directory.tif"));
    assert_eq!((facts.kind, facts.ending, facts.unreadable), (Some(Tiff), Truncated, None));
}

/// Cuts everywhere, also where the end mark of a thumbnail or of an earlier part still stands.
#[test]
fn a_file_that_lost_its_last_bytes_is_never_whole() {
    for (name, bytes) in images() {
        if facts(&bytes).ending != Whole {
            continue;
        }
        // Zeros and line ends may be padding.
        let end = bytes.iter().rposition(|byte| *byte != 0 && !byte.is_ascii_whitespace()).unwrap();
        for length in 0..end {
            let facts = facts(&bytes[..length]);
            assert_ne!(facts.ending, Whole, "{name} cut to {length} of {}", bytes.len());
            assert_eq!(facts.unreadable, None, "{name} cut to {length} of {}", bytes.len());
        }
    }
}

#[test]
fn the_kind_by_magic_is_that_of_the_probe_except_for_zips() {
    for (name, bytes) in images() {
        let kind = facts(&bytes).kind;
        let expected = if kind == Some(Ofd) { None } else { kind };
        assert_eq!(kind_by_magic(&bytes[..bytes.len().min(1024)]), expected, "{name}");
    }
}

#[test]
fn the_sample_archive_holds_the_faults_that_its_documents_are_named_for() {
    let archive = folder().join("../../../jobs/sample/archive");
    let facts = |key: &str| facts(&fs::read(archive.join(key)).unwrap());
    let expenses = "ACME-CN/expense-report/2025";
    assert_eq!(facts(&format!("{expenses}/01/15/EXP-0012-pdf-named-jpg/invoice-01.jpg")).kind, Some(Pdf));
    assert_eq!(facts(&format!("{expenses}/01/23/EXP-0013-truncated-jpeg/cover-01.jpg")).ending, Truncated);
    assert_eq!(facts(&format!("{expenses}/02/06/EXP-0014-encrypted-pdf/invoice-01.pdf")).encrypted, Some(true));
    assert_eq!(facts(&format!("{expenses}/03/04/EXP-0017-72-dpi/cover-01.tif")).dpi, at(72.0));
    assert_eq!(facts(&format!("{expenses}/03/05/EXP-0018-no-dpi/invoice-01.jpg")).dpi, Dpi::Unknown);
    let vouchers = "GLOBEX-EU/voucher/2025/02";
    assert_eq!(facts(&format!("{vouchers}/06/VCH-70009-150-dpi/cover-01.tif")).dpi, at(150.0));
    assert_eq!(facts(&format!("{vouchers}/13/VCH-70010-gif/attachment-01.gif")).kind, Some(Gif));
    assert!(facts(&format!("{vouchers}/19/VCH-70011-text-mode-png/attachment-01.png")).unreadable.is_some());
}

/// Every file below a folder, with its path.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

#[test]
fn every_other_file_of_the_sample_archive_is_sound() {
    let marks = ["pdf-named-jpg", "truncated", "encrypted", "empty", "text-mode", "scanner-log", "Thumbs.db"];
    for path in files_below(&folder().join("../../../jobs/sample/archive")) {
        let name = path.display().to_string();
        if marks.iter().any(|mark| name.contains(mark)) {
            continue;
        }
        let facts = facts(&fs::read(&path).unwrap());
        let promised = path.extension().and_then(|extension| FileKind::from_extension(extension.to_str().unwrap()));
        assert_eq!((facts.kind, facts.encrypted, facts.unreadable), (promised, Some(false), None), "{name}");
        assert_ne!(facts.ending, Truncated, "{name}");
    }
}

/// Fails after some reads, as a connection does.
struct Failing<R> {
    inner: R,
    left: u32,
}

impl<R: Read> Read for Failing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.left = self.left.checked_sub(1).ok_or(io::ErrorKind::ConnectionReset)?;
        self.inner.read(buffer)
    }
}

impl<R: Seek> Seek for Failing<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// Rasters grown with a segment, so that they take more than one block.
fn large_jpeg() -> Vec<u8> {
    let small = image("exif-inch-300.jpg");
    let comment = [&[0xff, 0xfe, 0xff, 0xff][..], &[b'x'; 65_533]].concat();
    [&small[..2], &comment, &comment, &small[2..]].concat()
}

#[test]
fn an_error_of_the_reader_comes_back_as_it_is_whenever_it_happens() {
    let bytes = large_jpeg();
    assert_eq!(facts(&bytes).dpi, at(300.0));
    for left in 0..3 {
        let mut reader = Failing { inner: Cursor::new(&bytes), left };
        let error = probe(&mut reader, bytes.len() as u64).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "after {left} reads");
    }
}

/// A reader of any length without the bytes: `front`, zeros, `back`.
struct Sparse {
    front: Vec<u8>,
    back: Vec<u8>,
    size: u64,
    at: u64,
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(usize::try_from(self.size - self.at).unwrap());
        for byte in &mut buffer[..length] {
            let back = self.size - self.back.len() as u64;
            let part = if self.at >= back { self.back.get(usize::try_from(self.at - back).unwrap()) } else { None };
            let front = usize::try_from(self.at).ok().and_then(|at| self.front.get(at));
            *byte = part.or(front).copied().unwrap_or(0);
            self.at += 1;
        }
        Ok(length)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(at) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        self.at = at;
        Ok(at)
    }
}

fn sparse_facts(front: Vec<u8>, back: &[u8], size: u64) -> (FileFacts, u64) {
    let inner = Sparse { front, back: back.to_vec(), size, at: 0 };
    let mut reader = Counting { inner, read: 0, seeks: 0 };
    let facts = probe(&mut reader, size).unwrap();
    (facts, reader.read)
}

#[test]
fn of_a_huge_file_only_a_few_blocks_are_read() {
    let jpeg = image("jfif-inch-300.jpg");
    let (facts, read) = sparse_facts(jpeg[..jpeg.len() - 2].to_vec(), b"\xff\xd9", 40 << 30);
    assert_eq!((facts.pixels, facts.dpi, facts.ending), (Some((160, 120)), at(300.0), Whole));
    assert!(read <= 128 << 10, "{read} bytes");

    let (facts, read) = sparse_facts(image("plain.pdf"), &image("plain.pdf")[5000..], 1 << 30);
    assert_eq!((facts.kind, facts.ending), (Some(Pdf), Whole));
    assert!(read <= 256 << 10, "{read} bytes");
}

#[test]
fn the_directory_of_a_tiff_is_found_behind_its_strips() {
    let small = image("big-endian-300.tif");
    let strips = 13_500_000_u32;
    let directory = u32::from_be_bytes(small[4..8].try_into().unwrap());
    // Moves everything behind the pixels, and the offsets with it.
    let mut back = small[usize::try_from(directory - 16).unwrap()..].to_vec();
    let mut set = |at: usize, number: u32| back[at..at + 4].copy_from_slice(&number.to_be_bytes());
    set(16 + 2 + 9 * 12 + 8, strips);
    set(16 + 2 + 10 * 12 + 8, strips + 8);
    let front = [&small[..4], &(strips + 16).to_be_bytes()[..]].concat();
    let (facts, read) = sparse_facts(front, &back, u64::from(strips) + back.len() as u64);
    assert_eq!((facts.dpi, facts.ending), (at(300.0), Whole));
    assert!(read <= 192 << 10, "{read} bytes");
}

#[test]
fn a_spent_budget_leaves_facts_unknown_and_is_no_fault_of_the_file() {
    let comment = [&[0xff, 0xfe, 0xff, 0xff][..], &[b'x'; 65_533]].concat();
    let jpeg = image("jfif-inch-300.jpg");
    let bytes = [&jpeg[..20], &comment.repeat(40), &jpeg[20..]].concat();
    let facts = facts(&bytes);
    assert_eq!((facts.kind, facts.dpi), (Some(Jpeg), at(300.0)));
    assert_eq!((facts.pixels, facts.ending, facts.unreadable), (None, Ending::Unknown, None));
}

#[test]
fn a_tiff_whose_pages_go_round_in_a_circle_is_unreadable() {
    let mut bytes = image("g4-200.tif");
    let directory: usize = u32::from_le_bytes(bytes[4..8].try_into().unwrap()).try_into().unwrap();
    let entries = usize::from(u16::from_le_bytes(bytes[directory..directory + 2].try_into().unwrap()));
    let next = directory + 2 + entries * 12;
    bytes.copy_within(4..8, next);
    assert!(facts(&bytes).unreadable.unwrap().contains("circle"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_looked_at_within_the_budget(bytes in prop::collection::vec(any::<u8>(), 0..4096)) {
        facts(&bytes);
    }

    #[test]
    fn any_bytes_behind_any_magic_are_looked_at_within_the_budget(
        sample in any::<prop::sample::Index>(),
        keep in 0_usize..64,
        bytes in prop::collection::vec(any::<u8>(), 0..4096),
    ) {
        let images = images();
        let (_, image) = sample.get(&images);
        facts(&[&image[..keep.min(image.len())], &bytes].concat());
    }

    #[test]
    fn any_sample_with_any_bytes_changed_is_looked_at_within_the_budget(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..16),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        for (_, mut bytes) in images() {
            for (place, byte) in &changes {
                *place.get_mut(&mut bytes[..]) = *byte;
            }
            if cuts {
                bytes.truncate(cut.index(bytes.len()));
            }
            facts(&bytes);
        }
    }
}

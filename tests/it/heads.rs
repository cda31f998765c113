//! What looking at the heads of large files asks of the source, beside the copy itself.

use std::collections::BTreeMap;

use serde_json::json;

use crate::s3::{Buckets, buckets, objects};

/// Bytes of one part of a copy.
const PART: usize = 5 << 20;

/// A segment of a JPEG's head, and the head of its scan.
const JPEG: &[u8] = b"\xff\xd8\xff\xc0\0\x0b\x08\0\x20\0\x10\x01\x01\x11\0\xff\xda\0\x08\x01\x01\0\0\x3f\0";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x10\0\0\0\x20\x08\0\0\0\0crc.";
const PNG_END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// Bytes as a compressor makes them, with every 0xff stuffed.
fn noise(seed: usize, bytes: usize) -> Vec<u8> {
    let mut noise = Vec::with_capacity(bytes + 1);
    while noise.len() < bytes {
        let byte = ((noise.len() + seed) as u64 ^ 0x9e37).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0];
        noise.push(byte);
        if byte == 0xff {
            noise.push(0);
        }
    }
    noise
}

fn jpeg(seed: usize, bytes: usize) -> Vec<u8> {
    [JPEG, &noise(seed, bytes), b"\xff\xd9"].concat()
}

fn png(bytes: usize) -> Vec<u8> {
    let length = u32::try_from(bytes).unwrap().to_be_bytes();
    [PNG, &length, b"IDAT", &vec![0x5a; bytes], b"crc.", PNG_END].concat()
}

fn pdf(bytes: usize) -> Vec<u8> {
    let body =
        [b"%PDF-1.4\n1 0 obj <</Length 9>> stream\n".as_slice(), &noise(3, bytes), b"\nendstream endobj\n"].concat();
    let end = format!("xref\n0 1\n0000000000 65535 f \ntrailer << /Size 1 >>\nstartxref\n{}\n%%EOF\n", body.len());
    [&body, end.as_bytes()].concat()
}

/// One strip, and its directory behind it.
fn tiff(bytes: usize) -> Vec<u8> {
    let mut tiff = [b"II*\0".as_slice(), &u32::try_from(8 + bytes).unwrap().to_le_bytes(), &vec![0x5a; bytes]].concat();
    let entries = [(256_u16, 16_u32), (257, 32), (273, 8), (279, u32::try_from(bytes).unwrap())];
    tiff.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, value) in entries {
        tiff.extend([tag.to_le_bytes(), 4_u16.to_le_bytes()].concat());
        tiff.extend([1_u32.to_le_bytes(), value.to_le_bytes()].concat());
    }
    tiff.extend([0; 4]);
    tiff
}

/// A zip of members that are not packed.
fn ofd(bytes: usize) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    let members = [("Doc_0/Res/a.bin", bytes), ("Doc_0/Res/b.bin", bytes / 2), ("OFD.xml", 10)];
    for (name, size) in members {
        let at = u32::try_from(zip.len()).unwrap().to_le_bytes();
        let size = u32::try_from(size).unwrap().to_le_bytes();
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let shared = [[0; 12].as_slice(), &size, &size, &name_length, &[0; 2]].concat();
        zip.extend([b"PK\x03\x04".as_slice(), &[20, 0], &shared, name.as_bytes()].concat());
        zip.extend(vec![b'x'; usize::try_from(u32::from_le_bytes(size)).unwrap()]);
        directory.extend([b"PK\x01\x02".as_slice(), &[20, 0, 20, 0], &shared, &[0; 10], &at, name.as_bytes()].concat());
    }
    let at = u32::try_from(zip.len()).unwrap().to_le_bytes();
    let length = u32::try_from(directory.len()).unwrap().to_le_bytes();
    let end = [b"PK\x05\x06".as_slice(), &[0; 4], &[3, 0, 3, 0], &length, &at, &[0; 2]].concat();
    [zip, directory, end].concat()
}

/// Documents of these files, moved.
fn moved(files: &[(&str, Vec<u8>)], memory: &str) -> Buckets {
    let scene = buckets(0, |config| config["limits"] = json!({"memory": memory}));
    for (key, content) in files {
        scene.server.plant("old-archive", &format!("ACME/voucher/2025/01/05/{key}"), content);
    }
    scene.project.run(&["run"]);
    scene
}

/// How much more often each file was asked for than copying it takes, by the end of its key.
fn added(scene: &Buckets, files: &[(&str, Vec<u8>)]) -> BTreeMap<String, usize> {
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for line in scene.server.log() {
        if let Some(key) = line.strip_prefix("GET /old-archive/ACME/voucher/2025/01/05/") {
            *asked.entry(key.split([' ', '?']).next().unwrap().to_owned()).or_default() += 1;
        }
    }
    for (key, content) in files {
        *asked.get_mut(*key).unwrap() -= content.len().div_ceil(PART);
    }
    asked
}

#[track_caller]
fn all_moved(scene: &Buckets) {
    let documents = scene.project.documents("batch");
    assert!(documents.values().all(|status| status == "Migrated"), "{documents:?}");
    assert_eq!(objects(&scene.server, "new-archive"), objects(&scene.server, "old-archive"));
}

#[test]
fn looking_at_a_large_file_adds_one_request_for_its_end_where_its_format_has_one() {
    let large = 13 << 20;
    let files = [
        ("JPEG/invoice-1.jpeg", jpeg(0, large)),
        ("PNG/invoice-1.png", png(large)),
        ("PDF/invoice-1.pdf", pdf(large)),
        ("TIFF/invoice-1.tiff", tiff(large)),
        ("OFD/invoice-1.ofd", ofd(large / 3 * 2)),
        ("XML/invoice-1.xml", [b"<?xml version=\"1.0\"?><a>", vec![b'x'; large].as_slice(), b"</a>"].concat()),
    ];
    let scene = moved(&files, "48MiB");
    all_moved(&scene);
    let expected = [("JPEG", 1), ("OFD", 1), ("PDF", 1), ("PNG", 1), ("TIFF", 1), ("XML", 0)];
    let added = added(&scene, &files);
    let added: Vec<_> = added.iter().map(|(key, n)| (key.split('/').next().unwrap(), *n)).collect();
    assert_eq!(added, expected);
}

/// More than a quarter of the memory, in files of a part or less.
fn many() -> [(&'static str, Vec<u8>); 5] {
    [
        ("MANY/invoice-1.jpeg", jpeg(1, 5_100_000)),
        ("MANY/invoice-2.jpeg", jpeg(2, 3 << 20)),
        ("MANY/invoice-3.png", png(3 << 20)),
        ("MANY/invoice-4.pdf", pdf(3 << 20)),
        ("MANY/invoice-5.png", png(200 << 10)),
    ]
}

#[test]
fn files_of_a_large_document_that_fit_into_idle_memory_are_asked_for_once() {
    let scene = moved(&many(), "48MiB");
    all_moved(&scene);
    assert!(added(&scene, &many()).values().all(|added| *added == 0), "{:?}", added(&scene, &many()));
}

#[test]
fn without_idle_memory_only_what_is_short_or_must_be_seen_whole_is_read_twice() {
    let scene = moved(&many(), "1MiB");
    all_moved(&scene);
    let added: Vec<_> = added(&scene, &many()).into_values().collect();
    // The first is kept; of images the head and the end are read; the PDF and the short file are read as a whole.
    assert_eq!(added, [0, 2, 2, 1, 1]);
}

#[test]
fn a_large_file_that_is_cut_off_is_refused_before_anything_of_its_document_is_sent() {
    let mut files = many();
    files[2].1.truncate(2 << 20);
    let mut cut = jpeg(7, 13 << 20);
    cut.truncate(12 << 20);
    let files = [files.as_slice(), &[("ONE/invoice-1.jpeg", cut)]].concat();
    for memory in ["1MiB", "48MiB"] {
        let scene = moved(&files, memory);
        let documents = scene.project.documents("batch");
        assert_eq!((documents["MANY"].as_str(), documents["ONE"].as_str()), ("Truncated", "Truncated"), "{memory}");
        assert_eq!((scene.server.requests("PUT"), scene.server.requests("POST")), (0, 0), "{memory}");
    }
}

#[test]
fn a_pdf_of_a_large_document_has_its_pages_counted_if_it_is_no_longer_than_a_part() {
    let scene = buckets(0, |config| config["limits"] = json!({"memory": "1MiB"}));
    scene.project.spec("batch", |spec| spec["checks"] = json!({"pages": {"max": 1}}));
    let two = b"%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>> endobj\n\
        3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj\n4 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj\n";
    let end = b"trailer << /Root 1 0 R /Size 5 >>\nstartxref\n9\n%%EOF\n";
    let content =
        [two.as_slice(), b"5 0 obj <</Length 9>> stream\n", &noise(9, 400 << 10), b"\nendstream endobj\n", end];
    // Called a PDF, and called nothing that is known.
    for key in ["PDF/invoice-1.pdf", "OTHER/invoice-1.dat"] {
        scene.server.plant("old-archive", &format!("ACME/voucher/2025/01/05/{key}"), &content.concat());
    }
    scene.project.run(&["run"]).exit(1);
    let documents = scene.project.documents("batch");
    assert_eq!((documents["PDF"].as_str(), documents["OTHER"].as_str()), ("PageCount", "PageCount"));
}

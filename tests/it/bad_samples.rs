//! One batch over everything that can be wrong with a file: exactly the expected code for each, told in both languages.

use std::fs;
use std::io::Write;

use batchferry::model::catalogue::entry;
use batchferry::model::config::Language;
use batchferry::model::failure::Code;
use serde_json::json;

use crate::project::Project;

fn sample(name: &str) -> Vec<u8> {
    fs::read(format!("{}/tests/data/images/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A file of the samples under a name of its own kind, and the code that it must fail with.
const SAMPLES: &[(&str, &str, Code)] = &[
    ("truncated.jpg", "jpg", Code::Truncated),
    ("truncated.png", "png", Code::Truncated),
    ("truncated.bmp", "bmp", Code::Truncated),
    ("truncated.webp", "webp", Code::Truncated),
    ("truncated.pdf", "pdf", Code::Truncated),
    ("truncated.ofd", "ofd", Code::Truncated),
    ("truncated-strip.tif", "tif", Code::Truncated),
    ("truncated-directory.tif", "tif", Code::Truncated),
    ("text-mode.png", "png", Code::Unreadable),
    ("encrypted-aes256.pdf", "pdf", Code::Encrypted),
    ("encrypted-linearized.pdf", "pdf", Code::Encrypted),
    ("encrypted-rc4.pdf", "pdf", Code::Encrypted),
    ("not-ofd.zip", "ofd", Code::TypeMismatch),
    ("page.html", "xml", Code::TypeMismatch),
    ("plain.pdf", "jpg", Code::TypeMismatch),
    ("not-ofd.zip", "zip", Code::TypeNotAllowed),
    ("plain.bmp", "bmp", Code::ResolutionTooLow),
    ("jfif-inch-200x100.jpg", "jpg", Code::ResolutionTooLow),
    ("multipage-300-150-200.tif", "tif", Code::ResolutionTooLow),
];

/// Sound files, which must move.
const SOUND: &[(&str, &str)] = &[
    ("jfif-inch-300.jpg", "jpg"),
    ("phys-300.png", "png"),
    ("g4-200.tif", "tif"),
    ("jpeg-in-tiff-300.tif", "tif"),
    ("plain.pdf", "pdf"),
    ("xref-stream.pdf", "pdf"),
    ("late-entry.ofd", "ofd"),
    ("gb18030.xml", "xml"),
    ("utf-16.xml", "xml"),
    ("plain.gif", "gif"),
    ("lossless.webp", "webp"),
];

/// Files that no encoder writes.
fn made() -> Vec<(&'static str, Vec<u8>, Code)> {
    let mut jpeg = sample("jfif-inch-300.jpg");
    let middle = jpeg.len() / 2;
    jpeg.splice(middle..middle + 40, [0xff, 0].repeat(20));
    let mut circle = sample("g4-200.tif");
    let directory = usize::try_from(u32::from_le_bytes(circle[4..8].try_into().unwrap())).unwrap();
    let entries = usize::from(u16::from_le_bytes(circle[directory..directory + 2].try_into().unwrap()));
    circle.copy_within(4..8, directory + 2 + entries * 12);
    let mut parts = sample("early-entry.ofd");
    let at = parts.windows(11).rposition(|window| window == b"Content.xml").unwrap();
    parts[at] = b'K';
    let xml = sample("utf-8.xml");
    vec![
        ("jpg", jpeg, Code::Unreadable),
        ("tif", circle, Code::Unreadable),
        ("ofd", parts, Code::Unreadable),
        ("xml", xml[..xml.len() - 12].to_vec(), Code::Unreadable),
        ("png", bomb(), Code::DecompressionBomb),
        ("jpg", Vec::new(), Code::EmptyFile),
        ("pdf", three_pages(), Code::PageCount),
    ]
}

/// A PNG of 200,000 by 200,000 pixels in a hundred bytes.
fn bomb() -> Vec<u8> {
    let chunk = |kind: &[u8], content: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(kind);
        crc.update(content);
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length[..], kind, content, &crc.sum().to_be_bytes()].concat()
    };
    let side = 200_000_u32.to_be_bytes();
    let head = [&side[..], &side, &[8, 2, 0, 0, 0]].concat();
    let density = [&11_811_u32.to_be_bytes()[..], &11_811_u32.to_be_bytes(), &[1]].concat();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(&[0; 9000]).unwrap();
    let packed = packed.finish().unwrap();
    let chunks = [chunk(b"IHDR", &head), chunk(b"pHYs", &density), chunk(b"IDAT", &packed), chunk(b"IEND", b"")];
    [&b"\x89PNG\r\n\x1a\n"[..], &chunks.concat()].concat()
}

/// A PDF of three empty pages.
fn three_pages() -> Vec<u8> {
    let pages: String = (3..6).map(|page| format!("{page} 0 obj <</Type/Page/Parent 2 0 R>> endobj\n")).collect();
    let head = "%PDF-1.4\n1 0 obj <</Pages 2 0 R>> endobj\n2 0 obj <</Kids[3 0 R 4 0 R 5 0 R]/Count 3>> endobj\n";
    format!("{head}{pages}trailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n").into_bytes()
}

/// Puts a document of one file; gives its image number.
fn put(project: &Project, number: usize, extension: &str, content: &[u8]) -> String {
    let image = format!("IMG-{number:03}");
    project.put(&format!("ACME/voucher/2025/01/15/{image}/cover-1.{extension}"), content);
    image
}

#[test]
fn every_bad_sample_fails_with_its_code_and_every_sound_one_moves() {
    let project = Project::local();
    let mut expected = Vec::new();
    let samples = SAMPLES.iter().map(|(name, extension, code)| (*extension, sample(name), *code));
    for (extension, content, code) in samples.chain(made()) {
        let image = put(&project, expected.len(), extension, &content);
        expected.push((image, code.as_str()));
    }
    for (name, extension) in SOUND {
        let image = put(&project, expected.len(), extension, &sample(name));
        expected.push((image, "Migrated"));
    }
    project.spec("bad", |spec| {
        spec["checks"] = json!({
            "readable": {"depth": "Full"}, "resolution": {"minDpi": 200}, "pages": {"max": 2},
            "fileType": {"allow": ["jpeg", "png", "tiff", "gif", "bmp", "webp", "pdf", "ofd", "xml"]},
        });
    });
    project.run(&["run"]).exit(1);
    let found: Vec<_> = project.documents("bad").into_iter().collect();
    let expected: Vec<_> = expected.into_iter().map(|(image, status)| (image, status.to_owned())).collect();
    assert_eq!(found, expected);
    for (language, name) in [(Language::English, "README.md"), (Language::Chinese, "README.zh-CN.md")] {
        let report = fs::read_to_string(project.path("jobs/bad.report").join(name)).unwrap();
        let codes = SAMPLES.iter().map(|row| row.2).chain(made().into_iter().map(|row| row.2));
        for code in codes {
            assert!(report.contains(entry(code).message(language)), "{name} does not tell {code}");
        }
    }
}

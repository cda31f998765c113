//! What files in memory say beyond their heads, and what decoding them to the end finds.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is how they fail")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use batchferry::formats::{decode, probe_whole};
use batchferry::model::facts::{Decoded, Dpi, Ending, FileFacts, FileKind};

fn image(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/images").join(name)).unwrap()
}

fn decoded(bytes: &[u8]) -> FileFacts {
    let mut facts = probe_whole(bytes);
    decode(&mut Cursor::new(bytes), bytes.len() as u64, &mut facts, &|| false);
    facts
}

/// Every sample whose name ends so.
fn samples(kinds: &[FileKind]) -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/images");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut samples: Vec<_> = names.map(|name| (name.clone(), image(&name))).collect();
    samples.retain(|(_, bytes)| probe_whole(bytes).kind.is_some_and(|kind| kinds.contains(&kind)));
    samples.sort();
    samples
}

#[test]
fn every_sound_sample_decodes_to_its_end() {
    for (name, bytes) in samples(&FileKind::ALL) {
        let facts = probe_whole(&bytes);
        if facts.ending == Ending::Truncated || facts.unreadable.is_some() || facts.encrypted == Some(true) {
            continue;
        }
        let found = decoded(&bytes);
        assert_eq!((found.decoded, found.unreadable, found.bomb), (Decoded::Whole, None, None), "{name}");
        assert_eq!(found.ending, facts.ending, "{name}");
    }
}

#[test]
fn damage_in_the_middle_of_an_image_is_found_only_by_decoding_it() {
    for name in ["jfif-inch-300.jpg", "progressive-300.jpg", "phys-300.png", "lossless.webp", "plain.gif"] {
        let mut bytes = image(name);
        let middle = bytes.len() / 2;
        // As in a JPEG no code has ones alone, which a stuffed 0xff is.
        bytes.splice(middle..middle + 40, [0xff, 0].repeat(20));
        assert_eq!(probe_whole(&bytes).unreadable, None, "{name}");
        let found = decoded(&bytes);
        assert!(found.unreadable.is_some() || found.ending == Ending::Truncated, "{name}: {found:?}");
    }
}

#[test]
fn time_that_is_up_leaves_a_sound_file_unknown() {
    let bytes = image("phys-300.png");
    let mut facts = probe_whole(&bytes);
    decode(&mut Cursor::new(&bytes), bytes.len() as u64, &mut facts, &|| true);
    assert!(matches!(facts.decoded, Decoded::Unknown(_)), "{facts:?}");
    assert_eq!((facts.unreadable, facts.bomb), (None, None));
}

#[test]
fn pages_are_counted_in_every_kind_that_has_them() {
    for (name, pages) in [
        ("multipage-300-150-200.tif", Some(3)),
        ("plain.pdf", Some(1)),
        ("xref-stream.pdf", Some(1)),
        ("linearized.pdf", Some(1)),
        ("encrypted-rc4.pdf", None),
        ("truncated.pdf", None),
        ("early-entry.ofd", Some(1)),
        ("late-entry.ofd", Some(1)),
        ("jfif-inch-300.jpg", Some(1)),
        ("utf-8.xml", None),
    ] {
        assert_eq!(probe_whole(&image(name)).pages, pages, "{name}");
    }
}

#[test]
fn the_scan_in_a_pdf_tells_its_resolution_however_the_file_is_written() {
    for name in ["plain.pdf", "xref-stream.pdf", "linearized.pdf"] {
        let facts = probe_whole(&image(name));
        assert_eq!((facts.dpi, facts.pixels), (Dpi::Known { x: 300.0, y: 300.0 }, Some((160, 120))), "{name}");
    }
}

/// A PDF of these pages: media box, content, and the size in pixels of the image `/I`.
fn pdf(pages: &[(&str, &str, (u32, u32))]) -> Vec<u8> {
    let mut text = String::from("%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n");
    let kids: Vec<_> = (0..pages.len()).map(|page| format!("{} 0 R", 10 + page * 3)).collect();
    text += &format!("2 0 obj <</Type/Pages/Count {}/Kids[{}]>> endobj\n", pages.len(), kids.join(" "));
    for (page, (media, content, (width, height))) in pages.iter().enumerate() {
        let [page, contents, image] = [0, 1, 2].map(|object| 10 + page * 3 + object);
        text += &format!(
            "{page} 0 obj <</Type/Page/Parent 2 0 R/MediaBox {media}/Contents {contents} 0 R\
             /Resources <</XObject <</I {image} 0 R>>>>>> endobj\n\
             {contents} 0 obj <</Length {}>> stream\n{content}\nendstream endobj\n\
             {image} 0 obj <</Subtype/Image/Width {width}/Height {height}/Length 1>> stream\nx\nendstream endobj\n",
            content.len(),
        );
    }
    (text + "trailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n").into_bytes()
}

const A4: &str = "[0 0 595 842]";

#[test]
fn only_images_that_cover_their_page_count() {
    let dpi = |page: (&str, &str, (u32, u32))| probe_whole(&pdf(&[page])).dpi;
    assert_eq!(dpi((A4, "q 60 0 0 60 20 700 cm /I Do Q BT (text) Tj ET", (100, 100))), Dpi::NotApplicable, "a logo");
    assert_eq!(dpi((A4, "BT (text) Tj ET", (1, 1))), Dpi::NotApplicable, "no image at all");
    let known = Dpi::Known { x: 200.0, y: 200.0 };
    assert_eq!(dpi(("[0 0 360 720]", "q 360 0 0 720 0 0 cm /I Do Q", (1000, 2000))), known, "upright");
    assert_eq!(dpi(("[0 0 720 360]", "q 0 360 -720 0 720 0 cm /I Do Q", (1000, 2000))), known, "turned");
    assert_eq!(dpi(("[0 0 360 720]", "36 0 0 72 0 0 cm q 10 0 0 10 0 0 cm /I Do Q", (1000, 2000))), known, "in steps");
    let strips = "q 360 0 0 360 0 360 cm /I Do Q q 360 0 0 360 0 0 cm /I Do Q";
    assert_eq!(dpi(("[0 0 360 720]", strips, (1000, 1000))), known, "in strips");
}

#[test]
fn of_several_pages_the_lowest_resolution_counts_and_pages_without_a_scan_do_not() {
    let cover = "q 360 0 0 720 0 0 cm /I Do Q";
    let pages = ["[0 0 360 720]"; 3];
    let bytes = pdf(&[(pages[0], cover, (1500, 3000)), (pages[1], cover, (500, 1000)), (pages[2], "", (1, 1))]);
    let facts = probe_whole(&bytes);
    assert_eq!((facts.pages, facts.dpi), (Some(3), Dpi::Known { x: 100.0, y: 100.0 }));
}

#[test]
fn a_page_tree_that_goes_in_a_circle_has_no_number_of_pages() {
    let text = "%PDF-1.4\n1 0 obj <</Pages 2 0 R>> endobj\n2 0 obj <</Kids[2 0 R]>> endobj\n\
                trailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n";
    assert_eq!(probe_whole(text.as_bytes()).pages, None);
}

#[test]
fn a_pdf_is_hollow_only_if_there_is_nothing_that_it_could_be_repaired_from() {
    let hollow = |between: &str| probe_whole(format!("%PDF-1.3\n{between}\n%%EOF\n").as_bytes()).unreadable.is_some();
    assert!(hollow("This is not a valid PDF file"));
    assert!(hollow("1 0 obj <</Length 3>> stream\nabc\nendstream endobj"), "an object, and no page");
    for found in [
        "1 0 obj <</Type/Page/MediaBox[0 0 9 9]>> endobj",
        "1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj",
        "trailer <</Root 1 0 R>>",
        "startxref\n9999",
        "7 0 obj <</Type/XRef>> stream\nx\nendstream endobj",
        "7 0 obj <</Type/ObjStm/N 1/First 4>> stream\nx\nendstream endobj",
    ] {
        assert!(!hollow(found), "{found}");
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A PDF with a packed stream.
fn packed(content: &[u8]) -> Vec<u8> {
    let head = format!("%PDF-1.4\n1 0 obj <</Filter/FlateDecode/Length {}>> stream\n", content.len());
    [head.as_bytes(), content, b"\nendstream endobj\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"].concat()
}

#[test]
fn a_stream_of_a_pdf_that_cannot_be_unpacked_is_found_by_unpacking_it() {
    let whole = zlib(&b"some content of a page ".repeat(100));
    assert_eq!(decoded(&packed(&whole)).unreadable, None);
    let mut damaged = whole.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    assert!(decoded(&packed(&damaged)).unreadable.unwrap().contains("unpacked"));
}

#[test]
fn an_ofd_whose_parts_are_not_there_is_unreadable() {
    let mut bytes = image("early-entry.ofd");
    // The name of the page in the directory alone: there the parts are looked up.
    let at = bytes.windows(11).rposition(|window| window == b"Content.xml").unwrap();
    bytes[at] = b'K';
    let reason = probe_whole(&bytes).unreadable.unwrap();
    assert!(reason.contains("Doc_0/Pages/Page_0/Content.xml"), "{reason}");
}

#[test]
fn a_member_of_an_ofd_that_is_damaged_is_found_by_unpacking_it() {
    let mut bytes = image("late-entry.ofd");
    let at = bytes.windows(11).position(|window| window == b"image_7.dat").unwrap() + 11;
    bytes[at + 3] ^= 0x55;
    assert_eq!(probe_whole(&bytes).unreadable, None);
    assert!(decoded(&bytes).unreadable.unwrap().contains("unpacked"));
}

#[test]
fn xml_that_is_not_well_formed_is_unreadable_in_every_encoding() {
    for name in ["utf-8.xml", "utf-8-bom.xml", "utf-16.xml", "utf-16-be.xml", "gb18030.xml"] {
        assert_eq!(probe_whole(&image(name)).unreadable, None, "{name}");
    }
    let cut = image("utf-8.xml");
    assert!(probe_whole(&cut[..cut.len() - 12]).unreadable.is_some());
}

//! Everything that looks at untrusted bytes, given real files that were changed at random: it never panics, and never holds
//! more memory than it says. Runs for a moment with the other tests; `FUZZ_SECONDS=600 cargo test --test fuzz` runs for
//! longer. `FUZZ_SEED` begins where an earlier run began.
//!
//! One test alone stands here, because the memory of all threads is counted.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a panic is how they fail")]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use batchferry::formats::{HELD_BYTES, decode, kind_by_magic, probe, probe_whole};
use peak_alloc::PeakAlloc;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const MIB: usize = 1 << 20;

/// What a look through the window may hold: its blocks, and what is little beside them.
const LOOK: usize = 4 * MIB;
/// What a look at a whole file may hold.
const WHOLE: usize = 96 * MIB;

/// Pieces of formats that random bytes would not hit upon.
const WORDS: [&[u8]; 20] = [
    b"obj",
    b"endobj",
    b"stream\n",
    b"endstream",
    b"/Kids[",
    b"/Type/ObjStm",
    b"/Filter/FlateDecode",
    b"/XObject<<",
    b"trailer",
    b"/Root 1 0 R",
    b"<<",
    b">>",
    b"%%EOF",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"<![CDATA[",
    b"IDAT",
    b"\xff\xda",
    b"\xff\xc4",
    b"II*\0",
];

/// Numbers at which counting goes wrong.
const NUMBERS: [u32; 9] = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/images");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths.map(|path| (name(&path), fs::read(&path).unwrap())).collect();
    files.push(("packed.pdf".to_owned(), packed_pdf()));
    files.sort();
    files
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// A PDF whose objects are packed, with a form in a page.
fn packed_pdf() -> Vec<u8> {
    let objects = "1 0 2 40 3 90 <</Type/Catalog/Pages 2 0 R>>                 <</Kids[3 0 R]/Resources<</XObject<</F 9 0 R>>>>>>     \
                   <</Type/Page/MediaBox[0 0 9 9]/Contents 8 0 R>>";
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(objects.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let head =
        format!("%PDF-1.5\n7 0 obj <</Type/ObjStm/N 3/First 15/Filter/FlateDecode/Length {}>> stream\n", packed.len());
    let tail = "\nendstream endobj\n8 0 obj <</Length 5>> stream\n/F Do\nendstream endobj\n9 0 obj <</Subtype/Form/Length 5>> stream\n\
                /F Do\nendstream endobj\n6 0 obj <</Type/XRef/Root 1 0 R>> stream\n\nendstream endobj\nstartxref\n9\n%%EOF\n";
    [head.as_bytes(), &packed, tail.as_bytes()].concat()
}

/// Files that were made to take memory.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let pdf = |body: &str| format!("%PDF-1.4\n{body}\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n").into_bytes();
    let page = |content: &str| {
        let head = "1 0 obj <</Pages 2 0 R>> endobj 2 0 obj <</Kids[3 0 R]>> endobj 3 0 obj <</Contents 4 0 R>> endobj";
        pdf(&format!("{head} 4 0 obj <</Length {}>> stream\n{content}\nendstream endobj", content.len()))
    };
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..64 {
        packed.write_all(&b"1 0 ".repeat(MIB / 4)).unwrap();
    }
    let packed = packed.finish().unwrap();
    let head = format!(
        "%PDF-1.5\n7 0 obj <</Type/ObjStm/N 9999999/First 9/Filter/FlateDecode/Length {}>> stream\n",
        packed.len()
    );
    vec![
        ("numbers", pdf(&format!("1 0 obj [{}] endobj", "1 ".repeat(4 * MIB)))),
        ("entries", pdf(&format!("1 0 obj <<{}>> endobj", "/a/b".repeat(2 * MIB)))),
        ("lists", pdf(&format!("1 0 obj [{}] endobj", "[1]".repeat(2 * MIB)))),
        ("depth", pdf(&format!("1 0 obj {}", "[".repeat(4 * MIB)))),
        ("objects", pdf(&"1 0 obj 1 2 0 obj 2 ".repeat(MIB / 4))),
        ("streams", pdf(&"1 0 obj <</Length 1/A/B/C/D>> stream\n1\nendstream ".repeat(MIB / 16))),
        ("content", page(&"[1 2 3] 0 d ".repeat(MIB))),
        ("list in content", page(&format!("[{}] 0 d", "1 ".repeat(4 * MIB)))),
        ("images", page(&"BI /W 1 ID x EI ".repeat(MIB / 4))),
        ("packed", [head.as_bytes(), &packed, b"\nendstream endobj\nstartxref\n9\n%%EOF\n"].concat()),
        ("elements", "<a>".repeat(2 * MIB).into_bytes()),
        ("attributes", format!("<?xml version='1.0'?><a {}/>", "b='c' ".repeat(1000)).into_bytes()),
        ("text", format!("<a>{}</a>", "x<b/>".repeat(MIB)).into_bytes()),
    ]
}

/// Changes some bytes, as damage and malice do.
fn change(bytes: &mut Vec<u8>, other: &[u8], random: &mut StdRng) {
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=bytes.len());
        match random.random_range(0..7) {
            0 => bytes.truncate(at.max(1)),
            1 if at < bytes.len() => bytes[at] = random.random(),
            2 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            3 => drop(bytes.splice(at..at, WORDS[random.random_range(0..WORDS.len())].iter().copied())),
            4 => {
                let number = NUMBERS[random.random_range(0..NUMBERS.len())];
                let number = if random.random() { number.to_le_bytes() } else { number.to_be_bytes() };
                let end = (at + 4).min(bytes.len());
                drop(bytes.splice(at..end, number));
            }
            5 => {
                let (from, length) = (random.random_range(0..=other.len()), random.random_range(0..2000));
                drop(bytes.splice(at..at, other[from..].iter().copied().take(length)));
            }
            _ => drop(bytes.drain(at..(at + random.random_range(0..200)).min(bytes.len()))),
        }
    }
}

/// Looks at bytes in every way; what it held at most, beyond the bytes themselves, in each.
fn look(bytes: &[u8]) -> [usize; 3] {
    let held = |act: &mut dyn FnMut()| {
        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        act();
        MEMORY.peak_usage().saturating_sub(before)
    };
    let size = bytes.len() as u64;
    kind_by_magic(&bytes[..bytes.len().min(1024)]);
    let window = held(&mut || drop(probe(&mut Cursor::new(bytes), size)));
    let mut facts = None;
    let whole = held(&mut || facts = Some(probe_whole(bytes)));
    let begin = Instant::now();
    let is_over = || begin.elapsed() > Duration::from_secs(5);
    let full = held(&mut || decode(&mut Cursor::new(bytes), size, facts.as_mut().unwrap(), &is_over));
    [window, whole, full]
}

#[test]
fn changed_files_are_looked_at_without_a_panic_and_within_the_bounds() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seed = number("FUZZ_SEED").unwrap_or_else(|| rand::rng().random());
    let time = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(3));
    println!("FUZZ_SEED={seed}");
    let (corpus, mut random) = (corpus(), StdRng::seed_from_u64(seed));
    let kept = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fuzz-input");
    let (mut rounds, mut most) = (0_u64, [0; 3]);
    for (name, bytes) in hostile() {
        let [window, whole, _] = look(&bytes);
        assert!(window <= LOOK && whole <= WHOLE, "{name}: held {window} and {whole} bytes");
        most[1] = most[1].max(whole);
    }
    println!("made to take memory: {most:?} bytes");
    let begin = Instant::now();
    while begin.elapsed() < time {
        let (name, file) = &corpus[random.random_range(0..corpus.len())];
        let (mut bytes, other) = (file.clone(), &corpus[random.random_range(0..corpus.len())].1);
        change(&mut bytes, other, &mut random);
        let told = format!("{name}, changed; FUZZ_SEED={seed}, round {rounds}, kept in {}", kept.display());
        let held = std::panic::catch_unwind(|| look(&bytes));
        let bounds = [LOOK, WHOLE, 2 * usize::try_from(HELD_BYTES).unwrap() + bytes.len()];
        let is_sound = held.as_ref().is_ok_and(|held| held.iter().zip(bounds).all(|(held, bound)| *held <= bound));
        if !is_sound {
            fs::write(&kept, &bytes).unwrap();
        }
        let held = held.unwrap_or_else(|_| panic!("a panic: {told}"));
        assert!(is_sound, "held {held:?} of {bounds:?} bytes: {told}");
        most = std::array::from_fn(|at| most[at].max(held[at]));
        rounds += 1;
    }
    println!("{rounds} rounds; held at most {most:?} bytes");
}

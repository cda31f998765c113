//! Bytes: digests of files and of their parts, and looks at images and documents.

use std::path::Path;

use batchferry::engine::digests::Digests;
use batchferry::formats::probe_whole;
use batchferry::model::ids::Digest;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

const PART: usize = 5 << 20;

#[divan::bench(args = [40 << 10, PART])]
fn digest(bencher: Bencher, bytes: usize) {
    let content = vec![7_u8; bytes];
    bencher.counter(BytesCount::new(bytes)).bench(|| Digest::of(black_box(&content)));
}

/// A later part of a file: its own digest, and that of the whole.
#[divan::bench]
fn digest_a_part_and_the_whole(bencher: Bencher) {
    let content = vec![7_u8; PART];
    let mut begun = Digests::default();
    begun.more(b"what came before");
    bencher.counter(BytesCount::new(PART)).with_inputs(|| begun.clone()).bench_values(|mut digests| {
        let part = digests.part(black_box(&content));
        (part, digests.whole())
    });
}

#[divan::bench(args = [
    "images/jfif-inch-300.jpg",
    "images/phys-300.png",
    "images/g4-200.tif",
    "images/multipage-300-150-200.tif",
    "images/plain.pdf",
    "images/early-entry.ofd",
    "images/gb18030.xml",
    "real/cardinal.pdf",
])]
fn look(bencher: Bencher, name: &str) {
    let content = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap();
    bencher.bench(|| probe_whole(black_box(&content)));
}

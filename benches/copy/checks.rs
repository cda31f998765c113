//! What looking into the files costs by itself, beside what the bare loop takes for moving them.

use std::io::Cursor;
use std::time::Instant;

use batchferry::formats;

use crate::buckets::content;

/// Looks into as many files as are moved, on one thread; `bare_wall` is how long the bare loop took.
pub fn alone(files: usize, bytes: usize, bare_wall: f64) {
    let contents: Vec<Vec<u8>> = (0..files.min(1_000)).map(|n| content(n, bytes)).collect();
    let began = Instant::now();
    let looked = contents.iter().cycle().take(files);
    let known = looked.filter(|content| {
        let facts = formats::probe(&mut Cursor::new(content.as_slice()), content.len() as u64);
        facts.is_ok_and(|facts| facts.kind.is_some())
    });
    assert_eq!(known.count(), files, "every file is one that is looked into");
    let took = began.elapsed().as_secs_f64();
    println!(
        "header checks alone of {files} files: {took:.3} s, {:.2} % of the bare loop's wall time",
        took / bare_wall * 100.0
    );
}

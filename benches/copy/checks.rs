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

/// Looks into every file of the folder that `COPY_LOOK` names, as when it is in memory, and says how long each took at best.
pub fn of_files() {
    let Ok(folder) = std::env::var("COPY_LOOK") else { return };
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("its entries").path();
        let bytes = std::fs::read(&path).expect("a file");
        let look = |_| {
            let began = Instant::now();
            let facts = formats::probe_whole(&bytes);
            (began.elapsed().as_secs_f64() * 1e3, facts)
        };
        let looks = (0..20).map(look).min_by(|(one, _), (other, _)| one.total_cmp(other));
        let (millis, facts) = looks.expect("twenty looks");
        let kib = bytes.len() as f64 / 1024.0;
        println!(
            "{}: {kib:.0} KiB, {:?} of {:?} pages: {millis:.2} ms, {:.2} ms for each 100 KiB",
            path.display(),
            facts.kind,
            facts.pages,
            millis / kib * 100.0
        );
    }
}

//! What lies in the first server's buckets.

use futures::stream::{self, StreamExt};
use object_store::ObjectStoreExt;
use object_store::path::Path as Key;

use crate::bucket;

/// Files of one document: cover, invoice, attachment.
const ROLES: [&str; 3] = ["cover-1", "invoice-1", "attachment-1"];
/// Documents of the corpora are spread over so many days.
pub const DAYS: usize = 365;

/// A PNG image of at least so many bytes; no two of them are equal.
fn content(n: usize, bytes: usize) -> Vec<u8> {
    let mut content = include_bytes!("../../tests/data/images/phys-300.png").to_vec();
    content.extend(n.to_le_bytes());
    content.resize(bytes.max(content.len()), 7);
    content
}

/// The key of file `n`: documents of three files, from the first of January 2025 on.
fn key(n: usize) -> String {
    let (document, role) = (n / ROLES.len(), ROLES[n % ROLES.len()]);
    let day = jiff::civil::date(2025, 1, 1) + jiff::Span::new().days(i64::try_from(document % DAYS).expect("a day"));
    let day = day.strftime("%Y/%m/%d");
    format!("scans/ACME/voucher/{day}/IMG-{document:07}/{role}.png")
}

/// Makes the bucket `name` of the first server, with `files` PNG images of `bytes` bytes in it.
pub async fn fill(name: &str, files: usize, bytes: usize) {
    bucket::make(0, name);
    let store = bucket::open(0, name);
    let put = |n: usize| {
        let store = store.clone();
        tokio::spawn(async move {
            let path = Key::parse(key(n)).expect("a sound key");
            store.put(&path, content(n, bytes).into()).await.expect("a PUT");
        })
    };
    let done = stream::iter((0..files).map(put)).buffer_unordered(64).map(|done| done.expect("no panic"));
    println!("{name}: {} files of {bytes} bytes", done.count().await);
}

/// Writes a few objects beside what is measured: the server makes room for a bucket at its first writes, for which some of them
/// wait a second. That is not to be the first client's.
pub fn warm(bucket: &str) {
    let store = bucket::open(1, bucket);
    let put = |n: usize| {
        let store = store.clone();
        async move { store.put(&Key::from(format!("warm/{n}")), "warm".into()).await.expect("a PUT") }
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(stream::iter((0..256).map(put)).buffer_unordered(32).count());
}
